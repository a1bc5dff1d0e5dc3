#pragma once
#include <fmt/format.h>

#include <string>
#include <vector>

#include "ledd/files/files.h"
#include "ledd/store/store.h"

#include "record.h"

namespace ledd::testing {

/// A finished case as a run leaves it, with as much as tables need.
struct MadeCase {
  std::string id, subject, date, side, scanner = "Vendor, Model 3T", description = "\"SAG DESS\"",
                                       version = "0.2.0", pipeline = "threshold";
  long series = 1;
  std::vector<Measurement> rows{};
  std::vector<EndpointDefinition> definitions{};
  ValueMap parameters{};
};

inline EndpointDefinition thickness() {
  return {
      "ThC", "Cartilage thickness", "mm", "ray/1", "Mean distance.", "made for tests", "not yet measured"};
}
inline EndpointDefinition volume() {
  return {"VC", "Cartilage volume", "mm3", "voxel/1", "Voxels.", "made for tests", "RMS-CV 2.0 %; docs/x.md"};
}

inline Measurement row(const EndpointDefinition& of,
                       const std::string& region,
                       const std::string& side,
                       double value) {
  auto m = measured(region, of, value);
  m.side = side;
  return m;
}

inline void write(const MadeCase& made, const std::filesystem::path& out) {
  const auto folder = out / "cases" / made.id;
  std::filesystem::create_directories(folder);
  store::CaseEndpoints endpoints;
  endpoints.info = {made.id, made.subject, "", made.date, "North", made.scanner, made.pipeline, made.version};
  endpoints.measurements = made.rows;
  endpoints.definitions =
      made.definitions.empty() ? std::vector<EndpointDefinition>{thickness(), volume()} : made.definitions;
  cases::Provenance p;
  p.case_id = made.id;
  p.pipeline = made.pipeline;
  p.version = made.version;
  p.run_id = "run";
  p.parameters = made.parameters;
  p.used = {{"uid", fmt::format("series {} {}", made.series, made.description), "primary", "", ""}};
  files::write_bytes(store::print_endpoints(endpoints), folder / "endpoints.json");
  files::write_bytes(cases::print(p), folder / "provenance.json");
}

}  // namespace ledd::testing
