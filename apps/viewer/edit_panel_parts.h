#pragma once
#include <QStringList>
#include <optional>
#include <string>
#include <vector>

#include "ledd/label_editing/history.h"
#include "ledd/label_editing/operations.h"
#include "ledd/plane_view/plane_view.h"

#include "tool.h"

class QComboBox;

namespace ledd::viewer {

inline constexpr double kLeastRadiusMm = 0.5, kMostRadiusMm = 30.0;

/// What the buttons of the tools say, and their tips, in order.
struct ToolWords {
  Tool::Kind kind;
  QString text, tip;
};
std::vector<ToolWords> tool_words();

/// A box to choose from that leaves the keys to the pictures.
QComboBox* choice(const QStringList& items, const QString& tip);

/// Whether a structure is of the region that a pipeline is for.
bool belongs(std::uint16_t id, const std::string& pipeline);

/// The axis of the labels that a plane cuts across.
unsigned axis_across(const Labels& labels, const plane_view::Plane& plane);

/// The slices of the last two steps that drew a structure in one slice each, where others lie between.
std::optional<label_editing::SliceRange> last_two_drawn(const label_editing::History& history,
                                                        std::uint16_t id,
                                                        unsigned axis);

/// The voxel at a point, which may lie outside of the image.
Labels::IndexType voxel_at(const Labels& labels, const Point& p_lps_mm);

}  // namespace ledd::viewer
