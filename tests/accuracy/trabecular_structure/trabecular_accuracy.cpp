// Prints what is measured of a microCT cube of human trabecular bone: 200 slices of 200 x 200, 19.5
// micrometres, whose publisher gives BV/TV 24.71 % by the recipe in half_of() and bone_of(); and how long the
// surface and the Euler number take on a grid of 600 x 400 x 168. Use: trabecular_accuracy [folder of TIFF
// files]
#include <fmt/format.h>
#include <opencv2/imgcodecs.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <vector>

#include "ledd/core/error.h"
#include "ledd/morphology/morphology.h"
#include "ledd/smoothing/smoothing.h"
#include "ledd/trabecular_structure/connectivity.h"
#include "ledd/trabecular_structure/trabecular_structure.h"

namespace {

using namespace ledd;

template <class Image>
typename Image::Pointer grid(itk::Size<3> size, double spacing_mm) {
  auto image = Image::New();
  image->SetRegions(size);
  image->SetSpacing(itk::Vector<double, 3>(spacing_mm));
  image->Allocate(true);
  return image;
}

Volume::Pointer read(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().extension().string().starts_with(".tif")) files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  require(!files.empty(), Errc::kIo, "no TIFF files in " + folder);
  Volume::Pointer volume;
  for (std::size_t z = 0; z < files.size(); ++z) {
    cv::Mat slice = cv::imread(files[z], cv::IMREAD_UNCHANGED);
    require(!slice.empty() && slice.channels() == 1, Errc::kFormat, files[z] + ": no image of one channel");
    slice.convertTo(slice, CV_32F);
    const auto wide = static_cast<std::size_t>(slice.cols), high = static_cast<std::size_t>(slice.rows);
    if (!volume) volume = grid<Volume>({{wide, high, files.size()}}, 0.0195);
    const auto size = volume->GetLargestPossibleRegion().GetSize();
    require(size[0] == wide && size[1] == high, Errc::kFormat, files[z] + ": another size");
    for (int y = 0; y < slice.rows; ++y)
      std::copy_n(slice.ptr<float>(y), wide, volume->GetBufferPointer() + (z * high + std::size_t(y)) * wide);
  }
  return volume;
}

/// One line at half as many places, from its first to its last, by the quadratic spline through its values
/// (mirrored at its ends).
std::vector<double> halved(std::vector<double> c) {
  const double pole = std::sqrt(8.0) - 3.0;
  const int n = static_cast<int>(c.size());
  const auto mirrored = [n](int i) {
    i = std::abs(i) % (2 * n - 2);
    return static_cast<std::size_t>(i < n ? i : 2 * n - 2 - i);
  };
  for (double& v : c) v *= (1.0 - pole) * (1.0 - 1.0 / pole);
  double sum = 0.0, power = 1.0;
  for (int k = 0; k < 40; ++k, power *= pole) sum += power * c[mirrored(k)];
  c[0] = sum;
  for (std::size_t i = 1; i < c.size(); ++i) c[i] += pole * c[i - 1];
  c.back() = pole / (pole * pole - 1.0) * (c.back() + pole * c[c.size() - 2]);
  for (std::size_t i = c.size() - 1; i-- > 0;) c[i] = pole * (c[i + 1] - c[i]);
  std::vector<double> out(c.size() / 2);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double x = static_cast<double>(i) * (n - 1) / static_cast<double>(out.size() - 1);
    const int middle = static_cast<int>(std::floor(x + 0.5));
    const double t = x - middle;
    out[i] = 0.5 * (0.5 - t) * (0.5 - t) * c[mirrored(middle - 1)] + (0.75 - t * t) * c[mirrored(middle)] +
             0.5 * (0.5 + t) * (0.5 + t) * c[mirrored(middle + 1)];
  }
  return out;
}

Volume::Pointer half_of(const Volume& volume) {
  auto from = gaussian(volume, volume.GetSpacing()[0]);
  for (unsigned axis = 0; axis < 3; ++axis) {
    auto size = from->GetLargestPossibleRegion().GetSize();
    std::vector<double> line(size[axis]);
    auto to_size = size;
    to_size[axis] /= 2;
    auto to = grid<Volume>(to_size, axis == 2 ? 2.0 * volume.GetSpacing()[0] : 1.0);
    const unsigned u = (axis + 1) % 3, v = (axis + 2) % 3;
    Volume::IndexType at{};
    for (at[v] = 0; at[v] < static_cast<long>(size[v]); ++at[v])
      for (at[u] = 0; at[u] < static_cast<long>(size[u]); ++at[u]) {
        for (std::size_t i = 0; i < line.size(); ++i) {
          at[axis] = static_cast<long>(i);
          line[i] = static_cast<double>(from->GetPixel(at));
        }
        const auto half = halved(line);
        for (std::size_t i = 0; i < half.size(); ++i) {
          at[axis] = static_cast<long>(i);
          to->SetPixel(at, static_cast<float>(half[i]));
        }
      }
    from = to;
  }
  return from;
}

Mask::Pointer bone_of(const Volume& half) {
  auto mask = morphology::empty_like(half);
  for (std::size_t n = 0; n < half.GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
    mask->GetBufferPointer()[n] = half.GetBufferPointer()[n] > 63.0F ? 1 : 0;
  const auto closed = morphology::close(*mask, 3.001 * half.GetSpacing()[0]);
  return morphology::largest_part(*closed, morphology::Neighbours::kFaces);
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Mask::Pointer all_of(const Mask& like) {
  auto all = morphology::empty_like(like);
  all->FillBuffer(1);
  return all;
}

void print_cube(const std::string& folder) {
  const auto bone = bone_of(*half_of(*read(folder)));
  Context context;
  const auto start = std::chrono::steady_clock::now();
  const auto result = TrabecularStructure()({*bone, *all_of(*bone), *morphology::empty_like(*bone)}, context);
  fmt::print("microCT cube, {:.1f} s\n", seconds_since(start));
  for (const auto& m : measurements(result))
    fmt::print("  {:9} {:5} {:10.4f} {}\n", m.endpoint, m.statistic, m.value.value_or(NAN), m.unit);
}

/// Rods along all three axes, 4 voxels wide, every 14: about a fifth is bone.
void print_times() {
  const auto bone = grid<Mask>({{600, 400, 168}}, 0.0607);
  std::uint8_t* out = bone->GetBufferPointer();
  const auto in = [](std::size_t i) { return i % 14 < 4; };
  for (std::size_t z = 0; z < 168; ++z)
    for (std::size_t y = 0; y < 400; ++y)
      for (std::size_t x = 0; x < 600; ++x) *out++ = in(x) + in(y) + in(z) >= 2 ? 1 : 0;
  const auto all = all_of(*bone);
  auto start = std::chrono::steady_clock::now();
  const double euler = euler_number(*bone, *all);
  fmt::print("600 x 400 x 168: Euler number {:.0f} in {:.2f} s\n", euler, seconds_since(start));
  start = std::chrono::steady_clock::now();
  const auto surface = bone_surface(*bone, *all);
  fmt::print("  surface {:.0f} mm2 in {:.2f} s\n", surface.area_mm2, seconds_since(start));
  start = std::chrono::steady_clock::now();
  const auto mil = mean_intercept_length(surface, 1.0);
  fmt::print(
      "  mean intercept length, DA {:.3f}, in {:.2f} s\n", mil ? mil->degree() : NAN, seconds_since(start));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc > 1) print_cube(argv[1]);
    print_times();
  } catch (const std::exception& e) {
    fmt::print(stderr, "{}\n", e.what());
    return 1;
  }
  return 0;
}
