#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "ledd/core/config.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/report/report.h"
#include "ledd/store/store.h"

#include "case_folder.h"
#include "dicom_objects.h"
#include "drawings.h"
#include "pictures.h"
#include "run_case.h"
#include "structures.h"
#include "writer.h"

namespace ledd::cases {
namespace {

namespace fs = std::filesystem;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words)
    if (!word.empty()) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string scanner_of(const dicom::Stack& stack) {
  return joined({stack.manufacturer,
                 stack.model,
                 stack.field_strength_t ? fmt::format("{:g} T", *stack.field_strength_t) : ""});
}

/// 20240531 -> 2024-05-31; "" for what is no DICOM date.
std::string iso_date(const std::string& dicom_date) {
  const bool ok = dicom_date.size() == 8 && dicom_date.find_first_not_of("0123456789") == std::string::npos;
  if (!ok) return "";
  return fmt::format("{}-{}-{}", dicom_date.substr(0, 4), dicom_date.substr(4, 2), dicom_date.substr(6));
}

/// The columns that are the same for all endpoints of a case. The subject is what the study calls the person:
/// PatientID as it stands, or the name of an image file. A session is known by a digest of its study's UID.
store::CaseInfo info_of(const PlannedCase& planned, const Provenance& provenance) {
  store::CaseInfo info;
  info.case_id = planned.id;
  info.pipeline = provenance.pipeline;
  info.version = provenance.version;
  if (planned.series && planned.series->stack) {
    const auto& stack = *planned.series->stack;
    info.subject = stack.patient_id;
    if (!stack.study_uid.empty()) info.session = files::sha256(stack.study_uid).substr(0, 8);
    info.study_date = iso_date(stack.study_date);
    info.site = stack.institution;
    info.scanner = scanner_of(stack);
  } else {
    const fs::path file = planned.series ? planned.series->image : fs::path(provenance.labels.front().name);
    const std::string name = file.filename().string();
    info.subject = name.substr(0, name.find('.'));
  }
  return info;
}

/// What HU depend on.
std::string ct_acquisition(const dicom::Stack& stack) {
  const auto number = [](const std::optional<double>& value, const char* unit) {
    return value ? fmt::format("{:g} {}", *value, unit) : std::string("not stated");
  };
  return fmt::format(
      "tube {}, kernel {}, slices {} thick, {}",
      number(stack.kvp, "kV"),
      stack.convolution_kernel.empty() ? "not stated" : stack.convolution_kernel,
      number(stack.slice_thickness_mm, "mm"),
      stack.contrast_agent.empty() ? "no contrast agent stated" : "contrast agent " + stack.contrast_agent);
}

std::string optional_ms(const std::optional<double>& value) {
  return value ? fmt::format("{:g} ms", *value) : "not stated";
}

report::Facts facts_of(const PlannedCase& planned,
                       const store::CaseInfo& info,
                       const Provenance& provenance) {
  report::Facts facts{{"Pipeline", info.pipeline}, {"Ledd", info.version}, {"Subject", info.subject}};
  if (planned.series) {
    facts.emplace_back("Series", describe(*planned.series));
    for (const SeriesRecord& one : provenance.used)
      if (one.role != name_of(SeriesRole::kPrimary))
        facts.emplace_back("With",
                           fmt::format("{}, {}, for {}{}",
                                       one.description,
                                       one.weighting,
                                       one.role,
                                       one.problem.empty() ? "" : " (not used)"));
    facts.emplace_back("Geometry", planned.series->geometry);
  }
  if (planned.series && planned.series->stack) {
    const auto& stack = *planned.series->stack;
    facts.emplace_back("Study date", stack.study_date.empty() ? "not stated" : stack.study_date);
    facts.emplace_back("Scanner", info.scanner.empty() ? "not stated" : info.scanner);
    facts.emplace_back("Site", info.site.empty() ? "not stated" : info.site);
    if (stack.modality == "CT") facts.emplace_back("Acquisition", ct_acquisition(stack));
    if (stack.modality == "MR")
      facts.emplace_back("Sequence",
                         fmt::format("{}: {}, TR {}, TE {}",
                                     short_name(planned.weighting),
                                     joined({stack.scanning_sequence, stack.sequence_name}),
                                     optional_ms(stack.repetition_time_ms),
                                     optional_ms(stack.echo_time_ms)));
  }
  if (!provenance.correction.reader.empty())
    facts.emplace_back("Segmentation",
                       fmt::format("corrected by {}; it takes the place of result {:.12}",
                                   provenance.correction.reader,
                                   provenance.correction.result));
  else if (!provenance.labels.empty())
    facts.emplace_back("Segmentation",
                       fmt::format("given: {}, label scheme {}",
                                   fs::path(provenance.labels.front().name).filename().string(),
                                   provenance.labels_scheme));
  return facts;
}

/// A map as it is written: 0 where there is no value.
/// Maps are there for other software, and much of it turns one NaN into a black picture or a mean that is
/// none; Ledd's own files hold finite voxels only. 0 is no doubtful word here: no T2, relative depth or S0 of
/// a fit is 0, and where a map may hold 0 (R2, SE, offset) "<quantity>-quality" stands beside it. What a
/// region is worth stands in endpoints.json, where no value is an empty cell.
Volume::Pointer with_zeros(const Volume& map) {
  auto copy = Volume::New();
  copy->CopyInformation(&map);
  copy->SetRegions(map.GetLargestPossibleRegion());
  copy->Allocate();
  const std::size_t count = map.GetLargestPossibleRegion().GetNumberOfPixels();
  std::replace_copy_if(
      map.GetBufferPointer(),
      map.GetBufferPointer() + count,
      copy->GetBufferPointer(),
      [](float v) { return std::isnan(v); },
      0.0F);
  return copy;
}

void write_images(Writer& writer, const Outcome& outcome) {
  std::vector<Writer::Image> images;
  images.reserve(outcome.maps.size() + 1);
  if (outcome.labels) {
    images.push_back({"labels.nii.gz", [&](const fs::path& p) { files::write_labels(*outcome.labels, p); }});
    writer.bytes("labels.json", print_labels(ids_in(*outcome.labels)));
  }
  for (const auto& [name, map] : outcome.maps)
    images.push_back({"maps/" + name + ".nii.gz",
                      [&m = *map](const fs::path& p) { files::write_volume(*with_zeros(m), p); }});
  writer.images(images);
}

report::CasePage page_of(const CaseResult& result,
                         const Pipeline& pipeline,
                         const store::CaseInfo& info,
                         std::vector<report::Picture> pictures) {
  report::CasePage page;
  page.title = fmt::format("{}: case {}", info.pipeline, info.case_id);
  page.facts = facts_of(result.planned, info, result.provenance);
  page.outcome = &result.outcome;
  page.definitions = pipeline.definitions;
  page.pictures = std::move(pictures);
  page.ok = std::none_of(result.outcome.measurements.begin(), result.outcome.measurements.end(), needs_eyes);
  return page;
}

}  // namespace

