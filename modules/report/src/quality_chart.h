#pragma once
#include <string>
#include <vector>

#include "ledd/report/quality_page.h"

namespace ledd::report {

/// A control chart as SVG, its CUSUM below where there are limits.
std::string chart_svg(const QualityChart& chart, const std::vector<QualityMark>& marks, double cusum_limit);

/// Text for HTML and for attributes in double quotes.
std::string escaped(const std::string& text);

/// As many places as steps of `scale` need.
std::string number_text(double value, double scale);

}  // namespace ledd::report
