#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/core/params.h"

namespace ledd::cases {

struct FileDigest {
  std::string name;  ///< Of an output relative to the case folder; of an input as given.
  std::string sha256;
  bool operator==(const FileDigest&) const = default;
};

/// One series of a case.
struct SeriesRecord {
  std::string series;       ///< Series::id.
  std::string description;  ///< describe(Series).
  std::string role;         ///< name_of(SeriesRole).
  std::string weighting;    ///< short_name() of what its header states.
  std::string problem;      ///< Why it was not used after all; empty when it was.
  bool operator==(const SeriesRecord&) const = default;
};

/// The scanner as the primary's header states it; empty where it does not, and for what is no DICOM.
struct DeviceRecord {
  std::string manufacturer, model, station, serial, software;
  bool operator==(const DeviceRecord&) const = default;
};

/// A person's correction of an earlier result, where a case is the measurement of one.
struct CorrectionRecord {
  std::string reader;  ///< As he or she signs; empty: it is none.
  std::string result;  ///< SHA-256 of the provenance.json of the result that was corrected.
  bool operator==(const CorrectionRecord&) const = default;
};

/// What a finished case was made from and how: provenance.json.
struct Provenance {
  std::string case_id, pipeline, version, run_id, series, started_utc;
  unsigned case_version = 1;            ///< Counts the cases that a series gave as its images arrived.
  std::string images;                   ///< print_images() of the primary; empty for what is no DICOM.
  std::vector<std::string> supersedes;  ///< Ids of the cases that this one took the place of.
  std::vector<SeriesRecord> used;       ///< The primary first; empty for a segmentation alone.
  double seconds = 0.0;
  double cpu_seconds = 0.0;  ///< Of all attempts, until the record was written (CpuMeter); 0: not known.
  double peak_mb = 0.0;
  bool peak_alone = false;               ///< No other case was in hand: the peak is this one's.
  std::string host;                      ///< Name of the machine.
  unsigned attempts = 1;                 ///< As many were needed.
  std::vector<std::string> retried_for;  ///< Why the earlier ones failed.
  std::string acquired, acquired_from;   ///< dicom::Stack::acquired of the primary; empty when unknown.
  DeviceRecord device;
  std::string labels_scheme;  ///< Empty when the pipeline segmented by itself.
  std::string key;            ///< Naming::fingerprint().
  CorrectionRecord correction;
  ValueMap parameters;
  std::vector<FileDigest> inputs, models, labels, outputs;
  std::vector<StageRecord> stages;
};

std::string print(const Provenance& provenance);
/// @throws Error{kFormat}
Provenance parse_provenance(const std::string& json);

/// Why a case has no finished folder: reason.json.
struct Reason {
  std::string case_id, pipeline, state, code, reason, stage, series, run_id;
  double seconds = 0.0;
  double peak_mb = 0.0;
  double cpu_seconds = 0.0;
  std::string host{};
  unsigned attempts = 1;
  std::vector<std::string> retried_for{};
};

std::string print(const Reason& reason);
/// @throws Error{kFormat}
Reason parse_reason(const std::string& json);

/// labels.json: the structures that a label map holds, with their names, colours and codes.
std::string print_labels(const std::vector<std::uint16_t>& ids);

/// The time now as ISO 8601.
std::string now_utc();

/// What this machine calls itself.
std::string host_name();

/// dataset_description.json of BIDS.
std::string dataset_description();

}  // namespace ledd::cases
