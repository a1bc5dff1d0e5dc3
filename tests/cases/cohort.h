#pragma once
#include <gmock/gmock.h>

#include <filesystem>
#include <string>
#include <vector>

#include "ledd/cases/study_plan.h"
#include "ledd/files/files.h"

#include "dicom_writer.h"
#include "threshold_pipeline.h"

namespace ledd::testing {

/// One sagittal series of six slices.
struct Scan {
  std::string patient, date;
  std::string description = "SAG KNEE";
  std::vector<Attribute> more{};
  unsigned slices = 6;
};

/// A study file and its input in a folder of its own; results below it.
struct Cohort : ::testing::Test {
  Folder folder;
  int scans = 0;

  /// A series in a study of its day, as a file tree that says nothing of it.
  void add(const Scan& scan, const std::string& site = "north") {
    const std::string uid = "1.2.3." + std::to_string(++scans);
    const std::string study =
        "1.2.9." + std::to_string(std::hash<std::string>()(scan.patient + scan.date) % 100000);
    auto slices = pictures(
        {.slices = scan.slices, .row_lps = {0, 1, 0}, .column_lps = {0, 0, -1}, .gap_mm = 4.0, .uid = uid});
    std::vector<Attribute> attributes{{"PatientID", scan.patient},
                                      {"StudyInstanceUID", study},
                                      {"FrameOfReferenceUID", study + ".1"},
                                      {"SeriesDescription", scan.description},
                                      {"SeriesNumber", std::to_string(scans)},
                                      {"EchoTime", "5"}};
    if (!scan.date.empty()) attributes.emplace_back("StudyDate", scan.date);
    attributes.insert(attributes.end(), scan.more.begin(), scan.more.end());
    for (auto& slice : slices) slice.attributes = attributes;
    const auto to = folder / "incoming" / site / (prefix + std::to_string(scans));
    std::filesystem::create_directories(to);
    write(slices, to);
  }

  void put(const std::string& name, const std::string& text) const { write_bytes(folder / name, text); }
  std::string get(const std::string& name) const { return files::read_bytes(folder / name); }

  cases::StudyPlan plan(const std::string& text, deidentification::SubjectKey* key = nullptr) const {
    put("study.toml", text);
    const auto file = cases::read_study(folder / "study.toml");
    const auto registry = threshold_registry({});
    Context context;
    return cases::plan_study(file, cases::survey(file.inputs, file.out, registry_, context), registry_, key);
  }
  std::vector<std::string> rows(const std::string& text) const {
    return words(cases::study_status(plan(text), today));
  }

  /// Plans, measures, names; what became of the batches.
  cases::Summary run(const std::string& text, deidentification::SubjectKey* key = nullptr) {
    const auto planned = plan(text, key);
    cases::Stop stop;
    cases::BatchOptions options;
    options.out = planned.file.out;
    options.key = key;
    std::vector<cases::Summary> batches;
    for (const auto& job : planned.jobs)
      if (!job.cases.empty())
        batches.push_back(cases::run_batch(
            job.cases, {*job.pipeline, job.prepared}, options, cases::naming_listener(planned, {}), stop));
    last = words(cases::record_study(planned, today));
    return cases::joined(batches);
  }

  /// "A m00 knee R: done", without case ids.
  static std::vector<std::string> words(const std::vector<cases::StudyRow>& rows) {
    std::vector<std::string> all;
    for (const auto& row : rows) {
      std::string text = row.subject;
      for (const auto& word : {row.visit, row.protocol, row.side})
        if (!word.empty()) text += " " + word;
      text += ": " + row.state;
      if (!row.reason.empty()) text += ": " + row.reason;
      if (!row.expected.empty()) text += " [" + row.expected + " | " + row.found + "]";
      all.push_back(text);
    }
    return all;
  }

  std::string prefix = "s";
  study::Date today = study::parse_date("2026-06-01").value();
  std::vector<std::string> last;
  cases::Registry registry_ = threshold_registry({});
};

}  // namespace ledd::testing
