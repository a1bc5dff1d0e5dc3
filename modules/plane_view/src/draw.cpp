#include <fmt/format.h>
#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ledd/core/error.h"
#include "ledd/plane_view/plane_view.h"

#include "lattice.h"

namespace ledd::plane_view {
namespace {

constexpr int kMostPixels = 8192;
constexpr std::uint32_t kOpaque = 0xff000000U;

/// Linear between voxel centres, the border voxels reaching half a voxel further.
float linear(const float* voxels, const std::array<long, 3>& size, const Point& p) {
  const Between i = between(p[0], size[0]), j = between(p[1], size[1]), k = between(p[2], size[2]);
  const auto along_row = [&](long y, long z) {
    const float* const row = voxels + (z * size[1] + y) * size[0];
    return row[i.low] + i.part * (row[i.high] - row[i.low]);
  };
  const auto in_slice = [&](long z) {
    const float a = along_row(j.low, z), b = along_row(j.high, z);
    return a + j.part * (b - a);
  };
  const float a = in_slice(k.low);
  return k.part == 0.0F ? a : a + k.part * (in_slice(k.high) - a);
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

/// Grey of a value.
class Greys {
 public:
  explicit Greys(const Window& window)
      : low_(static_cast<float>(window.centre - 0.5 * window.width)),
        scale_(static_cast<float>(255.0 / window.width)) {}
  std::uint32_t operator()(float value) const {
    // Not a number: black.
    const float grey = (value - low_) * scale_;
    const auto level = grey >= 0.0F ? static_cast<std::uint32_t>(std::min(grey, 255.0F)) : 0U;
    return kOpaque | level * 0x010101U;
  }

 private:
  float low_, scale_;
};

/// The pixels of a row or a column that lie within the image along its axis, and where: for a plane along the
/// image's own axes.
struct Line {
  Line(const Lattice& lattice, int axis, bool is_row, int first_px, int count_px) : first(first_px) {
    const auto k = static_cast<unsigned>(axis);
    const double step = is_row ? lattice.right(k) : lattice.down(k);
    places.resize(static_cast<std::size_t>(count_px), Between{-1, -1, 0.0F});
    for (int n = 0; n < count_px; ++n) {
      const double index = lattice.origin(k) + (first_px + n) * step;
      if (!lattice.holds(k, index)) continue;
      places[static_cast<std::size_t>(n)] = between(index, lattice.size()[k]);
      low = std::min(low, places[static_cast<std::size_t>(n)].low);
      high = std::max(high, places[static_cast<std::size_t>(n)].high);
    }
  }
  const Between& at(int px) const { return places[static_cast<std::size_t>(px - first)]; }
  bool empty() const { return high < low; }

  int first;
  std::vector<Between> places;                             ///< `low` is -1 outside.
  long low = std::numeric_limits<long>::max(), high = -1;  ///< Voxels that are needed.
};

class Drawing {
 public:
  Drawing(const Plane& plane, const Layers& layers, const Part& part, std::uint32_t* pixels)
      : plane_(plane), layers_(layers), part_(part), pixels_(pixels) {}

  void scan() {
    const Lattice lattice(*layers_.scan, plane_);
    if (lattice.across() >= 0)
      scan_along_axes(lattice);
    else
      scan_at_an_angle(lattice);
  }

  void map() {
    const Lattice lattice(*layers_.map, plane_);
    const Colours& colours = layers_.colours;
    const auto last = static_cast<double>(colours.palette.size() - 1);
    for_rows(part_, [&](int y) {
      for (int x = part_.left; x < part_.left + part_.width; ++x) {
        const auto n = lattice.nearest(x, y);
        const float value = n < 0 ? 0.0F : layers_.map->GetBufferPointer()[n];
        if (value == 0.0F || !std::isfinite(value)) continue;
        const double share = (static_cast<double>(value) - colours.low) / (colours.high - colours.low);
        const auto entry = static_cast<std::size_t>(std::lround(std::clamp(share, 0.0, 1.0) * last));
        pixel(x, y) = blended(pixel(x, y), colours.palette[entry], colours.opacity);
      }
    });
  }

  void labels() {
    const Table table(layers_.overlay);
    // An outline asks for the neighbours of what is drawn.
    const Part around = clipped({part_.left - 1, part_.top - 1, part_.width + 2, part_.height + 2}, plane_);
    const auto ids = ids_of(around);
    const auto id_at = [&](int x, int y) { return ids[place_in(around, x, y)]; };
    const bool fill = layers_.overlay.style == Overlay::Style::kFill;
    for_rows(part_, [&](int y) {
      for (int x = part_.left; x < part_.left + part_.width; ++x) {
        const std::uint16_t id = id_at(x, y);
        if (id == 0 || !table.shown[id]) continue;
        const auto differs = [&](int i, int j) {
          return i >= 0 && j >= 0 && i < plane_.width_px && j < plane_.height_px && id_at(i, j) != id;
        };
        if (fill)
          pixel(x, y) = blended(pixel(x, y), table.rgb[id], layers_.overlay.opacity);
        else if (differs(x - 1, y) || differs(x + 1, y) || differs(x, y - 1) || differs(x, y + 1))
          pixel(x, y) = packed(table.rgb[id]);
      }
    });
  }

 private:
  /// The slice (one of voxels, or between two) is taken out first, its pixels are then read from a picture
  /// that fits into the cache.
  void scan_along_axes(const Lattice& lattice) {
    const auto& size = lattice.size();
    const int depth_axis = 3 - lattice.across() - lattice.along();
    const auto w = static_cast<unsigned>(depth_axis);
    const Line row(lattice, lattice.across(), true, part_.left, part_.width);
    const Line column(lattice, lattice.along(), false, part_.top, part_.height);
    if (row.empty() || column.empty() || !lattice.holds(w, lattice.origin(w))) {
      for_rows(part_, [&](int y) { std::fill_n(&pixel(part_.left, y), part_.width, kOpaque); });
      return;
    }
    const std::array<long, 3> stride{1, size[0], size[0] * size[1]};
    const long step_u = stride[static_cast<std::size_t>(lattice.across())];
    const long step_v = stride[static_cast<std::size_t>(lattice.along())];
    const Between depth = between(lattice.origin(w), size[w]);
    const float* const near = layers_.scan->GetBufferPointer() + depth.low * stride[w];
    const float* const far = layers_.scan->GetBufferPointer() + depth.high * stride[w];
    const long count_u = row.high - row.low + 1, count_v = column.high - column.low + 1;
    std::vector<float> slice(static_cast<std::size_t>(count_u * count_v));
    tbb::parallel_for(tbb::blocked_range<long>(0, count_v, 16), [&](const tbb::blocked_range<long>& some) {
      for (long v = some.begin(); v < some.end(); ++v) {
        const long at = (column.low + v) * step_v + row.low * step_u;
        float* const to = slice.data() + v * count_u;
        if (depth.part == 0.0F)
          for (long u = 0; u < count_u; ++u) to[u] = near[at + u * step_u];
        else
          for (long u = 0; u < count_u; ++u)
            to[u] = near[at + u * step_u] + depth.part * (far[at + u * step_u] - near[at + u * step_u]);
      }
    });
    const Greys greys(layers_.window);
    for_rows(part_, [&](int y) {
      std::uint32_t* const to = &pixel(part_.left, y);
      const Between& v = column.at(y);
      if (v.low < 0) {
        std::fill_n(to, part_.width, kOpaque);
        return;
      }
      const float* const above = slice.data() + (v.low - column.low) * count_u - row.low;
      const float* const below = slice.data() + (v.high - column.low) * count_u - row.low;
      for (int n = 0; n < part_.width; ++n) {
        const Between& u = row.places[static_cast<std::size_t>(n)];
        if (u.low < 0) {
          to[n] = kOpaque;
          continue;
        }
        const float a = above[u.low] + u.part * (above[u.high] - above[u.low]);
        const float b = below[u.low] + u.part * (below[u.high] - below[u.low]);
        to[n] = greys(a + v.part * (b - a));
      }
    });
  }

  void scan_at_an_angle(const Lattice& lattice) {
    const Greys greys(layers_.window);
    for_rows(part_, [&](int y) {
      for (int x = part_.left; x < part_.left + part_.width; ++x) {
        const Point p = lattice.at(x, y);
        const bool inside = lattice.holds(0, p[0]) && lattice.holds(1, p[1]) && lattice.holds(2, p[2]);
        pixel(x, y) = inside ? greys(linear(layers_.scan->GetBufferPointer(), lattice.size(), p)) : kOpaque;
      }
    });
  }

  std::vector<std::uint16_t> ids_of(const Part& around) const {
    const Lattice lattice(*layers_.labels, plane_);
    const std::uint16_t* const voxels = layers_.labels->GetBufferPointer();
    std::vector<std::uint16_t> ids(static_cast<std::size_t>(around.width) *
                                   static_cast<std::size_t>(around.height));
    for_rows(around, [&](int y) {
      std::uint16_t* const to = ids.data() + place_in(around, around.left, y);
      for (int x = 0; x < around.width; ++x)
        if (const auto n = lattice.nearest(around.left + x, y); n >= 0) to[x] = voxels[n];
    });
    return ids;
  }

  template <class Body>
  static void for_rows(const Part& part, const Body& body) {
    tbb::parallel_for(tbb::blocked_range<int>(part.top, part.top + part.height, 16),
                      [&](const tbb::blocked_range<int>& rows) {
                        for (int y = rows.begin(); y < rows.end(); ++y) body(y);
                      });
  }
  static std::size_t place_in(const Part& part, int x, int y) {
    return static_cast<std::size_t>(y - part.top) * static_cast<std::size_t>(part.width) +
           static_cast<std::size_t>(x - part.left);
  }
  std::uint32_t& pixel(int x, int y) {
    return pixels_[static_cast<std::size_t>(y) * static_cast<std::size_t>(plane_.width_px) +
                   static_cast<std::size_t>(x)];
  }

  const Plane& plane_;
  const Layers& layers_;
  const Part part_;
  std::uint32_t* const pixels_;
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

Part clipped(const Part& part, const Plane& plane) {
  const int left = std::clamp(part.left, 0, plane.width_px), top = std::clamp(part.top, 0, plane.height_px);
  const int right = std::clamp(part.left + part.width, left, plane.width_px);
  const int bottom = std::clamp(part.top + part.height, top, plane.height_px);
  return {left, top, right - left, bottom - top};
}

void draw(const Plane& plane, const Layers& layers, const Part& part, std::uint32_t* pixels) {
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
  const Part inside = clipped(part, plane);
  if (inside.width == 0 || inside.height == 0) return;
  Drawing drawing(plane, layers, inside, pixels);
  drawing.scan();
  if (layers.map != nullptr) drawing.map();
  if (layers.labels != nullptr && layers.overlay.style != Overlay::Style::kHidden) drawing.labels();
}

std::vector<std::uint32_t> draw(const Plane& plane, const Layers& layers) {
  const auto side = [](int px) { return static_cast<std::size_t>(std::clamp(px, 0, kMostPixels)); };
  std::vector<std::uint32_t> pixels(side(plane.width_px) * side(plane.height_px));
  draw(plane, layers, {0, 0, plane.width_px, plane.height_px}, pixels.data());
  return pixels;
}

}  // namespace ledd::plane_view
