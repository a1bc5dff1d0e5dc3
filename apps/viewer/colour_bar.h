#pragma once
#include <QPainter>
#include <vector>

#include "ledd/measurement/colour_scale.h"
#include "ledd/plane_view/plane_view.h"

namespace ledd::viewer {

/// Both ends of a scale and round values between them, from low to high.
std::vector<double> ticks_of(const ColourScale& scale);

/// "cartilage thickness (mm)".
QString title_of(const ColourScale& scale);

/// An upright bar in the upper right corner of `area`, high values on top, with ticks, what it is and its
/// unit. Where the lowest and the highest colour also stand for what lies beyond, the ends say so.
void paint_colour_bar(QPainter& painter,
                      const QRectF& area,
                      const ColourScale& scale,
                      const std::vector<plane_view::Rgb>& palette);

}  // namespace ledd::viewer
