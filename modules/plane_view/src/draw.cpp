#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

#include "ledd/core/error.h"
#include "ledd/plane_view/plane_view.h"

namespace ledd::plane_view {
namespace {

constexpr int kMostPixels = 8192;
constexpr std::uint32_t kOpaque = 0xff000000U;

/// Continuous voxel index of pixel (x, y): an affine map, so that a pixel costs three additions.
class Lattice {
 public:
  Lattice(const itk::ImageBase<3>& image, const Plane& plane) {
    const auto origin = index_of(image, at_pixel(plane, 0, 0));
    const auto right = index_of(image, at_pixel(plane, 1, 0)), down = index_of(image, at_pixel(plane, 0, 1));
    for (unsigned k = 0; k < 3; ++k) {
      origin_[k] = origin[k];
      right_[k] = right[k] - origin[k];
      down_[k] = down[k] - origin[k];
      size_[k] = static_cast<long>(image.GetLargestPossibleRegion().GetSize()[k]);
    }
  }

  Point at(int x, int y) const {
    Point p{};
    for (unsigned k = 0; k < 3; ++k) p[k] = origin_[k] + x * right_[k] + y * down_[k];
    return p;
  }
  /// Offset of the nearest voxel; -1 outside.
  std::ptrdiff_t nearest(int x, int y) const {
    const Point p = at(x, y);
    std::array<long, 3> voxel{};
    for (unsigned k = 0; k < 3; ++k) {
      if (!(p[k] >= -0.5 && p[k] < static_cast<double>(size_[k]) - 0.5)) return -1;
      voxel[k] = static_cast<long>(std::floor(p[k] + 0.5));
    }
    return (voxel[2] * size_[1] + voxel[1]) * size_[0] + voxel[0];
  }
  const std::array<long, 3>& size() const { return size_; }

 private:
  static Point index_of(const itk::ImageBase<3>& image, const Point& p_lps_mm) {
    itk::Point<double, 3> point;
    std::copy(p_lps_mm.begin(), p_lps_mm.end(), point.Begin());
    itk::ContinuousIndex<double, 3> index;
    static_cast<void>(image.TransformPhysicalPointToContinuousIndex(point, index));
    return {index[0], index[1], index[2]};
  }
  Point origin_{}, right_{}, down_{};
  std::array<long, 3> size_{};
};

/// Linear between voxel centres, the border voxels reaching half a voxel further. NaN outside.
float linear(const float* voxels, const std::array<long, 3>& size, const Point& p) {
  std::array<long, 3> low{}, high{};
  std::array<float, 3> part{};
  for (unsigned k = 0; k < 3; ++k) {
    const double last = static_cast<double>(size[k] - 1);
    if (!(p[k] >= -0.5 && p[k] < last + 0.5)) return std::nanf("");
    const double inside = std::clamp(p[k], 0.0, last);
    low[k] = static_cast<long>(inside);
    high[k] = std::min(low[k] + 1, size[k] - 1);
    part[k] = static_cast<float>(inside - static_cast<double>(low[k]));
  }
  const auto along_row = [&](long j, long k) {
    const float* const row = voxels + (k * size[1] + j) * size[0];
    return row[low[0]] + part[0] * (row[high[0]] - row[low[0]]);
  };
  const auto in_slice = [&](long k) {
    const float a = along_row(low[1], k), b = along_row(high[1], k);
    return a + part[1] * (b - a);
  };
  const float a = in_slice(low[2]), b = in_slice(high[2]);
  return a + part[2] * (b - a);
}

std::uint32_t packed(const Rgb& rgb) {
  return kOpaque | static_cast<std::uint32_t>(rgb[0] << 16U | rgb[1] << 8U | rgb[2]);
}

std::uint32_t blended(std::uint32_t below, const Rgb& above, double opacity) {
  Rgb mixed{};
  for (unsigned k = 0; k < 3; ++k) {
    const double under = below >> (16U - 8U * k) & 0xffU;
    mixed[k] = static_cast<std::uint8_t>(std::lround(under + opacity * (above[k] - under)));
  }
  return packed(mixed);
}

/// Colours of structures by id, so that a pixel needs no search.
struct Table {
  explicit Table(const Overlay& overlay) : shown(65536), rgb(65536) {
    for (const auto& [id, colour] : overlay.rgb) {
      shown[id] = id != 0;
      rgb[id] = colour;
    }
  }
  std::vector<bool> shown;
  std::vector<Rgb> rgb;
};

class Drawing {
 public:
  Drawing(const Plane& plane, const Layers& layers, std::vector<std::uint32_t>& pixels)
      : plane_(plane), layers_(layers), pixels_(pixels), table_(layers.overlay) {}

  void scan() {
    const Lattice lattice(*layers_.scan, plane_);
    const double low = layers_.window.centre - 0.5 * layers_.window.width;
    const double scale = 255.0 / layers_.window.width;
    for_rows([&](int y) {
      for (int x = 0; x < plane_.width_px; ++x) {
        const float value = linear(layers_.scan->GetBufferPointer(), lattice.size(), lattice.at(x, y));
        const double grey = std::clamp((static_cast<double>(value) - low) * scale, 0.0, 255.0);
        const auto level = std::isnan(value) ? 0U : static_cast<std::uint32_t>(grey);
        pixel(x, y) = kOpaque | level << 16U | level << 8U | level;
      }
    });
  }

