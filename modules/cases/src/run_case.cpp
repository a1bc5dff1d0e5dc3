#include "run_case.h"

#include <fmt/format.h>

#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "case_folder.h"
#include "dicom_objects.h"
#include "given_labels.h"

namespace ledd::cases {
namespace {

struct Loaded {
  Volume::Pointer scan;
  Labels::Pointer labels;
  dicom_results::Maker maker = dicom_results::Maker::kAutomatic;  ///< Of `labels`, or of what will be made.
  std::vector<std::string> notes;                                 ///< On `labels`.
  std::vector<Volume::Pointer> companions;  ///< One for each that is planned; null where `problems` says why.
  std::vector<std::string> problems;
};

/// A companion that cannot be decoded is missed, and said so; the case does without it.
void load_companions(const PlannedCase& planned, Context& context, Loaded& loaded) {
  for (const Companion& companion : planned.companions) {
    Volume::Pointer volume;
    std::string problem;
    try {
      volume = dicom::load(companion.series.stack.value(), context);
    } catch (const Error& e) {
      // Without one of its echoes a decay is another one.
      if (e.code() == Errc::kCancelled || companion.role == SeriesRole::kEcho) throw;
      problem = e.what();
      context.warn(fmt::format("{} is not used: {}", describe(companion.series), problem));
    }
    loaded.companions.push_back(std::move(volume));
    loaded.problems.push_back(std::move(problem));
  }
}

/// The grey values of a case's primary series.
Volume::Pointer load_scan(const Series& series, const Prepared& prepared, Context& context) {
  if (!series.tiff.empty()) {
    require(prepared.voxel_mm.has_value(),
            Errc::kInput,
            "TIFF files state no size of voxels that can be relied on: set voxel_mm=SIZE");
    return files::read_tiff(series.tiff, *prepared.voxel_mm);
  }
  require(!prepared.voxel_mm.has_value(),
          Errc::kParam,
          fmt::format("voxel_mm is for stacks of TIFF; {} states its own", describe(series)));
  return series.stack ? dicom::load(*series.stack, context) : files::read_volume(series.image);
}

Loaded load(const Run& run, const PlannedCase& planned, Context& context) {
  Loaded loaded;
  if (planned.series) loaded.scan = load_scan(*planned.series, run.prepared, context);
  if (run.options.labels) {
    const auto& file = run.options.labels->file;
    const bool is_dicom = planned.series && planned.series->stack;
    GivenLabels given =
        read_given(*run.options.labels, run.scheme, is_dicom ? &*planned.series->stack : nullptr, context);
    loaded.labels = given.labels;
    loaded.maker = given.maker;
    loaded.notes = std::move(given.notes);
    if (loaded.scan && !run.pipeline.labels_on_any_grid)
      require_same_grid(
          *loaded.scan, *loaded.labels, fmt::format("{} and {}", describe(*planned.series), file.string()));
  }
  load_companions(planned, context, loaded);
  return loaded;
}

CaseInput input_of(const PlannedCase& planned, const Loaded& loaded) {
  CaseInput input{loaded.scan.GetPointer(), loaded.labels.GetPointer(), planned.weighting};
  if (planned.series && planned.series->stack) input.header = &*planned.series->stack;
  if (planned.series && planned.series->scanco) input.scanco = &*planned.series->scanco;
  input.from_tiff = planned.series && !planned.series->tiff.empty();
  input.no_anatomy = planned.no_anatomy;
  for (std::size_t i = 0; i < planned.companions.size(); ++i) {
    const Companion& companion = planned.companions[i];
    if (loaded.companions[i])
      input.companions.push_back({loaded.companions[i].GetPointer(),
                                  companion.role,
                                  companion.weighting,
                                  companion.above_mm,
                                  companion.below_mm,
                                  companion.series.id,
                                  describe(companion.series),
                                  &*companion.series.stack});
    else if (companion.role == SeriesRole::kAnatomy)
      input.no_anatomy = fmt::format("{}: {}", describe(companion.series), loaded.problems[i]);
  }
  return input;
}

/// @param planned  As results name it.
std::vector<SeriesRecord> series_of(const PlannedCase& planned, const Loaded& loaded) {
  std::vector<SeriesRecord> used;
  const auto add =
      [&](const Series& series, SeriesRole role, const MrWeighting& w, const std::string& problem) {
        used.push_back({series.id, describe(series), std::string(name_of(role)), short_name(w), problem});
      };
  if (planned.series) add(*planned.series, SeriesRole::kPrimary, planned.weighting, "");
  for (std::size_t i = 0; i < planned.companions.size(); ++i) {
    const Companion& companion = planned.companions[i];
    add(companion.series, companion.role, companion.weighting, loaded.problems[i]);
  }
  return used;
}

Provenance provenance_of(const Run& run, const PlannedCase& planned, std::vector<FileDigest> inputs) {
  Provenance p;
  p.case_id = planned.id;
  p.pipeline = run.pipeline.name;
  p.version = run.recipe.version;
  p.run_id = run.run_id;
  p.series = describe(planned);
  p.key = run.recipe.key;
  p.labels_scheme = run.recipe.labels_scheme;
  p.parameters = run.recipe.parameters;
  p.models = run.recipe.models;
  if (run.options.correction)
    p.correction = {run.options.correction->reader, run.options.correction->result_sha256};
  p.labels = run.naming.digests(run.recipe.labels, "labels");
  p.inputs = run.naming.digests(std::move(inputs), "file");
  return p;
}

/// When and on what the primary was taken, as results name it.
void record_scanner(const PlannedCase& named, Provenance& provenance) {
  if (!named.series || !named.series->stack) return;
  const dicom::Stack& stack = *named.series->stack;
  provenance.acquired = stack.acquired;
  provenance.acquired_from = stack.acquired_from;
  provenance.device = {stack.manufacturer, stack.model, stack.station, stack.device_serial, stack.software};
}

/// Another version of what the same series gave, and what it takes the place of.
void record_version(const Standing& standing, bool is_next, Provenance& provenance) {
  provenance.case_version = standing.version + (is_next ? 1 : 0);
  provenance.supersedes = standing.superseded;
  provenance.supersedes.insert(provenance.supersedes.end(), standing.older.begin(), standing.older.end());
}

/// Measures, and says what of the input was not used.
Outcome measure(const Work& work, const Loaded& loaded) {
  Outcome outcome = work.run.prepared.run(input_of(work.planned, loaded), work.context);
  work.context.throw_if_cancelled();
  outcome.notes.insert(outcome.notes.end(), loaded.notes.begin(), loaded.notes.end());
  for (const auto& one : series_of(work.named, loaded))
    if (!one.problem.empty())
      outcome.notes.push_back(fmt::format("{} was not used: {}", one.description, one.problem));
  for (std::string& note : outcome.notes) note = work.run.naming.text(std::move(note), work.planned);
  return outcome;
}

/// Publishes under the series' lock: another run may have finished a case of the series meanwhile.
/// @throws Error, OutputFailure
void publish(const Work& work, CaseResult result) {
  const Run& run = work.run;
  const auto lock = publishing(run, work.named);
  const Standing standing = run.earlier.fresh_standing_of(work.named);
  require(standing.problem.empty(), Errc::kInput, standing.problem);
  record_version(standing, result.keep_earlier, result.provenance);
  try {
    write_case(run, std::move(result));
  } catch (
      const Error& e) {  // the pipeline handed over what cannot be drawn or printed: no fault of the scan
    throw Error(Errc::kInternal, e.what()).within("record");
  }
  retire_replaced(run, work.named, standing, work.context);
}

}  // namespace

void make(const Work& work, const Standing& standing, std::vector<FileDigest> inputs) {
  const Run& run = work.run;
  const PlannedCase& planned = work.planned;
  const PlannedCase& named = work.named;
  Context& context = work.context;
  const std::string started_utc = now_utc();
  const bool is_next = run.options.correction ||
                       made_from_other_inputs(run.options.out / "cases" / planned.id, run.recipe, inputs);
  auto loaded = context.stage("load", [&] { return load(run, planned, context); });
  for (std::string& problem : loaded.problems) problem = run.naming.text(std::move(problem), planned);
  const Outcome outcome = measure(work, loaded);
  // Not in the report: the same images give the same report, whatever came before.
  if (!standing.older.empty()) context.warn(describe(standing));
  if (const auto why = no_dicom_reason(planned); !why.empty()) context.info("no DICOM files: " + why);
  CaseResult result{named,
                    loaded.scan.GetPointer(),
                    outcome,
                    provenance_of(run, named, std::move(inputs)),
                    run.naming.text(work.log.text(), planned),
                    loaded.maker,
                    work.add_effort,
                    is_next};
  result.provenance.used = series_of(named, loaded);
  if (named.series) result.provenance.images = print_images(*named.series);
  record_scanner(named, result.provenance);
  result.provenance.started_utc = started_utc;
  result.provenance.stages = context.records();
  publish(work, std::move(result));
}

}  // namespace ledd::cases
