// Prints the errors of spine measures on random lumbar phantoms whose truth is known.
//
//   spine_phantoms [--count N] [--first K]                         measured on the phantoms' own labels
//   spine_phantoms [--count N] [--first K] --image MODEL.onnx      from the noisy image, fully automatic
//   ... --fine MM                                                  and volumes and widths, see below
//   ... --list all                                                 every error on a line of its own, too
//   ... --image MODEL.onnx --pictures FOLDER                       and what was measured, drawn
//
// Labels are hard and set by voxel centres. The truth's corners lie where endplate and wall meet before the
// edge is rounded (docs/lumbar-phantom.md). T12 to S1 are compared; a body that is missed counts as failed.
// Volumes of bodies are compared with the truth's; with --fine, widths and volumes of discs with those of the
// same person drawn on cubes of MM millimetres (0.6 takes some seconds a phantom).
// In the automatic mode a body is compared with the one at its place, whatever its name, and with the truth's
// bodies twice: with their dark cortex, and without.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"
#include "ledd/disc_morphometry/disc_morphometry.h"
#include "ledd/files/files.h"
#include "ledd/report/report.h"
#include "ledd/spinal_canal/spinal_canal.h"
#include "ledd/spine_mri/spine_mri.h"

#include "error_table.h"
#include "fine_truth.h"
#include "random_phantom.h"

namespace {

using namespace ledd;  // NOLINT(google-build-using-namespace): a program of one file
using phantom::BodyTruth;
using phantom::Truth;
using Unit = ErrorTable::Unit;

/// Where the truth's bodies end: a cortex that is as dark as what surrounds it has no border in the image.
enum class Border { kBone, kMarrow };

/// What was measured of one phantom, beside its truth.
struct Case {
  std::uint64_t number = 0;
  Truth truth;
  double pixel_mm = 0.0;
  SpineResult spine;
  DiscResult discs;
  CanalMorphometry::Result canal;
  std::optional<FineTruth> fine{};
  Border border = Border::kBone;
  bool levels_certain = true;
  double half_voxel_mm() const { return 0.5 * pixel_mm; }
  std::string at(const std::string& level) const { return fmt::format("{} {}", number, level); }
};

constexpr double kLimitDeg = 1.0;
constexpr double kLimitPercent = 2.0;
constexpr double kSamePlaceMm = 12.0;

bool compared(std::uint16_t id) {
  return id >= anatomy::kT12 && id <= anatomy::kS1;
}

/// The measured body at the place of a true one.
const SpineResult::Body* body_at(const Case& c, const BodyTruth& truth) {
  for (const auto& body : c.spine.bodies) {
    if (body.quality == Quality::kFailed) continue;
    const bool s1 = truth.id == anatomy::kS1;
    if (s1 != (body.id == anatomy::kS1)) continue;
    const auto& p = s1 ? body.ms_lps_mm : body.frame.centre_lps_mm;
    const auto& q = s1 ? truth.ms_lps_mm : truth.centre_lps_mm;
    if (std::hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]) < kSamePlaceMm) return &body;
  }
  return nullptr;
}

void compare_bodies(const Case& c, ErrorTable& table) {
  struct Measure {
    const char* name;
    SpineResult::Length SpineResult::Body::*found;
    double BodyTruth::*truth;
  };
  const std::vector<Measure> measures{{"body Ha", &SpineResult::Body::ha, &BodyTruth::ha_mm},
                                      {"body Hm", &SpineResult::Body::hm, &BodyTruth::hm_mm},
                                      {"body Hp", &SpineResult::Body::hp, &BodyTruth::hp_mm},
                                      {"body AP_depth", &SpineResult::Body::depth, &BodyTruth::ap_middle_mm}};
  for (const BodyTruth& truth : c.truth.bodies) {
    if (!compared(truth.id) || truth.id == anatomy::kS1) continue;
    const auto* body = body_at(c, truth);
    for (const Measure& m : measures) {
      if (body == nullptr) {
        table.refused(m.name, Unit::kMm);
        continue;
      }
      const auto& length = body->*m.found;
      if (body->quality == Quality::kUncertain) table.doubted(m.name, Unit::kMm);
      table.add(m.name,
                Unit::kMm,
                {length.value_mm - truth.*m.truth, length.se_mm, c.half_voxel_mm(), c.at(truth.name)});
    }
  }
}

