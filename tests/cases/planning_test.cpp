// A plan is the same with what earlier runs found out as without, whatever was changed in between.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <random>
#include <thread>

#include "ledd/cases/batch.h"
#include "ledd/cases/overview.h"
#include "ledd/cases/plan_cache.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "dicom_writer.h"
#include "folder.h"
#include "scans.h"
#include "threshold_pipeline.h"

namespace {

using ledd::Context;
using ledd::Folder;
using ledd::cases::BatchOptions;
using ledd::cases::PlanCache;
using ledd::cases::Preview;
using ledd::cases::State;
using ledd::testing::threshold_pipeline;
using ledd::testing::write_scan;
using testing::Each;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

namespace fs = std::filesystem;

constexpr auto kSettled = std::chrono::milliseconds(20);

void settle() {
  std::this_thread::sleep_for(kSettled + std::chrono::milliseconds(10));
}

std::string path_of(const ledd::cases::Series& series) {
  return series.stack ? series.stack->slices.front().path.string() : series.image.string();
}

/// All that a dry run says.
std::vector<std::string> print(const ledd::cases::Survey& survey, const std::vector<Preview>& previews) {
  std::vector<std::string> lines;
  for (const auto& file : survey.files)
    lines.push_back(
        fmt::format("{} {} {} {}", file.path.string(), name_of(file.decision), file.stack_id, file.reason));
  for (const auto& series : survey.series) {
    std::string line =
        fmt::format("{} {} {} {}", series.id, path_of(series), series.geometry, series.problem);
    for (const auto& verdict : series.verdicts)
      line += fmt::format(" {} {} {}", verdict.pipeline, verdict.match.accepted, verdict.match.reason);
    lines.push_back(line);
  }
  for (const Preview& one : previews)
    lines.push_back(fmt::format("{} {} {} {}", one.case_id, one.action, one.why, describe(one.planned)));
  return lines;
}

struct Planning : testing::Test {
  Folder in, out;
  ledd::ValueMap values{};

  BatchOptions options(PlanCache* known) const {
    BatchOptions all;
    all.out = out.path();
    all.known = known;
    return all;
  }
  ledd::cases::Survey survey(PlanCache* known) const {
    Context context({}, 2);
    return ledd::cases::survey({in.path()}, out.path(), {threshold_pipeline()}, context, known);
  }
  std::vector<Preview> preview(const ledd::cases::Survey& seen, PlanCache* known) const {
    const auto pipeline = threshold_pipeline();
    std::vector<ledd::cases::PlannedCase> planned;
    try {
      planned = plan(seen, pipeline, {});
    } catch (const ledd::Error& e) {
      return {{"", "none", e.what()}};
    }
    return ledd::cases::preview(planned, {pipeline, pipeline.prepare(values)}, options(known));
  }
  std::vector<std::string> dry_run(PlanCache* known) const {
    const auto seen = survey(known);
    return print(seen, preview(seen, known));
  }
  PlanCache::Params params(bool trusted = true) const {
    return {.out = out.path(), .trusted = trusted, .settled = kSettled};
  }
  /// With what earlier runs found out, and with what this one did.
  std::vector<std::string> known_dry_run(bool trusted = true) const {
    PlanCache known(params(trusted));
    auto lines = dry_run(&known);
    EXPECT_TRUE(known.save());
    return lines;
  }
  ledd::cases::Summary run() const {
    PlanCache known(params());
    const auto pipeline = threshold_pipeline();
    const auto planned = plan(survey(&known), pipeline, {});
    ledd::cases::Stop stop;
    const auto summary = run_batch(planned, {pipeline, pipeline.prepare(values)}, options(&known), {}, stop);
    settle();
    EXPECT_TRUE(known.save());
    return summary;
  }
  std::vector<std::string> whys() const {
    std::vector<std::string> all;
    PlanCache known(params());
    for (const Preview& one : preview(survey(&known), &known)) all.push_back(one.action + ": " + one.why);
    return all;
  }
  fs::path only_case() const {
    for (const auto& entry : fs::directory_iterator(out / "cases")) return entry.path();
    return {};
  }
};

std::vector<fs::path> files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

/// Changes one file of the input, or of the results.
class Edits {
 public:
  std::string one(const fs::path& in, const fs::path& results) {
    const auto inputs = files_below(in);
    const auto outputs = files_below(results);
    const fs::path& file = below(2) == 0 ? outputs[below(outputs.size())] : inputs[below(inputs.size())];
    const fs::path& other = inputs[below(inputs.size())];
    const auto time = fs::last_write_time(file);
    std::string bytes = ledd::files::read_bytes(file);
    const std::string name = fmt::format(" {} {}", file.string(), other.string());
    switch (below(6)) {
      case 0: fs::last_write_time(file, time + std::chrono::seconds(1)); return "touch" + name;
      case 1:
        ledd::testing::write_bytes(file, ledd::files::read_bytes(other));
        fs::last_write_time(file, time);
        return "replace" + name;
      case 2:
        // Of a DICOM file only pixels: what stands in a value that is cut is not the same each time.
        fs::resize_file(file, bytes.size() - below(std::min<std::size_t>(bytes.size(), 30)));
        return "cut" + name;
      case 3:
        if (inputs.size() > 12) fs::remove(file);
        return "delete" + name;
      case 4:
        if (below(2) == 0)
          fs::copy_file(other, in / fmt::format("new{}{}", count_, other.filename().string()));
        else
          write_scan(in / fmt::format("new{}.nii.gz", count_), 20 + count_);
        ++count_;
        return "add" + name;
      default:
        if (file.extension() == ".dcm" && file.string().starts_with(in.string()))
          bytes[bytes.size() - 1 - below(30)] ^= 4;
        else if (!bytes.empty())
          bytes[below(bytes.size())] ^= 4;
        ledd::testing::write_bytes(file, bytes);
        fs::last_write_time(file, time);
        return "one bit" + name;
    }
  }

