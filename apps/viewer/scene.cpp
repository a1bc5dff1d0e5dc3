#include "scene.h"

#include <QTimer>
#include <algorithm>
#include <cmath>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"
#include "ledd/label_editing/extent.h"
#include "ledd/review/draft.h"

#include "palette.h"

namespace ledd::viewer {
namespace {

using Kind = label_editing::Entry::Kind;

Point middle_of(const itk::ImageBase<3>& image) {
  itk::ContinuousIndex<double, 3> index;
  for (unsigned axis = 0; axis < 3; ++axis)
    index[axis] = 0.5 * (static_cast<double>(image.GetLargestPossibleRegion().GetSize()[axis]) - 1.0);
  itk::Point<double, 3> p;
  image.TransformContinuousIndexToPhysicalPoint(index, p);
  return {p[0], p[1], p[2]};
}

/// The middle of the structure in the middle of what is labelled, or of the scan: that of a spine and a hip
/// is in neither.
Point first_cursor(const Content& content) {
  const auto middles =
      content.labels.IsNull() ? label_editing::Middles() : label_editing::middles_of(*content.labels);
  if (middles.empty()) return middle_of(*content.scan);
  std::array<double, 3> all{};
  double voxels = 0.0;
  for (const auto& [id, middle] : middles) {
    const auto count = static_cast<double>(middle.voxels);
    for (unsigned axis = 0; axis < 3; ++axis) all[axis] += count * middle.index[axis];
    voxels += count;
  }
  const auto away = [&](const label_editing::Middle& middle) {
    double squares = 0.0;
    for (unsigned axis = 0; axis < 3; ++axis) {
      const double mm = (middle.index[axis] - all[axis] / voxels) * content.labels->GetSpacing()[axis];
      squares += mm * mm;
    }
    return squares;
  };
  const auto nearest = std::min_element(middles.begin(), middles.end(), [&](const auto& a, const auto& b) {
    return away(a.second) < away(b.second);
  });
  itk::Point<double, 3> p;
  content.labels->TransformContinuousIndexToPhysicalPoint(nearest->second.index, p);
  return {p[0], p[1], p[2]};
}

/// Of a map that nobody said anything of: the middle 98 % of the values that are there.
ColourScale scale_of(const std::string& name, const Volume& map) {
  const auto window = plane_view::window_of(map);
  return {name, "", window.centre - 0.5 * window.width, window.centre + 0.5 * window.width};
}

}  // namespace

void Scene::show(Content content) {
  content_ = std::move(content);
  history_.reset();
  map_.clear();
  hidden_structures_.clear();  // what was hidden in one case is not missed in the next
  window_ = plane_view::window_of(*content_.scan);
  cursor_lps_mm_ = first_cursor(content_);
  overlay_.rgb.clear();
  for (const auto& structure : anatomy::structures()) overlay_.rgb[structure.id] = structure.rgb;
  for (const auto& [id, structure] : content_.structures) overlay_.rgb[id] = structure.rgb;
  if (content_.labels.IsNotNull()) history_ = std::make_unique<label_editing::History>(*content_.labels);
  emit shown();
  expect_corrections(corrections_expected_);
}

void Scene::clear() {
  content_ = {};
  history_.reset();
  map_.clear();
  emit shown();
}

void Scene::expect_corrections(bool expected) {
  corrections_expected_ = expected;
  if (!expected || !history_) return;
  // Not at once: what is to be seen first is the picture.
  QTimer::singleShot(0, this, [this] {
    if (!corrections_expected_ || !history_) return;
    history_->own_copy();
    let_go_of_given();
  });
}

/// Once they are copied, nobody looks at the labels that were given.
void Scene::let_go_of_given() {
  if (&history_->labels() != content_.labels.GetPointer()) content_.labels = nullptr;
}

Labels::ConstPointer Scene::given_labels() const {
  return history_ ? history_->given() : nullptr;
}

std::string Scene::name_of(std::uint16_t id) const {
  const auto at = content_.structures.find(id);
  return at == content_.structures.end() ? anatomy::short_name(id) : at->second.name;
}

const Labels* Scene::labels() const noexcept {
  return history_ ? &history_->labels() : nullptr;
}

plane_view::Layers Scene::layers() const {
  plane_view::Layers layers;
  layers.scan = content_.scan.GetPointer();
  layers.labels = labels();
  layers.window = window_;
  layers.overlay = overlay_;
  for (const std::uint16_t id : hidden_structures_) layers.overlay.rgb.erase(id);
  layers.colours = colours_;
  if (const auto at = content_.maps.find(map_); at != content_.maps.end())
    layers.map = at->second.GetPointer();
  return layers;
}

void Scene::move_cursor(const Point& p_lps_mm) {
  if (empty() || p_lps_mm == cursor_lps_mm_) return;
  // The cursor stays on the scan: beyond it nothing can be seen, and no way back would be.
  itk::Point<double, 3> p;
  std::copy(p_lps_mm.begin(), p_lps_mm.end(), p.Begin());
  itk::ContinuousIndex<double, 3> index;
  static_cast<void>(content_.scan->TransformPhysicalPointToContinuousIndex(p, index));
  for (unsigned axis = 0; axis < 3; ++axis) {
    const double last = static_cast<double>(content_.scan->GetLargestPossibleRegion().GetSize()[axis]) - 1.0;
    index[axis] = std::clamp(index[axis], 0.0, last);
  }
  content_.scan->TransformContinuousIndexToPhysicalPoint(index, p);
  cursor_lps_mm_ = {p[0], p[1], p[2]};
  emit cursor_moved();
}

void Scene::set_window(const plane_view::Window& window) {
  if (!(window.width > 0.0) || !std::isfinite(window.centre)) return;
  window_ = window;
  emit look_changed();
}

void Scene::set_axes(plane_view::Axes axes) {
  axes_ = axes;
  emit look_changed();
}

void Scene::set_style(plane_view::Overlay::Style style) {
  overlay_.style = style;
  emit look_changed();
}

void Scene::set_opacity(double opacity) {
  overlay_.opacity = std::clamp(opacity, 0.0, 1.0);
  emit look_changed();
}

void Scene::show_map(const std::string& name) {
  const auto at = content_.maps.find(name);
  const auto known = content_.scales.find(name);
  show_map(name,
           at == content_.maps.end()        ? ColourScale{}
           : known != content_.scales.end() ? known->second
                                            : scale_of(name, *at->second));
}

void Scene::show_map(const std::string& name, const ColourScale& scale) {
  map_.clear();
  if (content_.maps.contains(name)) {
    map_ = name;
    scale_ = scale;
    colours_ = {scale_.low, scale_.high, 0.7, palette_of(scale_.kind)};
  }
  emit look_changed();
}

void Scene::set_lines_shown(bool shown) {
  lines_shown_ = shown;
  emit look_changed();
}

void Scene::set_group_shown(const std::string& group, bool shown) {
  shown ? static_cast<void>(hidden_groups_.erase(group)) : static_cast<void>(hidden_groups_.insert(group));
  emit look_changed();
}

void Scene::set_structure_shown(std::uint16_t id, bool shown) {
  shown ? static_cast<void>(hidden_structures_.erase(id)) : static_cast<void>(hidden_structures_.insert(id));
  emit look_changed();
}

void Scene::correct(const label_editing::Change& change, Step step) {
  if (!history_ || change.empty()) return;
  step == Step::kNew ? history_->apply(change) : history_->extend(change);
  let_go_of_given();
  emit corrected(change, step == Step::kNew ? Kind::kApply : Kind::kExtend);
}

bool Scene::remake_last(const Operation& operation) {
  if (!history_ || !history_->can_undo()) return false;
  const label_editing::Change back = history_->undo();
  label_editing::Change change;
  try {
    change = operation(history_->labels());
  } catch (...) {
    history_->redo();
    throw;
  }
  if (change.empty()) {
    emit corrected(back, Kind::kUndo);
    return false;
  }
  history_->apply(change);
  // For those who follow it is the last step that goes on.
  const auto difference = label_editing::joined(back, change);
  if (!difference.empty()) emit corrected(difference, Kind::kExtend);
  return true;
}

void Scene::undo() {
  if (history_ && history_->can_undo()) emit corrected(history_->undo(), Kind::kUndo);
}

void Scene::redo() {
  if (history_ && history_->can_redo()) emit corrected(history_->redo(), Kind::kRedo);
}

void Scene::begin_labels() {
  if (empty() || history_) return;
  const auto blank = Labels::New();
  blank->CopyInformation(content_.scan);
  blank->SetRegions(content_.scan->GetLargestPossibleRegion());
  blank->Allocate(true);
  content_.labels = blank;
  history_ = std::make_unique<label_editing::History>(*blank);
  emit labels_replaced();
}

void Scene::replay(const std::vector<label_editing::Entry>& entries) {
  require(history_ != nullptr, Errc::kInput, "there are no labels that these steps could belong to");
  auto history = std::make_unique<label_editing::History>(*history_->given());
  review::replay(entries, *history);
  history_ = std::move(history);
  let_go_of_given();
  emit labels_replaced();
}

}  // namespace ledd::viewer