constexpr double kVolumePart = 0.05;  // of a volume: the limit it is compared with

void compare_volumes(const Case& c, ErrorTable& table) {
  if (c.border == Border::kMarrow) return;
  for (const BodyTruth& truth : c.truth.bodies) {
    if (!compared(truth.id) || truth.id == anatomy::kS1) continue;
    const auto* body = body_at(c, truth);
    const double volume_cm3 = truth.volume_mm3 / 1000.0;
    if (body == nullptr || !body->volume_cm3)
      table.refused("body volume", Unit::kCm3);
    else
      table.add(
          "body volume",
          Unit::kCm3,
          {*body->volume_cm3 - volume_cm3, body->volume_se_cm3, kVolumePart * volume_cm3, c.at(truth.name)});
    if (!c.fine || body == nullptr || !body->width_mm || !c.fine->width_mm.contains(truth.id)) continue;
    table.add("body LR_width",
              Unit::kMm,
              {*body->width_mm - c.fine->width_mm.at(truth.id),
               body->width_se_mm,
               c.half_voxel_mm(),
               c.at(truth.name)});
  }
  if (!c.fine) return;
  for (const auto& t : c.truth.discs) {
    if (!compared(static_cast<std::uint16_t>(t.id - anatomy::kDiscOffset))) continue;
    const auto found =
        std::find_if(c.discs.discs.begin(), c.discs.discs.end(), [&](const auto& d) { return d.id == t.id; });
    if (found == c.discs.discs.end() || !found->volume_cm3) {
      table.refused("disc volume", Unit::kCm3);
      continue;
    }
    const double volume_cm3 = c.fine->volume_cm3.at(t.id);
    table.add("disc volume",
              Unit::kCm3,
              {found->volume_cm3->value - volume_cm3,
               found->volume_cm3->se,
               kVolumePart * volume_cm3,
               c.at(t.name)});
  }
}

/// The measured disc below the body at the place of a true one.
const DiscResult::Disc* disc_at(const Case& c, std::uint16_t upper) {
  for (const BodyTruth& truth : c.truth.bodies) {
    if (truth.id != upper) continue;
    const auto* body = body_at(c, truth);
    if (body == nullptr) return nullptr;
    for (const auto& disc : c.discs.discs)
      if (disc.id == anatomy::kDiscOffset + body->id && disc.quality != Quality::kFailed) return &disc;
  }
  return nullptr;
}

struct DiscMeasure {
  const char* name;
  Unit unit;
  DiscResult::Number DiscResult::Disc::*found;
  double truth;
  double limit;
};

void compare_disc(const DiscResult::Disc* disc,
                  const std::string& where,
                  const std::vector<DiscMeasure>& measures,
                  ErrorTable& table) {
  for (const DiscMeasure& m : measures) {
    if (disc == nullptr) {
      table.refused(m.name, m.unit);
      continue;
    }
    const DiscResult::Number& number = disc->*m.found;
    if (disc->quality == Quality::kUncertain) table.doubted(m.name, m.unit);
    table.add(m.name, m.unit, {number.value - m.truth, number.se, m.limit, where});
  }
}

void compare_discs(const Case& c, ErrorTable& table) {
  using Disc = DiscResult::Disc;
  const double half = c.half_voxel_mm();
  for (const auto& t : c.truth.discs) {
    const auto upper = static_cast<std::uint16_t>(t.id - anatomy::kDiscOffset);
    if (!compared(upper)) continue;
    compare_disc(disc_at(c, upper),
                 c.at(t.name),
                 {{"disc Ha", Unit::kMm, &Disc::ha_mm, t.ha_mm, half},
                  {"disc Hm", Unit::kMm, &Disc::hm_mm, t.hm_mm, half},
                  {"disc Hp", Unit::kMm, &Disc::hp_mm, t.hp_mm, half},
                  {"disc angle", Unit::kDeg, &Disc::angle_deg, t.angle_deg, kLimitDeg}},
                 table);
  }
  for (const auto& t : c.truth.slips) {
    if (!compared(t.id)) continue;
    compare_disc(disc_at(c, t.id),
                 c.at(t.name),
                 {{"slip", Unit::kMm, &Disc::slip_mm, t.slip_mm, half},
                  {"slip %", Unit::kPercent, &Disc::slip_percent, t.slip_percent, kLimitPercent}},
                 table);
  }
}

