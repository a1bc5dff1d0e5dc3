#include "reading.h"

#include <QStringList>
#include <cmath>
#include <optional>

#include "ledd/anatomy/anatomy.h"

namespace ledd::viewer {
namespace {

template <class Image>
std::optional<typename Image::PixelType> voxel_at(const Image& image, const Point& p_lps_mm) {
  itk::Point<double, 3> p;
  std::copy(p_lps_mm.begin(), p_lps_mm.end(), p.Begin());
  typename Image::IndexType index;
  if (!image.TransformPhysicalPointToIndex(p, index)) return std::nullopt;
  return image.GetPixel(index);
}

QString with_unit(double value, const std::string& unit) {
  const QString number = QString::number(value, 'g', 4);
  return unit.empty() || unit == "1" ? number : number + " " + QString::fromStdString(unit);
}

}  // namespace

QString reading_at(const Scene& scene, const Point& p_lps_mm) {
  if (scene.empty()) return {};
  const auto layers = scene.layers();
  const auto value = voxel_at(*layers.scan, p_lps_mm);
  if (!value) return {};
  QStringList words{with_unit(static_cast<double>(*value), scene.content().unit)};
  if (layers.map != nullptr) {
    const auto mapped = voxel_at(*layers.map, p_lps_mm);
    const auto quantity = QString::fromStdString(scene.scale().quantity);
    words << (mapped && *mapped != 0.0F && std::isfinite(*mapped)
                  ? quantity + " " + with_unit(static_cast<double>(*mapped), scene.scale().unit)
                  : "no " + quantity);
  }
  if (layers.labels != nullptr)
    if (const auto id = voxel_at(*layers.labels, p_lps_mm); id && *id != 0) {
      const auto* structure = anatomy::find(*id);
      const std::string name = scene.name_of(*id);
      const bool own = structure != nullptr && structure->short_name == name;
      words << QString::fromStdString(own ? structure->name : name);
    }
  return words.join(", ");
}

std::vector<std::uint16_t> ids_of(const Labels& labels) {
  std::vector<bool> seen(65536);
  std::uint16_t last = 0;  // runs of one label are long
  const auto* voxel = labels.GetBufferPointer();
  const auto* const end = voxel + labels.GetLargestPossibleRegion().GetNumberOfPixels();
  for (; voxel != end; ++voxel)
    if (*voxel != last) seen[last = *voxel] = true;
  std::vector<std::uint16_t> ids;
  for (std::size_t id = 1; id < seen.size(); ++id)
    if (seen[id]) ids.push_back(static_cast<std::uint16_t>(id));
  return ids;
}

}  // namespace ledd::viewer
