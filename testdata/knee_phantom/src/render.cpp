#include "render.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cmath>

namespace ledd::knee_phantom {
namespace {

constexpr int kPlanes = 3;             // through the slice
constexpr int kInPlane = 3;            // along each side of a pixel that holds an edge
constexpr double kFullScale = 1200.0;  // stored value of the brightest tissue at the joint

struct Geometry {
  Vec origin, row, column, normal;
};

Vec turned(const Vec& v, const StackParams& params) {
  const double a = params.turn_about_si_deg * phantom::kRadPerDeg;
  const double b = params.turn_about_pa_deg * phantom::kRadPerDeg;
  const Vec w{std::cos(a) * v.x - std::sin(a) * v.y, std::sin(a) * v.x + std::cos(a) * v.y, v.z};
  return {std::cos(b) * w.x + std::sin(b) * w.z, w.y, -std::sin(b) * w.x + std::cos(b) * w.z};
}

/// The stack lies about the knee, or about the table's middle when both are drawn.
Geometry geometry_of(const Params& params) {
  const StackParams& s = params.stack;
  const bool coronal = s.plane == Plane::kCoronal;
  Geometry g;
  g.row = turned(coronal ? Vec{1, 0, 0} : Vec{0, 1, 0}, s);
  g.column = turned({0, 0, -1}, s);
  g.normal = turned(coronal ? Vec{0, 1, 0} : Vec{-1, 0, 0}, s);
  const double beside = params.knee.both ? 0.0 : params.knee.beside_table_mm;
  const Vec centre{(params.knee.side == anatomy::Side::kRight ? -beside : beside) + s.offset_left_mm,
                   s.offset_posterior_mm,
                   s.offset_superior_mm};
  g.origin = centre - (0.5 * (s.columns - 1) * s.pixel_mm) * g.row -
             (0.5 * (s.rows - 1) * s.pixel_mm) * g.column - (0.5 * (s.slices - 1) * s.pitch_mm) * g.normal;
  return g;
}

template <class Image>
typename Image::Pointer blank(const StackParams& params, const Geometry& g) {
  auto image = Image::New();
  typename Image::SizeType size;
  size[0] = static_cast<std::size_t>(params.columns);
  size[1] = static_cast<std::size_t>(params.rows);
  size[2] = static_cast<std::size_t>(params.slices);
  typename Image::SpacingType spacing;
  spacing[0] = spacing[1] = params.pixel_mm;
  spacing[2] = params.pitch_mm;
  typename Image::DirectionType direction;
  const std::array<Vec, 3> axes{g.row, g.column, g.normal};
  for (unsigned a = 0; a < 3; ++a) {
    direction[0][a] = axes[a].x;
    direction[1][a] = axes[a].y;
    direction[2][a] = axes[a].z;
  }
  typename Image::PointType origin;
  origin[0] = g.origin.x;
  origin[1] = g.origin.y;
  origin[2] = g.origin.z;
  image->SetRegions(size);
  image->SetSpacing(spacing);
  image->SetDirection(direction);
  image->SetOrigin(origin);
  image->Allocate();
  return image;
}

class Renderer {
 public:
  Renderer(const Scene& scene, const Params& params)
      : scene_(scene),
        params_(params),
        geometry_(geometry_of(params)),
        signals_(signals(params.scan)),
        columns_(static_cast<std::size_t>(params.stack.columns)),
        rows_(static_cast<std::size_t>(params.stack.rows)) {}

  void label_slice(std::size_t k, std::uint16_t* labels) const {
    for (std::size_t r = 0; r < rows_; ++r)
      for (std::size_t c = 0; c < columns_; ++c)
        labels[r * columns_ + c] =
            scene_.at(at(static_cast<double>(c), static_cast<double>(r), slice_mm(k))).label;
  }

  /// Fills slice k of every echo.
  void slice(std::size_t k, const std::vector<float*>& echoes) const {
    std::vector<double> sum(columns_ * rows_ * echoes.size());
    for (int plane = 0; plane < kPlanes; ++plane)
      add_plane(slice_mm(k) + ((plane + 0.5) / kPlanes - 0.5) * params_.stack.thickness_mm, sum);
    for (std::size_t r = 0; r < rows_; ++r)
      for (std::size_t c = 0; c < columns_; ++c) {
        const double gain =
            gain_at(at(static_cast<double>(c), static_cast<double>(r), slice_mm(k))) / kPlanes;
        const std::size_t i = r * columns_ + c;
        for (std::size_t e = 0; e < echoes.size(); ++e)
          echoes[e][i] = stored(sum[i * echoes.size() + e] * gain, e, (k * rows_ + r) * columns_ + c);
      }
  }

 private:
  double slice_mm(std::size_t k) const { return static_cast<double>(k) * params_.stack.pitch_mm; }

  Vec at(double column, double row, double along_mm) const {
    const double mm = params_.stack.pixel_mm;
    return geometry_.origin + column * mm * geometry_.row + row * mm * geometry_.column +
           along_mm * geometry_.normal;
  }

