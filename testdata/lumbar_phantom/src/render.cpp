#include "render.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace ledd::phantom {
namespace {

constexpr int kPlanes = 5;            // through the slice
constexpr int kInPlane = 3;           // along each side of a pixel that holds an edge
constexpr double kFullScale = 700.0;  // stored value of the brightest tissue at L3; a coil may triple it

Vec turned(const Vec& v, const StackParams& params) {
  const double a = params.turn_about_si_deg * kRadPerDeg;
  const double b = params.turn_about_pa_deg * kRadPerDeg;
  const Vec w{std::cos(a) * v.x - std::sin(a) * v.y, std::sin(a) * v.x + std::cos(a) * v.y, v.z};
  return {std::cos(b) * w.x + std::sin(b) * w.z, w.y, -std::sin(b) * w.x + std::cos(b) * w.z};
}

/// Sensitivity of two loops on the back: on-axis Biot-Savart fall-off with distance, 1 at the body of L3.
class Coil {
 public:
  Coil(const Scene& scene, double strength) : strength_(strength) {
    for (std::size_t i = 0; i < 2; ++i) {
      const double z = i == 0 ? 70.0 : -75.0;
      elements_[i] = {0.0, scene.back_y(z) + 18.0, z};
    }
    at_l3_ = field(Vec{});
  }
  double gain(const Vec& p) const { return (1.0 - strength_) + strength_ * field(p) / at_l3_; }

 private:
  double field(const Vec& p) const {
    constexpr double kRadius2Mm2 = 85.0 * 85.0;
    double sum = 0;
    for (const Vec& e : elements_) {
      const Vec r = p - e;
      const double x = 1.0 / (1.0 + dot(r, r) / kRadius2Mm2);
      sum += x * std::sqrt(x);
    }
    return sum;
  }
  double strength_;
  std::array<Vec, 2> elements_;
  double at_l3_ = 1.0;
};

class Renderer {
 public:
  Renderer(const Scene& scene, const Params& params)
      : scene_(scene),
        params_(params),
        geometry_(stack_geometry(params.stack)),
        signals_(signals(timing_of(params.scan))),
        coil_(scene, params.scan.bias_strength),
        columns_(static_cast<std::size_t>(params.stack.columns)),
        rows_(static_cast<std::size_t>(params.stack.rows)) {}

  /// Fills one slice of the truth. `labels` points at its first voxel.
  void label_slice(std::size_t k, std::uint16_t* labels) const {
    for (std::size_t r = 0; r < rows_; ++r)
      for (std::size_t c = 0; c < columns_; ++c)
        labels[r * columns_ + c] =
            scene_.label_at(at(static_cast<double>(c), static_cast<double>(r), slice_mm(k)));
  }

  /// Fills one slice of the scan. `image` points at its first voxel.
  void slice(std::size_t k, float* image) const {
    std::vector<Signal> sum(columns_ * rows_);
    for (int plane = 0; plane < kPlanes; ++plane) {
      const double offset = ((plane + 0.5) / kPlanes - 0.5) * params_.stack.thickness_mm;
      add_plane(slice_mm(k) + offset, sum);
    }
    soften(sum, 1, columns_, rows_ * columns_);
    soften(sum, columns_, rows_ * columns_, rows_ * columns_);
    for (std::size_t r = 0; r < rows_; ++r) {
      for (std::size_t c = 0; c < columns_; ++c) {
        const Vec p = at(static_cast<double>(c), static_cast<double>(r), slice_mm(k));
        const std::size_t i = r * columns_ + c;
        const double ideal = part_of(sum, r, c) / kPlanes * coil_.gain(p);
        image[i] = stored(ideal, (k * rows_ + r) * columns_ + c);
      }
    }
  }

