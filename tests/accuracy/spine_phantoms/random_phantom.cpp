#include "random_phantom.h"

#include <cmath>

#include "ledd/core/error.h"

namespace ledd {
namespace {

/// Uniform numbers that do not depend on the standard library (splitmix64).
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ULL + 0x1234567ULL) {}
  double between(double low, double high) { return low + (high - low) * next(); }
  bool happens(double probability) { return next() < probability; }
  int one_of(int count) { return static_cast<int>(next() * count); }

 private:
  double next() {
    state_ += 0x9E3779B97F4A7C15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    return static_cast<double>((z ^ (z >> 31U)) >> 11U) * 0x1.0p-53;
  }
  std::uint64_t state_;
};

phantom::Level level_from(phantom::Level first, int offset) {
  return static_cast<phantom::Level>(static_cast<int>(first) + offset);
}

void draw_person(Chance& chance, phantom::SpineParams& spine) {
  spine.size_scale = chance.between(0.85, 1.15);
  spine.lordosis_scale = chance.between(0.5, 1.4);
  if (chance.happens(0.4)) {
    spine.slip_level = level_from(phantom::Level::kL1, chance.one_of(5));
    spine.slip_mm = chance.between(-6.0, 12.0);
  }
  if (chance.happens(0.3)) {
    spine.fracture_level = level_from(phantom::Level::kT12, chance.one_of(6));
    spine.fracture_type = static_cast<phantom::Deformity>(chance.one_of(3));
    spine.fracture_loss_percent = chance.between(15.0, 45.0);
  }
  if (chance.happens(0.4)) {
    spine.collapsed_disc = level_from(phantom::Level::kL1, chance.one_of(5));
    spine.disc_loss_percent = chance.between(30.0, 75.0);
  }
}

void draw_stack(Chance& chance, View view, phantom::StackParams& stack) {
  constexpr double kRowsMm = 340.0;
  const double columns_mm = view == View::kSpine ? 190.0 : 290.0;
  stack.pixel_mm = chance.between(0.5, 1.1);
  stack.pitch_mm = chance.between(2.0, 5.0);
  stack.thickness_mm = stack.pitch_mm * chance.between(0.8, 1.0);
  stack.turn_about_si_deg = chance.between(-15.0, 15.0);
  stack.turn_about_pa_deg = chance.between(-10.0, 10.0);
  stack.columns = static_cast<int>(std::ceil(columns_mm / stack.pixel_mm));
  stack.rows = static_cast<int>(std::ceil(kRowsMm / stack.pixel_mm));
  // Wide enough for bodies of 62 mm that a turned stack sees at an angle.
  const double wide_mm = view == View::kSpine ? 110.0 : 84.0;
  stack.slices = static_cast<int>(std::ceil(wide_mm / stack.pitch_mm));
  stack.offset_left_mm = chance.between(-3.0, 3.0);
  stack.offset_posterior_mm = (view == View::kSpine ? 5.0 : -10.0) + chance.between(-2.0, 2.0);
  stack.offset_superior_mm = -15.0 + chance.between(-4.0, 4.0);
}

}  // namespace

phantom::Params random_phantom(std::uint64_t number, View view) {
  constexpr std::uint64_t kTries = 50;
  for (std::uint64_t attempt = 0; attempt < kTries; ++attempt) {
    Chance chance(number * kTries + attempt);
    phantom::Params params;
    params.spine.seed = static_cast<int>(number) + 1;
    draw_person(chance, params.spine);
    draw_stack(chance, view, params.stack);
    try {
      (void)LumbarPhantom(params);
      return params;
    } catch (const Error& e) {
      if (e.code() != Errc::kParam) throw;  // bodies would overlap: another person
    }
  }
  throw Error(Errc::kInternal, "no random phantom without overlapping bodies");
}

}  // namespace ledd
