#include "columns.h"

#include <fmt/format.h>

#include "ledd/core/error.h"

namespace ledd::store {

std::size_t Columns::of(const std::string& pipeline, const Measurement& m, bool with_side) {
  const std::string side = with_side ? m.side : "";
  std::string key;
  for (const std::string* part : {&pipeline, &m.endpoint, &m.region, &side, &m.statistic}) {
    key += *part;
    key += '\0';
  }
  const auto [at, is_new] = numbers_.emplace(std::move(key), columns_.size());
  if (is_new) columns_.push_back({pipeline, m.endpoint, m.region, side, m.statistic, m.unit, ""});
  const Column& column = columns_[at->second];
  require(column.unit == m.unit,
          Errc::kInput,
          fmt::format("{} has the unit '{}' in one case and '{}' in another; export their pipelines apart",
                      called(column),
                      column.unit,
                      m.unit));
  return at->second;
}

std::string called(const Column& column) {
  return fmt::format("{} of {}{}{}, statistic {}",
                     column.endpoint,
                     column.region.empty() ? "the case" : column.region,
                     column.side.empty() ? "" : ", side ",
                     column.side,
                     column.statistic);
}

void put(Cells& cells,
         std::size_t column,
         const Measurement& m,
         const std::vector<Column>& columns,
         const std::string& case_id) {
  require(cells.emplace(column, &m).second,
          Errc::kInput,
          fmt::format("case {} has two rows for one cell: {}; --format csv has a row for each",
                      case_id,
                      called(columns[column])));
}

std::string plain_name(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const bool kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (kept)
      name += c;
    else if (!name.empty() && name.back() != '_')
      name += '_';
  }
  if (!name.empty() && name.back() == '_') name.pop_back();
  return name;
}

Reasons::Reasons()
    : csv_({"case_id",
            "subject",
            "session",
            "column",
            "side",
            "region",
            "endpoint",
            "statistic",
            "unit",
            "reason"}) {}

void Reasons::add(const CaseInfo& info, const Column& column, const Measurement& m) {
  csv_.text(info.case_id).text(info.subject).text(info.session).text(column.name).text(m.side);
  csv_.text(m.region).text(m.endpoint).text(m.statistic).text(m.unit).text(m.reason);
  csv_.end_row();
}

}  // namespace ledd::store
