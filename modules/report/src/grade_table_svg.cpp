#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/core/error.h"
#include "ledd/report/agreement_page.h"

#include "svg.h"

namespace ledd::report {
namespace {

constexpr double kSide = 62, kLeft = 110, kTop = 62, kRight = 14, kBottom = 12;

/// From white to dark blue; the text on it white where it is dark.
std::string square(const GradeTable& table, std::size_t row, std::size_t column, std::size_t most) {
  const std::size_t count = table.counts[row][column];
  const double share = most > 0 ? static_cast<double>(count) / static_cast<double>(most) : 0.0;
  const auto mixed = [&](double light, double dark) {
    return static_cast<int>(std::lround(light + share * (dark - light)));
  };
  const double x = kLeft + kSide * static_cast<double>(column), y = kTop + kSide * static_cast<double>(row);
  return fmt::format(
      R"(<rect x="{0:g}" y="{1:g}" width="{2:g}" height="{2:g}" style="fill:#{3:02x}{4:02x}{5:02x};stroke:{6};stroke-width:{7}"/><text x="{8:g}" y="{9:g}" text-anchor="middle" style="font-size:15px;fill:{10}">{11}</text>)",
      x + 2,
      y + 2,
      kSide - 4,
      mixed(255, 11),
      mixed(255, 79),
      mixed(255, 138),
      row == column ? "#16202a" : "#dde3e9",
      row == column ? 2 : 1,
      x + kSide / 2,
      y + kSide / 2 + 5,
      share > 0.5 ? "#ffffff" : "#16202a",
      count);
}

std::string name(double x, double y, const char* anchor, const std::string& text) {
  return fmt::format(R"(<text x="{:g}" y="{:g}" text-anchor="{}">{}</text>)", x, y, anchor, escaped(text));
}

}  // namespace

std::string grade_table_svg(const GradeTable& table) {
  const std::size_t grades = table.grades.size();
  std::size_t most = 0;
  require(
      grades > 0 && table.counts.size() == grades, Errc::kInput, "the counts are no square of the grades");
  for (const auto& row : table.counts) {
    require(row.size() == grades, Errc::kInput, "the counts are no square of the grades");
    most = std::max(most, *std::max_element(row.begin(), row.end()));
  }
  const double side = kSide * static_cast<double>(grades);
  const double width = kLeft + side + kRight, height = kTop + side + kBottom;
  std::string svg = fmt::format(
      R"(<svg class="plot" viewBox="0 0 {0:g} {1:g}" width="{0:g}" height="{1:g}" role="img" aria-label="{2}"><text class="title" x="12" y="18">{2}</text>)",
      width,
      height,
      escaped(table.title));
  svg += name(12, kTop - 8, "start", table.first + " down");
  svg += name(width - kRight, kTop - 26, "end", table.second + " across");
  for (std::size_t n = 0; n < grades; ++n) {
    const double middle = kSide * (static_cast<double>(n) + 0.5);
    svg += name(kLeft - 8, kTop + middle + 4, "end", table.grades[n]);
    svg += name(kLeft + middle, kTop - 8, "middle", table.grades[n]);
    for (std::size_t other = 0; other < grades; ++other) svg += square(table, n, other, most);
  }
  return svg + "</svg>";
}

}  // namespace ledd::report
