#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "ledd/image/image.h"

/// Knee shape models made by hand; tools/train/knee/shape_fit.py describes the bytes.
namespace ledd::testing {

struct ShapePlate {
  std::uint32_t id = 0;
  std::vector<double> probability;  ///< By place.
  double thickness_mm = 2.0, sd_mm = 0.3;
};

struct ShapeBone {
  std::uint32_t id = 0;
  std::vector<Point> places_mm, normals;  ///< Of a right bone.
  std::vector<std::vector<Point>> modes_mm;
  std::vector<ShapePlate> plates;
  std::vector<float> limits{0.5F, 1.0F, 2.0F, 0.9F, 0.8F, 1.25F};
};

template <class T>
void put(std::string& bytes, T value) {
  char raw[sizeof(T)];
  std::memcpy(raw, &value, sizeof(T));
  for (const char c : raw) bytes.push_back(c);
}

inline void put_plate(std::string& bytes, const ShapePlate& plate) {
  for (const double p : plate.probability) put(bytes, static_cast<std::uint8_t>(std::lround(250.0 * p)));
  for (const double t : {plate.thickness_mm, plate.sd_mm})
    for (const double p : plate.probability)
      put(bytes, static_cast<std::uint16_t>(p > 0.0 ? std::lround(1000.0 * t) : 65535));
}

inline void put_bone(std::string& bytes, const ShapeBone& bone) {
  const auto count = [](std::size_t n) { return static_cast<std::uint32_t>(n); };
  for (const std::uint32_t n : {bone.id,
                                count(bone.places_mm.size()),
                                count(bone.modes_mm.size()),
                                count(bone.plates.size()),
                                std::uint32_t{36}})
    put(bytes, n);
  for (const ShapePlate& plate : bone.plates) put(bytes, plate.id);
  for (const float limit : bone.limits) put(bytes, limit);
  for (const Point& p : bone.places_mm)
    for (const double x : p) put(bytes, static_cast<float>(x));
  for (const Point& n : bone.normals)
    for (const double x : n) put(bytes, static_cast<std::int8_t>(std::lround(127.0 * x)));
  for (const auto& mode : bone.modes_mm) {
    constexpr double kStepMm = 0.001;
    put(bytes, static_cast<float>(kStepMm));
    for (const Point& p : mode)
      for (const double x : p) put(bytes, static_cast<std::int16_t>(std::lround(x / kStepMm)));
  }
  for (const ShapePlate& plate : bone.plates) put_plate(bytes, plate);
}

inline std::string shape_model(const std::vector<ShapeBone>& bones) {
  std::string bytes = "LEDDKNEE";
  put(bytes, std::uint32_t{1});
  put(bytes, static_cast<std::uint32_t>(bones.size()));
  for (const ShapeBone& bone : bones) put_bone(bytes, bone);
  return bytes;
}

}  // namespace ledd::testing
