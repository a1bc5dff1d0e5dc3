#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "ledd/morphology/morphology.h"

namespace ledd::morphology {
namespace {

constexpr float kFar = std::numeric_limits<float>::infinity();

/// Squared distances along one line, given those across it. Scratch of the line's length is kept by the
/// caller.
class Envelope {
 public:
  Envelope(std::size_t length, float step_mm)
      : length_(length),
        step2_(step_mm * step_mm),
        vertex_(length),
        from_(length + 1),
        height_(length),
        per_gap_(length) {
    for (std::size_t gap = 1; gap < length; ++gap) per_gap_[gap] = 0.5F / (step2_ * static_cast<float>(gap));
  }

  /// In place: f(q) = min over p of f(p) + (q - p)^2 step^2.
  void apply(float* f) {
    std::copy_n(f, length_, height_.begin());
    std::size_t last = 0;
    std::size_t first = 0;
    while (first < length_ && height_[first] == kFar) ++first;
    if (first == length_) return;
    vertex_[0] = first;
    from_[0] = -kFar;
    from_[1] = kFar;
    for (std::size_t q = first + 1; q < length_; ++q) {
      if (height_[q] == kFar) continue;
      float s = crossing(vertex_[last], q);
      while (last > 0 && s <= from_[last]) s = crossing(vertex_[--last], q);
      if (last == 0 && s <= from_[0]) s = -kFar;
      vertex_[++last] = q;
      from_[last] = s;
      from_[last + 1] = kFar;
    }
    std::size_t k = 0;
    for (std::size_t q = 0; q < length_; ++q) {
      while (k < last && from_[k + 1] < static_cast<float>(q)) ++k;
      const float d = static_cast<float>(q) - static_cast<float>(vertex_[k]);
      f[q] = d * d * step2_ + height_[vertex_[k]];
    }
  }

 private:
  /// Where the parabola over q becomes lower than that over p < q, in voxels.
  float crossing(std::size_t p, std::size_t q) const {
    const auto a = static_cast<float>(p);
    const auto b = static_cast<float>(q);
    return 0.5F * (a + b) + (height_[q] - height_[p]) * per_gap_[q - p];
  }

  std::size_t length_;
  float step2_;
  std::vector<std::size_t> vertex_;
  std::vector<float> from_, height_;
  std::vector<float> per_gap_;  ///< Of two parabolas' distance: saves a division for each voxel.
};

struct Grid {
  std::size_t nx, ny, nz;
  explicit Grid(const itk::ImageBase<3>& image) {
    const auto size = image.GetLargestPossibleRegion().GetSize();
    nx = size[0];
    ny = size[1];
    nz = size[2];
  }
};

void along_rows(const Grid& g, const std::uint8_t* mask, float* f, float step_mm) {
  tbb::parallel_for(std::size_t{0}, g.ny * g.nz, [&](std::size_t row) {
    const std::uint8_t* const in = mask + row * g.nx;
    float* const out = f + row * g.nx;
    float d = kFar;
    for (std::size_t x = 0; x < g.nx; ++x) out[x] = d = in[x] != 0 ? 0.0F : d + step_mm;
    d = kFar;
    for (std::size_t x = g.nx; x-- > 0;) {
      d = in[x] != 0 ? 0.0F : d + step_mm;
      const float nearest = std::min(d, out[x]);
      out[x] = nearest * nearest;
    }
  });
}

/// Lines `stride` apart that begin at `planes` times `count` places; several neighbours are gathered at a
/// time, since a line of its own would touch one number in each cache line.
struct Lines {
  std::size_t length, stride, plane_stride, planes, count;
  float step_mm;
};

void along(const Lines& lines, float* f) {
  constexpr std::size_t kTogether = 16;
  const std::size_t blocks = (lines.count + kTogether - 1) / kTogether;
  tbb::parallel_for(std::size_t{0}, lines.planes * blocks, [&](std::size_t job) {
    const std::size_t first = (job % blocks) * kTogether;
    const std::size_t wide = std::min(kTogether, lines.count - first);
    float* const at = f + (job / blocks) * lines.plane_stride + first;
    Envelope envelope(lines.length, lines.step_mm);
    std::vector<float> gathered(wide * lines.length);
    for (std::size_t q = 0; q < lines.length; ++q)
      for (std::size_t n = 0; n < wide; ++n) gathered[n * lines.length + q] = at[q * lines.stride + n];
    for (std::size_t n = 0; n < wide; ++n) envelope.apply(gathered.data() + n * lines.length);
    for (std::size_t q = 0; q < lines.length; ++q)
      for (std::size_t n = 0; n < wide; ++n) at[q * lines.stride + n] = gathered[n * lines.length + q];
  });
}

}  // namespace

Volume::Pointer distance_mm(const Mask& mask) {
  auto result = Volume::New();
  result->CopyInformation(&mask);
  result->SetRegions(mask.GetLargestPossibleRegion());
  result->Allocate();
  const Grid g(mask);
  const auto spacing = mask.GetSpacing();
  float* const f = result->GetBufferPointer();
  along_rows(g, mask.GetBufferPointer(), f, static_cast<float>(spacing[0]));
  along({g.ny, g.nx, g.nx * g.ny, g.nz, g.nx, static_cast<float>(spacing[1])}, f);
  along({g.nz, g.nx * g.ny, g.nx, g.ny, g.nx, static_cast<float>(spacing[2])}, f);
  tbb::parallel_for(std::size_t{0}, g.nz, [&](std::size_t z) {
    float* const slice = f + z * g.nx * g.ny;
    for (std::size_t n = 0; n < g.nx * g.ny; ++n) slice[n] = std::sqrt(slice[n]);
  });
  return result;
}

}  // namespace ledd::morphology