 private:
  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }

  std::mt19937 random_{21};
  unsigned count_ = 0;
};

void write_series(const fs::path& folder, const std::string& uid) {
  ledd::testing::Series series;
  series.slices = 6;
  series.row_lps = {0, 1, 0};
  series.column_lps = {0, 0, -1};
  series.gap_mm = 4.0;
  series.uid = uid;
  fs::create_directories(folder);
  write(pictures(series), folder);
}

TEST_F(Planning, IsTheSameWithAndWithoutWhatIsKnownAfterEveryEdit) {
  Edits edits;
  std::map<std::string, int> said;
  for (int round = 0; round < 60; ++round) {
    if (round % 5 == 0) {  // before nothing is left that could be planned
      for (const auto& entry : fs::directory_iterator(in.path())) fs::remove_all(entry.path());
      for (unsigned n = 0; n < 4; ++n) write_scan(in / fmt::format("scan{}.nii.gz", n), 3 + n);
      write_series(in / "a", "1.2.3.1");
      write_series(in / "b", "1.2.3.2");
      run();
    }
    settle();
    known_dry_run();
    ASSERT_EQ(known_dry_run(), dry_run(nullptr)) << round;
    const std::string edit = edits.one(in.path(), out / "cases");
    const auto plain = dry_run(nullptr);
    ASSERT_EQ(known_dry_run(), plain) << round << ": " << edit;
    for (const auto& line : plain)
      for (const char* word : {"up to date", "was changed", "is missing", "not done before"})
        said[word] += line.find(word) != std::string::npos ? 1 : 0;
  }
  EXPECT_EQ(said.size(), 4U);
  for (const auto& [word, count] : said) EXPECT_GT(count, 0) << word;
}

