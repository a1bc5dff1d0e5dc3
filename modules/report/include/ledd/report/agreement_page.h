#pragma once
#include <string>
#include <vector>

#include "ledd/report/repeatability_page.h"

namespace ledd::report {

/// How often two readers gave which grade, described and not drawn.
struct GradeTable {
  std::string title;                             ///< "anna, ben: whole case".
  std::string first, second;                     ///< Who they are.
  std::vector<std::string> grades;               ///< In the order of rows and columns.
  std::vector<std::vector<std::size_t>> counts;  ///< [first's grade][second's grade]
};

/// The table as an SVG element: the first reader's grades down, the second's across, a square the darker the
/// more cases it has; agreement on the diagonal is framed. Same table, same bytes.
/// @throws Error{kInput}  the counts are not a square of the grades.
std::string grade_table_svg(const GradeTable& table);

/// Tables and pictures of one kind.
struct AgreementSection {
  std::string title, text;
  std::vector<std::string> columns;
  std::vector<std::vector<Figures>> rows;  ///< Each of as many cells as there are columns.
  std::vector<GradeTable> tables;
  std::vector<AgreementPlot> plots;
};

struct AgreementPage {
  std::string title;
  std::string summary;
  std::vector<std::string> notes;  ///< What was left out, and why.
  std::vector<AgreementSection> sections;
};

/// A self-contained page without script, every text escaped, saying that it is for research use only.
/// @throws Error{kInput}  a row has another number of cells than there are columns; as grade_table_svg() and
///                        bland_altman_svg().
std::string agreement_page(const AgreementPage& page);

}  // namespace ledd::report
