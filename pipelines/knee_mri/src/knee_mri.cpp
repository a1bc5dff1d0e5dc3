#include "ledd/knee_mri/knee_mri.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledd/core/error.h"
#include "ledd/knee_orientation/part_knees.h"
#include "ledd/knee_segmentation/combine_echoes.h"

#include "doubts.h"
#include "pictures.h"
#include "placing.h"
#include "plate_fields.h"
#include "shape_check.h"
#include "summary.h"

namespace ledd {
namespace {

template <class T>
void append(std::vector<T>& all, std::vector<T> more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

double largest_spacing_mm(const itk::ImageBase<3>& image) {
  return std::max({image.GetSpacing()[0], image.GetSpacing()[1], image.GetSpacing()[2]});
}

std::string letter_of(const std::optional<anatomy::Side>& side) {
  if (!side) return "";
  return *side == anatomy::Side::kRight ? "R" : "L";
}

/// What of a header holds for one knee of two: Laterality and words speak of both.
/// @param knee  Of the image, or of the label map.
template <class Knee>
SideHints hints_of(const SideHints& given, const Knee& knee) {
  SideHints hints = given;
  hints.centre_left_mm = knee.centre_left_mm;
  if (!knee.one_of_two) return hints;
  hints.laterality = std::string(1, knee.toward == Toward::kRight ? 'R' : 'L');
  hints.descriptions.clear();
  return hints;
}

/// Label maps of others often hold the tibial cartilage as one structure: parts it where it is two plates.
/// @return  Why the names of the plates are in doubt; empty when they are not.
/// @throws Error{kInput}  it is two plates, and neither tags nor bones tell which is medial.
std::string part_one_plate(Labels& labels, const SideHints& hints, std::vector<std::string>& notes) {
  const auto* first = labels.GetBufferPointer();
  const auto* last = first + labels.GetLargestPossibleRegion().GetNumberOfPixels();
  if (std::find(first, last, anatomy::kLateralTibialCartilage) != last) return "";
  const auto border_x_mm = border_of_plates(labels);
  if (!border_x_mm) return "";
  const auto decided = decide_side(hints, side_of_anatomy(labels));
  require(
      decided.side.has_value(),
      Errc::kInput,
      "the tibial cartilage is one structure of two plates, and it is not known which is medial: the side "
      "is neither stated nor clear from the bones");
  part_plates(labels, *border_x_mm, *decided.side);
  const std::string side(name_of(*decided.side));
  notes.emplace_back("The tibial cartilage came as one structure and was parted between its plates.");
  if (!decided.uncertain) return "";
  return fmt::format(
      "which plate is medial follows from the bones' shape, that of a {} knee (certainty {:.3f})",
      side,
      decided.certainty);
}

}  // namespace

const ParamTable<KneeMri::Params>& KneeMri::Params::table() {
  static const auto table = ParamTable<Params>()
                                .nest(&Params::orientation, "orientation")
                                .nest(&Params::segmentation, "segmentation")
                                .nest(&Params::shape, "shape")
                                .nest(&Params::morphometry, "morphometry")
                                .nest(&Params::menisci, "menisci")
                                .add(&Params::max_slice_mm,
                                     "max_slice_mm",
                                     "mm",
                                     "Slices farther apart make every endpoint uncertain.",
                                     {0.3, 5});
  return table;
}

KneeMri::KneeMri(const Params& params, KneeNetworks networks, const std::string& shape)
    : params_(params),
      orient_(params.orientation),
      segment_(params.segmentation, std::move(networks)),
      morphometry_(params.morphometry),
      menisci_(params.menisci) {
  Params::table().validate(params_);
  if (!shape.empty()) shape_.emplace(params.shape, shape);
}

KneeMri::Result KneeMri::operator()(const KneeStudy& study, Context& context) const {
  require(!study.echoes.empty(), Errc::kInput, "there is no image of the knee");
  const Volume& first = *study.echoes.front();
  const auto combined = study.echoes.size() > 1 ? root_mean_square(study.echoes) : Volume::Pointer();
  const Volume& scan = combined ? *combined : first;
  const auto orientation = context.stage("orientation", [&] { return orient_(scan, context); });

  Result result;
  Outcome& outcome = result.outcome;
  outcome.labels = knee_mri::empty_labels(first);
  outcome.maps["thickness"] = knee_mri::empty_volume(first);
  const auto regions = knee_mri::empty_labels(first);
  append(outcome.notes, orientation.notes);
  for (const auto& one : orientation.knees) {
    auto found = context.stage("segmentation", [&] { return segment_(*one.sagittal, context); });
    const auto side = context.stage("side", [&] {
      auto decided = decide_side(hints_of(study.hints, one), side_of_anatomy(*found.labels));
      if (decided.side) name_plates(found, *decided.side);
      return decided;
    });
    Knee knee;
    knee.side = side.side;
    knee.doubt = knee_mri::doubt_of(orientation, found, side);
    knee.limit = knee_mri::limit_of_slices(largest_spacing_mm(first), params_.max_slice_mm);
    const auto view = context.stage("shape", [&] {
      return shape_ && side.side ? knee_mri::clean_by_shape(*shape_, *side.side, found)
                                 : knee_mri::ShapeView();
    });
    const auto fields = knee_mri::plate_fields(found);
    knee.cartilage = context.stage(
        "morphometry", [&] { return morphometry_(*found.labels, fields.by_id, side.side, context); });
    conclude_shape(view, knee, outcome);
    knee.menisci = context.stage("menisci", [&] { return menisci_(*found.labels, knee.cartilage, context); });
    const auto own = knee_mri::empty_labels(first);
    knee_mri::place(*found.labels, *own);
    conclude(knee, *own, orientation.knees.size() > 1, outcome);
    knee_mri::place(*knee.cartilage.thickness_map, *outcome.maps["thickness"]);
    knee_mri::place(*knee.cartilage.region_map, *regions);
    knee_mri::place(*own, *outcome.labels);
    append(outcome.notes, side.notes);
    result.knees.push_back(std::move(knee));
  }
  outcome.maps["cartilage-regions"] = knee_mri::as_volume(*regions);
  knee_mri::add_scales(outcome);
  outcome.summary = knee_mri::summary_of(outcome.measurements);
  return result;
}

KneeMri::Result KneeMri::measure(const Labels& labels, const KneeStudy& study, Context& context) const {
  if (!study.echoes.empty())
    require_same_grid(*study.echoes.front(), labels, "the scan and its segmentation");
  Result result;
  Outcome& outcome = result.outcome;
  outcome.labels = knee_mri::empty_labels(labels);
  outcome.maps["thickness"] = knee_mri::empty_volume(labels);
  const auto regions = knee_mri::empty_labels(labels);
  outcome.notes.emplace_back(
      "The segmentation was given, not made here; which plate is medial is its labels' word.");
  const auto parts = part_knees(labels);
  for (const LabelledKnee& one : parts) {
    const SideHints hints = one.one_of_two ? hints_of(study.hints, one) : study.hints;
    Labels& own = *one.labels;
    Knee knee;
    knee.doubt = part_one_plate(own, hints, outcome.notes);
    knee.limit = knee_mri::limit_of_slices(largest_spacing_mm(own), params_.max_slice_mm);
    knee.side = side_of_tags(hints).side;
    knee.cartilage = context.stage("morphometry", [&] { return morphometry_(own, {}, knee.side, context); });
    knee.side = knee.cartilage.axes.side;
    const auto view = context.stage("shape", [&] {
      return shape_ ? knee_mri::look_by_shape(*shape_, *knee.side, own, knee.cartilage)
                    : knee_mri::ShapeView();
    });
    conclude_shape(view, knee, outcome);
    knee.menisci = context.stage("menisci", [&] { return menisci_(own, knee.cartilage, context); });
    conclude(knee, own, one.one_of_two, outcome);
    knee_mri::place(own, *outcome.labels);
    knee_mri::place(*knee.cartilage.thickness_map, *outcome.maps["thickness"]);
    knee_mri::place(*knee.cartilage.region_map, *regions);
    result.knees.push_back(std::move(knee));
  }
  if (parts.size() > 1)
    outcome.notes.emplace_back(
        "The segmentation shows two knees; the one towards the patient's right was taken as the right one, "
        "and "
        "held against its plates.");
  outcome.maps["cartilage-regions"] = knee_mri::as_volume(*regions);
  knee_mri::add_scales(outcome);
  outcome.summary = knee_mri::summary_of(outcome.measurements);
  return result;
}

void KneeMri::conclude_shape(const knee_mri::ShapeView& view, Knee& knee, Outcome& outcome) const {
  if (!shape_) return;
  if (!knee.side) {
    knee.cartilage.no_learned_area = "the side is not known, and so not which shape to lay onto the bones";
    return;
  }
  knee_mri::apply_shape(*shape_, view, knee.cartilage);
  append(outcome.notes, view.notes);
}

void KneeMri::conclude(const Knee& knee, const Labels& own, bool one_of_two, Outcome& outcome) const {
  auto values = measurements(knee.cartilage);
  append(values, measurements(knee.menisci));
  knee_mri::limit_all(values, knee.limit);
  if (!knee.doubt.empty()) knee_mri::doubt_all(values, knee.doubt);
  if (!knee.side)
    for (Measurement& m : values) m.side.clear();
  append(outcome.measurements, std::move(values));
  const std::string prefix = !one_of_two ? "" : letter_of(knee.side) == "R" ? "right knee" : "left knee";
  append(outcome.figures, knee_mri::slices(own, prefix));
  knee_mri::add_thickness_pictures(knee.cartilage, prefix, outcome);
}

const std::vector<EndpointDefinition>& KneeMri::definitions() {
  static const auto all = [] {
    auto both = CartilageMorphometry::definitions();
    append(both, MeniscusMorphometry::definitions());
    return both;
  }();
  return all;
}

}  // namespace ledd
