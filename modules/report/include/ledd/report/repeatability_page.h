#pragma once
#include <array>
#include <string>
#include <vector>

#include "ledd/report/report.h"
#include "ledd/statistics/agreement.h"

namespace ledd::report {

/// Differences of pairs over their means, described and not drawn.
struct AgreementPlot {
  std::string title;                         ///< "MFTC, right".
  std::string unit;                          ///< UCUM.
  std::vector<std::array<double, 2>> pairs;  ///< First and second value.
  std::vector<std::string> names;            ///< Of the pairs; shown when one is pointed at.
  statistics::BlandAltman agreement;
};

/// The plot as an SVG element: points, bias and limits with their intervals. Same plot, same bytes.
/// @throws Error{kInput}  no pair, or not one name of each.
std::string bland_altman_svg(const AgreementPlot& plot);

/// One cell of a table of figures.
struct Figures {
  std::string text;
  std::string range{};  ///< Below the text, smaller; may be empty.
  enum class Tone { kPlain, kDoubt, kBad } tone = Tone::kPlain;
};

struct RepeatabilityLine {
  std::vector<Figures> cells;  ///< As many as RepeatabilityPage::columns.
  std::string verdict;         ///< A sentence, below them.
};

/// One endpoint of one pipeline.
struct RepeatabilitySection {
  std::string title;       ///< "ThC: Mean cartilage thickness (mm), knee-mri".
  std::string definition;  ///< What the endpoint is.
  std::vector<RepeatabilityLine> rows;
  std::vector<AgreementPlot> plots;
};

struct RepeatabilityPage {
  std::string title;
  std::string summary;               ///< How many sets, scans, endpoints.
  std::vector<std::string> notes;    ///< What was left out, and why.
  std::vector<std::string> columns;  ///< Of all sections.
  std::vector<RepeatabilitySection> sections;
};

/// A self-contained page without script, every text escaped, saying that it is for research use only.
/// @throws Error{kInput}  a row has another number of cells than there are columns; as bland_altman_svg().
std::string repeatability_page(const RepeatabilityPage& page);

}  // namespace ledd::report
