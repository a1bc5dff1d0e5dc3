#pragma once
#include <array>
#include <cmath>
#include <cstdint>

namespace ledd::phantom {

inline constexpr double kRadPerDeg = 0.017453292519943295;

struct Vec {
  double x = 0, y = 0, z = 0;  ///< Left, posterior, superior, unless said otherwise.
};
inline Vec operator+(const Vec& a, const Vec& b) {
  return {a.x + b.x, a.y + b.y, a.z + b.z};
}
inline Vec operator-(const Vec& a, const Vec& b) {
  return {a.x - b.x, a.y - b.y, a.z - b.z};
}
inline Vec operator*(double f, const Vec& a) {
  return {f * a.x, f * a.y, f * a.z};
}
inline double dot(const Vec& a, const Vec& b) {
  return a.x * b.x + a.y * b.y + a.z * b.z;
}
inline double norm(const Vec& a) {
  return std::sqrt(dot(a, a));
}
inline Vec unit(const Vec& a) {
  return (1.0 / norm(a)) * a;
}
inline std::array<double, 3> as_array(const Vec& a) {
  return {a.x, a.y, a.z};
}

/// 0 below `low`, 1 above `high`, smooth between.
inline double smooth_step(double low, double high, double x) {
  const double t = std::fmin(1.0, std::fmax(0.0, (x - low) / (high - low)));
  return t * t * (3.0 - 2.0 * t);
}

/// Counter-based chance (SplitMix64): any draw by its number alone, so that order and threads do not matter.
inline std::uint64_t hash(std::uint64_t counter) {
  std::uint64_t z = counter + 0x9E3779B97F4A7C15ULL;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31U);
}
/// In (0, 1).
inline double uniform(std::uint64_t key, std::uint64_t counter) {
  return (static_cast<double>(hash(hash(key) ^ counter) >> 11U) + 0.5) * 0x1.0p-53;
}
/// Two independent standard normal numbers (Box and Muller 1958).
inline std::array<double, 2> normal2(std::uint64_t key, std::uint64_t counter) {
  const double radius = std::sqrt(-2.0 * std::log(uniform(key, 2 * counter)));
  const double angle = 2.0 * 3.14159265358979323846 * uniform(key, 2 * counter + 1);
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

}  // namespace ledd::phantom
