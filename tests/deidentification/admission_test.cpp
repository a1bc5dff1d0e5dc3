#include <gmock/gmock.h>

#include "support.h"

namespace ledd::deidentification {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Outcome outcome_of(const std::vector<Attribute>& attributes, void (*change)(Rules&) = nullptr) {
  const Folder folder;
  Rules rules = rules_of(key_in(folder));
  if (change != nullptr) change(rules);
  return deidentified(picture(attributes), rules);
}

void expect(const std::vector<Attribute>& attributes, Decision decision, const std::string& reason) {
  const Outcome outcome = outcome_of(attributes);
  EXPECT_EQ(outcome.decision, decision) << attributes[0].first << " " << attributes[0].second;
  EXPECT_THAT(outcome.reason, HasSubstr(reason));
  EXPECT_THAT(outcome.bytes, IsEmpty());
}

TEST(Admission, PicturesOfScreensAreSetAside) {
  expect({{"BurnedInAnnotation", "YES"}}, Decision::kSetAside, "BurnedInAnnotation (0028,0301)");
  expect({{"ImageType", "ORIGINAL\\PRIMARY\\SCREEN SAVE"}}, Decision::kSetAside, "ImageType (0008,0008)");
  expect({{"ImageType", "DERIVED\\SECONDARY\\REFORMATTED"}}, Decision::kSetAside, "SECONDARY");
  expect({{"ImageType", "DERIVED\\PRIMARY"}, {"ImagePositionPatient", "-"}}, Decision::kSetAside, "DERIVED");
  expect({{"ConversionType", "WSD"}}, Decision::kSetAside, "ConversionType (0008,0064)");
  expect({{"SamplesPerPixel", "3"}}, Decision::kSetAside, "SamplesPerPixel (0028,0002)");
  expect({{"6000,0010", "4"}}, Decision::kSetAside, "overlay");
}

TEST(Admission, SecondaryImagesAreWrittenWhenAllowedButScreensNever) {
  const auto allow = [](Rules& rules) { rules.allow_secondary = true; };
  EXPECT_EQ(outcome_of({{"ImageType", "DERIVED\\SECONDARY\\REFORMATTED"}}, allow).decision,
            Decision::kWritten);
  EXPECT_EQ(outcome_of({{"ImageType", "DERIVED\\SECONDARY\\SCREEN SAVE"}}, allow).decision,
            Decision::kSetAside);
  EXPECT_EQ(outcome_of({{"ImageType", "DERIVED\\PRIMARY\\MPR"}}).decision, Decision::kWritten);
  EXPECT_EQ(outcome_of({{"BurnedInAnnotation", "YES"}}, allow).decision, Decision::kSetAside);
  EXPECT_EQ(outcome_of({{"BurnedInAnnotation", "NO"}}).decision, Decision::kWritten);
}

TEST(Admission, HeadsAreWrittenOnlyWhenAllowed) {
  const auto allow = [](Rules& rules) { rules.allow_faces = true; };
  for (const auto& [name, value] : std::vector<Attribute>{{"RecognizableVisualFeatures", "YES"},
                                                          {"BodyPartExamined", "HEAD"},
                                                          {"BodyPartExamined", "Head Neck"},
                                                          {"StudyDescription", "MR Brain"},
                                                          {"SeriesDescription", "t1 head"},
                                                          {"ProtocolName", "CT SINUSES"}}) {
    expect({{name, value}}, Decision::kSetAside, "--allow-faces");
    EXPECT_EQ(outcome_of({{name, value}}, allow).decision, Decision::kWritten) << value;
  }
  for (const auto& [name, value] : std::vector<Attribute>{{"BodyPartExamined", "KNEE"},
                                                          {"SeriesDescription", "femoral head left"},
                                                          {"SeriesDescription", "femoral neck"},
                                                          {"StudyDescription", "overhead position"}})
    EXPECT_EQ(outcome_of({{name, value}}).decision, Decision::kWritten) << value;
}

TEST(Admission, ObjectsOfOtherKindsAreSetAsideByTheirStandardName) {
  for (const auto& [uid, what] : std::vector<Attribute>{{"1.2.840.10008.5.1.4.1.1.7", "SecondaryCapture"},
                                                        {"1.2.840.10008.5.1.4.1.1.6.1", "Ultrasound"},
                                                        {"1.2.840.10008.5.1.4.1.1.104.1", "EncapsulatedPDF"},
                                                        {"1.2.840.10008.5.1.4.1.1.9.1.1", "Waveform"},
                                                        {"1.2.3.4.5", "an object of an unknown kind"}})
    expect({{"SOPClassUID", uid}}, Decision::kSetAside, what);
  EXPECT_THAT(outcome_of({{"SOPClassUID", "1.2.3.4.5"}}).reason, Not(HasSubstr("1.2.3.4.5")));
}

TEST(Admission, NobodysFilesAreRefused) {
  expect(
      {{"PatientID", "-"}}, Decision::kRefused, "PatientID (0010,0020) is missing or empty: subject unknown");
  expect({{"PatientID", ""}}, Decision::kRefused, "subject unknown");
  expect({{"PatientID", "K\xF8"}}, Decision::kRefused, "cannot be decoded");
  expect({{"PatientID", "P9"}}, Decision::kRefused, "the key does not know this subject");
  expect({{"StudyInstanceUID", "-"}}, Decision::kRefused, "StudyInstanceUID (0020,000d)");
  expect({{"SeriesInstanceUID", "-"}}, Decision::kRefused, "SeriesInstanceUID (0020,000e)");
}

TEST(Admission, AnIdBeyondAsciiIsKnownByItsLettersNotByItsBytes) {
  const Folder folder;
  auto key = SubjectKey::create(folder / "site.key");
  key.enrol("K\xC3\xB8");
  const Rules rules = rules_of(key);
  EXPECT_EQ(
      deidentified(picture({{"SpecificCharacterSet", "ISO_IR 100"}, {"PatientID", "K\xF8"}}), rules).decision,
      Decision::kWritten);
  EXPECT_EQ(deidentified(picture({{"SpecificCharacterSet", "ISO_IR 192"}, {"PatientID", "K\xC3\xB8"}}), rules)
                .decision,
            Decision::kWritten);
  const Outcome broken =
      deidentified(picture({{"SpecificCharacterSet", "ISO_IR 192"}, {"PatientID", "K\xF8"}}), rules);
  EXPECT_THAT(broken.reason, HasSubstr("cannot be decoded"));
}

TEST(Admission, ADirectoryIsNotCopied) {
  const Folder folder;
  DcmFileFormat file;
  DcmItem* record = nullptr;
  file.getDataset()->putAndInsertString(DCM_FileSetID, "SOME");
  file.getDataset()->findOrCreateSequenceItem(DCM_DirectoryRecordSequence, record, 0);
  record->putAndInsertString(DCM_PatientID, "P1");
  file.getMetaInfo()->putAndInsertString(DCM_MediaStorageSOPClassUID, UID_MediaStorageDirectoryStorage);
  file.getMetaInfo()->putAndInsertString(DCM_MediaStorageSOPInstanceUID, "1.2.3");
  file.getMetaInfo()->putAndInsertString(DCM_TransferSyntaxUID, UID_LittleEndianExplicitTransferSyntax);
  file.saveFile((folder / "DICOMDIR").c_str(),
                EXS_LittleEndianExplicit,
                EET_ExplicitLength,
                EGL_recalcGL,
                EPD_noChange,
                0,
                0,
                EWM_dontUpdateMeta);
  const Examined examined = examine(folder / "DICOMDIR", rules_of(key_in(folder)));
  EXPECT_EQ(examined.decision, Decision::kSetAside);
  EXPECT_THAT(examined.reason, HasSubstr("a directory of DICOM files"));
  EXPECT_NE(deidentify(folder / "DICOMDIR", rules_of(key_in(folder))).decision, Decision::kWritten);
}

TEST(Admission, BrokenFilesAreRefusedBeforeAParserSeesThem) {
  const Folder folder;
  const Rules rules = rules_of(key_in(folder));
  testing::write(picture(), folder / "file");
  const std::string whole = testing::read_bytes(folder / "file");
  testing::write_bytes(folder / "file", whole.substr(0, whole.size() - 10));
  EXPECT_THAT(deidentify(folder / "file", rules).reason, HasSubstr("cut off"));
  testing::write_bytes(folder / "file", "a page of text, and no image at all");
  EXPECT_EQ(deidentify(folder / "file", rules).decision, Decision::kSetAside);
  EXPECT_EQ(deidentify(folder / "none", rules).decision, Decision::kRefused);
  EXPECT_EQ(examine(folder / "file", rules).reason, "not DICOM");
}

TEST(Admission, ReasonsQuoteNoValue) {
  for (const auto& attributes : std::vector<std::vector<Attribute>>{{{"BodyPartExamined", "HEAD QZX"}},
                                                                    {{"ImageType", "QZX\\SECONDARY"}},
                                                                    {{"PatientID", "QZX"}},
                                                                    {{"SOPClassUID", "1.2.3.777"}}}) {
    const Outcome outcome = outcome_of(attributes);
    EXPECT_NE(outcome.decision, Decision::kWritten);
    EXPECT_THAT(outcome.reason, Not(HasSubstr("QZX")));
    EXPECT_THAT(outcome.reason, Not(HasSubstr("777")));
  }
}

}  // namespace
}  // namespace ledd::deidentification