 private:
  /// The acquired matrix is a little coarser than the pixels: a narrow symmetric blur along one axis. `step`
  /// is from neighbour to neighbour; a line ends where the index reaches a multiple of `line`.
  static void soften(std::vector<Signal>& sum, std::size_t step, std::size_t line, std::size_t count) {
    constexpr double kSide = 0.12;
    const std::vector<Signal> in = sum;
    for (std::size_t i = 0; i < count; ++i) {
      const Signal& before = i % line < step ? in[i] : in[i - step];
      const Signal& after = i % line + step >= line ? in[i] : in[i + step];
      sum[i].water = (1 - 2 * kSide) * in[i].water + kSide * (before.water + after.water);
      sum[i].fat = (1 - 2 * kSide) * in[i].fat + kSide * (before.fat + after.fat);
    }
  }

  double slice_mm(std::size_t k) const { return static_cast<double>(k) * params_.stack.pitch_mm; }

  Vec at(double column, double row, double along_mm) const {
    const double mm = params_.stack.pixel_mm;
    return geometry_.origin + column * mm * geometry_.row + row * mm * geometry_.column +
           along_mm * geometry_.normal;
  }

  Signal signal(const Sample& s) const {
    const Signal& a = signals_[static_cast<std::size_t>(s.first)];
    const Signal& b = signals_[static_cast<std::size_t>(s.second)];
    const double m = static_cast<double>(s.mix);
    return {a.water + m * (b.water - a.water), a.fat + m * (b.fat - a.fat)};
  }

  static bool alike(const Sample& a, const Sample& b) {
    return a.first == b.first && a.second == b.second && std::fabs(a.mix - b.mix) < 0.4F;
  }

  /// Adds the mean signal of every pixel in one plane. Pixels whose corners agree need no finer look.
  void add_plane(double along_mm, std::vector<Signal>& sum) const {
    std::vector<Sample> upper(columns_ + 1), lower(columns_ + 1);
    const auto fill = [&](double row, std::vector<Sample>& line) {
      for (std::size_t c = 0; c <= columns_; ++c) {
        line[c] = scene_.at(at(static_cast<double>(c) - 0.5, row - 0.5, along_mm));
      }
    };
    fill(0.0, upper);
    for (std::size_t r = 0; r < rows_; ++r) {
      fill(static_cast<double>(r) + 1.0, lower);
      for (std::size_t c = 0; c < columns_; ++c) {
        const std::array<const Sample*, 4> corners{&upper[c], &upper[c + 1], &lower[c], &lower[c + 1]};
        const bool plain = alike(*corners[0], *corners[1]) && alike(*corners[0], *corners[2]) &&
                           alike(*corners[0], *corners[3]);
        const Signal s = plain ? mean(corners) : fine(r, c, along_mm);
        sum[r * columns_ + c].water += s.water;
        sum[r * columns_ + c].fat += s.fat;
      }
      std::swap(upper, lower);
    }
  }

  Signal mean(const std::array<const Sample*, 4>& corners) const {
    Sample s = *corners[0];
    s.mix = 0.25F * (corners[0]->mix + corners[1]->mix + corners[2]->mix + corners[3]->mix);
    return signal(s);
  }

  Signal fine(std::size_t row, std::size_t column, double along_mm) const {
    Signal total;
    const double step = params_.stack.thickness_mm / kPlanes;
    for (int j = 0; j < kInPlane; ++j) {
      for (int i = 0; i < kInPlane; ++i) {
        const double c = static_cast<double>(column) + (i + 0.5) / kInPlane - 0.5;
        const double r = static_cast<double>(row) + (j + 0.5) / kInPlane - 0.5;
        // Every sample at its own depth within the plane's share of the slice: no rings on slanting walls.
        const double depth = ((j * kInPlane + i + 0.5) / (kInPlane * kInPlane) - 0.5) * step;
        const Signal s = signal(scene_.at(at(c, r, along_mm + depth)));
        total.water += s.water;
        total.fat += s.fat;
      }
    }
    constexpr double kShare = 1.0 / (kInPlane * kInPlane);
    return {kShare * total.water, kShare * total.fat};
  }

  /// What the contrast shows: both, or one part of a Dixon pair, whose fat is where it is.
  double part_of(const std::vector<Signal>& sum, std::size_t row, std::size_t column) const {
    const Signal& here = sum[row * columns_ + column];
    if (params_.scan.contrast == Contrast::kWater) return here.water;
    if (params_.scan.contrast == Contrast::kFat) return here.fat;
    return here.water + shifted_fat(sum, row, column);
  }

