#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "ledd/knee_shape/knee_shape.h"

namespace ledd::shape {

/// How far the knees of persons left out lie from the model.
struct Limits {
  float rms_mm = 0, p95_mm = 0, distance = 0, reached = 0, smallest = 0, largest = 0;
};

struct PlateModel {
  std::uint16_t id = 0;
  std::vector<double> probability, thickness_mm, thickness_sd_mm;  ///< By place.
};

/// Of a right knee, in LPS axes about the middle of its places.
struct BoneModel {
  std::uint16_t id = 0;
  Limits limits;
  std::vector<Point> mean_mm, normals;
  std::vector<std::vector<Point>> modes_mm;  ///< By mode, by place: what one SD moves.
  std::vector<PlateModel> plates;
};

/// @throws Error{kFormat}
std::vector<BoneModel> read_model(std::string_view bytes);

/// @param margin  Widens the limits. @param least_reached  Below it the fit is not usable.
ShapeFit fit_bone(const BoneModel& model, const TriangleMesh& bone, anatomy::Side side);

}  // namespace ledd::shape

namespace ledd {

struct KneeShape::Model {
  std::vector<shape::BoneModel> bones;
  /// @throws Error{kInput}
  const shape::BoneModel& bone(std::uint16_t id) const;
};

}  // namespace ledd
