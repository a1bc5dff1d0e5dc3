#include <gmock/gmock.h>

// clang-format off
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
// clang-format on
#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "ledd/core/error.h"
#include "ledd/dicom_results/segmentation.h"

#include "made.h"

namespace ledd::dicom_results {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::Made;
using testing::painted;
using ::testing::SizeIs;

std::filesystem::path saved(const Made& made) {
  return made.save(segmentation(*painted(made.stack()), made.origin()).bytes);
}

/// Changes a file as another program might have written it.
void edit(const std::filesystem::path& path, const std::function<void(DcmDataset&)>& change) {
  DcmFileFormat file;
  ASSERT_TRUE(file.loadFile(path.c_str()).good());
  file.loadAllDataIntoMemory();
  change(*file.getDataset());
  ASSERT_TRUE(file.saveFile(path.c_str(), EXS_LittleEndianExplicit).good());
}

DcmItem& item(DcmItem& of, const DcmTagKey& sequence, signed long number = 0) {
  DcmItem* found = nullptr;
  if (of.findAndGetSequenceItem(sequence, found, number).bad()) throw std::runtime_error("no such item");
  return *found;
}

DcmItem& frame(DcmDataset& d, signed long number) {
  return item(d, DCM_PerFrameFunctionalGroupsSequence, number);
}

std::string error_of(const std::filesystem::path& path,
                     const dicom::Stack* onto,
                     const SegmentIds& ids = {},
                     Errc code = Errc::kInput) {
  try {
    parse_segmentation(path, onto, ids);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), code) << e.what();
    return e.what();
  }
  return "no error";
}

