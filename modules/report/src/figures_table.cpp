#include "figures_table.h"

#include <fmt/format.h>

#include "ledd/core/error.h"

namespace ledd::report {
namespace {

const char* class_of(Figures::Tone tone) {
  switch (tone) {
    case Figures::Tone::kDoubt: return "uncertain";
    case Figures::Tone::kBad: return "failed";
    default: return "plain";
  }
}

}  // namespace

const char* const kFiguresStyle = R"css(.plots { display: flex; flex-wrap: wrap; gap: 1rem; }
.plot { max-width: 100%; height: auto; border: 1px solid #dde3e9; border-radius: .3rem; font: 11px system-ui, "Helvetica Neue", Arial, sans-serif; fill: #3c4854; }
.plot .title { font-size: 13px; font-weight: 600; fill: #16202a; }
.plot .axis { fill: none; stroke: #55616d; } .plot .tick { stroke: #55616d; }
.plot .zero { stroke: #8794a1; stroke-dasharray: 2 3; }
.plot .bias { stroke: #0b4f8a; stroke-width: 1.6; } .plot .limit { stroke: #8c1610; stroke-width: 1.4; stroke-dasharray: 6 4; }
.plot .band { fill: #8c1610; fill-opacity: .10; stroke: none; } .plot .band.bias { fill: #0b4f8a; fill-opacity: .13; }
.plot circle { fill: #16202a; fill-opacity: .65; }
.figures-table { width: 100%; } .figures-table td, .figures-table th { font-size: .85rem; padding: .25rem .45rem; line-height: 1.35; }
.figures-table td, .figures-table thead th { text-align: right; } .figures-table td { white-space: nowrap; } .figures-table td .unit { min-height: 0; }
.figures-table thead th:first-child { text-align: left; } .figures-table .first > * { border-bottom: none; padding-bottom: 0; }
.figures-table td.verdict { text-align: left; white-space: normal; color: #3c4854; padding-top: .1rem; }
)css";

void show_figures(ctemplate::TemplateDictionary& row,
                  const std::vector<Figures>& cells,
                  std::size_t columns) {
  require(cells.size() == columns,
          Errc::kInput,
          fmt::format("a row of {} cells in a table of {} columns", cells.size(), columns));
  for (std::size_t n = 0; n < cells.size(); ++n) {
    auto& cell = *row.AddSectionDictionary(n == 0 ? "FIRST" : "CELL");
    cell.SetValue("TEXT", cells[n].text);
    cell.SetValue("TONE", class_of(cells[n].tone));
    if (!cells[n].range.empty()) cell.SetValueAndShowSection("RANGE", cells[n].range, "RANGED");
  }
}

}  // namespace ledd::report
