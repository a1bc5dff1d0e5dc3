#include "hand.h"

#include <algorithm>
#include <cmath>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"

#include "structure_end.h"

namespace ledd::viewer {
namespace {

constexpr double kGraspMm = 4.0;  // as far from a structure as a press still means it
constexpr double kMostEndMm = 10.0, kMostPullMm = 20.0;

double dot(const Point& a, const Point& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

Point minus(const Point& a, const Point& b) {
  return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}

/// Sets a flag for as long as it lives.
class While {
 public:
  explicit While(bool& flag) : flag_(flag) { flag_ = true; }
  ~While() { flag_ = false; }
  While(const While&) = delete;
  While& operator=(const While&) = delete;

 private:
  bool& flag_;
};

}  // namespace

void Hand::set_tool(const Tool& tool) {
  const bool other = tool.kind != tool_.kind || tool.id != tool_.id;
  tool_ = tool;
  if (other) let_go();
}

void Hand::let_go() noexcept {
  pressed_ = begun_ = false;
  held_ = 0;
  moved_mm_ = 0.0;
}

bool Hand::in_vain() const noexcept {
  return tool_.kind == Tool::Kind::kMoveEnd && held_ != 0 && moved_mm_ != 0.0 && !begun_;
}

void Hand::press(const Point& p_lps_mm, const Point& normal_lps, Way way) {
  let_go();
  const Labels* const labels = scene_.labels();
  if (labels == nullptr) throw Error(Errc::kInput, "there are no labels to correct: begin some first");
  pressed_lps_mm_ = last_lps_mm_ = p_lps_mm;
  normal_lps_ = normal_lps;
  way_ = way;
  const bool draws = tool_.kind == Tool::Kind::kBrush || tool_.kind == Tool::Kind::kEraser;
  if (draws) {
    require(tool_.id != 0, Errc::kInput, "choose the structure to draw or to erase first");
    pressed_ = true;
    return paint(p_lps_mm, p_lps_mm);
  }
  const auto id = structure_near(*labels, p_lps_mm, tool_.id, kGraspMm);
  require(id.has_value(), Errc::kInput, "there is no structure near this place");
  if (tool_.kind == Tool::Kind::kMoveEnd) {
    toward_lps_ = end_toward(*labels, *id, p_lps_mm);
  } else {
    const auto place = outline_near(*labels, *id, p_lps_mm, normal_lps, 2.0 * kGraspMm);
    require(place.has_value(), Errc::kInput, anatomy::short_name(*id) + " has no outline near this place");
    landmark_lps_mm_ = *place;
  }
  held_ = *id;
  pressed_ = true;
}

void Hand::drag(const Point& p_lps_mm) {
  if (!pressed_) return;
  switch (tool_.kind) {
    case Tool::Kind::kCursor: break;
    case Tool::Kind::kBrush:
    case Tool::Kind::kEraser: paint(way_ == Way::kFree ? last_lps_mm_ : pressed_lps_mm_, p_lps_mm); break;
    case Tool::Kind::kMoveEnd: move_end_to(dot(minus(p_lps_mm, pressed_lps_mm_), toward_lps_)); break;
    case Tool::Kind::kLandmark: pull_to(p_lps_mm); break;
  }
  last_lps_mm_ = p_lps_mm;
}

void Hand::nudge(double by_mm) {
  require(held_ != 0 && tool_.kind == Tool::Kind::kMoveEnd && scene_.labels() != nullptr,
          Errc::kInput,
          "click near the end that is to move first");
  move_end_to(moved_mm_ + by_mm);
}

void Hand::paint(const Point& from_lps_mm, const Point& to_lps_mm) {
  label_editing::Stroke stroke{from_lps_mm, to_lps_mm, tool_.radius_mm, {}};
  if (!tool_.ball) stroke.normal_lps = normal_lps_;
  label_editing::Ink ink{tool_.id, tool_.over, tool_.over_id};
  if (tool_.kind == Tool::Kind::kEraser) ink = {0, label_editing::Over::kOne, tool_.id};
  const auto operation = [&](const Labels& labels) { return label_editing::paint(labels, stroke, ink); };
  if (way_ == Way::kStraight) return become(operation);
  const auto change = operation(*scene_.labels());
  if (change.empty()) return;
  const While working(at_work_);
  scene_.correct(change, begun_ ? Scene::Step::kSame : Scene::Step::kNew);
  begun_ = true;
}

void Hand::move_end_to(double by_mm) {
  const double within_mm = std::clamp(by_mm, -kMostEndMm, kMostEndMm);
  become([&](const Labels& labels) {
    if (std::abs(within_mm) < 1e-6) return label_editing::Change{};
    return label_editing::move_end(labels, held_, toward_lps_, within_mm, tool_.over);
  });
  moved_mm_ = within_mm;
}

void Hand::pull_to(const Point& p_lps_mm) {
  // From the press on, not from the outline: it must not jump to the mouse.
  Point to = landmark_lps_mm_;
  const Point way = minus(p_lps_mm, pressed_lps_mm_);
  const double way_mm = std::sqrt(dot(way, way));
  const double part = way_mm > kMostPullMm ? kMostPullMm / way_mm : 1.0;
  for (unsigned k = 0; k < 3; ++k) to[k] += (1.0 - 1e-9) * part * way[k];
  become([&](const Labels& labels) {
    return label_editing::move_landmark(
        labels, {landmark_lps_mm_, to, tool_.radius_mm}, {held_, tool_.over, tool_.over_id});
  });
}

/// What has been begun becomes what the operation says of the labels before it.
void Hand::become(const Scene::Operation& operation) {
  const While working(at_work_);
  if (begun_) {
    begun_ = scene_.remake_last(operation);
    return;
  }
  const auto change = operation(*scene_.labels());
  scene_.correct(change);
  begun_ = !change.empty();
}

}  // namespace ledd::viewer
