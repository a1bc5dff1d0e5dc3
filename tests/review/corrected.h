#pragma once
#include <gmock/gmock.h>

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "ledd/audit/audit.h"
#include "ledd/cases/open_case.h"
#include "ledd/core/error.h"
#include "ledd/deidentification/subject_key.h"
#include "ledd/files/files.h"
#include "ledd/review/correction.h"

#include "dicom_writer.h"
#include "folder.h"
#include "threshold_pipeline.h"

namespace ledd {

inline const cases::Registry& registry() {
  static const cases::Registry all{testing::threshold_pipeline()};
  return all;
}

/// Relative path -> bytes, but for the service folder.
inline std::map<std::string, std::string> tree(const std::filesystem::path& folder) {
  std::map<std::string, std::string> all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().lexically_relative(folder).string();
    if (entry.is_regular_file() && name.rfind(".ledd/", 0) != 0) all[name] = files::read_bytes(entry.path());
  }
  return all;
}

inline std::string error_of(Errc code, const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), code) << e.what();
    return e.what();
  }
  return "no error";
}

/// A T2 and a T1 of one study, measured in one case: threshold 150.
struct Corrected : ::testing::Test {
  Folder input, output;
  std::filesystem::path out = output / "o", folder;
  Context context;
  cases::Stop stop;

  static void write_series(const std::filesystem::path& to,
                           const std::string& uid,
                           const std::vector<testing::Attribute>& more) {
    auto slices = testing::pictures({.slices = 6,
                                     .row_lps = {0, 1, 0},
                                     .column_lps = {0, 0, -1},
                                     .pixel_spacing_mm = {0.5, 0.75},
                                     .gap_mm = 4.0,
                                     .uid = uid});
    std::filesystem::create_directories(to);
    for (auto& slice : slices) slice.attributes.insert(slice.attributes.end(), more.begin(), more.end());
    write(slices, to);
  }

  Corrected() {
    const std::vector<testing::Attribute> both{{"PatientID", "ADAM"},
                                               {"StudyInstanceUID", "1.2.9"},
                                               {"FrameOfReferenceUID", "1.2.8"},
                                               {"ScanningSequence", "SE"}};
    auto t2 = both, t1 = both;
    t2.insert(t2.end(), {{"SeriesNumber", "2"}, {"RepetitionTime", "4000"}, {"EchoTime", "100"}});
    t1.insert(t1.end(), {{"SeriesNumber", "1"}, {"RepetitionTime", "550"}, {"EchoTime", "11"}});
    write_series(input / "t2", "1.2.3.2", t2);
    write_series(input / "t1", "1.2.3.1", t1);
  }

  struct How {
    deidentification::SubjectKey* key = nullptr;
    bool force = false;
    double threshold = 150.0;
  };
  cases::State run(const How& how) {
    auto planned =
        cases::plan(cases::survey({input.path()}, {}, registry(), context), registry().front(), {});
    if (how.key != nullptr) cases::name_cases(planned, *how.key);
    cases::BatchOptions options;
    options.out = out;
    options.force = how.force;
    options.key = how.key;
    auto state = cases::State::kFailed;
    cases::Listener listener;
    listener.finished = [&](const auto& report) { state = report.state; };
    cases::run_batch(planned,
                     {registry().front(), registry().front().prepare({{"threshold", how.threshold}})},
                     options,
                     listener,
                     stop);
    EXPECT_EQ(planned.size(), 1U);
    folder = out / "cases" / planned.front().id;
    return state;
  }
  cases::State run() { return run(How{}); }

  cases::OpenCase open(const std::vector<std::filesystem::path>& look_in = {}) {
    return cases::open_case(folder, look_in, context);
  }
  review::Correction correction(const cases::OpenCase& opened, const std::string& reader = "reader-1") const {
    return {out, folder.filename().string(), reader, "the upper edge", 31.5, false, opened.result_sha256};
  }
  /// What was opened, with one voxel of L2.
  static const Labels& edited(const cases::OpenCase& opened, unsigned voxel = 3) {
    opened.labels->GetBufferPointer()[voxel] = 21;
    return *opened.labels;
  }
  review::Published publish(const review::Correction& c, const Labels& labels) {
    return review::publish(c, labels, registry(), {}, stop);
  }
  std::string read(const std::string& name) const { return files::read_bytes(folder / name); }
  std::vector<std::filesystem::path> superseded() const {
    std::vector<std::filesystem::path> all;
    if (std::filesystem::exists(out / "superseded"))
      for (const auto& entry : std::filesystem::directory_iterator(out / "superseded"))
        all.push_back(entry.path());
    return all;
  }
  std::vector<audit::Entry> log() const { return audit::read(out / "audit.jsonl").entries; }
};

}  // namespace ledd