/// Every labelled voxel of one image lies at the same place in the other, and there are as many.
void expect_same_in_space(const Labels& wanted, const Labels& got) {
  std::size_t labelled = 0, found = 0;
  for (std::size_t n = 0; n < wanted.GetLargestPossibleRegion().GetNumberOfPixels(); ++n) {
    const std::uint16_t id = wanted.GetBufferPointer()[n];
    if (id == 0) continue;
    ++labelled;
    Labels::PointType p;
    wanted.TransformIndexToPhysicalPoint(wanted.ComputeIndex(static_cast<long>(n)), p);
    const Labels::IndexType at = got.TransformPhysicalPointToIndex(p);
    ASSERT_TRUE(got.GetLargestPossibleRegion().IsInside(at));
    ASSERT_EQ(got.GetPixel(at), id);
  }
  for (std::size_t n = 0; n < got.GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
    found += got.GetBufferPointer()[n] != 0;
  EXPECT_EQ(found, labelled);
}

TEST(ReadSegmentation, WithoutTheSeriesTheFramesSpanTheirOwnGrid) {
  for (const auto kind : testing::kSourceKinds) {
    SCOPED_TRACE(name_of(kind));
    const Made made(kind);
    const ReadSegmentation back = parse_segmentation(saved(made));
    EXPECT_EQ(back.labels->GetLargestPossibleRegion().GetSize()[2], 5U);  // the first slice holds nothing
    expect_same_in_space(*painted(made.stack()), *back.labels);
  }
}

TEST(ReadSegmentation, SlicesWithoutFramesStayInTheOwnGrid) {
  const Made made;
  const Labels::Pointer labels = painted(made.stack());
  for (long n = 0; n < static_cast<long>(labels->GetLargestPossibleRegion().GetNumberOfPixels()); ++n)
    if (const long k = labels->ComputeIndex(n)[2]; k != 1 && k != 5) labels->GetBufferPointer()[n] = 0;
  const ReadSegmentation back = parse_segmentation(made.save(segmentation(*labels, made.origin()).bytes));
  EXPECT_EQ(back.labels->GetLargestPossibleRegion().GetSize()[2], 5U);
  expect_same_in_space(*labels, *back.labels);
}

/// The same voxels with columns running the other way, and slices too.
dicom::Stack turned_round(const dicom::Stack& stack) {
  dicom::Stack turned = stack;
  for (unsigned a = 0; a < 3; ++a) {
    turned.row_lps[a] = -stack.row_lps[a];
    turned.normal_lps[a] = -stack.normal_lps[a];
  }
  std::reverse(turned.slices.begin(), turned.slices.end());
  for (dicom::Slice& slice : turned.slices)
    for (unsigned a = 0; a < 3; ++a)
      slice.position_lps_mm[a] += stack.row_lps[a] * stack.pixel_spacing_mm[0] * (stack.columns - 1);
  return turned;
}

TEST(ReadSegmentation, FlippedAxesAreResolvedVoxelForVoxel) {
  const Made made;
  const dicom::Stack turned = turned_round(made.stack());
  expect_same_in_space(*painted(made.stack()), *parse_segmentation(saved(made), &turned).labels);
}

TEST(ReadSegmentation, PermutedAxesAreResolvedVoxelForVoxel) {
  const Made made;
  const dicom::Stack& s = made.stack();
  dicom::Stack other = s;  // slices along what are the rows of the frames
  other.rows = static_cast<unsigned>(s.slices.size());
  other.pixel_spacing_mm[1] = s.slice_spacing_mm;
  other.slice_spacing_mm = s.pixel_spacing_mm[1];
  other.column_lps = s.normal_lps;
  other.normal_lps = s.column_lps;
  other.slices.assign(s.rows, s.slices.front());
  for (std::size_t j = 0; j < other.slices.size(); ++j) {
    other.slices[j].sop_instance_uid = fmt::format("1.2.3.{}", j);
    for (unsigned a = 0; a < 3; ++a)
      other.slices[j].position_lps_mm[a] += s.column_lps[a] * s.pixel_spacing_mm[1] * static_cast<double>(j);
  }
  expect_same_in_space(*painted(s), *parse_segmentation(saved(made), &other).labels);
}

TEST(ReadSegmentation, FramesBesideTheGridAreRefused) {
  const Made made;
  const auto path = saved(made);
  dicom::Stack other = made.stack();
  for (dicom::Slice& slice : other.slices)
    for (unsigned a = 0; a < 3; ++a) slice.position_lps_mm[a] -= 0.5 * 0.3 * other.row_lps[a];
  EXPECT_THAT(error_of(path, &other), AllOf(HasSubstr("frame 1"), HasSubstr("begins 0.500 voxels beside")));
  other = made.stack();
  other.pixel_spacing_mm[0] *= 1.02;
  EXPECT_THAT(error_of(path, &other), HasSubstr("orientation or pixel spacing differ"));
  other = made.stack();
  other.rows += 1;
  EXPECT_THAT(error_of(path, &other), HasSubstr("13 pixels along an axis of 14 voxels"));
  other = made.stack();
  other.slices.resize(3);
  EXPECT_THAT(error_of(path, &other), HasSubstr("lies at slice 3.000 of 0 to 2"));
  other.slices.resize(1);
  other.slice_spacing_mm = 0.0;
  EXPECT_THAT(error_of(path, &other), HasSubstr("is no volume: it has 1 slices"));
  other = made.stack();
  std::swap(other.row_lps, other.normal_lps);
  EXPECT_THAT(error_of(path, &other), HasSubstr("frame 1"));
  other = made.stack();
  other.frame_of_reference_uid = "1.2.3.4";
  EXPECT_THAT(error_of(path, &other), HasSubstr("another scan"));
}

TEST(ReadSegmentation, FramesWithoutPositionGoWhereTheirSourceIs) {
  const Made made;
  const auto path = saved(made);
  edit(path, [](DcmDataset& d) {
    for (signed long f = 0; f < 14; ++f) delete frame(d, f).remove(DCM_PlanePositionSequence);
  });
  expect_same_in_space(*painted(made.stack()), *parse_segmentation(path, &made.stack()).labels);
  EXPECT_THAT(error_of(path, nullptr), HasSubstr("has no position"));
}

TEST(ReadSegmentation, APositionThatContradictsTheSourceIsRefused) {
  const Made made;
  const auto path = saved(made);
  edit(path, [&](DcmDataset& d) {
    DcmItem& source = item(item(frame(d, 0), DCM_DerivationImageSequence), DCM_SourceImageSequence);
    source.putAndInsertString(DCM_ReferencedSOPInstanceUID, made.stack().slices[4].sop_instance_uid.c_str());
  });
  EXPECT_THAT(error_of(path, &made.stack()), HasSubstr("lies in slice 1, but its source image is slice 4"));
}

TEST(ReadSegmentation, SegmentsThatShareVoxelsAreRefused) {
  const Made made;
  const auto path = saved(made);
  edit(path, [](DcmDataset& d) {
    const std::vector<Uint8> ones((14 * 19 * 13 + 7) / 8, 0xFF);
    d.putAndInsertUint8Array(DCM_PixelData, ones.data(), ones.size());
  });
  // L1 has slices 1 to 4 and the canal the same and one more; the first pair in order of ids is told.
  EXPECT_THAT(error_of(path, &made.stack()),
              AllOf(HasSubstr("L1 and canal share"), HasSubstr(fmt::format("{} voxels", 4 * 19 * 13))));
}

TEST(ReadSegmentation, AnUnknownSegmentIsRefusedUnlessTheCallerNamesIt) {
  const Made made;
  const auto path = saved(made);
  edit(path, [](DcmDataset& d) {
    DcmItem& segment = item(d, DCM_SegmentSequence, 1);
    segment.putAndInsertString(DCM_SegmentLabel, "Lesion");
    segment.putAndInsertString(DCM_TrackingUID, "1.2.3");
    item(segment, DCM_SegmentedPropertyTypeCodeSequence).putAndInsertString(DCM_CodeValue, "52988006");
  });
  EXPECT_THAT(error_of(path, &made.stack()),
              AllOf(HasSubstr("segment 2 'Lesion'"), HasSubstr("52988006"), HasSubstr("by its number (2)")));
  expect_same_in_space(*painted(made.stack()), *parse_segmentation(path, &made.stack(), {{"2", 61}}).labels);
  expect_same_in_space(*painted(made.stack()),
                       *parse_segmentation(path, &made.stack(), {{"Lesion", 61}}).labels);
  const ReadSegmentation without = parse_segmentation(path, &made.stack(), {{"2", 0}});
  EXPECT_THAT(without.notes, ::testing::ElementsAre("segment 2 'Lesion' left out"));
  EXPECT_THAT(error_of(path, &made.stack(), {{"2", 61}, {"Lesions", 61}}), HasSubstr("no segment 'Lesions'"));
  EXPECT_THAT(error_of(path, &made.stack(), {{"2", 77}}), HasSubstr("77"));
}

TEST(ReadSegmentation, WhatTheCallerSaysWinsOverAllMarks) {
  const Made made;
  const ReadSegmentation back = parse_segmentation(saved(made), &made.stack(), {{"1", 21}});
  EXPECT_EQ(back.segments.at(0).id, 21);
  EXPECT_EQ(back.labels->GetPixel({{4, 4, 2}}), 21);
}

TEST(ReadSegmentation, ASegmentThatFitsTwoStructuresIsRefused) {
  const Made made;
  const Labels::Pointer labels = painted(made.stack());
  for (std::size_t n = 0; n < labels->GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
    if (labels->GetBufferPointer()[n] != 0) labels->GetBufferPointer()[n] = 211;
  const auto path = made.save(segmentation(*labels, made.origin()).bytes);
  edit(path, [](DcmDataset& d) {
    DcmItem& segment = item(d, DCM_SegmentSequence);
    segment.putAndInsertString(DCM_SegmentLabel, "Hip");
    segment.putAndInsertString(DCM_TrackingUID, "1.2.3");
    delete item(segment, DCM_SegmentedPropertyTypeCodeSequence)
        .remove(DCM_SegmentedPropertyTypeModifierCodeSequence);
  });
  EXPECT_THAT(error_of(path, &made.stack()),
              HasSubstr("fits 'proximal femur, right' as well as 'proximal femur, left'"));
}

TEST(ReadSegmentation, FractionalSegmentationsAreNotRead) {
  const Made made;
  const auto path = saved(made);
  edit(path, [](DcmDataset& d) { d.putAndInsertString(DCM_SegmentationType, "FRACTIONAL"); });
  EXPECT_THAT(error_of(path, &made.stack(), {}, Errc::kUnsupported),
              HasSubstr("SegmentationType (0062,0001) is 'FRACTIONAL'; BINARY is needed"));
}

TEST(ReadSegmentation, LabelMapsOfEightAndSixteenBitsAreRead) {
  for (const unsigned bits : {8U, 16U}) {
    const Made made;
    const Labels::Pointer labels = painted(made.stack());
    const std::size_t count = labels->GetLargestPossibleRegion().GetNumberOfPixels();
    for (std::size_t n = 0; n < count; ++n) labels->GetBufferPointer()[n] = n % 5 == 0 ? 20 : 0;
    const auto path = made.save(segmentation(*labels, made.origin()).bytes);
    edit(path, [&](DcmDataset& d) {
      d.putAndInsertString(DCM_SOPClassUID, "1.2.840.10008.5.1.4.1.1.66.7");
      d.putAndInsertString(DCM_SegmentationType, "LABELMAP");
      d.putAndInsertUint16(DCM_BitsAllocated, static_cast<Uint16>(bits));
      std::vector<Uint8> bytes(count);
      for (std::size_t n = 0; n < count; ++n) bytes[n] = n % 5 == 0 ? 1 : 0;
      const std::vector<Uint16> words(bytes.begin(), bytes.end());
      if (bits == 8)
        d.putAndInsertUint8Array(DCM_PixelData, bytes.data(), count);
      else
        d.putAndInsertUint16Array(DCM_PixelData, words.data(), count);
    });
    expect_same_in_space(*labels, *parse_segmentation(path, &made.stack()).labels);
  }
}

TEST(ReadSegmentation, NumbersThatTheFileCannotHoldAreRefused) {
  const Made made;
  const auto refused = [&](const std::function<void(DcmDataset&)>& change) {
    const auto path = saved(made);
    edit(path, change);
    return error_of(path, &made.stack(), {}, Errc::kFormat);
  };
  EXPECT_THAT(refused([](DcmDataset& d) { d.putAndInsertUint16(DCM_Rows, 8000); }), HasSubstr("are needed"));
  EXPECT_THAT(refused([](DcmDataset& d) { d.putAndInsertString(DCM_NumberOfFrames, "999999"); }),
              HasSubstr("one for each of the 999999 frames"));
  EXPECT_THAT(refused([](DcmDataset& d) { d.putAndInsertString(DCM_NumberOfFrames, "0"); }),
              HasSubstr("NumberOfFrames"));
  EXPECT_THAT(refused([](DcmDataset& d) { delete d.remove(DCM_PixelData); }), HasSubstr("0 bytes"));
  EXPECT_THAT(refused([](DcmDataset& d) { delete d.remove(DCM_SegmentSequence); }),
              HasSubstr("at least one segment"));
  EXPECT_THAT(refused([](DcmDataset& d) {
                item(frame(d, 3), DCM_SegmentIdentificationSequence)
                    .putAndInsertUint16(DCM_ReferencedSegmentNumber, 9);
              }),
              HasSubstr("frame 4 is of segment 9, which is not described"));
  EXPECT_THAT(refused([](DcmDataset& d) {
                item(frame(d, 2), DCM_PlanePositionSequence)
                    .putAndInsertString(DCM_ImagePositionPatient, "0\\nan\\0");
              }),
              AllOf(HasSubstr("frame 3"), HasSubstr("ImagePositionPatient")));
}

TEST(ReadSegmentation, FramesFarApartAreNoVolume) {
  const Made made;
  const auto path = saved(made);
  edit(path, [](DcmDataset& d) {
    item(frame(d, 0), DCM_PlanePositionSequence)
        .putAndInsertString(DCM_ImagePositionPatient, "-800000\\600000\\0");
  });
  EXPECT_NE(error_of(path, nullptr), "no error");
}

TEST(ReadSegmentation, DamagedFilesEndInAnErrorOrInLabels) {
  const Made made;
  const std::string whole = segmentation(*painted(made.stack()), made.origin()).bytes;
  std::mt19937 random(1);
  unsigned refused = 0;
  for (unsigned n = 0; n < 400; ++n) {
    std::string bytes = whole;
    if (n % 4 == 0) bytes.resize(bytes.size() * n / 400);
    for (unsigned flips = 0; flips < 3 && !bytes.empty(); ++flips)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    const auto path = made.save(bytes, "damaged.dcm");
    for (const dicom::Stack* onto : {&made.stack(), static_cast<const dicom::Stack*>(nullptr)}) try {
        EXPECT_NE(parse_segmentation(path, onto).labels, nullptr);
      } catch (const Error& e) {
        ++refused;
        EXPECT_NE(e.code(), Errc::kInternal) << e.what();
      }
  }
  EXPECT_GE(refused, 180U);  // what is cut off can never be read
}

}  // namespace
}  // namespace ledd::dicom_results
