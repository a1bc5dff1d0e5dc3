#pragma once
#include <functional>
#include <optional>
#include <string>

#include "ledd/cases/batch.h"
#include "ledd/cases/label_scheme.h"
#include "ledd/dicom_results/origin.h"

#include "admission.h"
#include "cache.h"
#include "case_log.h"
#include "cpu_meter.h"
#include "earlier.h"
#include "file_lock.h"
#include "memory.h"
#include "naming.h"
#include "record.h"

namespace ledd::cases {

/// What all cases of a run share.
struct Run {
  const Pipeline& pipeline;
  const Prepared& prepared;
  const BatchOptions& options;
  Recipe recipe;
  LabelScheme scheme;
  EarlierCases earlier;
  Naming naming;
  std::string run_id;
  double budget_mb;
  Admission& admission;
  CpuMeter& cpu;
  MemoryEstimate& memory;
};

/// What write_case() needs of a case that went well.
struct CaseResult {
  const PlannedCase& planned;  ///< As results name it.
  const Volume* scan = nullptr;
  const Outcome& outcome;
  Provenance provenance;  ///< Without its outputs.
  std::string log;
  dicom_results::Maker maker = dicom_results::Maker::kAutomatic;  ///< Of the labels.
  std::function<void(Provenance&)> add_effort = [](Provenance&) {};
  bool keep_earlier = false;  ///< The result whose place it takes goes to `superseded`, whatever it is.
};

/// One case on its way, and what results call it.
struct Work {
  const Run& run;
  const PlannedCase& planned;
  const PlannedCase& named;
  Context& context;
  CaseLog& log;
  std::function<void(Provenance&)> add_effort;  ///< Writes down what it took; called when all is written.
};

/// Loads, measures, writes: one attempt. @throws Error, OutputFailure
void make(const Work& work, const Standing& standing, std::vector<FileDigest> inputs);

/// Works on one case from its files to its final folder, under the case's lock. Everything that can go wrong
/// with the case is in the report. @throws OutputFailure
CaseReport run_case(const Run& run, const PlannedCase& planned, const Listener& listener, Stop& stop);

/// Writes and publishes the case folder. @throws OutputFailure, Error{kInternal} when a picture fails.
void write_case(const Run& run, CaseResult result);

/// Moves to `superseded` the finished cases of the series that are companions of this one now, and those made
/// of its own series from fewer images, so that the tables do not hold them twice. @throws OutputFailure
void retire_replaced(const Run& run, const PlannedCase& planned, const Standing& standing, Context& context);

/// Moves a finished case to `superseded`: out of the tables, but kept. False when there is none.
/// @throws OutputFailure
bool supersede(const Run& run, const std::string& id);

/// The right to publish what is made of a case's series; nullopt for what is no DICOM. @throws OutputFailure
std::optional<FileLock> publishing(const Run& run, const PlannedCase& planned);

/// Writes and publishes the reason for which a case has no folder. @throws OutputFailure
void write_reason(const Run& run, const PlannedCase& planned, const CaseReport& report);

}  // namespace ledd::cases