TEST_F(Planning, AnOutputOfTheSameLengthAndTimeIsSeenToBeAnother) {
  write_scan(in / "a.nii.gz", 3);
  run();
  EXPECT_THAT(whys(), testing::ElementsAre("cached: up to date"));
  const auto table = only_case() / "endpoints.json";
  const auto time = fs::last_write_time(table);
  std::string bytes = ledd::files::read_bytes(table);
  bytes[bytes.size() / 2] ^= 1;
  ledd::testing::write_bytes(table, bytes);
  fs::last_write_time(table, time);
  EXPECT_THAT(whys(), testing::ElementsAre("redo: endpoints.json was changed"));
}

TEST_F(Planning, AnEditBeforeTheRunRemembersItsOutputsIsSeen) {
  write_scan(in / "a.nii.gz", 3);
  const auto pipeline = threshold_pipeline();
  PlanCache known(params());
  ledd::cases::Stop stop;
  run_batch(
      plan(survey(&known), pipeline, {}), {pipeline, pipeline.prepare(values)}, options(&known), {}, stop);
  settle();
  const auto table = only_case() / "endpoints.json";
  ledd::testing::write_bytes(table, ledd::files::read_bytes(table) + " ");
  settle();
  EXPECT_TRUE(known.save());
  EXPECT_THAT(whys(), testing::ElementsAre("redo: endpoints.json was changed"));
}

TEST_F(Planning, WhatWasSeenToBeWholeIsNotReadAgainUnlessAskedTo) {
  write_scan(in / "a.nii.gz", 3);
  run();
  // A record that says of a damaged folder that it was seen whole, as only a file system that lies could make
  // it.
  const fs::path folder = only_case();
  const auto table = folder / "report.html";
  const std::string name = folder.filename().string() + "/outputs";
  std::string seen;
  {
    PlanCache known(params());
    const auto stamp = ledd::file_cache::stamp_of(folder / "provenance.json");
    seen = std::string(known.finished.find(name, *stamp).value());
  }
  const auto replaced = [&](const ledd::file_cache::Stamp& stamp) {
    return std::string(reinterpret_cast<const char*>(&stamp), 4 * sizeof(std::uint64_t));
  };
  const auto before = ledd::file_cache::stamp_of(table);
  ledd::testing::write_bytes(table, "<p>edited</p>");
  settle();
  const auto after = ledd::file_cache::stamp_of(table);
  const auto at = seen.find(replaced(*before));
  ASSERT_NE(at, std::string::npos);
  seen.replace(at, 32, replaced(*after));
  PlanCache known(params());
  known.finished.keep(name, *ledd::file_cache::stamp_of(folder / "provenance.json"), seen);
  EXPECT_TRUE(known.save());
  EXPECT_THAT(whys(), testing::ElementsAre("cached: up to date"));
  EXPECT_THAT(known_dry_run(false).back(), HasSubstr("report.html was changed"));  // --verify
}

TEST_F(Planning, OtherParametersAreSeenWithTheirReason) {
  write_scan(in / "a.nii.gz", 3);
  run();
  values["threshold"] = 60.0;
  EXPECT_THAT(whys(), testing::ElementsAre("redo: threshold was 50, is 60"));
  values["threshold"] = 50.0;
  EXPECT_THAT(whys(), testing::ElementsAre("cached: up to date"));
}

TEST_F(Planning, WithoutInputsNothingOfTheInputIsKept) {
  write_series(in / "a", "1.2.3.1");
  write_scan(in / "a.nii.gz", 3);
  settle();
  fs::create_directories(out.path());
  PlanCache known({.out = out.path(), .inputs = false, .settled = kSettled});
  dry_run(&known);
  EXPECT_TRUE(known.save());
  EXPECT_FALSE(fs::exists(out / ".ledd"));
}

TEST_F(Planning, ADamagedOrStrangeCacheChangesNothing) {
  for (unsigned n = 0; n < 3; ++n) write_scan(in / fmt::format("scan{}.nii.gz", n), 3 + n);
  write_series(in / "a", "1.2.3.1");
  run();
  settle();
  const auto truth = dry_run(nullptr);
  std::mt19937 random(5);
  known_dry_run();
  for (int trial = 0; trial < 40; ++trial) {
    for (const auto& entry : fs::directory_iterator(out / ".ledd")) {
      if (!entry.is_regular_file() || random() % 2 == 0) continue;
      std::string bytes = ledd::files::read_bytes(entry.path());
      if (trial % 3 == 0) bytes.resize(random() % (bytes.size() + 1));
      for (std::size_t n = 0; n < 3 && !bytes.empty(); ++n)
        bytes[random() % bytes.size()] = static_cast<char>(random());
      ledd::testing::write_bytes(entry.path(), bytes);
    }
    ASSERT_EQ(known_dry_run(), truth) << trial;
  }
}

