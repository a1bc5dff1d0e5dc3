#include "ledd/dicom_results/segmentation.h"

#include <gmock/gmock.h>

// clang-format off
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
// clang-format on
#include <algorithm>
#include <set>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"

#include "made.h"

namespace ledd::dicom_results {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Made;
using testing::painted;
using ::testing::SizeIs;
using testing::SourceKind;

void expect_same(const Labels& a, const Labels& b) {
  require_same_grid(a, b, "written and read");
  const std::size_t count = a.GetLargestPossibleRegion().GetNumberOfPixels();
  EXPECT_TRUE(std::equal(a.GetBufferPointer(), a.GetBufferPointer() + count, b.GetBufferPointer()));
}

std::string text_of(const DcmFileFormat& file, const DcmTagKey& key) {
  OFString value;
  const_cast<DcmFileFormat&>(file).getDataset()->findAndGetOFStringArray(key, value);
  return {value.data(), value.size()};
}

std::string error_of(const std::function<void()>& body, Errc code = Errc::kInput) {
  try {
    body();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), code) << e.what();
    return e.what();
  }
  return "no error";
}

TEST(Segmentation, ComesBackVoxelForVoxelFromEveryKindOfSource) {
  for (const SourceKind kind : testing::kSourceKinds) {
    SCOPED_TRACE(name_of(kind));
    const Made made(kind);
    const Labels::Pointer labels = painted(made.stack());
    const auto path = made.save(segmentation(*labels, made.origin()).bytes);
    const ReadSegmentation back = parse_segmentation(path, &made.stack());
    expect_same(*labels, *back.labels);
    EXPECT_THAT(back.notes, ::testing::IsEmpty());
    EXPECT_EQ(back.maker, Maker::kAutomatic);
  }
}

TEST(Segmentation, OfAReaderNamesHimAndKeepsItsTrackingUids) {
  const Made made;
  const Labels::Pointer labels = painted(made.stack());
  Origin origin = made.origin();
  const Segmentation automatic = segmentation(*labels, origin);
  origin.maker = Maker::kSemiautomatic;
  origin.corrected = {"reader-1", "2024-05-31T10:15:02Z"};
  const Segmentation corrected = segmentation(*labels, origin);
  EXPECT_NE(corrected.sop_instance_uid, automatic.sop_instance_uid) << "although no voxel differs";
  for (std::size_t n = 0; n < automatic.segments.size(); ++n)
    EXPECT_EQ(corrected.segments.at(n).tracking_uid, automatic.segments[n].tracking_uid);
  DcmFileFormat file;
  ASSERT_TRUE(file.loadFile(made.save(corrected.bytes).c_str()).good());
  EXPECT_EQ(text_of(file, DCM_ContentCreatorName), "reader-1^");
}

TEST(Segmentation, ColoursComeBackAsTheyWere) {
  const Made made;
  const auto path = made.save(segmentation(*painted(made.stack()), made.origin()).bytes);
  for (const Segment& segment : parse_segmentation(path).segments) {
    ASSERT_TRUE(segment.rgb);
    for (unsigned c = 0; c < 3; ++c)
      EXPECT_NEAR(segment.rgb->at(c), anatomy::find(segment.id)->rgb.at(c), 1) << segment.label;
  }
}