/// One angle of the result against the truth; `region` as the pipeline named it.
void compare_angle(
    const Case& c, const std::string& name, const std::string& region, double truth_deg, ErrorTable& table) {
  for (const auto& angle : c.spine.angles) {
    if (angle.region != region || !angle.value_deg) continue;
    if (angle.quality == Quality::kUncertain) table.doubted(name, Unit::kDeg);
    return table.add(name, Unit::kDeg, {*angle.value_deg - truth_deg, angle.se_deg, kLimitDeg, c.at(region)});
  }
  table.refused(name, Unit::kDeg);
}

void compare_angles(const Case& c, ErrorTable& table) {
  for (std::size_t i = 0; i + 1 < c.truth.bodies.size(); ++i) {
    const BodyTruth& upper = c.truth.bodies[i];
    const BodyTruth& lower = c.truth.bodies[i + 1];
    if (!compared(upper.id)) continue;
    const auto* a = body_at(c, upper);
    const auto* b = body_at(c, lower);
    const std::string region =
        a == nullptr || b == nullptr
            ? ""
            : fmt::format("{}-{}", anatomy::short_name(a->id), anatomy::short_name(b->id));
    compare_angle(c, "segment SL", region, upper.superior_deg - lower.superior_deg, table);
  }
  compare_angle(c, "lordosis L1-S1", "L1-S1", c.truth.lordosis_l1_s1_deg, table);
  compare_angle(c, "lordosis L1-L5", "L1-L5", c.truth.lordosis_l1_l5_deg, table);
}

/// The sac's diameter at mid-body.
void compare_canal(const Case& c, ErrorTable& table) {
  for (const auto& t : c.truth.canal) {
    if (!compared(t.id) || t.id == anatomy::kS1) continue;
    const auto level = std::find_if(
        c.canal.levels.begin(), c.canal.levels.end(), [&](const auto& l) { return l.region == t.name; });
    if (level == c.canal.levels.end() || !level->ap_mm) {
      table.refused("canal AP", Unit::kMm);
      continue;
    }
    if (level->quality == Quality::kUncertain) table.doubted("canal AP", Unit::kMm);
    table.add(
        "canal AP", Unit::kMm, {*level->ap_mm - t.ap_mm, level->ap_se_mm, c.half_voxel_mm(), c.at(t.name)});
  }
}

/// Everything that is compared.
const std::vector<std::function<void(const Case&, ErrorTable&)>>& comparisons() {
  static const std::vector<std::function<void(const Case&, ErrorTable&)>> all{
      compare_bodies, compare_volumes, compare_discs, compare_angles, compare_canal};
  return all;
}

struct Options {
  std::uint64_t first = 0, count = 200;
  std::string model, pictures;
  bool entries = false;
  double fine_mm = 0.0;  ///< 0: no fine drawing.
};

Options parse(int argc, char** argv) {
  Options o;
  for (int i = 1; i < argc; i += 2) {
    const std::string name = argv[i];
    require(i + 1 < argc, Errc::kParam, name + " needs a value");
    const std::string value = argv[i + 1];
    if (name == "--list")
      o.entries = value == "all";
    else if (name == "--fine")
      o.fine_mm = std::stod(value);
    else if (name == "--image")
      o.model = value;
    else if (name == "--pictures")
      o.pictures = value;
    else if (name == "--count")
      o.count = std::stoull(value);
    else if (name == "--first")
      o.first = std::stoull(value);
    else
      throw Error(
          Errc::kParam,
          "unknown option " + name + "; there are --count, --first, --fine, --list, --image and --pictures");
  }
  return o;
}

Case from_labels(std::uint64_t number, const phantom::Params& params, Context& context) {
  const auto drawn = LumbarPhantom(params).draw(context);
  Case c{number, drawn.truth, params.stack.pixel_mm, SpineMorphometry()(*drawn.labels, context), {}, {}};
  c.discs = DiscMorphometry()(c.spine, *drawn.labels, nullptr, context);
  c.canal = CanalMorphometry()(*drawn.labels, nullptr, c.spine, context);
  return c;
}

void draw(const Outcome& outcome, const Volume& image, const std::string& path) {
  for (const Figure& figure : outcome.figures)
    if (figure.name == "mid-sagittal")
      files::write_bytes(report::render_png(figure, image, outcome.labels.GetPointer()), path);
}

