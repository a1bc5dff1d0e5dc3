#include "visit_of.h"

#include <cstdlib>

namespace ledd::cases {
namespace {

std::string primary_of(const Finished& one) {
  return one.provenance.used.empty() ? "" : one.provenance.used.front().description;
}

}  // namespace

std::string visit_of(const Finished& one) {
  return one.study && !one.study->visit.empty() ? one.study->visit : one.endpoints.info.study_date;
}

std::string description_of(const Finished& one) {
  const std::string text = primary_of(one);
  const auto quote = text.find('"');
  return quote == std::string::npos ? "" : text.substr(quote);
}

long series_number_of(const Finished& one) {
  constexpr std::string_view kPrefix = "series ";
  const std::string text = primary_of(one);
  return text.starts_with(kPrefix) ? std::strtol(text.c_str() + kPrefix.size(), nullptr, 10) : 0;
}

bool is_error_row(const Measurement& measurement) {
  return measurement.statistic == "se" || measurement.statistic == "slice_sd";
}

}  // namespace ledd::cases
