#include "ledd/vertebral_deformity/vertebral_deformity.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "ledd/anatomy/anatomy.h"
#include "ledd/spine_morphometry/vec.h"
#include "ledd/vertebral_deformity/level_norms.h"

#include "band_heights.h"
#include "losses.h"
#include "verdict.h"

namespace ledd {
namespace {

using deformity::BodyVoxels;
using deformity::Loss;
using deformity::Losses;
using deformity::Verdict;
using Body = DeformityResult::Body;
using Type = DeformityResult::Type;

constexpr double kGrade2 = 0.25;
constexpr double kGrade3 = 0.40;
constexpr double kDegPerRad = 180.0 / M_PI;

/// Angle between the endplate planes.
DeformityResult::Value wedge_of(const SpineResult::Body& body, const Verdict& verdict) {
  const auto angle = [&](const Point& normal) {
    return std::atan2(spine::dot(normal, body.frame.posterior), spine::dot(normal, body.frame.superior));
  };
  return verdict.value(kDegPerRad * (angle(body.inferior.normal) - angle(body.superior.normal)),
                       std::hypot(body.superior.direction_se_deg, body.inferior.direction_se_deg));
}

DeformityResult::Value ratio_of(const DeformityResult::Length& height,
                                const DeformityResult::Length& hp,
                                const Verdict& verdict) {
  const double ratio = height.value_mm / hp.value_mm;
  return verdict.value(ratio, ratio * std::hypot(height.se_mm / height.value_mm, hp.se_mm / hp.value_mm));
}

DeformityResult::Value z_of(const DeformityResult::Value& value,
                            std::optional<double> mean,
                            std::optional<double> sd,
                            const std::string& missing,
                            Verdict verdict) {
  verdict.lack(!mean || !sd, missing, Quality::kFailed);
  if (!mean || !sd || !value.value) return verdict.value(0.0, std::nullopt);
  return verdict.value((*value.value - *mean) / *sd, *value.se / *sd);
}

DeformityResult::Length six_point(const SpineResult::Length& length) {
  return {length.value_mm, length.se_mm};
}

/// Ratios, z-scores and the wedge angle: what needs no other body.
void measure_alone(const SpineResult::Body& measured, const Verdict& verdict, Body& body) {
  const auto& b = body.bands;
  body.six = {six_point(measured.ha), six_point(measured.hm), six_point(measured.hp)};
  body.wedge_deg = wedge_of(measured, Verdict(measured.quality, measured.reason));
  body.ha_hp = ratio_of(b.ha, b.hp, verdict);
  body.hm_hp = ratio_of(b.hm, b.hp, verdict);
  const std::string name = anatomy::short_name(body.id);
  const auto norm = level_norm(body.id);
  const auto missing = [&](const char* what) {
    return norm ? fmt::format("{} has no SD of {} for {}", kLevelNorms, what, name)
                : fmt::format("no norm for {} in {}", name, kLevelNorms);
  };
  const auto mean = [](const LevelNorm::Ratio& r) { return std::optional<double>(r.mean); };
  body.ha_hp_z = z_of(body.ha_hp,
                      norm ? mean(norm->ha_hp) : std::nullopt,
                      norm ? norm->ha_hp.sd : std::nullopt,
                      missing("Ha/Hp"),
                      verdict);
  body.hm_hp_z = z_of(body.hm_hp,
                      norm ? mean(norm->hm_hp) : std::nullopt,
                      norm ? norm->hm_hp.sd : std::nullopt,
                      missing("Hm/Hp"),
                      verdict);
  body.depth_z = z_of(verdict.value(b.depth.value_mm, b.depth.se_mm),
                      norm ? norm->depth_mm : std::nullopt,
                      norm ? norm->depth_sd_mm : std::nullopt,
                      missing("the AP depth"),
                      verdict);
}

/// What a body lost, and what it is called.
struct Finding {
  Type type = Type::kNone;
  double loss = 0.0;
  double se = 0.0;
};

Finding finding_of(const std::array<Loss, 3>& losses, double min_loss) {
  const Loss* largest = nullptr;
  const Loss* named = nullptr;
  for (const Loss& l : losses) {
    if (!l.known()) continue;
    if (largest == nullptr || l.value() > largest->value()) largest = &l;
    if (l.called(min_loss) && (named == nullptr || l.value() > named->value())) named = &l;
  }
  const Loss& crush = losses[2];
  if (crush.called(min_loss)) {
    // Hp is itself too low, so ratios to it understate what the other heights lost.
    const Loss& other = losses[0].value() > losses[1].value() ? losses[0] : losses[1];
    const double further = std::max(0.0, other.value());
    return {Type::kCrush,
            1.0 - (1.0 - crush.value()) * (1.0 - further),
            std::hypot(crush.se, further > 0.0 ? other.se : 0.0)};
  }
  if (named != nullptr) return {named->type, named->value(), named->se};
  return largest == nullptr ? Finding{} : Finding{Type::kNone, largest->value(), largest->se};
}

int grade_of(double loss) {
  return loss > kGrade3 ? 3 : loss >= kGrade2 ? 2 : 1;
}

const char* loss_name(Type type) {
  switch (type) {
    case Type::kWedge: return "Ha/Hp";
    case Type::kBiconcave: return "Hm/Hp";
    case Type::kCrush: return "Hp";
    case Type::kNone: break;
  }
  return "";
}

/// Grade and type of one body, with all that speaks against them.
class Grading {
 public:
  Grading(const Losses& losses, const std::vector<Body>& bodies, double min_loss)
      : losses_(losses), bodies_(bodies), min_loss_(min_loss) {}

