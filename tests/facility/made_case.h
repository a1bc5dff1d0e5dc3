#pragma once
#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <vector>

#include "ledd/density_calibration/stored_calibration.h"
#include "ledd/files/files.h"
#include "ledd/store/store.h"

#include "record.h"
#include "study_record.h"

namespace ledd::testing {

/// A finished case, written by hand.
struct MadeCase {
  std::string id, subject = "phantom", site = "Site A", scanner = "Maker Model", pipeline = "bone-qct";
  std::string study_date, acquired, started_utc = "2026-03-01T10:00:00Z", study;
  cases::DeviceRecord device{"Maker", "Model", "CT1", "42", "v1"};
  double seconds = 10.0, cpu_seconds = 0.0, peak_mb = 100.0;
  std::vector<Measurement> measurements{};
  std::string calibration{};  ///< calibration.toml; none where empty.
};

inline EndpointDefinition definition(const std::string& key, const std::string& unit) {
  return {key, "Title of " + key, unit, "m/1", "d", "s", "p"};
}

inline void write(const MadeCase& made, const std::filesystem::path& out) {
  namespace fs = std::filesystem;
  const fs::path folder = out / "cases" / made.id;
  fs::create_directories(folder);
  cases::Provenance p;
  p.case_id = made.id;
  p.pipeline = made.pipeline;
  p.version = "0";
  p.run_id = "20260301T100000Z-00000000";
  p.series = "s";
  p.started_utc = made.started_utc;
  p.seconds = made.seconds;
  p.cpu_seconds = made.cpu_seconds;
  p.peak_mb = made.peak_mb;
  p.acquired = made.acquired;
  p.device = made.device;
  p.used = {{"1", "d", "primary", "", ""}, {"2", "d", "contrast", "", ""}};
  store::CaseEndpoints endpoints;
  endpoints.info = {made.id, made.subject, "", made.study_date, made.site, made.scanner, made.pipeline, "0"};
  endpoints.measurements = made.measurements;
  for (const Measurement& m : made.measurements) {
    bool known = false;
    for (const auto& d : endpoints.definitions) known = known || d.key == m.endpoint;
    if (!known) endpoints.definitions.push_back(definition(m.endpoint, m.unit));
  }
  if (!made.calibration.empty()) {
    files::write_bytes(made.calibration, folder / "calibration.toml");
    p.outputs.push_back({"calibration.toml", files::sha256(made.calibration)});
  }
  if (!made.study.empty()) {
    cases::StudyRecord named;
    named.study = made.study;
    files::write_bytes(print(named), folder / "study.json");
  }
  files::write_bytes(store::print_endpoints(endpoints), folder / "endpoints.json");
  files::write_bytes(cases::print(p), folder / "provenance.json");
}

inline void write_failed(const std::string& id, const std::string& run_id, const std::filesystem::path& out) {
  const auto folder = out / "quarantine" / id;
  std::filesystem::create_directories(folder);
  files::write_bytes(
      cases::print(cases::Reason{id, "bone-qct", "failed", "internal", "r", "", "s", run_id, 5.0, 300.0}),
      folder / "reason.json");
}

/// A scan of a phantom alone, with this line.
inline MadeCase phantom_run(const std::string& id,
                            const std::string& acquired,
                            double slope,
                            double intercept) {
  MadeCase made;
  made.id = id;
  made.acquired = acquired;
  StoredCalibration stored;
  stored.line.source = "Model 3";
  stored.line.sigma_hu = slope;
  stored.line.beta_hu = intercept;
  stored.line.points = 5;
  stored.protocol = {"Maker", "Model", "CT1", "42", 120.0, "B30f", 3.0, "20260101"};
  made.calibration = to_toml(stored);
  made.measurements = {measured("scan", definition("calibration_slope", "[hnsf'U].cm3/mg"), slope),
                       measured("scan", definition("calibration_intercept", "[hnsf'U]"), intercept),
                       measured("scan", definition("calibration_mineral", "1"), 1.0),
                       measured("scan", definition("phantom_scale", "1"), 1.0 + 0.0003 * (slope - 1.4))};
  return made;
}

}  // namespace ledd::testing
