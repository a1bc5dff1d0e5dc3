#include <gmock/gmock.h>

// clang-format off
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
// clang-format on
#include <cmath>
#include <limits>

#include "ledd/core/error.h"
#include "ledd/dicom_results/document.h"
#include "ledd/dicom_results/parametric_map.h"

#include "made.h"

namespace ledd::dicom_results {
namespace {

using ::testing::HasSubstr;
using testing::Made;

std::string error_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kInput);
    return e.what();
  }
  return "no error";
}

struct Stored {
  std::vector<float> values;
  float padding = 0;
  double low = 0, high = 0;
};

Stored stored(const std::filesystem::path& path) {
  DcmFileFormat file;
  EXPECT_TRUE(file.loadFile(path.c_str()).good());
  DcmDataset& d = *file.getDataset();
  Stored all;
  const Float32* values = nullptr;
  unsigned long count = 0;
  EXPECT_TRUE(d.findAndGetFloat32Array(DCM_FloatPixelData, values, &count).good());
  all.values.assign(values, values + count);
  d.findAndGetFloat32(DCM_FloatPixelPaddingValue, all.padding);
  DcmItem* shared = nullptr;
  DcmItem* mapping = nullptr;
  EXPECT_TRUE(d.findAndGetSequenceItem(DCM_SharedFunctionalGroupsSequence, shared, 0).good());
  EXPECT_TRUE(shared->findAndGetSequenceItem(DCM_RealWorldValueMappingSequence, mapping, 0).good());
  mapping->findAndGetFloat64(DCM_DoubleFloatRealWorldValueFirstValueMapped, all.low);
  mapping->findAndGetFloat64(DCM_DoubleFloatRealWorldValueLastValueMapped, all.high);
  return all;
}

void expect_stored(const Volume& map, const Stored& all) {
  ASSERT_EQ(all.values.size(), map.GetLargestPossibleRegion().GetNumberOfPixels());
  for (std::size_t n = 0; n < all.values.size(); ++n) {
    const float wanted = map.GetBufferPointer()[n];
    ASSERT_EQ(all.values[n], std::isnan(wanted) ? all.padding : wanted) << n;
  }
}

TEST(ParametricMap, HoldsEveryValueAndPadsTheGaps) {
  for (const auto kind : testing::kSourceKinds) {
    const Made made(kind);
    const Volume::Pointer map = testing::mapped(made.stack());
    const Stored all = stored(made.save(parametric_map(*map, {"T2", "ms"}, made.origin())));
    expect_stored(*map, all);
    EXPECT_EQ(all.padding, 0.0F);
    EXPECT_EQ(all.low, 20.0);
    EXPECT_EQ(all.high, 20.0 + 0.125 * 199);
  }
}

TEST(ParametricMap, PaddingIsNoMeasuredValue) {
  const Made made;
  const Volume::Pointer map = testing::mapped(made.stack());
  map->GetBufferPointer()[1] = 0.0F;
  map->GetBufferPointer()[2] = -3.5F;
  const Stored all = stored(made.save(parametric_map(*map, {"thickness", "mm"}, made.origin())));
  expect_stored(*map, all);
  EXPECT_EQ(all.padding, -5.0F);
  EXPECT_EQ(all.low, -3.5);
}

TEST(ParametricMap, SameInputGivesTheSameBytes) {
  const Made made;
  const Volume::Pointer map = testing::mapped(made.stack());
  EXPECT_TRUE(parametric_map(*map, {"T2", "ms"}, made.origin()) ==
              parametric_map(*map, {"T2", "ms"}, made.origin()));
  EXPECT_FALSE(parametric_map(*map, {"T2", "ms"}, made.origin()) ==
               parametric_map(*map, {"T1", "ms"}, made.origin()));
}

TEST(ParametricMap, RefusesInfinityAndEmptiness) {
  const Made made;
  const Volume::Pointer map = testing::mapped(made.stack());
  map->GetBufferPointer()[7] = std::numeric_limits<float>::infinity();
  EXPECT_THAT(error_of([&] {
                parametric_map(*map, {"T2", "ms"}, made.origin());
              }),
              HasSubstr("map T2: voxel 7 is inf"));
  map->FillBuffer(std::numeric_limits<float>::quiet_NaN());
  EXPECT_THAT(error_of([&] {
                parametric_map(*map, {"T2", "ms"}, made.origin());
              }),
              HasSubstr("no voxel has a value"));
  EXPECT_THAT(error_of([&] {
                parametric_map(*map, {"T2", ""}, made.origin());
              }),
              HasSubstr("a name and a unit"));
}

TEST(EncapsulatedPdf, HoldsTheDocumentByteForByte) {
  const Made made;
  for (const std::string pdf : {"%PDF-1.4\nodd", "%PDF-1.4\neven"}) {
    const std::string bytes = encapsulated_pdf(pdf, "R\xC3\xA9sultats", made.origin());
    EXPECT_TRUE(bytes == encapsulated_pdf(pdf, "R\xC3\xA9sultats", made.origin()));
    DcmFileFormat file;
    ASSERT_TRUE(file.loadFile(made.save(bytes).c_str()).good());
    const Uint8* document = nullptr;
    Uint32 length = 0;
    ASSERT_TRUE(file.getDataset()->findAndGetUint8Array(DCM_EncapsulatedDocument, document).good());
    ASSERT_TRUE(file.getDataset()->findAndGetUint32(DCM_EncapsulatedDocumentLength, length).good());
    EXPECT_EQ(std::string(document, document + length), pdf);
  }
  EXPECT_THAT(error_of([&] { encapsulated_pdf("<html>", "t", made.origin()); }), HasSubstr("%PDF-"));
}

}  // namespace
}  // namespace ledd::dicom_results