  void operator()(std::size_t i, Verdict verdict, Body& body) const {
    const std::array<Loss, 3> losses{losses_.wedge(i), losses_.biconcave(i), losses_.crush(i)};
    body.graded_against = reference(i);
    if (losses[2].known())
      body.hp_neighbours = verdict.value(1.0 - losses[2].value(), losses[2].se);
    else
      body.hp_neighbours = {{}, {}, Quality::kFailed, "no body beside it to compare Hp with", true};
    const std::string name = anatomy::short_name(body.id);
    verdict.fail(!losses[0].known(),
                 fmt::format("no norm for {} in {}, and no body beside it", name, kLevelNorms));
    verdict.lack(!losses_.has_norm(i),
                 fmt::format("no norm for {} in {}: graded against {} alone", name, kLevelNorms, names(i)),
                 Quality::kUncertain);
    verdict.doubt(losses_.has_norm(i) && losses_.neighbours(i).empty(),
                  fmt::format("no sound body within two levels: graded against {} alone", kLevelNorms));
    const Finding f = finding_of(losses, min_loss_);
    doubt_near_borders(f, verdict);
    for (const Loss& l : losses) doubt_uncalled(l, f, body.graded_against, verdict);
    body.loss_percent = verdict.value(100.0 * f.loss, 100.0 * f.se);
    body.type = f.type;
    body.grade = verdict.value(f.type == Type::kNone ? 0 : grade_of(f.loss), std::nullopt);
  }

 private:
  std::string names(std::size_t i) const {
    std::string text;
    for (const std::size_t j : losses_.neighbours(i))
      text += (text.empty() ? "" : " and ") + anatomy::short_name(bodies_[j].id);
    return text;
  }

  std::string reference(std::size_t i) const {
    const auto& norm = losses_.norm(i);
    std::string beside = names(i);
    if (!norm) return beside;
    const std::string text =
        fmt::format("{} (n = {} and {})", kLevelNorms, norm->ha_hp.persons, norm->six_persons);
    return beside.empty() ? text : text + ", " + beside;
  }

  void doubt_near_borders(const Finding& f, Verdict& verdict) const {
    for (const double border : {min_loss_, kGrade2, kGrade3}) {
      if (border > min_loss_ && f.type == Type::kNone) break;
      verdict.doubt(std::abs(f.loss - border) < f.se,
                    fmt::format("a loss of {:.1f} +- {:.1f} % may lie on either side of {:.0f} %",
                                100.0 * f.loss,
                                100.0 * f.se,
                                100.0 * border));
    }
  }

  /// A loss that is large but not called must not pass unseen.
  void doubt_uncalled(const Loss& l, const Finding& f, const std::string& against, Verdict& verdict) const {
    if (!l.known() || f.type != Type::kNone || l.value() < min_loss_) return;
    const std::string why =
        !l.below_norm ? "within the spread of healthy bodies" : "its neighbours are alike";
    verdict.doubt(true,
                  fmt::format("{} is {:.0f} % below its reference ({}), but {}: not called a deformity",
                              loss_name(l.type),
                              100.0 * l.value(),
                              against,
                              why));
  }

  const Losses& losses_;
  const std::vector<Body>& bodies_;
  double min_loss_;
};

Body unmeasured(std::uint16_t id, const std::string& reason) {
  Body body;
  body.id = id;
  body.bands.reason = reason;
  for (auto* v : {&body.ha_hp,
                  &body.hm_hp,
                  &body.hp_neighbours,
                  &body.ha_hp_z,
                  &body.hm_hp_z,
                  &body.depth_z,
                  &body.wedge_deg,
                  &body.loss_percent,
                  &body.grade})
    v->reason = reason;
  return body;
}

}  // namespace

DeformityResult VertebralDeformity::operator()(const SpineResult& spine,
                                               const Labels& labels,
                                               Context& context) const {
  context.throw_if_cancelled();
  const BodyVoxels voxels(spine, labels);
  Result result;
  std::vector<Verdict> verdicts;
  for (const auto& measured : spine.bodies) {
    if (measured.id == anatomy::kS1) continue;
    Body body = unmeasured(measured.id, measured.reason);
    Verdict verdict(measured.quality, measured.reason);
    if (measured.quality != Quality::kFailed) {
      body.bands = deformity::band_heights(voxels, measured, params_.half_slab_mm);
      verdict.fail(body.bands.slices == 0, body.bands.reason);
      if (body.bands.slices == 0)
        body = unmeasured(measured.id, body.bands.reason);
      else
        measure_alone(measured, verdict, body);
    }
    verdicts.push_back(verdict);
    result.bodies.push_back(std::move(body));
  }
  const Losses losses(result.bodies, params_);
  const Grading grade(losses, result.bodies, 0.01 * params_.min_loss_percent);
  for (std::size_t i = 0; i < result.bodies.size(); ++i)
    if (result.bodies[i].bands.slices > 0) grade(i, verdicts[i], result.bodies[i]);
  return result;
}

}  // namespace ledd