  /// A birdcage that ends 110 mm above and below the joint, a little brighter at its wall.
  double gain_at(const Vec& p) const {
    const Vec r = p - scene_.leg().centre_lps_mm();
    const double along = std::min(1.0, std::fabs(r.z) / 110.0);
    const double wall = params_.knee.both ? 0.0 : 0.25 * (r.x * r.x + r.y * r.y) / (70.0 * 70.0);
    return std::max(0.02, 1.0 - params_.scan.bias_strength * (along * along - wall));
  }

  /// Adds one plane. Pixels whose corners agree need no finer look.
  void add_plane(double along_mm, std::vector<double>& sum) const {
    std::vector<Tissue> upper(columns_ + 1), lower(columns_ + 1);
    const auto fill = [&](double row, std::vector<Tissue>& line) {
      for (std::size_t c = 0; c <= columns_; ++c)
        line[c] = scene_.at(at(static_cast<double>(c) - 0.5, row - 0.5, along_mm)).tissue;
    };
    fill(0.0, upper);
    for (std::size_t r = 0; r < rows_; ++r) {
      fill(static_cast<double>(r) + 1.0, lower);
      for (std::size_t c = 0; c < columns_; ++c) {
        double* const out = &sum[(r * columns_ + c) * signals_.size()];
        if (upper[c] == upper[c + 1] && upper[c] == lower[c] && upper[c] == lower[c + 1])
          add(upper[c], 1.0, out);
        else
          add_fine(r, c, along_mm, out);
      }
      std::swap(upper, lower);
    }
  }

  void add(Tissue tissue, double share, double* out) const {
    for (std::size_t e = 0; e < signals_.size(); ++e)
      out[e] += share * signals_[e][static_cast<std::size_t>(tissue)];
  }

  void add_fine(std::size_t row, std::size_t column, double along_mm, double* out) const {
    constexpr double kShare = 1.0 / (kInPlane * kInPlane);
    const double step = params_.stack.thickness_mm / kPlanes;
    for (int j = 0; j < kInPlane; ++j)
      for (int i = 0; i < kInPlane; ++i) {
        const double c = static_cast<double>(column) + (i + 0.5) / kInPlane - 0.5;
        const double r = static_cast<double>(row) + (j + 0.5) / kInPlane - 0.5;
        // Every sample at its own depth within the plane's share of the slice: no rings on slanting walls.
        const double depth = ((j * kInPlane + i + 0.5) * kShare - 0.5) * step;
        add(scene_.at(at(c, r, along_mm + depth)).tissue, kShare, out);
      }
  }

  /// The magnitude with noise in both channels (Rician), as a whole number.
  float stored(double ideal, std::size_t echo, std::uint64_t voxel) const {
    const auto key = static_cast<std::uint64_t>(params_.knee.seed) * 131U + echo + 1000U;
    const auto noise = phantom::normal2(key, voxel);
    const double sd = 0.01 * params_.scan.noise_percent;
    return static_cast<float>(
        std::min(65535.0, std::round(kFullScale * std::hypot(ideal + sd * noise[0], sd * noise[1]))));
  }

  const Scene& scene_;
  const Params& params_;
  Geometry geometry_;
  std::vector<std::array<double, kTissues>> signals_;
  std::size_t columns_, rows_;
};

/// Runs slice(k, offset of its first voxel) for every slice on the context's threads.
template <class Slice>
void for_each_slice(const StackParams& stack, Context& context, const Slice& slice) {
  const std::size_t voxels = static_cast<std::size_t>(stack.columns) * static_cast<std::size_t>(stack.rows);
  tbb::task_arena arena(context.threads());
  arena.execute([&] {
    tbb::parallel_for(std::size_t{0}, static_cast<std::size_t>(stack.slices), [&](std::size_t k) {
      context.throw_if_cancelled();
      slice(k, k * voxels);
    });
  });
}

}  // namespace

Labels::Pointer render_labels(const Scene& scene, const Params& params, Context& context) {
  auto labels = blank<Labels>(params.stack, geometry_of(params));
  const Renderer renderer(scene, params);
  std::uint16_t* const voxel = labels->GetBufferPointer();
  for_each_slice(
      params.stack, context, [&](std::size_t k, std::size_t at) { renderer.label_slice(k, voxel + at); });
  return labels;
}

std::vector<Volume::Pointer> render(const Scene& scene, const Params& params, Context& context) {
  const Renderer renderer(scene, params);
  std::vector<Volume::Pointer> out(echo_times_ms(params.scan).size());
  for (auto& image : out) image = blank<Volume>(params.stack, geometry_of(params));
  for_each_slice(params.stack, context, [&](std::size_t k, std::size_t at) {
    std::vector<float*> echoes;
    echoes.reserve(out.size());
    for (auto& image : out) echoes.push_back(image->GetBufferPointer() + at);
    renderer.slice(k, echoes);
  });
  return out;
}

}  // namespace ledd::knee_phantom
