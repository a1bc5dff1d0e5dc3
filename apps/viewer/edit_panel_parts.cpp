#include "edit_panel_parts.h"

#include <QComboBox>
#include <algorithm>
#include <cmath>

#include "ledd/anatomy/anatomy.h"
#include "ledd/anatomy/bone.h"
#include "ledd/anatomy/knee.h"
#include "ledd/anatomy/muscles.h"

namespace ledd::viewer {

std::vector<ToolWords> tool_words() {
  using Kind = Tool::Kind;
  return {
      {Kind::kCursor, "Cursor", "Move the cursor (Escape)"},
      {Kind::kBrush, "Brush", "Draw the chosen structure (B); with Shift a straight line, with Ctrl erase"},
      {Kind::kEraser, "Eraser", "Take from the chosen structure, and from no other (E)"},
      {Kind::kMoveEnd,
       "Move end",
       "Drag an endplate or another end along the structure's axis (V); then + and - for 0.5 mm"},
      {Kind::kLandmark,
       "Landmark",
       "Drag a place of an outline, or the end of a measurement's line on it: a corner of an endplate (V "
       "twice). The measurement itself follows when it is saved and measured again"}};
}

QComboBox* choice(const QStringList& items, const QString& tip) {
  auto* const box = new QComboBox;
  box->addItems(items);
  box->setToolTip(tip);
  box->setFocusPolicy(Qt::NoFocus);
  return box;
}

bool belongs(std::uint16_t id, const std::string& pipeline) {
  using namespace anatomy;
  const bool vertebra = id <= kT13, disc = id > kDiscOffset && id <= kDiscOffset + kT13;
  if (pipeline == "spine-mri")
    return vertebra || disc || id == kCanal || (id >= kMultifidusR && id <= kPsoasL);
  if (pipeline == "knee-mri" || pipeline == "knee-t2") return id >= kFemur && id <= kLateralMeniscus;
  if (pipeline == "bone-qct")
    return vertebra || id == kProximalFemurRight || id == kProximalFemurLeft ||
           (id >= kFirstRod && id < kFirstRod + kMostRods);
  if (pipeline == "bone-hrpqct") return id == kCorticalCompartment || id == kTrabecularCompartment;
  return true;
}

unsigned axis_across(const Labels& labels, const plane_view::Plane& plane) {
  const Point normal = plane_view::normal_lps(plane);
  unsigned best = 0;
  double most = -1.0;
  for (unsigned axis = 0; axis < 3; ++axis) {
    double along = 0.0;
    for (unsigned k = 0; k < 3; ++k) along += labels.GetDirection()(k, axis) * normal[k];
    if (std::abs(along) <= most) continue;
    most = std::abs(along);
    best = axis;
  }
  return best;
}

std::optional<label_editing::SliceRange> last_two_drawn(const label_editing::History& history,
                                                        std::uint16_t id,
                                                        unsigned axis) {
  std::optional<std::size_t> last;
  for (auto step = history.steps().rbegin(); step != history.steps().rend(); ++step) {
    if (step->empty() || std::none_of(step->spans.begin(), step->spans.end(), [&](const auto& span) {
          return span.after == id;
        }))
      continue;
    const auto box = label_editing::box_of(*step, history.labels());
    if (box.GetSize(axis) != 1) continue;
    const auto slice = static_cast<std::size_t>(box.GetIndex(axis));
    if (!last) last = slice;
    const auto [low, high] = std::minmax(slice, *last);
    if (high > low + 1) return label_editing::SliceRange{low, high};
  }
  return std::nullopt;
}

Labels::IndexType voxel_at(const Labels& labels, const Point& p_lps_mm) {
  Labels::PointType p;
  std::copy(p_lps_mm.begin(), p_lps_mm.end(), p.Begin());
  Labels::IndexType voxel;
  static_cast<void>(labels.TransformPhysicalPointToIndex(p, voxel));
  return voxel;
}

}  // namespace ledd::viewer