Case from_image(std::uint64_t number,
                const phantom::Params& params,
                const SpineMri& pipeline,
                const std::string& pictures,
                Context& context) {
  const auto scan = LumbarPhantom(params)(context);
  const auto found = pipeline(*scan.image, context);
  const auto& g = found.geometry;
  Case c{number, scan.truth, params.stack.pixel_mm, g.bodies, g.discs, g.canal};
  c.levels_certain = found.levels_certain;
  if (!pictures.empty()) draw(found.outcome, *scan.image, fmt::format("{}/{}.png", pictures, number));
  return c;
}

/// The same case against bodies without their cortex; the discs reach as far.
Case to_the_marrow(Case c) {
  c.border = Border::kMarrow;
  constexpr double kBothMm = 2.0 * phantom::kCortexMm;
  for (BodyTruth& body : c.truth.bodies)
    for (double* length : {&body.ha_mm, &body.hm_mm, &body.hp_mm, &body.ap_middle_mm}) *length -= kBothMm;
  for (auto& disc : c.truth.discs)
    for (double* height : {&disc.ha_mm, &disc.hm_mm, &disc.hp_mm}) *height += kBothMm;
  return c;
}

/// Bodies that carry another name than the one at their place.
int misnamed(const Case& c) {
  int wrong = 0;
  for (const BodyTruth& truth : c.truth.bodies) {
    if (!compared(truth.id)) continue;
    const auto* body = body_at(c, truth);
    wrong += body != nullptr && body->id != truth.id ? 1 : 0;
  }
  return wrong;
}

/// Bodies and discs that were not measured, and why; those at the upper end of the stack are expected.
void print_refusals(const Case& c) {
  for (const auto& body : c.spine.bodies)
    if (body.quality == Quality::kFailed && compared(body.id))
      fmt::print("# phantom {}: {}: {}\n", c.number, anatomy::short_name(body.id), body.reason);
}

void run(const Options& o) {
  constexpr int kThreads = 2;
  std::optional<SpineMri> pipeline;
  if (!o.model.empty()) pipeline.emplace(SpineMri::Params{}, files::read_bytes(o.model));
  ErrorTable table, marrow;
  const auto compare_all = [&](const Case& c) {
    for (const auto& compare : comparisons()) compare(c, table);
    if (!pipeline) return;
    const Case inner = to_the_marrow(c);
    for (const auto& compare : comparisons()) compare(inner, marrow);
  };
  int refused = 0, wrong_names = 0;
  for (std::uint64_t n = o.first; n < o.first + o.count; ++n) {
    Context context({}, kThreads);
    const auto params = random_phantom(n, pipeline ? View::kPerson : View::kSpine);
    try {
      Case c =
          pipeline ? from_image(n, params, *pipeline, o.pictures, context) : from_labels(n, params, context);
      if (o.fine_mm > 0.0) c.fine = fine_truth(params, o.fine_mm, context);
      compare_all(c);
      if (const int wrong = misnamed(c); wrong > 0) {
        fmt::print("# phantom {}: {} bodies have the name of another level; levels {}\n",
                   c.number,
                   wrong,
                   c.levels_certain ? "CALLED CERTAIN" : "in doubt");
        wrong_names += wrong;
      }
      print_refusals(c);
    } catch (const Error& e) {
      if (!pipeline || e.code() != Errc::kInput) throw;
      fmt::print("# phantom {}: refused: {}\n", n, e.what());
      ++refused;
      compare_all({n, LumbarPhantom(params).draw(context).truth, params.stack.pixel_mm, {}, {}, {}});
    }
  }
  fmt::print("{} phantoms from number {}, {}; refused {}; bodies with the name of another level {}\n",
             o.count,
             o.first,
             pipeline ? "from the image, fully automatic" : "on their own labels",
             refused,
             wrong_names);
  table.print();
  if (pipeline) {
    fmt::print("\nThe same against the border of the marrow, {} mm further in:\n", phantom::kCortexMm);
    marrow.print();
  }
  if (o.entries) table.print_entries();
}

}  // namespace

int main(int argc, char** argv) try {
  run(parse(argc, argv));
  return 0;
} catch (const std::exception& e) {
  fmt::print(stderr, "spine_phantoms: {}\n", e.what());
  return 1;
}
