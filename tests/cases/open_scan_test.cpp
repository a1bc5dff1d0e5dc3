// Scans and segmentations that no pipeline of Ledd's made.
#include <gmock/gmock.h>

// clang-format off
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
// clang-format on
#include "ledd/anatomy/anatomy.h"
#include "ledd/cases/open_case.h"
#include "ledd/core/error.h"
#include "ledd/dicom_results/segmentation.h"

#include "dicom_writer.h"
#include "folder.h"
#include "realdata.h"
#include "scans.h"

namespace {

using ledd::Context;
using ledd::Error;
using ledd::Folder;
using ledd::Labels;
using ledd::cases::open_scan;
using ledd::cases::ScanRequest;
using ledd::testing::Attribute;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

namespace fs = std::filesystem;
namespace results = ledd::dicom_results;

struct OpenScan : testing::Test {
  Folder input, other;
  Context context;

  void write_series(const std::string& uid,
                    const std::vector<Attribute>& more = {},
                    double gap_mm = 4.0) const {
    auto slices = ledd::testing::pictures(
        {.slices = 6, .row_lps = {0, 1, 0}, .column_lps = {0, 0, -1}, .gap_mm = gap_mm, .uid = uid});
    fs::create_directories(input / uid);
    for (auto& slice : slices) {
      slice.attributes = {{"FrameOfReferenceUID", "1.2.8"}, {"StudyInstanceUID", "1.2.9"}};
      slice.attributes.insert(slice.attributes.end(), more.begin(), more.end());
    }
    write(slices, input / uid);
  }
  ledd::dicom::Stack stack(const std::string& uid) {
    return ledd::dicom::index({input / uid}, context).stacks.at(0);
  }
  static Labels::Pointer empty_like(const itk::ImageBase<3>& scan) {
    auto labels = Labels::New();
    labels->CopyInformation(&scan);
    labels->SetRegions(scan.GetLargestPossibleRegion());
    labels->Allocate(true);
    return labels;
  }
  /// L1 in the first voxel, the canal in the second, and in the second slice.
  fs::path write_object(const std::string& uid) {
    const auto made_of = stack(uid);
    const auto labels = empty_like(*ledd::dicom::load(made_of, context));
    labels->GetBufferPointer()[0] = 20;
    labels->GetBufferPointer()[1] = labels->GetBufferPointer()[20] = 61;
    ledd::files::write_bytes(
        results::segmentation(*labels, {.source = &made_of, .pipeline = "x", .version = "1"}).bytes,
        other / "seg.dcm");
    return other / "seg.dcm";
  }
  /// The same, its first segment another tool's: no structure that Ledd knows, in red.
  fs::path write_foreign_object(const std::string& uid) {
    const fs::path path = write_object(uid);
    DcmFileFormat file;
    EXPECT_TRUE(file.loadFile(path.c_str()).good());
    DcmItem* segment = nullptr;
    EXPECT_TRUE(file.getDataset()->findAndGetSequenceItem(DCM_SegmentSequence, segment, 0).good());
    segment->putAndInsertString(DCM_SegmentLabel, "Ganglion stellatum");
    segment->putAndInsertString(DCM_TrackingUID, "1.2.3.4");
    for (const DcmTagKey& key :
         {DCM_SegmentedPropertyTypeCodeSequence, DCM_SegmentedPropertyCategoryCodeSequence}) {
      DcmItem* code = nullptr;
      EXPECT_TRUE(segment->findAndGetSequenceItem(key, code, 0).good());
      code->putAndInsertString(DCM_CodeValue, "999");
      code->putAndInsertString(DCM_CodingSchemeDesignator, "99X");
    }
    const std::array<Uint16, 3> red{35599, 53515, 50623};  // sRGB (255, 0, 0) in D50: L 54.3, a 80.8, b 69.9
    segment->putAndInsertUint16Array(DCM_RecommendedDisplayCIELabValue, red.data(), 3);
    EXPECT_TRUE(file.saveFile(path.c_str(), EXS_LittleEndianExplicit).good());
    return path;
  }
};

TEST_F(OpenScan, ASeriesOfDicomIsShownWithWhatItsHeaderSays) {
  write_series("1.2.3.1");
  const auto opened = open_scan({{input.path()}}, context);
  EXPECT_THAT(opened.problems, IsEmpty());
  ASSERT_TRUE(opened.scan);
  EXPECT_FALSE(opened.labels);
  EXPECT_EQ(opened.modality, "MR");
  EXPECT_EQ(opened.frame_uid, "1.2.8");
  EXPECT_EQ(opened.study_uid, "1.2.9");
  EXPECT_THAT(opened.inputs, SizeIs(6));
  EXPECT_EQ(opened.scan->GetBufferPointer()[7], 12.0F) << "row 1, column 2 of the first slice";
}

TEST_F(OpenScan, OfSeveralSeriesItAsksWhichAndTakesTheOneChosen) {
  write_series("1.2.3.1", {{"SeriesDescription", "T1"}, {"SeriesNumber", "1"}});
  write_series("1.2.3.2", {{"SeriesDescription", "T2"}, {"SeriesNumber", "2"}});
  const auto asked = open_scan({{input.path()}}, context);
  EXPECT_FALSE(asked.scan);
  ASSERT_THAT(asked.choices, SizeIs(2));
  EXPECT_THAT(asked.choices[1].words, HasSubstr("T2"));
  EXPECT_THAT(asked.choices[1].geometry, HasSubstr("5 x 4 x 6"));
  const auto opened = open_scan({{input.path()}, {}, "ledd", asked.choices[1].id}, context);
  EXPECT_TRUE(opened.scan);
  EXPECT_THAT(opened.series, HasSubstr("T2"));
  EXPECT_THROW(open_scan({{input.path()}, {}, "ledd", "nothing"}, context), Error);
}

TEST_F(OpenScan, ASegmentationFindsTheSeriesThatItWasDrawnOn) {
  write_series("1.2.3.1");
  write_series("1.2.3.2", {{"SeriesDescription", "drawn on"}});
  const auto opened = open_scan({{input.path()}, write_object("1.2.3.2")}, context);
  EXPECT_THAT(opened.problems, IsEmpty());
  EXPECT_THAT(opened.series, HasSubstr("drawn on"));
  ASSERT_TRUE(opened.labels);
  EXPECT_EQ(opened.labels->GetBufferPointer()[1], 61);
  EXPECT_EQ(opened.structures.at(20).name, "L1");
}

TEST_F(OpenScan, ASegmentThatLeddDoesNotKnowKeepsItsNumberNameAndColour) {
  write_series("1.2.3.1");
  const auto opened = open_scan({{input.path()}, write_foreign_object("1.2.3.1")}, context);
  EXPECT_THAT(opened.problems, IsEmpty());
  ASSERT_TRUE(opened.labels);
  const auto id = opened.labels->GetBufferPointer()[0];
  EXPECT_EQ(opened.structures.at(id).name, "Ganglion stellatum");
  EXPECT_THAT(opened.structures.at(id).rgb, ElementsAre(testing::Ge(250), testing::Le(12), testing::Le(12)));
  EXPECT_EQ(opened.labels->GetBufferPointer()[1], 61);
  EXPECT_EQ(ledd::anatomy::find(id), nullptr) << "not drawn as one of Ledd's";
}

TEST_F(OpenScan, ASegmentationOfASeriesThatIsNotThereIsNotDrawn) {
  write_series("1.2.3.1");
  const auto file = write_object("1.2.3.1");
  fs::remove_all(input / "1.2.3.1");
  write_series("1.2.3.2");
  const auto opened = open_scan({{input.path()}, file}, context);
  EXPECT_TRUE(opened.scan);
  EXPECT_FALSE(opened.labels);
  EXPECT_THAT(opened.problems, ElementsAre(AllOf(HasSubstr("1.2.3.1"), HasSubstr("open that series"))));
}

TEST_F(OpenScan, ASegmentationOnAnotherGridOfTheSameFrameStaysWhereItSays) {
  write_series("1.2.3.1");
  write_series("1.2.3.2", {}, 3.0);
  const auto file = write_object("1.2.3.1");
  const auto chosen = stack("1.2.3.2").id;
  const auto opened = open_scan({{input.path()}, file, "ledd", chosen}, context);
  ASSERT_TRUE(opened.labels);
  EXPECT_NEAR(opened.labels->GetSpacing()[2], 4.0, 1e-6);
  EXPECT_THAT(opened.problems, ElementsAre(HasSubstr("cannot be corrected")));
}

TEST_F(OpenScan, ASegmentationOfAnotherFrameIsNotDrawn) {
  write_series("1.2.3.1");
  const auto file = write_object("1.2.3.1");
  write_series("1.2.3.2", {{"FrameOfReferenceUID", "1.2.77"}}, 3.0);
  const auto opened = open_scan({{input.path()}, file, "ledd", stack("1.2.3.2").id}, context);
  EXPECT_FALSE(opened.labels);
  EXPECT_THAT(opened.problems, ElementsAre(HasSubstr("FrameOfReferenceUID")));
}

TEST_F(OpenScan, ADamagedSegmentationIsAProblemAndTheScanIsShown) {
  write_series("1.2.3.1");
  const auto file = write_object("1.2.3.1");
  auto bytes = ledd::files::read_bytes(file);
  bytes.resize(bytes.size() / 2);
  ledd::files::write_bytes(bytes, file);
  const auto opened = open_scan({{input.path()}, file}, context);
  EXPECT_TRUE(opened.scan);
  EXPECT_FALSE(opened.labels);
  EXPECT_THAT(opened.problems, ElementsAre(HasSubstr("seg.dcm")));
}

TEST_F(OpenScan, ARealSegmentationOfAnotherToolIsShownWithItsOwnNames) {
  const std::string where = "dicom-tricky/dcmqi_seg_sr/segmentations";
  LEDD_NEEDS_REALDATA(where);
  for (const char* size : {"23x38x3", "24x38x3"}) {
    SCOPED_TRACE(size);
    const auto folder = ledd::realdata() / where / size;
    const auto opened = open_scan({{folder / "image"}, folder / "seg" / "label.seg"}, context);
    EXPECT_THAT(opened.problems, IsEmpty());
    ASSERT_TRUE(opened.scan && opened.labels);
    ledd::require_same_grid(*opened.scan, *opened.labels, "scan and labels");
    ASSERT_THAT(opened.structures, Not(IsEmpty()));
    for (const auto& [id, structure] : opened.structures) {
      EXPECT_EQ(ledd::anatomy::find(id), nullptr) << structure.name;
      EXPECT_THAT(structure.name, Not(IsEmpty()));
    }
  }
}

/// An image file of a scan, and of labels.
struct OpenImage : OpenScan {
  Labels::Pointer labels = empty_like(*ledd::testing::sagittal_scan(7));

