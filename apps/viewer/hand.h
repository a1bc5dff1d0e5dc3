#pragma once
#include <optional>

#include "scene.h"
#include "tool.h"

namespace ledd::viewer {

/// What a pressed button does with a tool, from press to release: one step, however far it goes.
class Hand {
 public:
  explicit Hand(Scene& scene) : scene_(scene) {}

  void set_tool(const Tool& tool);
  const Tool& tool() const noexcept { return tool_; }

  enum class Way {
    kFree,      ///< Along the mouse.
    kStraight,  ///< From the press to where the mouse is.
  };
  /// @param normal_lps  of the plane that is worked in, unit length.
  /// @throws Error  what label_editing refuses, or that nothing is there to take hold of.
  void press(const Point& p_lps_mm, const Point& normal_lps, Way way);
  void drag(const Point& p_lps_mm);
  void release() noexcept { pressed_ = false; }
  /// An end was dragged and nothing came of it: something is in its way, or it was less than half a voxel.
  bool in_vain() const noexcept;
  /// The end that was moved last, further by a bit: outwards where positive.
  /// @throws Error{kInput}  none was taken hold of.
  void nudge(double by_mm);
  /// The history went elsewhere, or the case did: what was begun is not gone on with.
  void let_go() noexcept;
  /// It is this hand that changes the labels right now.
  bool at_work() const noexcept { return at_work_; }

 private:
  void paint(const Point& from_lps_mm, const Point& to_lps_mm);
  void move_end_to(double by_mm);
  void pull_to(const Point& p_lps_mm);
  void become(const Scene::Operation& operation);

  Scene& scene_;
  Tool tool_;
  Way way_ = Way::kFree;
  bool pressed_ = false, begun_ = false, at_work_ = false;
  Point pressed_lps_mm_{}, last_lps_mm_{}, normal_lps_{};
  Point landmark_lps_mm_{};  ///< On the outline, near the press.
  std::uint16_t held_ = 0;   ///< The structure whose end or landmark it is; 0: none.
  Point toward_lps_{};       ///< From its middle to the end that moves.
  double moved_mm_ = 0.0;
};

}  // namespace ledd::viewer