TEST_F(Planning, ASecondRunIsCachedAndStatusAgrees) {
  for (unsigned n = 0; n < 3; ++n) write_scan(in / fmt::format("scan{}.nii.gz", n), 3 + n);
  EXPECT_EQ(run().done, 3U);
  EXPECT_EQ(run().cached, 3U);
  const auto rows = ledd::cases::read_status(out.path());
  EXPECT_EQ(rows.size(), 3U);
  fs::remove_all(out / ".ledd");
  const auto plain = ledd::cases::read_status(out.path());
  ASSERT_EQ(plain.size(), 3U);
  for (std::size_t n = 0; n < 3; ++n) {
    EXPECT_EQ(rows[n].case_id, plain[n].case_id);
    EXPECT_EQ(rows[n].series, plain[n].series);
    EXPECT_EQ(rows[n].run_id, plain[n].run_id);
    EXPECT_EQ(rows[n].seconds, plain[n].seconds);
  }
}

TEST_F(Planning, SeriesOfManyStudiesArePlannedStudyByStudy) {
  // Each pair of series belongs to a study of its own; what joins must not depend on the others.
  const auto pipeline = threshold_pipeline();
  ledd::cases::Survey all;
  std::map<std::string, std::string> apart;
  for (unsigned n = 0; n < 400; ++n) {
    ledd::cases::Survey pair;
    for (unsigned s = 0; s < 2; ++s) {
      ledd::dicom::Stack stack;
      stack.id = fmt::format("s{}-{}", n, s);
      stack.modality = "MR";
      stack.study_uid = fmt::format("1.{}", n);
      stack.series_uid = fmt::format("1.{}.{}", n, s);
      stack.frame_of_reference_uid = stack.study_uid;
      stack.series_number = static_cast<int>(s);
      stack.row_lps = {0, 1, 0};
      stack.column_lps = {0, 0, -1};
      stack.normal_lps = {-1, 0, 0};
      stack.columns = stack.rows = 64;
      stack.pixel_spacing_mm = {2, 2};
      stack.slice_spacing_mm = 4;
      stack.scanning_sequence = "SE";
      stack.repetition_time_ms = s == 0 ? 600 : 3000;
      stack.echo_time_ms = s == 0 ? 10 : 100;
      for (unsigned k = 0; k < 6; ++k) {
        ledd::dicom::Slice slice;
        slice.sop_instance_uid = fmt::format("1.{}.{}.{}", n, s, k);
        slice.position_lps_mm = {-4.0 * k + (n % 5 == 0 && s == 1 ? 500.0 : 0.0), 0, 0};
        stack.slices.push_back(slice);
      }
      ledd::cases::Series series;
      series.id = stack.id;
      series.stack = stack;
      series.verdicts = {{pipeline.name, pipeline.match_stack(stack)}};
      pair.series.push_back(series);
      all.series.push_back(series);
    }
    for (const auto& one : plan(pair, pipeline, {}))
      apart[one.id] = describe(one) + one.apart + std::to_string(one.companions.size());
  }
  const auto together = plan(all, pipeline, {});
  ASSERT_EQ(together.size(), apart.size());
  const auto uses = ledd::cases::uses_of(together);
  for (const auto& one : together) {
    EXPECT_EQ(describe(one) + one.apart + std::to_string(one.companions.size()), apart[one.id]);
    EXPECT_EQ(uses.at(one.series->id).size(), ledd::cases::uses_of(one.series->id, together).size());
  }
}

}  // namespace