  void map() {
    const Lattice lattice(*layers_.map, plane_);
    const Colours& colours = layers_.colours;
    const auto last = static_cast<double>(colours.palette.size() - 1);
    for_rows([&](int y) {
      for (int x = 0; x < plane_.width_px; ++x) {
        const auto n = lattice.nearest(x, y);
        const float value = n < 0 ? 0.0F : layers_.map->GetBufferPointer()[n];
        if (value == 0.0F || !std::isfinite(value)) continue;
        const double part = (static_cast<double>(value) - colours.low) / (colours.high - colours.low);
        const auto entry = static_cast<std::size_t>(std::lround(std::clamp(part, 0.0, 1.0) * last));
        pixel(x, y) = blended(pixel(x, y), colours.palette[entry], colours.opacity);
      }
    });
  }

  void labels() {
    const Lattice lattice(*layers_.labels, plane_);
    std::vector<std::uint16_t> ids(pixels_.size());
    for_rows([&](int y) {
      for (int x = 0; x < plane_.width_px; ++x)
        if (const auto n = lattice.nearest(x, y); n >= 0)
          ids[place(x, y)] = layers_.labels->GetBufferPointer()[n];
    });
    const bool fill = layers_.overlay.style == Overlay::Style::kFill;
    for_rows([&](int y) {
      for (int x = 0; x < plane_.width_px; ++x) {
        const std::uint16_t id = ids[place(x, y)];
        if (!table_.shown[id]) continue;
        if (fill)
          pixel(x, y) = blended(pixel(x, y), table_.rgb[id], layers_.overlay.opacity);
        else if (is_border(ids, x, y, id))
          pixel(x, y) = packed(table_.rgb[id]);
      }
    });
  }

 private:
  template <class Body>
  void for_rows(const Body& body) const {
    tbb::parallel_for(0, plane_.height_px, body);
  }
  std::size_t place(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(plane_.width_px) +
           static_cast<std::size_t>(x);
  }
  std::uint32_t& pixel(int x, int y) { return pixels_[place(x, y)]; }
  bool is_border(const std::vector<std::uint16_t>& ids, int x, int y, std::uint16_t id) const {
    const auto other = [&](int i, int j) {
      return i >= 0 && j >= 0 && i < plane_.width_px && j < plane_.height_px && ids[place(i, j)] != id;
    };
    return other(x - 1, y) || other(x + 1, y) || other(x, y - 1) || other(x, y + 1);
  }

  const Plane& plane_;
  const Layers& layers_;
  std::vector<std::uint32_t>& pixels_;
  Table table_;
};

}  // namespace

Window window_of(const Volume& scan) {
  const float* const voxels = scan.GetBufferPointer();
  const std::size_t count = scan.GetLargestPossibleRegion().GetNumberOfPixels();
  // A million voxels tell as much as all.
  const std::size_t stride = std::max<std::size_t>(1, count / 1'000'000);
  std::vector<float> values;
  for (std::size_t n = 0; n < count; n += stride)
    if (voxels[n] != 0.0F && std::isfinite(voxels[n])) values.push_back(voxels[n]);
  if (values.empty()) return {0.5, 1.0};
  const auto at = [&](double part) {
    const auto nth =
        values.begin() + static_cast<std::ptrdiff_t>(part * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), nth, values.end());
    return static_cast<double>(*nth);
  };
  const double low = at(0.01), high = at(0.99);
  return {0.5 * (low + high), std::max(high - low, 1e-6 * std::max(1.0, std::abs(high)))};
}

std::vector<std::uint32_t> draw(const Plane& plane, const Layers& layers) {
  require(
      plane.width_px > 0 && plane.height_px > 0 && plane.width_px <= kMostPixels &&
          plane.height_px <= kMostPixels && plane.pixel_mm > 0.0,
      Errc::kParam,
      fmt::format("a picture of {} x {} pixels of {} mm", plane.width_px, plane.height_px, plane.pixel_mm));
  require(layers.window.width > 0.0 && std::isfinite(layers.window.centre),
          Errc::kParam,
          fmt::format("a window of width {} around {}", layers.window.width, layers.window.centre));
  require(layers.map == nullptr ||
              (layers.colours.palette.size() > 1 && layers.colours.high > layers.colours.low),
          Errc::kParam,
          "the scale of the map's colours is empty");
  std::vector<std::uint32_t> pixels(static_cast<std::size_t>(plane.width_px) *
                                    static_cast<std::size_t>(plane.height_px));
  Drawing drawing(plane, layers, pixels);
  drawing.scan();
  if (layers.map != nullptr) drawing.map();
  if (layers.labels != nullptr && layers.overlay.style != Overlay::Style::kHidden) drawing.labels();
  return pixels;
}

}  // namespace ledd::plane_view
