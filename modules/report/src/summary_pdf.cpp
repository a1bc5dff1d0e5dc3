#include <fmt/format.h>

#include <algorithm>

#include "ledd/core/error.h"
#include "ledd/report/report.h"

#include "attention.h"
#include "endpoint_tables.h"
#include "sheet.h"

namespace ledd::report {
namespace {

using Face = Sheet::Face;
using Style = Sheet::Style;

constexpr double kFull = Sheet::kWidth - 2.0 * Sheet::kMargin;
constexpr double kLine = 11.0;
constexpr std::array<double, 3> kRed{0.70, 0.10, 0.10};
constexpr std::array<double, 3> kGreen{0.05, 0.42, 0.15};
constexpr std::array<double, 3> kGrey{0.40, 0.40, 0.40};
constexpr const char* kResearch = "Research use only. Not for diagnosis.";

const Style kPlain{};
const Style kHeading{Face::kBold, 10.0, {0.1, 0.1, 0.1}};

/// Name and value in two columns, in reading order.
void draw_facts(Sheet& sheet, const Facts& facts) {
  const double half = kFull / 2.0;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    const double x = Sheet::kMargin + (i % 2 == 0 ? 0.0 : half);
    sheet.cell(facts[i].first, x, 62.0, {Face::kPlain, 8.0, kGrey});
    sheet.cell(facts[i].second, x + 66.0, half - 72.0, {Face::kPlain, 8.0, kPlain.rgb});
    if (i % 2 == 1 || i + 1 == facts.size()) sheet.skip(kLine);
  }
}

void draw_summary(Sheet& sheet, const std::vector<SummaryLine>& lines) {
  if (lines.empty()) return;
  sheet.skip(4.0);
  sheet.paragraph("At a glance", Sheet::kMargin, kFull, kHeading);
  std::string topic;
  for (const SummaryLine& line : lines) {
    if (line.topic != topic) sheet.cell(line.topic, Sheet::kMargin, 80.0, {Face::kBold, 8.5, kPlain.rgb});
    const bool plain = line.tone == SummaryLine::Tone::kPlain;
    sheet.paragraph(line.text,
                    Sheet::kMargin + 84.0,
                    kFull - 84.0,
                    {plain ? Face::kPlain : Face::kBold, 8.5, plain ? kPlain.rgb : kRed});
    topic = line.topic;
  }
}

void draw_attention(Sheet& sheet, const Attention& attention) {
  if (attention.look.empty()) return;
  sheet.skip(4.0);
  sheet.paragraph("Look at", Sheet::kMargin, kFull, kHeading);
  for (const Reason* reason : attention.look)
    sheet.paragraph(reason->where + ": " + reason->text, Sheet::kMargin, kFull, kPlain);
  if (attention.more > 0)
    sheet.paragraph(
        fmt::format("and {} more reasons in the report", attention.more), Sheet::kMargin, kFull, kPlain);
}

/// The first pictures, side by side.
void draw_pictures(Sheet& sheet, const std::vector<Picture>& pictures) {
  constexpr std::size_t kMost = 3;
  constexpr double kGap = 8.0;
  constexpr double kTallest = 250.0;
  const std::size_t count = std::min(kMost, pictures.size());
  if (count == 0) return;
  sheet.skip(4.0);
  const double width = (kFull - kGap * static_cast<double>(count - 1)) / static_cast<double>(count);
  double height = 0.0;
  for (std::size_t i = 0; i < count; ++i)
    height = std::max(height,
                      sheet.picture(pictures[i].png,
                                    Sheet::kMargin + static_cast<double>(i) * (width + kGap),
                                    width,
                                    std::min(kTallest, sheet.left())));
  sheet.skip(height + 6.0);
}

/// One line of the list of values: where, what, how much.
struct Line {
  std::string region, label, text, unit;
  const Cell* cell = nullptr;
};

std::vector<Line> lines_of(const ReadingTables& tables) {
  std::vector<Line> lines;
  for (const Single& s : tables.singles)
    lines.push_back({s.region, s.column.label, s.cell.text, s.column.unit, &s.cell});
  for (const Table& table : tables.tables)
    for (const Row& row : table.rows)
      for (std::size_t c = 0; c < row.cells.size(); ++c)
        if (!row.cells[c].text.empty())
          lines.push_back(
              {row.region, table.columns[c].label, row.cells[c].text, table.columns[c].unit, &row.cells[c]});
  return lines;
}

void draw_line(Sheet& sheet, const Line& line, double x, double width) {
  const bool good = line.cell->quality == Quality::kGood;
  const Style style{Face::kPlain, 7.5, good || line.cell->inherent ? kPlain.rgb : kRed};
  sheet.cell(line.region, x, 0.27 * width - 3.0, style);
  sheet.cell(line.label, x + 0.27 * width, 0.36 * width - 3.0, style);
  const bool failed = line.cell->quality == Quality::kFailed;
  sheet.cell(line.text + (failed ? "" : " " + line.unit) + (good || failed ? "" : " ?"),
             x + 0.63 * width,
             0.37 * width - 6.0,
             style);
}

/// In three columns, as many as there is room for.
void draw_values(Sheet& sheet, const ReadingTables& tables) {
  constexpr std::size_t kColumns = 3;
  constexpr double kRow = 9.5;
  const std::vector<Line> lines = lines_of(tables);
  if (lines.empty()) return;
  sheet.skip(2.0);
  sheet.paragraph("Measurements", Sheet::kMargin, kFull, kHeading);
  const auto rows = static_cast<std::size_t>(std::max(0.0, (sheet.left() - kLine) / kRow));
  const std::size_t needed = (lines.size() + kColumns - 1) / kColumns;
  const std::size_t used = std::min(rows, needed);
  const double width = kFull / static_cast<double>(kColumns);
  for (std::size_t r = 0; r < used; ++r) {
    for (std::size_t c = 0; c < kColumns; ++c)
      if (c * used + r < lines.size())
        draw_line(sheet, lines[c * used + r], Sheet::kMargin + static_cast<double>(c) * width, width);
    sheet.skip(kRow);
  }
  const std::size_t shown = std::min(lines.size(), used * kColumns);
  sheet.paragraph(
      shown < lines.size()
          ? fmt::format("{} more values in the report.  ? uncertain; \xE2\x80\x94 not measurable.",
                        lines.size() - shown)
          : std::string("? uncertain; \xE2\x80\x94 not measurable."),
      Sheet::kMargin,
      kFull,
      {Face::kPlain, 7.5, kGrey});
}

}  // namespace

std::string summary_pdf(const CasePage& page) {
  require(page.outcome != nullptr, Errc::kInput, "a summary needs an outcome");
  const ReadingTables tables = reading_tables(page.outcome->measurements, page.definitions);
  const Attention attention = attention_of(page, tables, 4);
  Sheet sheet(page.title);
  sheet.cell(page.title, Sheet::kMargin, kFull, {Face::kBold, 14.0, kPlain.rgb});
  sheet.skip(19.0);
  sheet.cell(kResearch, Sheet::kMargin, kFull, {Face::kBold, 9.0, kRed});
  sheet.skip(14.0);
  sheet.cell(attention.state + "; " + attention.counts,
             Sheet::kMargin,
             kFull,
             {Face::kBold, 9.0, attention.calm ? kGreen : kRed});
  sheet.skip(14.0);
  sheet.rule();
  draw_facts(sheet, page.facts);
  draw_summary(sheet, page.outcome->summary);
  draw_attention(sheet, attention);
  draw_pictures(sheet, page.pictures);
  draw_values(sheet, tables);
  sheet.footer(kResearch, {Face::kPlain, 7.5, kRed});
  return sheet.bytes();
}

}  // namespace ledd::report