  OpenImage() { ledd::testing::write_scan(input / "scan.nii.gz", 7); }

  ledd::cases::OpenCase open(const std::string& scheme) {
    ledd::files::write_labels(*labels, other / "labels.nii.gz");
    return open_scan({{input / "scan.nii.gz"}, other / "labels.nii.gz", scheme}, context);
  }
};

TEST_F(OpenImage, AKnownSchemeIsTranslatedAndTheRestKeepsANumberOfItsOwn) {
  labels->GetBufferPointer()[0] = 41;  // TotalSpineSeg: L1
  labels->GetBufferPointer()[1] = 20;  // TotalSpineSeg: nothing; Ledd: L1
  const auto opened = open("totalspineseg");
  EXPECT_THAT(opened.problems, IsEmpty());
  ASSERT_TRUE(opened.labels);
  EXPECT_EQ(opened.labels->GetBufferPointer()[0], 20);
  const auto foreign = opened.labels->GetBufferPointer()[1];
  EXPECT_GT(foreign, 39999);
  EXPECT_EQ(opened.structures.at(foreign).name, "label 20");
  EXPECT_EQ(opened.structures.at(20).name, "L1");
}

TEST_F(OpenImage, WithoutASchemeNoNumberIsTakenForAStructure) {
  labels->GetBufferPointer()[0] = 20;
  labels->GetBufferPointer()[1] = 9999;
  const auto opened = open("");
  ASSERT_TRUE(opened.labels);
  EXPECT_GT(opened.labels->GetBufferPointer()[0], 39999);
  EXPECT_EQ(opened.labels->GetBufferPointer()[1], 9999);
  for (const auto& [id, structure] : opened.structures) EXPECT_THAT(structure.name, HasSubstr("label "));
}

TEST_F(OpenImage, LabelsOnAnotherGridAreNotDrawn) {
  auto origin = labels->GetOrigin();
  origin[1] += 2.0;
  labels->SetOrigin(origin);
  labels->GetBufferPointer()[0] = 20;
  const auto opened = open("ledd");
  EXPECT_TRUE(opened.scan);
  EXPECT_FALSE(opened.labels);
  EXPECT_THAT(opened.structures, IsEmpty());
  EXPECT_THAT(opened.problems, ElementsAre(HasSubstr("wrong place")));
}

TEST_F(OpenImage, AFileOrASchemeThatIsNotThereIsSaid) {
  labels->GetBufferPointer()[0] = 20;
  EXPECT_THAT(open("mine").problems, ElementsAre(HasSubstr("label scheme 'mine'")));
  EXPECT_THAT(open_scan({{input.path()}, other / "none.nii.gz"}, context).problems,
              ElementsAre(HasSubstr("there is no such file")));
  EXPECT_THROW(open_scan({{input / "none.nii.gz"}}, context), Error);
}

}  // namespace
