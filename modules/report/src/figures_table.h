#pragma once
#include "ledd/report/repeatability_page.h"

namespace ledd::report {

/// The look of tables of figures and of their plots, behind kStyle.
extern const char* const kFiguresStyle;

/// The class of a cell.
const char* class_of(Figures::Tone tone);

}  // namespace ledd::report
