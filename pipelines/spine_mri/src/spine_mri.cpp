#include "ledd/spine_mri/spine_mri.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"
#include "ledd/named_levels/named_levels.h"

#include "axial.h"
#include "contrasts.h"
#include "doubts.h"
#include "figures.h"
#include "form.h"
#include "levels.h"
#include "out_of_view.h"
#include "scoliosis.h"
#include "summary.h"

namespace ledd {
namespace {

constexpr std::size_t kMinSlices = 5;  // fewer do not show a body's axes: nothing can be measured
constexpr double kMaxSliceSpacingMm = 10.0;
constexpr double kMaxInPlaneMm = 2.0;
constexpr double kMarginMm = 20.0;  // around the column in the report's pictures

unsigned left_right_axis(const itk::ImageBase<3>& image) {
  const auto axes = axes_of(image);
  for (unsigned a = 0; a < 3; ++a)
    if (axes[a] == Toward::kLeft || axes[a] == Toward::kRight) return a;
  throw Error(Errc::kInput, "the image has no left-right axis");
}

void require_sagittal_stack(const Volume& scan) {
  const unsigned across = left_right_axis(scan);
  const auto size = scan.GetLargestPossibleRegion().GetSize();
  const auto spacing = scan.GetSpacing();
  for (unsigned a = 0; a < 3; ++a)
    if (a != across)
      require(spacing[a] <= kMaxInPlaneMm,
              Errc::kInput,
              fmt::format("this is not a sagittal stack: pixels of {:.2f} mm in the sagittal plane, at most "
                          "{} mm are usable",
                          spacing[a],
                          kMaxInPlaneMm));
  require(size[across] >= kMinSlices,
          Errc::kInput,
          fmt::format("{} sagittal slice(s); at least {} are needed", size[across], kMinSlices));
  require(
      spacing[across] <= kMaxSliceSpacingMm,
      Errc::kInput,
      fmt::format(
          "sagittal slices {:.1f} mm apart; at most {} mm is usable", spacing[across], kMaxSliceSpacingMm));
}

bool has(const Labels& labels, std::uint16_t id) {
  const auto* begin = labels.GetBufferPointer();
  const auto* end = begin + labels.GetLargestPossibleRegion().GetNumberOfPixels();
  return std::find(begin, end, id) != end;
}

/// Puts the sac where nothing else is.
void add_sac(const Labels& sac, Labels& labels) {
  const std::size_t count = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t n = 0; n < count; ++n)
    if (labels.GetBufferPointer()[n] == 0) labels.GetBufferPointer()[n] = sac.GetBufferPointer()[n];
}

template <class T>
void append(std::vector<T>& all, const std::vector<T>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

void append(std::vector<Figure>& all, std::optional<Figure> figure) {
  if (figure) all.push_back(std::move(*figure));
}

/// What is said of the measurements as a whole.
void conclude(Outcome& outcome, const std::string& level_doubt) {
  spine_mri::mark_out_of_view(outcome.measurements, *outcome.labels);
  outcome.summary = spine_mri::summary_of(outcome, level_doubt);
  for (Figure& figure : outcome.figures)  // one shows all that the scanner did
    if (figure.name != "mid-sagittal-plain") figure.around_labels_mm = kMarginMm;
}

}  // namespace

const ParamTable<SpineMri::Params>& SpineMri::Params::table() {
  static const auto table = ParamTable<Params>()
                                .nest(&Params::bias, "bias")
                                .nest(&Params::bodies, "bodies")
                                .nest(&Params::segmentation, "segmentation")
                                .nest(&Params::classical, "classical")
                                .nest(&Params::levels, "levels")
                                .nest(&Params::morphometry, "morphometry")
                                .nest(&Params::discs, "discs")
                                .nest(&Params::sac, "sac")
                                .nest(&Params::canal, "canal")
                                .nest(&Params::deformity, "deformity")
                                .nest(&Params::alignment, "alignment")
                                .nest(&Params::contrasts, "contrasts")
                                .nest(&Params::disc_signal, "disc_signal")
                                .nest(&Params::vbq, "vbq")
                                .nest(&Params::modic, "modic")
                                .nest(&Params::axspa, "axspa")
                                .nest(&Params::axial_sac, "axial_sac")
                                .nest(&Params::muscles, "muscles");
  return table;
}

SpineMri::SpineMri(const Params& params, std::string onnx)
    : params_(params),
      bias_(params.bias),
      find_bodies_(params.bodies,
                   SpineSegmentation(params.segmentation, std::move(onnx)),
                   ClassicalVertebrae(params.classical)) {
  Params::table().validate(params_);
}

VertebraLevels::Result SpineMri::name_levels(const SpineSegmentation::Result& found,
                                             const SpineStudy& study,
                                             Context& context) const {
  const VertebraLevels levels(params_.levels);
  const auto count = [&](const SpineSegmentation::Result& bodies, const Volume& scan) {
    auto counted = levels(named_levels::seen_in(bodies),
                          bodies.s1 ? std::optional(bodies.s1->centre_lps_mm) : std::nullopt,
                          context);
    named_levels::doubt_count(bodies, scan, counted);
    return counted;
  };
  auto result = count(found, *study.scan.image);
  for (const auto& series : study.counting) {
    if (result.certain()) break;
    try {
      const auto there = find_bodies_.network()(*bias_(*series.image, context), context);
      result = spine_mri::recounted(result, found, count(there, *series.image), there, series.name);
    } catch (const Error& e) {
      if (e.code() == Errc::kCancelled) throw;
      result.notes.push_back(fmt::format("levels could not be counted in {}: {}", series.name, e.what()));
    }
  }
  return result;
}

SpineMri::Result SpineMri::operator()(const SpineStudy& study, Context& context) const {
  const Volume& scan = *study.scan.image;
  require_sagittal_stack(scan);
  const auto flat = context.stage("bias", [&] { return bias_(scan, context); });
  const auto finding = context.stage("segmentation", [&] {
    auto one = find_bodies_(scan, *flat, context);
    named_levels::require_no_neck(one.bodies.bodies);
    return one;
  });
  const auto& found = finding.bodies;
  const bool classical = finding.by == BodyFinder::Method::kClassical;
  auto counted_in = study;
  if (!finding.flag.empty())
    counted_in.counting.clear();  // no series makes the levels of such bodies certain
  auto levels = context.stage("levels", [&] {
    auto named = name_levels(found, counted_in, context);
    if (classical) spine_mri::say_sacrum_not_sought(named);
    return named;
  });

  Result result;
  result.outcome.labels = named_levels::named(found, levels);
  const Soft soft{found.body_probability, found.disc_probability, found.sac_probability};
  measure_geometry(result, flat, soft, context);
  spine_mri::doubt_transitional(result.geometry.alignment.lstv_hint.value, levels);
  result.levels = levels.levels;
  result.levels_certain = levels.certain() && finding.flag.empty();
  auto notes = levels.notes;
  append(notes, found.notes);
  append(notes, result.outcome.notes);
  result.outcome.notes = std::move(notes);
  measure_signal(result, flat, study, context);
  append(result.outcome.measurements, named_levels::measurements_of(levels.levels));
  spine_mri::measure_axial(study, params_, result.geometry, result.outcome, context);
  named_levels::add_doubts(result.outcome.measurements, named_levels::with_s1(levels.levels));
  const auto doubtful = spine_mri::doubtful_bodies(result.geometry.bodies, *result.outcome.labels, scan);
  named_levels::add_doubts(result.outcome.measurements, doubtful);
  if (const auto odd = spine_mri::doubtful_contrast(study.scan, *flat, *result.outcome.labels); !odd.empty())
    spine_mri::doubt_all(result.outcome.measurements, odd);
  if (classical) spine_mri::drop_beyond_classical(result.outcome.measurements);
  if (!finding.flag.empty()) spine_mri::doubt_all(result.outcome.measurements, finding.flag);
  for (const auto& body : doubtful)
    result.outcome.notes.push_back(fmt::format("{}: {}", anatomy::short_name(body.id), body.doubt));
  conclude(result.outcome, named_levels::doubt_of(levels));
  return result;
}

SpineMri::Result SpineMri::measure(const Labels& labels, const SpineStudy& study, Context& context) const {
  Result result;
  result.levels_certain = true;  // whoever drew the labels named them
  result.outcome.labels = Labels::New();
  result.outcome.labels->CopyInformation(&labels);
  result.outcome.labels->SetRegions(labels.GetLargestPossibleRegion());
  result.outcome.labels->Allocate();
  std::copy_n(labels.GetBufferPointer(),
              labels.GetLargestPossibleRegion().GetNumberOfPixels(),
              result.outcome.labels->GetBufferPointer());
  result.outcome.notes.push_back(
      "The segmentation was given, not made here; levels are those of its labels.");
  Volume::Pointer flat;
  if (study.scan.image != nullptr) {
    require_same_grid(*study.scan.image, labels, "the scan and its segmentation");
    flat = context.stage("bias", [&] { return bias_(*study.scan.image, context); });
  }
  measure_geometry(result, flat, {}, context);
  require(!result.geometry.bodies.bodies.empty() || !result.geometry.discs.discs.empty(),
          Errc::kInput,
          "the label map holds no vertebral body (ids 8..25, 28) and no disc (100 + id of the body above): "
          "is it in "
          "another label scheme?");
  if (flat) measure_signal(result, flat, study, context);
  spine_mri::measure_axial(study, params_, result.geometry, result.outcome, context);
  conclude(result.outcome, "");
  return result;
}

void SpineMri::measure_geometry(Result& result,
                                const Volume* flat,
                                const Soft& soft,
                                Context& context) const {
  Labels& labels = *result.outcome.labels;
  Geometry& g = result.geometry;
  g.bodies = context.stage("morphometry",
                           [&] { return SpineMorphometry(params_.morphometry)(labels, soft.body, context); });
  g.discs = context.stage(
      "discs", [&] { return DiscMorphometry(params_.discs)(g.bodies, labels, soft.disc, context); });
  Volume::Pointer soft_sac;
  if (flat != nullptr && !has(labels, anatomy::kCanal)) {
    const auto sac = context.stage(
        "sac", [&] { return DuralSac(params_.sac)(*flat, labels, g.bodies, soft.sac, context); });
    if (!sac.reason.empty()) result.outcome.notes.push_back("dural sac: " + sac.reason);
    if (sac.labels) add_sac(*sac.labels, labels);
    soft_sac = sac.soft;
  }
  g.canal = context.stage(
      "canal", [&] { return CanalMorphometry(params_.canal)(labels, soft_sac, g.bodies, context); });
  g.deformity = context.stage(
      "deformity", [&] { return VertebralDeformity(params_.deformity)(g.bodies, labels, context); });

  g.alignment = context.stage("alignment",
                              [&] { return SpineAlignment(params_.alignment)(g.bodies, labels, context); });

  Outcome& outcome = result.outcome;
  append(outcome.measurements, measurements(g.bodies));
  append(outcome.measurements, measurements(g.deformity));
  append(outcome.measurements, measurements(g.discs));
  spine_mri::add_scoliosis(outcome.measurements, g.alignment);
  append(outcome.measurements, measurements(g.alignment));
  append(outcome.notes, g.alignment.notes);
  if (has(labels, anatomy::kCanal)) append(outcome.measurements, measurements(g.canal));
  append(outcome.figures, spine_mri::geometry_figures(g, labels));
}

void SpineMri::measure_signal(Result& result,
                              const Volume* flat,
                              const SpineStudy& study,
                              Context& context) const {
  Outcome& outcome = result.outcome;
  const Labels& labels = *outcome.labels;
  const SpineResult& bodies = result.geometry.bodies;
  const auto contrasts = context.stage("contrasts", [&] {
    return spine_mri::contrasts_of(study, *flat, labels, RigidAlignment(params_.contrasts), context);
  });
  append(outcome.notes, contrasts.notes);
  const auto *t1 = contrasts.find(MrContrast::kT1), *t2 = contrasts.find(MrContrast::kT2),
             *stir = contrasts.find(MrContrast::kStir);
  const auto image_of = [](const spine_mri::Contrasts::One* one) {
    return one == nullptr ? nullptr : one->image.GetPointer();
  };
  context.stage("signal", [&] {
    if (t2 != nullptr) {
      const auto discs =
          DiscSignal(params_.disc_signal)(*t2->image, labels, bodies, {t2->sequence, {}}, context);
      append(outcome.measurements, measurements(discs));
      append(outcome.figures, disc_signal_figure(discs, labels));
      const auto modic = Modic(params_.modic)({image_of(t2), image_of(t1)}, labels, bodies, context);
      append(outcome.measurements, measurements(modic));
      append(outcome.figures, modic_figure(modic, labels));
      append(outcome.drawings, modic_drawings(modic, labels));
    }
    if (t1 != nullptr) {
      const auto vbq = Vbq(params_.vbq)(*t1->image, labels, bodies, {t1->sequence, {}}, context);
      append(outcome.measurements, measurements(vbq));
      append(outcome.figures, vbq_figure(vbq, labels));
      append(outcome.drawings, vbq_drawings(vbq, labels));
    }
    if (stir != nullptr) {
      const auto axspa =
          AxspaLayout(params_.axspa)({image_of(stir), image_of(t1), stir->sequence}, labels, bodies, context);
      append(outcome.measurements, measurements(axspa));
      append(outcome.figures, axspa_figure(axspa, labels));
      outcome.tables.push_back(spine_mri::axspa_form(axspa));
    }
    return true;
  });
}

const std::vector<EndpointDefinition>& SpineMri::definitions() {
  static const auto all = [] {
    std::vector<EndpointDefinition> definitions;
    for (const auto* part : {&SpineMorphometry::definitions(),
                             &VertebralDeformity::definitions(),
                             &DiscMorphometry::definitions(),
                             &SpineAlignment::definitions(),
                             &CanalMorphometry::definitions(),
                             &DiscSignal::definitions(),
                             &Modic::definitions(),
                             &Vbq::definitions(),
                             &AxspaLayout::definitions(),
                             &AxialSac::definitions(),
                             &ParaspinalMuscle::definitions()})
      append(definitions, *part);
    definitions.push_back(named_levels::level_probability());
    return definitions;
  }();
  return all;
}

}  // namespace ledd
