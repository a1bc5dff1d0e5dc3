#include "ledd/cases/correct_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>
#include <thread>

#include "ledd/core/error.h"
#include "ledd/deidentification/subject_key.h"
#include "ledd/files/files.h"
#include "ledd/store/store.h"

#include "cache.h"
#include "naming.h"
#include "record.h"
#include "scan_of_case.h"

namespace ledd::cases {
namespace {

namespace fs = std::filesystem;
using deidentification::SubjectKey;

/// The record of the result that was corrected. @throws Error{kInput, kFormat, kIo, kPermission}
Provenance record_of(const CaseCorrection& c) {
  const fs::path file = c.out / "cases" / c.case_id / "provenance.json";
  require(fs::exists(file), Errc::kInput, changed_since_opened(c.case_id));
  const std::string bytes = files::read_bytes(file);
  require(files::sha256(bytes) == c.of.result_sha256, Errc::kInput, changed_since_opened(c.case_id));
  Provenance made = parse_provenance(bytes);
  require(!made.used.empty(),
          Errc::kInput,
          fmt::format("case {} was measured from a segmentation without its scan: correct that file, and "
                      "measure it with `ledd run {} --labels FILE`",
                      c.case_id,
                      made.pipeline));
  return made;
}

/// The key by which this case's names were made; null when it has none. @throws Error{kInput}, and as
/// SubjectKey::read.
std::unique_ptr<SubjectKey> key_of(const CaseCorrection& c, const Provenance& made) {
  if (made.key.empty()) return nullptr;
  require(!c.key.empty(),
          Errc::kInput,
          fmt::format("case {} is named by a key of pseudonyms: open it with --key FILE, so that the "
                      "corrected result gets the same names",
                      c.case_id));
  auto key = std::make_unique<SubjectKey>(SubjectKey::read(c.key));
  require(Naming(key.get()).fingerprint() == made.key,
          Errc::kInput,
          fmt::format("{} is not the key by which case {} was named: give the one that was used then",
                      c.key.string(),
                      c.case_id));
  return key;
}

bool is_used(const Provenance& made, const Companion& named) {
  return std::any_of(made.used.begin(), made.used.end(), [&](const SeriesRecord& one) {
    return one.series == named.series.id && one.role == name_of(named.role);
  });
}

/// Leaves the companions that the case had. What was only there to be segmented is not needed any more.
/// @throws Error{kNotFound}  one is missing.
void keep_companions(const Provenance& made, const Naming& naming, PlannedCase& planned) {
  const PlannedCase named = naming.named(planned);
  std::vector<Companion> kept;
  std::set<std::string> there;
  for (std::size_t i = 0; i < planned.companions.size(); ++i) {
    if (!is_used(made, named.companions[i])) continue;
    kept.push_back(planned.companions[i]);
    there.insert(named.companions[i].series.id);
  }
  planned.companions = std::move(kept);
  for (const SeriesRecord& one : made.used)
    if (one.role != name_of(SeriesRole::kPrimary) && one.role != name_of(SeriesRole::kAnatomy))
      require(there.contains(one.series),
              Errc::kNotFound,
              fmt::format("{} was measured together with {}, which is not there; give the folder that holds "
                          "it with --images",
                          made.used.front().description,
                          one.description));
}

PlanRequest request_of(const Provenance& made, const Prepared& prepared) {
  PlanRequest request;
  request.join = made.used.size() > 1;
  request.unused = prepared.unused;
  request.unused.push_back(SeriesRole::kAnatomy);
  return request;
}

/// The case as it was planned when it was measured.
PlannedCase plan_again(const Provenance& made,
                       const Survey& found,
                       const PreparedPipeline& job,
                       SubjectKey* key) {
  auto cases = plan(found, job.pipeline, request_of(made, job.prepared));
  if (key != nullptr) name_cases(cases, *key);
  const auto own =
      std::find_if(cases.begin(), cases.end(), [&](const auto& one) { return one.id == made.case_id; });
  require(own != cases.end(),
          Errc::kInput,
          fmt::format("the scan found is not the one that case {} was measured from", made.case_id));
  keep_companions(made, Naming(key), *own);
  own->replaces.clear();
  return *own;
}

/// @throws Error{kInput}  a file is not one of those that were measured.
void require_same_files(const Provenance& made, const PlannedCase& planned) {
  std::set<std::string> known;
  for (const FileDigest& input : made.inputs) known.insert(input.sha256);
  for (const FileDigest& now : input_digests(planned))
    require(known.contains(now.sha256),
            Errc::kInput,
            fmt::format("{} is not as it was when case {} was measured: run the pipeline again on this scan",
                        now.name,
                        made.case_id));
}

/// What the study calls the person must stay: of an image file that is its name.
void require_same_subject(const fs::path& folder, const Naming& naming, const PlannedCase& planned) {
  const std::string was = store::parse_endpoints(files::read_bytes(folder / "endpoints.json")).info.subject;
  const Series series = naming.named(planned).series.value();
  const std::string name = series.image.filename().string();
  const std::string is = series.stack ? series.stack->patient_id : name.substr(0, name.find('.'));
  require(is == was,
          Errc::kInput,
          fmt::format("the corrected result would name its subject otherwise than the result that it "
                      "corrects: {}",
                      series.stack ? "give the key and the scan of then"
                                   : fmt::format("give the scan under the name that it had, {}...", was)));
}

/// Runs the one case and gives its report. @throws Error  the output failed, or it was stopped.
CaseReport work_on(const PlannedCase& planned,
                   const PreparedPipeline& job,
                   const BatchOptions& options,
                   const Listener& listener,
                   Stop& stop) {
  CaseReport ended;
  Listener both = listener;
  both.finished = [&](const CaseReport& report) {
    ended = report;
    listener.finished(report);
  };
  const Summary summary = run_batch({planned}, job, options, both, stop);
  if (summary.output_error) throw Error(*summary.output_error);
  require(!summary.stopped && !ended.case_id.empty(), Errc::kCancelled, "stopped by the caller");
  return ended;
}

}  // namespace

std::string changed_since_opened(const std::string& case_id) {
  return fmt::format(
      "case {} has another result than when it was opened: another reader or a run was faster; "
      "nothing was written; open the case again",
      case_id);
}

std::string standing_result(const fs::path& out, const std::string& case_id) {
  const fs::path file = out / "cases" / case_id / "provenance.json";
  return fs::exists(file) ? files::sha256_of_file(file) : std::string();
}

CaseReport correct_case(const CaseCorrection& c,
                        const Registry& registry,
                        const Listener& listener,
                        Stop& stop) {
  const Provenance made = record_of(c);
  const Pipeline& pipeline = find_pipeline(registry, made.pipeline);
  const Prepared prepared = pipeline.prepare(made.parameters);
  const auto key = key_of(c, made);
  const int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  Context context([](Context::Level, std::string_view) {}, threads);
  const Stop::Watch watch(stop, context);
  const Survey found = survey_of_case(made, c.look_in, {pipeline}, context);
  const PlannedCase planned = plan_again(made, found, {pipeline, prepared}, key.get());
  require_same_files(made, planned);
  require_same_subject(c.out / "cases" / c.case_id, Naming(key.get()), planned);
  BatchOptions options;
  options.out = c.out;
  options.labels = LabelRequest{c.labels, "ledd"};
  options.threads = threads;
  options.key = key.get();
  options.tables = Tables::kLater;
  options.correction = c.of;
  return work_on(planned, {pipeline, prepared}, options, listener, stop);
}

}  // namespace ledd::cases