TEST(Segmentation, HasASegmentForEachLabelInAscendingOrder) {
  const Made made;
  const Segmentation made_of = segmentation(*painted(made.stack()), made.origin());
  std::vector<unsigned> numbers, ids;
  for (const Segment& s : made_of.segments) {
    numbers.push_back(s.number);
    ids.push_back(s.id);
  }
  EXPECT_THAT(numbers, ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(ids, ElementsAre(20, 61, 120, 204));
}

TEST(Segmentation, LeavesOutFramesWithoutVoxels) {
  const Made made;
  const Labels::Pointer labels = painted(made.stack());
  const auto path = made.save(segmentation(*labels, made.origin()).bytes);
  DcmFileFormat file;
  ASSERT_TRUE(file.loadFile(path.c_str()).good());
  // L1 in slices 1 to 4, canal in 1 to 5, L1/L2 in 1 and 4, MT in 1 to 3.
  EXPECT_EQ(text_of(file, DCM_NumberOfFrames), "14");
}

TEST(Segmentation, SameInputGivesTheSameBytes) {
  const Made made;
  const Labels::Pointer labels = painted(made.stack());
  const Segmentation one = segmentation(*labels, made.origin());
  const Segmentation two = segmentation(*labels, made.origin());
  EXPECT_TRUE(one.bytes == two.bytes);
  EXPECT_EQ(one.sop_instance_uid, two.sop_instance_uid);
}

TEST(Segmentation, ACorrectionIsAnotherInstanceOfTheSameTrackedStructures) {
  const Made made;
  const Labels::Pointer labels = painted(made.stack());
  const Segmentation first = segmentation(*labels, made.origin());
  labels->SetPixel({{4, 4, 2}}, 0);
  Origin origin = made.origin();
  origin.maker = Maker::kSemiautomatic;
  const Segmentation second = segmentation(*labels, origin);
  EXPECT_NE(first.sop_instance_uid, second.sop_instance_uid);
  ASSERT_THAT(second.segments, SizeIs(first.segments.size()));
  std::set<std::string> uids;
  for (std::size_t s = 0; s < first.segments.size(); ++s) {
    EXPECT_EQ(first.segments[s].tracking_uid, second.segments[s].tracking_uid);
    uids.insert(first.segments[s].tracking_uid);
  }
  EXPECT_THAT(uids, SizeIs(4));
  EXPECT_EQ(parse_segmentation(made.save(second.bytes), &made.stack()).maker, Maker::kSemiautomatic);
}

TEST(Segmentation, EveryStructureIsRecognisedByItsMarksAndByItsCodesAlone) {
  const Made made;
  const Labels::Pointer labels = painted(made.stack());
  labels->FillBuffer(0);
  std::size_t voxel = 0;
  for (const anatomy::Structure& s : anatomy::structures()) labels->GetBufferPointer()[3 * voxel++] = s.id;
  for (const std::string side : {"", "L"}) {
    Origin origin = made.origin();
    origin.side = side;
    const auto path = made.save(segmentation(*labels, origin).bytes);
    expect_same(*labels, *parse_segmentation(path, &made.stack()).labels);
    DcmFileFormat file;
    ASSERT_TRUE(file.loadFile(path.c_str()).good());
    DcmSequenceOfItems* segments = nullptr;
    ASSERT_TRUE(file.getDataset()->findAndGetSequence(DCM_SegmentSequence, segments).good());
    for (unsigned long s = 0; s < segments->card(); ++s) {
      segments->getItem(s)->putAndInsertString(DCM_SegmentLabel, "of another program");
      segments->getItem(s)->putAndInsertString(DCM_TrackingUID, "1.2.3");
    }
    ASSERT_TRUE(file.saveFile(path.c_str(), EXS_LittleEndianExplicit).good());
    const ReadSegmentation back = parse_segmentation(path, &made.stack());
    expect_same(*labels, *back.labels);
    EXPECT_THAT(back.notes, SizeIs(segments->card()));
  }
}

TEST(Segmentation, DatesAreTheStudysAndNeverTheClocks) {
  const Made made;
  const auto path = made.save(segmentation(*painted(made.stack()), made.origin()).bytes);
  DcmFileFormat file;
  ASSERT_TRUE(file.loadFile(path.c_str()).good());
  EXPECT_EQ(text_of(file, DCM_ContentDate), "20240102");
  EXPECT_EQ(text_of(file, DCM_ContentTime), "101112");
  EXPECT_EQ(text_of(file, DCM_InstanceCreationDate), "");
  dicom::Stack undated = made.stack();
  std::erase_if(undated.patient_study, [](const dicom::HeaderValue& v) { return v.group == 8; });
  Origin origin = made.origin();
  origin.source = &undated;
  made.save(segmentation(*painted(made.stack()), origin).bytes);
  DcmFileFormat other;
  ASSERT_TRUE(other.loadFile(path.c_str()).good());
  EXPECT_EQ(text_of(other, DCM_ContentDate), "19000101");
}

TEST(Segmentation, ADateThatIsNoneIsLeftEmpty) {
  const Made made;
  dicom::Stack stack = made.stack();
  for (dicom::HeaderValue& value : stack.patient_study)
    if (value.group == 0x0008 && value.element == 0x0020) value.value = "00010101";  // an anonymiser's
  Origin origin = made.origin();
  origin.source = &stack;
  const auto path = made.save(segmentation(*painted(made.stack()), origin).bytes);
  DcmFileFormat file;
  ASSERT_TRUE(file.loadFile(path.c_str()).good());
  EXPECT_EQ(text_of(file, DCM_StudyDate), "");
  EXPECT_EQ(text_of(file, DCM_SeriesDate), "19000101");
}

TEST(Segmentation, RepeatsPatientAndStudyInUtf8) {
  const Made made;
  const auto path = made.save(segmentation(*painted(made.stack()), made.origin()).bytes);
  DcmFileFormat file;
  ASSERT_TRUE(file.loadFile(path.c_str()).good());
  EXPECT_EQ(text_of(file, DCM_SpecificCharacterSet), "ISO_IR 192");
  EXPECT_EQ(text_of(file, DCM_PatientName), "T\xC3\xA6st^Knee");
  EXPECT_EQ(text_of(file, DCM_StudyInstanceUID), made.stack().study_uid);
  EXPECT_EQ(text_of(file, DCM_FrameOfReferenceUID), made.stack().frame_of_reference_uid);
}

TEST(Segmentation, ColoursAreThoseOfTheConnectionSpace) {
  const Made made;
  const auto path = made.save(segmentation(*painted(made.stack()), made.origin()).bytes);
  DcmFileFormat file;
  ASSERT_TRUE(file.loadFile(path.c_str()).good());
  DcmItem* segment = nullptr;
  ASSERT_TRUE(file.getDataset()->findAndGetSequenceItem(DCM_SegmentSequence, segment, 0).good());
  const Uint16* lab = nullptr;
  unsigned long count = 0;
  ASSERT_TRUE(segment->findAndGetUint16Array(DCM_RecommendedDisplayCIELabValue, lab, &count).good());
  EXPECT_EQ(count, 3U);
  EXPECT_GT(lab[0], 20000);  // structures are drawn in light colours
}

TEST(Segmentation, RefusesWhatItCannotSay) {
  const Made made;
  const Labels::Pointer labels = painted(made.stack());
  const Origin origin = made.origin();
  Origin sided = origin;
  sided.side = "right";
  EXPECT_THAT(error_of([&] { segmentation(*labels, sided); }), HasSubstr("side 'right' is neither R nor L"));
  labels->SetPixel({{0, 0, 0}}, 77);
  EXPECT_THAT(error_of([&] { segmentation(*labels, origin); }), HasSubstr("label 77 is no structure"));
  labels->FillBuffer(0);
  EXPECT_THAT(error_of([&] { segmentation(*labels, origin); }), HasSubstr("no voxel is labelled"));
  Labels::SpacingType spacing = labels->GetSpacing();
  spacing[2] *= 1.01;
  labels->SetSpacing(spacing);
  EXPECT_THAT(error_of([&] { segmentation(*labels, origin); }), HasSubstr("differ in spacing"));
  dicom::Stack anonymous = made.stack();
  anonymous.study_uid.clear();
  EXPECT_THAT(error_of([&] {
                segmentation(*painted(made.stack()), {.source = &anonymous, .pipeline = "p", .version = "1"});
              }),
              HasSubstr("StudyInstanceUID"));
}

}  // namespace
}  // namespace ledd::dicom_results
