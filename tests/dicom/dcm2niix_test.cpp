// Agreement with dcm2niix (Debian's package), a reader that shares no code with ours: same voxels at the same
// places.
#include <gmock/gmock.h>
#include <itkImageFileReader.h>
#include <itkNiftiImageIO.h>

// clang-format off
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
// clang-format on
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <set>

#include "ledd/dicom/dicom.h"

#include "dicom_writer.h"
#include "realdata.h"

namespace ledd::dicom {
namespace {

using testing::Folder;
using testing::pictures;

constexpr double kAffineToleranceMm = 1e-4;

/// Copies the stack's files without compression, since Debian's dcm2niix reads no JPEG-LS.
void copy_unpacked(const Stack& stack, const std::filesystem::path& to) {
  std::set<std::filesystem::path> paths;
  for (const Slice& slice : stack.slices) paths.insert(slice.path);
  int n = 0;
  for (const auto& path : paths) {
    DcmFileFormat file;
    ASSERT_TRUE(file.loadFile(path.c_str()).good());
    ASSERT_TRUE(file.getDataset()->chooseRepresentation(EXS_LittleEndianExplicit, nullptr).good());
    ASSERT_TRUE(file.saveFile((to / fmt::format("{:04}.dcm", n++)).c_str(), EXS_LittleEndianExplicit).good());
  }
}

/// What dcm2niix makes of a folder: one image, or none and the reason why there is nothing to compare.
struct Converted {
  Volume::Pointer volume;
  std::string obstacle;
};

Converted convert(const std::filesystem::path& from, const std::filesystem::path& to) {
  // -p n: stored values with rescale slope and intercept, not Philips' private floating point scale.
  const std::string command = fmt::format("dcm2niix -z n -b n -p n -f %s_%d -o '{}' '{}' > '{}' 2>&1",
                                          to.string(),
                                          from.string(),
                                          (to / "log").string());
  if (std::system(command.c_str()) != 0) return {nullptr, "fails: " + testing::read_bytes(to / "log")};
  std::vector<std::filesystem::path> images;
  for (const auto& entry : std::filesystem::directory_iterator(to))
    if (entry.path().extension() == ".nii") images.push_back(entry.path());
  if (images.size() != 1) return {nullptr, fmt::format("writes {} images", images.size())};
  const auto reader = itk::ImageFileReader<Volume>::New();
  reader->SetImageIO(itk::NiftiImageIO::New());
  reader->SetFileName(images[0].string());
  reader->Update();
  Volume::Pointer volume = reader->GetOutput();
  volume->DisconnectPipeline();
  return {volume, {}};
}

/// Exactly the same, but where a rescale slope makes fractions: NIfTI and dcm2niix keep slopes and products
/// in single precision, Ledd multiplies in double precision and rounds once, so two roundings (2^-22 of the
/// value) may differ.
bool same_value(float ours, float theirs) {
  if (ours == theirs) return true;
  const bool is_fraction = ours != std::floor(ours);
  return is_fraction && std::abs(ours - theirs) <= std::ldexp(std::abs(ours), -22);
}

/// The first difference between two volumes on the same axes; empty when there is none.
std::string difference(const Volume& ours, const Volume& theirs) {
  if (ours.GetBufferedRegion() != theirs.GetBufferedRegion()) return "sizes differ";
  for (unsigned a = 0; a < 3; ++a) {
    if (!(std::abs(ours.GetOrigin()[a] - theirs.GetOrigin()[a]) <= kAffineToleranceMm))
      return fmt::format("origin {}: {} and {} mm", a, ours.GetOrigin()[a], theirs.GetOrigin()[a]);
    for (unsigned axis = 0; axis < 3; ++axis) {
      const double step_mm = ours.GetDirection()(a, axis) * ours.GetSpacing()[axis];
      const double their_step_mm = theirs.GetDirection()(a, axis) * theirs.GetSpacing()[axis];
      if (!(std::abs(step_mm - their_step_mm) <= kAffineToleranceMm))
        return fmt::format("step along axis {}, {}: {} and {} mm", axis, a, step_mm, their_step_mm);
    }
  }
  const std::size_t count = ours.GetBufferedRegion().GetNumberOfPixels();
  for (std::size_t v = 0; v < count; ++v)
    if (!same_value(ours.GetBufferPointer()[v], theirs.GetBufferPointer()[v]))
      return fmt::format("voxel {}: {} and {}", v, ours.GetBufferPointer()[v], theirs.GetBufferPointer()[v]);
  return {};
}

/// Empty when both agree; else the difference, or the obstacle to a comparison.
Converted compare(const Stack& stack, std::string& found) {
  const Folder folder;
  std::filesystem::create_directory(folder / "in");
  std::filesystem::create_directory(folder / "out");
  copy_unpacked(stack, folder / "in");
  Converted converted = convert(folder / "in", folder / "out");
  if (!converted.volume) return converted;
  Context context({}, 2);
  const Volume::Pointer ours = load(stack, context);
  if (axes_of(*converted.volume) != axes_of(*ours))
    converted.volume = reorient(*converted.volume, axes_of(*ours));
  found = difference(*ours, *converted.volume);
  return converted;
}

void expect_agreement(const std::filesystem::path& folder, std::size_t stacks) {
  Context context({}, 2);
  const Index index_found = index({folder}, context);
  ASSERT_EQ(index_found.stacks.size(), stacks);
  for (const Stack& stack : index_found.stacks) {
    ASSERT_EQ(stack.problem, "");
    std::string found;
    EXPECT_EQ(compare(stack, found).obstacle, "");
    EXPECT_EQ(found, "") << stack.series_uid << " echo " << stack.echo_time_ms.value_or(0);
  }
}

TEST(Dcm2niix, AgreesOnAnObliqueSeries) {
  const Folder folder;
  testing::write(pictures(testing::oblique_series()), folder.path());
  expect_agreement(folder.path(), 1);
}

TEST(Dcm2niix, AgreesOnAxialCoronalAndSagittalSeriesInBothDirections) {
  const std::vector<std::pair<Point, Point>> planes{
      {{1, 0, 0}, {0, 1, 0}}, {{1, 0, 0}, {0, 0, -1}}, {{0, 1, 0}, {0, 0, -1}}, {{0, -1, 0}, {0, 0, -1}}};
  for (const auto& [row, column] : planes) {
    const Folder folder;
    testing::Series series = testing::oblique_series();
    series.row_lps = row;
    series.column_lps = column;
    testing::write(pictures(series), folder.path());
    expect_agreement(folder.path(), 1);
  }
}

TEST(Dcm2niix, AgreesOnSlopeAndSign) {
  const Folder folder;
  std::vector<testing::Picture> all = pictures(testing::oblique_series());
  for (testing::Picture& p : all) {
    p.is_signed = true;
    p.words[3] = 0xFF00;
    p.attributes = {{"RescaleSlope", "2"}, {"RescaleIntercept", "-1024"}};
  }
  testing::write(all, folder.path());
  expect_agreement(folder.path(), 1);
}

TEST(Dcm2niix, AgreesOnTheDualEchoKneeScan) {
  LEDD_NEEDS_REALDATA("knee/dess-dual-echo-dicom");
  expect_agreement(realdata() / "knee/dess-dual-echo-dicom", 2);
}

TEST(Dcm2niix, AgreesOnTheBigEndianMultiEchoScan) {
  LEDD_NEEDS_REALDATA("knee/t2-multi-echo-dicom");
  expect_agreement(realdata() / "knee/t2-multi-echo-dicom", 8);
}

TEST(Dcm2niix, AgreesOnThePhantomScan) {
  LEDD_NEEDS_REALDATA("bone/ct-phantom-qrm-dicom");
  expect_agreement(realdata() / "bone/ct-phantom-qrm-dicom", 1);
}

TEST(Dcm2niix, AgreesOnEveryTrickyStackThatItConverts) {
  LEDD_NEEDS_REALDATA("dicom-tricky");
  std::set<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(realdata() / "dicom-tricky"))
    if (entry.is_regular_file()) folders.insert(entry.path().parent_path());
  int compared = 0;
  for (const auto& folder : folders) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      if (entry.is_regular_file()) files.push_back(entry.path());
    Context context({}, 2);
    for (const Stack& stack : index(files, context).stacks) {
      if (!stack.problem.empty()) continue;
      std::string found;
      const Converted converted = compare(stack, found);
      EXPECT_EQ(found, "") << folder;
      if (converted.volume) {
        ++compared;
        std::cout << "compared: " << folder.string() << '\n';
      } else {
        std::cout << "not compared: " << folder.string() << ": dcm2niix " << converted.obstacle << '\n';
      }
    }
  }
  EXPECT_GE(compared, 10);
}

}  // namespace
}  // namespace ledd::dicom
