#include "contents.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ledd/core/error.h"
#include "ledd/dicom_results/measurement_report.h"
#include "ledd/dicom_results/segmentation.h"

#include "cli.h"
#include "talk.h"

namespace ledd::cli {
namespace {

using Json = nlohmann::ordered_json;

void print(const Json& json) {
  print_line(json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

void print_segments(const std::string& path, bool json, const Context& context) {
  const auto read = dicom_results::read_segmentation(path, nullptr, {}, context);
  if (!json) print_line(plain(path) + ":");
  for (const auto& segment : read.segments) {
    if (json)
      print({{"type", "segment"},
             {"path", path},
             {"number", segment.number},
             {"label", segment.label},
             {"ledd_id", segment.id},
             {"tracking_uid", segment.tracking_uid}});
    else
      print_line(fmt::format("  segment {}: {}, id {}", segment.number, plain(segment.label), segment.id));
  }
}

std::string side_word(const std::string& side) {
  return side == "R" ? "right " : side == "L" ? "left " : "";
}

void print_row(const std::string& path, const dicom_results::ReadMeasurement& row, bool json) {
  const Measurement& m = row.measurement;
  if (json) {
    print({{"type", "measurement"},
           {"path", path},
           {"side", m.side},
           {"region", m.region},
           {"endpoint", m.endpoint},
           {"statistic", m.statistic},
           {"value", m.value ? Json(*m.value) : Json()},
           {"unit", m.unit},
           {"quality", name_of(m.quality)},
           {"reason", m.reason},
           {"method", row.method}});
    return;
  }
  print_line(fmt::format("  {}{} {} {}: {}{}{}",
                         side_word(m.side),
                         plain(m.region),
                         plain(m.endpoint),
                         plain(m.statistic),
                         m.value ? fmt::format("{:g} {}", *m.value, plain(m.unit)) : "no value",
                         m.quality == Quality::kUncertain ? " (uncertain)" : "",
                         m.reason.empty() ? "" : ": " + plain(m.reason)));
}

void print_report(const std::string& path, bool json, const Context& context) {
  const auto report = dicom_results::read_measurement_report(path, context);
  if (!json) print_line(plain(path) + ":");
  for (const auto& row : report.measurements) print_row(path, row, json);
}

}  // namespace

void print_contents(const cases::Survey& survey, bool json, const Context& context) {
  for (const auto& file : survey.files) {
    const std::string path = file.path.string();
    const bool is_segmentation = file.reason.starts_with("a segmentation");
    const bool is_report = file.reason.starts_with("a structured report");
    if (file.decision != dicom::Decision::kIgnored || (!is_segmentation && !is_report)) continue;
    try {
      if (is_segmentation)
        print_segments(path, json, context);
      else
        print_report(path, json, context);
    } catch (const Error& e) {
      if (e.code() == Errc::kInternal || e.code() == Errc::kCancelled) throw;
      if (json)
        print({{"type", "unread"}, {"path", path}, {"reason", e.what()}});
      else
        print_line("unread: " + plain(e.what()));
    }
  }
}

}  // namespace ledd::cli
