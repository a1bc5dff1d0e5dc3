#pragma once
#include <ctemplate/template.h>

#include <vector>

#include "ledd/report/repeatability_page.h"

namespace ledd::report {

/// The look of tables of figures and of their plots, behind kStyle.
extern const char* const kFiguresStyle;

/// The cells of a row: FIRST, then CELL, each with its tone and, where it has one, its range.
/// @throws Error{kInput}  not as many cells as columns.
void show_figures(ctemplate::TemplateDictionary& row, const std::vector<Figures>& cells, std::size_t columns);

}  // namespace ledd::report