void write_case(const Run& run, CaseResult result) {
  const fs::path& out = run.options.out;
  const auto info = info_of(result.planned, result.provenance);
  std::vector<report::Picture> pictures = pictures_of(result.scan, result.outcome);
  std::optional<Staging> staging;
  writing([&] { staging.emplace(out / "cases", result.planned.id); });
  Writer writer(staging->path());
  write_images(writer, result.outcome);
  writer.bytes("endpoints.json",
               store::print_endpoints({info, result.outcome.measurements, run.pipeline.definitions}));
  writer.bytes(kDrawingsFile, print_drawings(result.outcome.figures));
  for (const ReportTable& table : result.outcome.tables)
    writer.bytes("tables/" + table.name + ".csv", store::report_table_csv(table));
  for (const auto& [name, text] : result.outcome.texts) writer.bytes(name, text);
  for (const auto& one : pictures) writer.bytes("figures/" + one.name + ".png", one.png);
  if (!pictures.empty()) writer.bytes("figures/thumbnail.png", report::thumbnail_png(pictures.front().png));
  const report::CasePage page = page_of(result, run.pipeline, info, std::move(pictures));
  writer.bytes("report.html", report::case_page(page));
  if (no_dicom_reason(result.planned).empty())
    dicom_objects(run, result, report::summary_pdf(page), [&](const auto& name, const auto& bytes) {
      writer.bytes(name, bytes);
    });
  writer.bytes("log.txt", result.log);
  result.provenance.outputs = writer.outputs();
  result.add_effort(result.provenance);
  writer.bytes("provenance.json", print(result.provenance));
  writing([&] {
    staging->publish(out / "superseded",
                     result.keep_earlier ? result.planned.id + "-" + run.run_id : std::string());
    retire(out / "quarantine" / result.planned.id, out / "superseded");
  });
}

bool supersede(const Run& run, const std::string& id) {
  const fs::path& out = run.options.out;
  if (!fs::exists(out / "cases" / id)) return false;
  writing([&] { fs::create_directories(out / "superseded"); });
  std::error_code error;  // another case of this run, with the same companion, may be faster
  fs::rename(out / "cases" / id, out / "superseded" / (id + "-" + run.run_id), error);
  return !error;
}

std::optional<FileLock> publishing(const Run& run, const PlannedCase& planned) {
  if (!planned.series || !planned.series->stack) return std::nullopt;
  return writing([&] { return lock_series(run.options.out, run.pipeline.name, planned.series->id); });
}

void retire_replaced(const Run& run, const PlannedCase& planned, const Standing& standing, Context& context) {
  const fs::path& out = run.options.out;
  for (const std::string& id : planned.replaces) {
    writing([&] { retire(out / "quarantine" / id, out / "superseded"); });
    if (supersede(run, id))
      context.info(fmt::format("the earlier case {} is part of this one now: see superseded", id));
  }
  for (const std::string& id : standing.older)
    if (supersede(run, id))
      context.info(fmt::format("case {} had fewer images of this series: see superseded", id));
}

void write_reason(const Run& run, const PlannedCase& planned, const CaseReport& report) {
  const fs::path& out = run.options.out;
  const PlannedCase named = run.naming.named(planned);
  const auto lock = publishing(run, named);
  writing([&] {
    Staging staging(out / "quarantine", report.case_id);
    files::write_bytes(print(Reason{report.case_id,
                                    run.pipeline.name,
                                    std::string(name_of(report.state)),
                                    report.code,
                                    report.reason,
                                    report.stage,
                                    report.series,
                                    run.run_id,
                                    report.seconds,
                                    report.peak_mb,
                                    report.cpu_seconds,
                                    host_name(),
                                    report.attempts,
                                    report.retried_for}),
                       staging.path() / "reason.json");
    staging.publish(out / "superseded");
  });
  // An older result, of other parameters or fewer images, must not stand beside the news that this run
  // failed.
  supersede(run, report.case_id);
  const Standing standing = run.earlier.fresh_standing_of(named);
  if (standing.problem.empty())
    for (const std::string& id : standing.older) supersede(run, id);
}

}  // namespace ledd::cases
