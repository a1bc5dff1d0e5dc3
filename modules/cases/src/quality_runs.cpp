#include "quality_runs.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <set>

#include "ledd/core/error.h"
#include "ledd/density_calibration/stored_calibration.h"
#include "ledd/files/files.h"

#include "days.h"

namespace ledd::cases {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCalibration = "calibration.toml";

bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

bool matches(const std::vector<std::string>& patterns, const std::string& text) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return ::fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
  });
}

bool is_of_phantom(const Measurement& m) {
  return m.endpoint.starts_with("calibration_") || m.endpoint.starts_with("phantom_");
}

bool is_of_rod(const Measurement& m) {
  return m.endpoint.starts_with("phantom_rod_");
}

bool has_calibration(const Finished& one) {
  const auto& outputs = one.provenance.outputs;
  return std::any_of(
      outputs.begin(), outputs.end(), [](const auto& file) { return file.name == kCalibration; });
}

bool has_body(const Finished& one) {
  const auto& all = one.endpoints.measurements;
  return std::any_of(all.begin(), all.end(), [](const auto& m) { return m.value && !is_of_phantom(m); });
}

/// What of a case is charted.
bool is_wanted(const Measurement& m, bool calibrates, const QualityOptions& options) {
  if (!m.value || (m.statistic != "value" && m.statistic != "mean")) return false;
  if (!options.endpoints.empty()) return contains(options.endpoints, m.endpoint);
  if (!calibrates) return true;
  if (m.endpoint == "calibration_mineral" || !is_of_phantom(m)) return false;
  return options.rods || !is_of_rod(m);
}

std::string joined(const std::vector<std::string>& words, const char* by) {
  std::string text;
  for (const auto& word : words)
    if (!word.empty()) text += (text.empty() ? "" : by) + word;
  return text;
}

std::string scanner_of(const Finished& one) {
  const DeviceRecord& device = one.provenance.device;
  const std::string number = !device.serial.empty()    ? "serial " + device.serial
                             : !device.station.empty() ? "station " + device.station
                                                       : "";
  const std::string name = joined({device.manufacturer, device.model}, " ");
  std::string known = joined({name, number}, ", ");
  if (!known.empty()) return known;
  return one.endpoints.info.scanner.empty() ? "scanner not stated" : one.endpoints.info.scanner;
}

std::string protocol_text(const CtProtocol& p) {
  return joined({p.tube_kv ? fmt::format("{:g} kV", *p.tube_kv) : "",
                 p.kernel.empty() ? "" : "kernel " + p.kernel,
                 p.slice_mm ? fmt::format("slices of {:g} mm", *p.slice_mm) : ""},
                ", ");
}

/// Date and time in days; nothing without a date.
std::optional<double> moment(const std::string& iso) {
  const auto day = day_number(iso);
  if (!day) return std::nullopt;
  if (iso.size() < 19) return *day;
  const auto two = [&](std::size_t at) { return 10.0 * (iso[at] - '0') + (iso[at + 1] - '0'); };
  return *day + (two(11) * 3600.0 + two(14) * 60.0 + two(17)) / 86400.0;
}

class Collector {
 public:
  explicit Collector(const QualityOptions& options) : options_(options) {}

  void add(const Finished& one) {
    const std::string& id = one.provenance.case_id;
    const bool named = matches(options_.phantom_subjects, one.endpoints.info.subject);
    const bool calibrates = has_calibration(one);
    const bool body = has_body(one);
    if (!named && !(calibrates && (!body || options_.in_scan))) return;
    if (contains(options_.leave_out, id)) return note(id, "left out, as asked");
    if (!seen_.insert(id).second) return note(id, "stands in several folders; taken once");
    PhantomRun run;
    run.case_id = id;
    run.device = one.provenance.device;
    run.acquired = one.provenance.acquired.empty() ? one.endpoints.info.study_date : one.provenance.acquired;
    const auto day = moment(run.acquired);
    if (!day) return note(id, "left out: neither a time stamp of the scanner nor a study date");
    run.day = *day;
    add(std::move(run), group_of(one, calibrates, body && calibrates && !named), one);
  }

  FoundRuns take() {
    FoundRuns found;
    for (auto& [key, group] : groups_) {
      std::sort(group.runs.begin(), group.runs.end(), [](const auto& a, const auto& b) {
        return std::tie(a.day, a.acquired, a.case_id) < std::tie(b.day, b.acquired, b.case_id);
      });
      found.groups.push_back(std::move(group));
    }
    found.notes = std::move(notes_);
    return found;
  }

 private:
  void note(const std::string& id, const std::string& what) {
    notes_.push_back(fmt::format("case {}: {}", id, what));
  }

  RunGroup& group_of(const Finished& one, bool calibrates, bool beneath_body) {
    RunGroup group;
    group.scanner = scanner_of(one);
    group.calibrates = calibrates;
    if (calibrates) {
      const auto stored = parse_calibration(files::read_bytes(one.folder / kCalibration));
      group.phantom = stored.line.source;
      group.protocol = joined({protocol_text(stored.protocol), beneath_body ? "beneath a body" : ""}, ", ");
    } else {
      group.phantom = one.endpoints.info.subject;
      group.protocol = one.provenance.pipeline;
    }
    return groups_.try_emplace({group.scanner, group.phantom, group.protocol}, group).first->second;
  }

  void add(PhantomRun run, RunGroup& group, const Finished& one) {
    for (const Measurement& m : one.endpoints.measurements) {
      if (!is_wanted(m, group.calibrates, options_)) continue;
      const ChartKey key{m.endpoint, m.region, m.side, m.statistic};
      run.values[key] = *m.value;
      run.clean = run.clean && !needs_eyes(m);
      group.charts.try_emplace(key, info_of(m, one));
    }
    group.runs.push_back(std::move(run));
  }

  static ChartInfo info_of(const Measurement& m, const Finished& one) {
    std::string title = m.endpoint;
    for (const auto& definition : one.endpoints.definitions)
      if (definition.key == m.endpoint) title = definition.title;
    const std::string where = joined({m.side, m.region == "scan" ? "" : m.region}, " ");
    if (!where.empty()) title += ": " + where;
    if (m.statistic != "value") title += ", " + m.statistic;
    return {title, m.unit};
  }

  const QualityOptions& options_;
  std::map<std::tuple<std::string, std::string, std::string>, RunGroup> groups_;
  std::set<std::string> seen_;
  std::vector<std::string> notes_;
};

}  // namespace

FoundRuns phantom_runs(const QualityOptions& options) {
  Collector collector(options);
  for (const fs::path& out : options.outs) {
    require_output(out);
    for (const Finished& one : finished_cases(out)) collector.add(one);
  }
  return collector.take();
}

}  // namespace ledd::cases