  double shifted_fat(const std::vector<Signal>& sum, std::size_t row, std::size_t column) const {
    const double from = static_cast<double>(column) - params_.scan.chemical_shift_px;
    const double floor = std::floor(from);
    const double t = from - floor;
    const auto fat = [&](double c) {
      const double inside = std::clamp(c, 0.0, static_cast<double>(columns_ - 1));
      return sum[row * columns_ + static_cast<std::size_t>(inside)].fat;
    };
    return (1.0 - t) * fat(floor) + t * fat(floor + 1.0);
  }

  /// The magnitude with noise in both channels (Rician), as a whole number.
  float stored(double ideal, std::uint64_t voxel) const {
    const auto contrast = static_cast<std::uint64_t>(params_.scan.contrast);
    const auto key = static_cast<std::uint64_t>(params_.spine.seed) * 31U + contrast + 1000U;
    const auto noise = normal2(key, voxel);
    const double sd = 0.01 * params_.scan.noise_percent;
    const double real = ideal + sd * noise[0];
    const double imaginary = sd * noise[1];
    const double magnitude = std::sqrt(real * real + imaginary * imaginary);
    return static_cast<float>(std::min(65535.0, std::round(kFullScale * magnitude)));
  }

  const Scene& scene_;
  const Params& params_;
  StackGeometry geometry_;
  std::array<Signal, static_cast<std::size_t>(Tissue::kCount)> signals_;
  Coil coil_;
  std::size_t columns_, rows_;
};

template <class Image>
typename Image::Pointer blank(const StackParams& params, const StackGeometry& g) {
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

}  // namespace

StackGeometry stack_geometry(const StackParams& params) {
  StackGeometry g;
  if (params.plane == Plane::kAxial) {
    const double t = params.tilt_deg * kRadPerDeg;
    g.row = turned({1, 0, 0}, params);
    g.column = turned({0, std::cos(t), -std::sin(t)}, params);
    g.normal = turned({0, std::sin(t), std::cos(t)}, params);
  } else {
    g.row = turned({0, 1, 0}, params);
    g.column = turned({0, 0, -1}, params);
    g.normal = turned({-1, 0, 0}, params);
  }
  const Vec centre{params.offset_left_mm, params.offset_posterior_mm, params.offset_superior_mm};
  g.origin = centre - (0.5 * (params.columns - 1) * params.pixel_mm) * g.row -
             (0.5 * (params.rows - 1) * params.pixel_mm) * g.column -
             (0.5 * (params.slices - 1) * params.pitch_mm) * g.normal;
  return g;
}

namespace {

/// Runs slice(k) for every slice on the context's threads.
template <class Slice>
void for_each_slice(const StackParams& stack, Context& context, const Slice& slice) {
  tbb::task_arena arena(context.threads());
  arena.execute([&] {
    tbb::parallel_for(std::size_t{0}, static_cast<std::size_t>(stack.slices), [&](std::size_t k) {
      context.throw_if_cancelled();
      slice(k);
    });
  });
}

std::size_t slice_size(const StackParams& stack) {
  return static_cast<std::size_t>(stack.columns) * static_cast<std::size_t>(stack.rows);
}

}  // namespace

Labels::Pointer render_labels(const Scene& scene, const Params& params, Context& context) {
  auto labels = blank<Labels>(params.stack, stack_geometry(params.stack));
  const Renderer renderer(scene, params);
  std::uint16_t* voxel = labels->GetBufferPointer();
  for_each_slice(params.stack, context, [&](std::size_t k) {
    renderer.label_slice(k, voxel + k * slice_size(params.stack));
  });
  return labels;
}

Rendered render(const Scene& scene, const Params& params, Context& context) {
  Rendered out{blank<Volume>(params.stack, stack_geometry(params.stack)),
               render_labels(scene, params, context)};
  const Renderer renderer(scene, params);
  float* image = out.image->GetBufferPointer();
  for_each_slice(
      params.stack, context, [&](std::size_t k) { renderer.slice(k, image + k * slice_size(params.stack)); });
  return out;
}

}  // namespace ledd::phantom
