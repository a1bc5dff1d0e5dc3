#include <gmock/gmock.h>

#include <cstdio>
#include <map>

#include "ledd/anatomy/anatomy.h"
#include "ledd/lumbar_phantom/lumbar_phantom.h"
#include "ledd/vertebral_deformity/vertebral_deformity.h"

#include "sample.h"

namespace ledd {
namespace {

using Type = DeformityResult::Type;
using phantom::Deformity;
using phantom::Level;

constexpr std::array<Level, 7> kLevels{
    Level::kT11, Level::kT12, Level::kL1, Level::kL2, Level::kL3, Level::kL4, Level::kL5};

std::uint16_t id_of(Level level) {
  return static_cast<std::uint16_t>(anatomy::kT12 - 2 + static_cast<int>(level));
}

/// A person of seed `seed` with one broken body (level kNone: none), as labels of a 0.8 x 0.8 x 4.4 mm stack.
phantom::Params person(int seed, Level level, Deformity type, double loss_percent) {
  phantom::Params params;
  params.spine.seed = seed;
  params.spine.fracture_level = level;
  params.spine.fracture_type = type;
  params.spine.fracture_loss_percent = loss_percent;
  params.stack.columns = 192;
  params.stack.rows = 352;
  params.stack.slices = 13;
  return params;
}

struct Seen {
  DeformityResult deformity;
  phantom::Truth truth;
};

Seen look(const phantom::Params& params) {
  Context context({}, 2);
  const auto scan = LumbarPhantom(params)(context);
  const auto spine = SpineMorphometry()(*scan.labels, context);
  return {VertebralDeformity()(spine, *scan.labels, context), scan.truth};
}

TEST(VertebralDeformityPhantom, TimeOne) {
  const auto seen = look(person(1, Level::kL1, Deformity::kWedge, 30.0));
  for (const auto& b : seen.deformity.bodies)
    std::printf("%s %s grade %.0f type %d loss %.1f +- %.1f  %s\n",
                anatomy::short_name(b.id).c_str(),
                b.graded_against.c_str(),
                b.grade.value.value_or(-1),
                static_cast<int>(b.type),
                b.loss_percent.value.value_or(-99),
                b.loss_percent.se.value_or(-99),
                b.grade.reason.c_str());
}

}  // namespace
}  // namespace ledd
