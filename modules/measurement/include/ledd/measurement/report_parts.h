#pragma once
#include <string>
#include <vector>

namespace ledd {

/// One line of what a reader must grasp first.
struct SummaryLine {
  enum class Tone {
    kPlain,     ///< As expected.
    kAbnormal,  ///< Beyond a stated cut-off.
    kDoubt,     ///< Not to be relied on before somebody looked.
  };
  std::string topic;  ///< "Levels", "Canal": lines of one topic stand together.
  std::string text;   ///< With the number, its unit and the cut-off.
  Tone tone = Tone::kPlain;
};

/// A form or list for the report, described and not drawn; also written as a file of its own.
struct ReportTable {
  struct Column {
    std::string title;
    bool fill_in = false;  ///< A reader is asked: beside what stands here is an empty box (in the file, an
                           ///< empty column) for the reader's own answer.
  };
  struct Row {
    std::vector<std::string> cells;  ///< As many as there are columns.
    bool shown = true;               ///< In the report; the file has all rows.
  };
  std::string name;   ///< File name without extension: lower case, digits, hyphens.
  std::string title;  ///< Heading.
  std::string note;   ///< What it is, what it is not, and how it is filled in.
  std::vector<Column> columns;
  std::vector<Row> rows;
};

}  // namespace ledd
