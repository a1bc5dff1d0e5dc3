#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <memory>

#include "mapping.h"
#include "support.h"

namespace ledd::deidentification {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

struct Done {
  Outcome outcome;
  std::unique_ptr<Parsed> parsed;
  std::string at(const DcmTagKey& tag) const { return parsed->at(tag); }
};

Done done(const Picture& one, const std::vector<std::string>& extra_words = {}) {
  const Folder folder;
  Rules rules = rules_of(key_in(folder));
  rules.words.insert(extra_words.begin(), extra_words.end());
  Done done{deidentified(one, rules), nullptr};
  EXPECT_EQ(done.outcome.decision, Decision::kWritten) << done.outcome.reason;
  done.parsed = std::make_unique<Parsed>(done.outcome.bytes);
  return done;
}

TEST(Deidentify, SaysWhatWasDone) {
  const Done d = done(picture());
  EXPECT_EQ(d.at(DCM_PatientIdentityRemoved), "YES");
  EXPECT_EQ(d.at(DCM_LongitudinalTemporalInformationModified), "MODIFIED");
  EXPECT_THAT(d.at(DCM_DeidentificationMethod), HasSubstr("PS3.15 2024b"));
  std::vector<std::string> codes;
  DcmItem* item = nullptr;
  for (long i = 0;
       d.parsed->dataset().findAndGetSequenceItem(DCM_DeidentificationMethodCodeSequence, item, i).good();
       ++i)
    codes.push_back(Parsed::value(*item, DCM_CodeValue));
  EXPECT_THAT(codes, ElementsAre("113100", "113105", "113107", "113108", "113109"));
}

TEST(Deidentify, NamesTheSubjectByItsPseudonymAndNothingElse) {
  const Done d = done(picture({{"PatientName", "Any^One"},
                               {"PatientBirthDate", "19500101"},
                               {"IssuerOfPatientID", "X"},
                               {"AccessionNumber", "A77"}}));
  EXPECT_EQ(d.at(DCM_PatientID), "S0001");
  EXPECT_EQ(d.at(DCM_PatientName), "S0001");
  EXPECT_EQ(d.at(DCM_PatientBirthDate), "");
  EXPECT_EQ(d.at(DCM_AccessionNumber), "");
  EXPECT_EQ(d.at(DCM_IssuerOfPatientID), "-");
}

TEST(Deidentify, KeepsCharacteristicsThatAreWhatTheyClaim) {
  const Done d = done(picture({{"PatientSex", "F"},
                               {"PatientAge", "067Y"},
                               {"PatientWeight", "70.5"},
                               {"PatientSize", "1.8"},
                               {"EthnicGroup", "some"}}));
  EXPECT_EQ(d.at(DCM_PatientSex), "F");
  EXPECT_EQ(d.at(DCM_PatientAge), "067Y");
  EXPECT_EQ(d.at(DCM_PatientWeight), "70.5");
  EXPECT_EQ(d.at(DCM_PatientSize), "1.8");
  EXPECT_EQ(d.at(DCM_EthnicGroup), "-");
  EXPECT_EQ(done(picture({{"PatientAge", "104Y"}})).at(DCM_PatientAge), "090Y");
  EXPECT_EQ(done(picture({{"PatientAge", "089Y"}})).at(DCM_PatientAge), "089Y");
  EXPECT_EQ(done(picture({{"PatientSex", "JOHN"}})).at(DCM_PatientSex), "");
}

TEST(Deidentify, MovesDatesTogetherAndLeavesTimes) {
  const Done d = done(picture({{"StudyDate", "20240301"},
                               {"SeriesDate", "20240302"},
                               {"StudyTime", "101500"},
                               {"AcquisitionDateTime", "20240301101500.5"},
                               {"ContentDate", "spring"}}));
  const Folder folder;
  EXPECT_LT(d.at(DCM_StudyDate), "20240301");
  EXPECT_EQ(earlier(d.at(DCM_SeriesDate), 1), d.at(DCM_StudyDate));
  EXPECT_EQ(d.at(DCM_AcquisitionDateTime), d.at(DCM_StudyDate) + "101500.5");
  EXPECT_EQ(d.at(DCM_StudyTime), "101500");
  EXPECT_EQ(d.at(DCM_ContentDate), "");
  EXPECT_EQ(d.outcome.counts.dates_emptied, 1U);
}

TEST(Deidentify, DatesThatManySubjectsShareDoNotTellHowTheirsMoved) {
  const Done d = done(picture({{"DateOfLastCalibration", "20240101"}, {"ContextGroupVersion", "20020904"}}));
  EXPECT_EQ(d.at(DCM_DateOfLastCalibration), "-");
  EXPECT_EQ(d.at(DCM_ContextGroupVersion), "19000101000000");
}

TEST(Deidentify, DescriptorsKeepListedWordsOnly) {
  const Done d =
      done(picture({{"SeriesDescription", "SAG_T2 TSE left knee, Anyone 3.5mm 12345678 h\xC3\xB8yre"},
                    {"StudyDescription", "MR Knee"},
                    {"ProtocolName", "Nobody"}}));
  EXPECT_EQ(d.at(DCM_SeriesDescription), "SAG T2 TSE left knee 3.5mm");
  EXPECT_EQ(d.at(DCM_StudyDescription), "MR Knee");
  EXPECT_EQ(d.at(DCM_ProtocolName), "-");
  EXPECT_EQ(d.outcome.counts.texts_shortened, 2U);
  EXPECT_EQ(done(picture({{"SeriesDescription", "Oskar T1"}}), {"oskar"}).at(DCM_SeriesDescription),
            "Oskar T1");
}

TEST(Deidentify, KeepsTheDeviceButNotTheInstitution) {
  const Done d = done(picture({{"StationName", "MR3"},
                               {"DeviceSerialNumber", "4711"},
                               {"InstitutionName", "Some"},
                               {"StationAETitle", "AE"}}));
  EXPECT_EQ(d.at(DCM_StationName), "MR3");
  EXPECT_EQ(d.at(DCM_DeviceSerialNumber), "4711");
  EXPECT_EQ(d.at(DCM_Manufacturer), "Phantom");
  EXPECT_EQ(d.at(DCM_InstitutionName), "-");
  EXPECT_EQ(d.at(DCM_StationAETitle), "-");
}

TEST(Deidentify, KeepsPrivateNumbersThatLeddMeasuresWith) {
  const std::vector<Attribute> ge{
      {"0019,0010", "GEMS_ACQU_01"}, {"0019,10b6", "3100"}, {"0019,10b7", "1.5"}, {"0019,10b8", "12"}};
  const Done d = done(picture(ge));
  EXPECT_EQ(d.at(DcmTagKey(0x0019, 0x10B6)), "3100");
  EXPECT_EQ(d.at(DcmTagKey(0x0019, 0x10B7)), "1.5");
  EXPECT_EQ(d.at(DcmTagKey(0x0019, 0x0010)), "GEMS_ACQU_01");
  EXPECT_EQ(d.at(DcmTagKey(0x0019, 0x10B8)), "-");
  EXPECT_EQ(d.outcome.counts.private_kept, 2U);
  const Done other = done(picture({{"0019,0010", "ANOTHER"}, {"0019,10b6", "3100"}}));
  EXPECT_EQ(other.at(DcmTagKey(0x0019, 0x10B6)), "-");
  EXPECT_EQ(other.at(DcmTagKey(0x0019, 0x0010)), "-");
}

TEST(Deidentify, KeepsScancosCalibrationOfScancoOnly) {
  const std::vector<Attribute> numbers{
      {"0029,1000", "8192"}, {"0029,1004", "1603.5"}, {"0029,1005", "-391.2"}};
  auto with = [&](const char* maker) {
    auto all = numbers;
    all.emplace_back("Manufacturer", maker);
    return done(picture(all));
  };
  EXPECT_EQ(with("Scanco Medical").at(DcmTagKey(0x0029, 0x1005)), "-391.2");
  EXPECT_EQ(with("Another").at(DcmTagKey(0x0029, 0x1005)), "-");
}

TEST(Deidentify, LeavesPixelsAndGeometryAlone) {
  for (const auto syntax : {testing::Syntax::kExplicit,
                            testing::Syntax::kImplicit,
                            testing::Syntax::kBigEndian,
                            testing::Syntax::kDeflated,
                            testing::Syntax::kJpegLs,
                            testing::Syntax::kJpegLossless,
                            testing::Syntax::kRle}) {
    const Folder folder;
    auto series = testing::pictures(testing::compressible_series());
    for (auto& slice : series) slice.syntax = syntax;
    std::filesystem::create_directories(folder / "in");
    testing::write(series, folder / "in");
    auto key = key_in(folder);
    const auto rows = run(folder / "in", key, {.out = folder / "out"});
    EXPECT_EQ(rows.size(), series.size());
    Context context;
    const auto before = dicom::index({folder / "in"}, context);
    const auto after = dicom::index({folder / "out"}, context);
    ASSERT_EQ(after.stacks.size(), 1U) << static_cast<int>(syntax);
    const auto& a = before.stacks[0];
    const auto& b = after.stacks[0];
    EXPECT_EQ(a.pixel_spacing_mm, b.pixel_spacing_mm);
    EXPECT_EQ(a.row_lps, b.row_lps);
    EXPECT_EQ(a.slice_spacing_mm, b.slice_spacing_mm);
    ASSERT_EQ(a.slices.size(), b.slices.size());
    for (std::size_t k = 0; k < a.slices.size(); ++k)
      EXPECT_EQ(a.slices[k].position_lps_mm, b.slices[k].position_lps_mm);
    const auto x = dicom::load(a, context);
    const auto y = dicom::load(b, context);
    EXPECT_TRUE(std::equal(x->GetBufferPointer(),
                           x->GetBufferPointer() + x->GetBufferedRegion().GetNumberOfPixels(),
                           y->GetBufferPointer()));
  }
}

/// Puts a comment behind the start of the first image's JPEG stream.
void comment(const std::filesystem::path& path, const std::string& text) {
  DcmFileFormat file;
  ASSERT_TRUE(file.loadFile(path.c_str()).good());
  DcmDataset& d = *file.getDataset();
  DcmElement* element = nullptr;
  DcmPixelSequence* fragments = nullptr;
  DcmPixelItem* fragment = nullptr;
  Uint8* bytes = nullptr;
  ASSERT_TRUE(d.findAndGetElement(DCM_PixelData, element).good());
  ASSERT_TRUE(dynamic_cast<DcmPixelData&>(*element)
                  .getEncapsulatedRepresentation(d.getOriginalXfer(), nullptr, fragments)
                  .good());
  ASSERT_TRUE(fragments->getItem(fragment, 1).good() && fragment->getUint8Array(bytes).good());
  std::string stream(reinterpret_cast<const char*>(bytes), fragment->getLength());
  std::string segments = std::string("\xFF\xFE\0", 3) + static_cast<char>(text.size() + 2) + text;
  segments += std::string("\xFF\xE1\0", 3) + static_cast<char>(text.size() + 2) + text;
  stream.insert(2, segments);
  if (stream.size() % 2 != 0) stream += '\0';
  fragment->putUint8Array(reinterpret_cast<const Uint8*>(stream.data()), stream.size());
  ASSERT_TRUE(file.saveFile(path.c_str(), d.getOriginalXfer()).good());
}

TEST(Deidentify, CommentsOfCompressedPixelsAreBlankedAndPixelsStay) {
  const Folder folder;
  auto series = testing::pictures(testing::compressible_series());
  for (auto& slice : series) slice.syntax = testing::Syntax::kJpegLossless;
  std::filesystem::create_directories(folder / "in");
  testing::write(series, folder / "in");
  comment(folder / "in/0000.dcm", "QZX1 Any One");
  ASSERT_THAT(testing::read_bytes(folder / "in/0000.dcm"), HasSubstr("QZX1"));
  auto key = key_in(folder);
  run(folder / "in", key, {.out = folder / "out"});
  for (const auto& [name, bytes] : tree(folder / "out")) EXPECT_THAT(bytes, Not(HasSubstr("QZX1"))) << name;
  Context context;
  const auto x = dicom::load(dicom::index({folder / "in"}, context).stacks.at(0), context);
  const auto y = dicom::load(dicom::index({folder / "out"}, context).stacks.at(0), context);
  EXPECT_TRUE(std::equal(x->GetBufferPointer(),
                         x->GetBufferPointer() + x->GetBufferedRegion().GetNumberOfPixels(),
                         y->GetBufferPointer()));
}

TEST(Deidentify, WritesAFileOfItsOwn) {
  const Folder folder;
  testing::write(picture(), folder / "file");
  std::string bytes = testing::read_bytes(folder / "file");
  bytes.replace(0, 6, "SECRET");
  testing::write_bytes(folder / "file", bytes);
  const Outcome outcome = deidentify(folder / "file", rules_of(key_in(folder)));
  EXPECT_EQ(outcome.bytes.substr(0, 128), std::string(128, '\0'));
  Parsed parsed(outcome.bytes);
  OFString instance;
  parsed.meta().findAndGetOFString(DCM_MediaStorageSOPInstanceUID, instance);
  EXPECT_EQ(parsed.at(DCM_SOPInstanceUID), instance.c_str());
  EXPECT_EQ(instance.substr(0, 5), "2.25.");
}

TEST(Deidentify, IsTheSameForTheSameKeyAndAnotherForAnother) {
  const Folder folder;
  auto key = key_in(folder);
  auto other = key_in(folder, "other.key");
  const Picture one = picture({{"StudyDate", "20240301"}});
  const Outcome first = deidentified(one, rules_of(key));
  EXPECT_EQ(first.bytes, deidentified(one, rules_of(key)).bytes);
  const Outcome second = deidentified(one, rules_of(other));
  EXPECT_NE(Parsed(first.bytes).at(DCM_StudyInstanceUID), Parsed(second.bytes).at(DCM_StudyInstanceUID));
  EXPECT_NE(first.name, second.name);
}

TEST(Deidentify, CharacterSetStaysWhereAValueNeedsIt) {
  EXPECT_EQ(done(picture({{"SpecificCharacterSet", "ISO_IR 100"}, {"PatientName", "K\xF8"}}))
                .at(DCM_SpecificCharacterSet),
            "-");
  const Done d = done(picture({{"SpecificCharacterSet", "ISO_IR 100"}, {"ManufacturerModelName", "K\xF8"}}));
  EXPECT_EQ(d.at(DCM_SpecificCharacterSet), "ISO_IR 100");
  EXPECT_EQ(d.at(DCM_ManufacturerModelName), "K\xF8");
}

TEST(Words, OfAUsersFileAreSingleAndPlain) {
  const Folder folder;
  testing::write_bytes(folder / "words", "# ours\nOskar\nphase7 # a protocol\n\n");
  EXPECT_THAT(read_words(folder / "words"), ElementsAre("oskar", "phase7"));
  testing::write_bytes(folder / "words", "fine\ntwo words\n");
  EXPECT_THROW(read_words(folder / "words"), std::exception);
  EXPECT_THAT(built_in_words(), Contains("knee"));
  EXPECT_THAT(built_in_words(), Not(Contains("")));
}

TEST(Apply, MakesOfAStackWhatItsDeidentifiedFilesSay) {
  const Folder folder;
  std::filesystem::create_directories(folder / "in");
  auto series = testing::pictures({.slices = 3});
  for (auto& slice : series)
    slice.attributes = {{"StudyDate", "20240301"},
                        {"AcquisitionDateTime", "20240301101502.5+0100"},
                        {"StudyDescription", "Knee Anyone"},
                        {"SeriesDescription", "T2 Any"},
                        {"PatientName", "Any^One"},
                        {"PatientSex", "M"},
                        {"PatientAge", "055Y"},
                        {"StationName", "MR3"},
                        {"InstitutionName", "Some"},
                        {"AccessionNumber", "A7"},
                        {"StudyID", "9"},
                        {"StudyTime", "1015"},
                        {"ReferringPhysicianName", "Who"},
                        {"PatientBirthDate", "19690101"}};
  testing::write(series, folder / "in");
  auto key = key_in(folder);
  run(folder / "in", key, {.out = folder / "out"});
  Context context;
  auto stack = dicom::index({folder / "in"}, context).stacks.at(0);
  const auto after = dicom::index({folder / "out"}, context).stacks.at(0);
  apply(key, stack);
  EXPECT_EQ(stack.patient_id, after.patient_id);
  EXPECT_EQ(stack.study_uid, after.study_uid);
  EXPECT_EQ(stack.series_uid, after.series_uid);
  EXPECT_EQ(stack.frame_of_reference_uid, after.frame_of_reference_uid);
  EXPECT_EQ(stack.study_date, after.study_date);
  EXPECT_EQ(stack.acquired, after.acquired);
  EXPECT_EQ(stack.acquired_from, "AcquisitionDateTime");
  EXPECT_EQ(stack.acquired.substr(10), "T10:15:02+01:00");
  EXPECT_NE(stack.acquired.substr(0, 10), "2024-03-01") << "the day moves";
  EXPECT_EQ(stack.study_description, after.study_description);
  EXPECT_EQ(stack.series_description, after.series_description);
  EXPECT_EQ(stack.protocol, after.protocol);
  EXPECT_EQ(stack.institution, after.institution);
  EXPECT_EQ(stack.station, after.station);
  EXPECT_EQ(stack.device_serial, after.device_serial);
  for (std::size_t k = 0; k < stack.slices.size(); ++k)
    EXPECT_EQ(stack.slices[k].sop_instance_uid, after.slices[k].sop_instance_uid);
  ASSERT_EQ(stack.patient_study.size(), after.patient_study.size());
  for (std::size_t i = 0; i < stack.patient_study.size(); ++i) {
    EXPECT_EQ(stack.patient_study[i].group, after.patient_study[i].group);
    EXPECT_EQ(stack.patient_study[i].element, after.patient_study[i].element);
    EXPECT_EQ(stack.patient_study[i].value, after.patient_study[i].value) << i;
  }
  stack.patient_id = "nobody";
  EXPECT_THROW(apply(key, stack), std::exception);
}

}  // namespace
}  // namespace ledd::deidentification
