#include "ledd/review/correction.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <future>

#include "ledd/audit/audit.h"
#include "ledd/cases/correct_case.h"
#include "ledd/cases/open_case.h"
#include "ledd/core/error.h"
#include "ledd/deidentification/subject_key.h"
#include "ledd/dicom/dicom.h"
#include "ledd/dicom_results/measurement_report.h"
#include "ledd/dicom_results/segmentation.h"
#include "ledd/files/files.h"

#include "as_user.h"
#include "dicom_writer.h"
#include "folder.h"
#include "threshold_pipeline.h"

namespace {

using ledd::Context;
using ledd::Errc;
using ledd::Error;
using ledd::Folder;
using ledd::cases::OpenCase;
using ledd::deidentification::SubjectKey;
using ledd::review_record::Verdict;
using ledd::testing::Attribute;
using ledd::testing::threshold_pipeline;
using namespace ledd::review;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

namespace fs = std::filesystem;
namespace results = ledd::dicom_results;

const ledd::cases::Registry& registry() {
  static const ledd::cases::Registry all{threshold_pipeline()};
  return all;
}

/// Relative path -> bytes, but for the service folder.
std::map<std::string, std::string> tree(const fs::path& folder) {
  std::map<std::string, std::string> all;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().lexically_relative(folder).string();
    if (entry.is_regular_file() && name.rfind(".ledd/", 0) != 0)
      all[name] = ledd::files::read_bytes(entry.path());
  }
  return all;
}

std::string error_of(Errc code, const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), code) << e.what();
    return e.what();
  }
  return "no error";
}

/// A T2 and a T1 of one study, measured in one case: threshold 150.
struct Corrected : testing::Test {
  Folder input, output;
  fs::path out = output / "o", folder;
  Context context;
  ledd::cases::Stop stop;

  static void write_series(const fs::path& to, const std::string& uid, const std::vector<Attribute>& more) {
    auto slices = ledd::testing::pictures({.slices = 6,
                                           .row_lps = {0, 1, 0},
                                           .column_lps = {0, 0, -1},
                                           .pixel_spacing_mm = {0.5, 0.75},
                                           .gap_mm = 4.0,
                                           .uid = uid});
    fs::create_directories(to);
    for (auto& slice : slices) slice.attributes.insert(slice.attributes.end(), more.begin(), more.end());
    write(slices, to);
  }

  Corrected() {
    const std::vector<Attribute> both{{"PatientID", "ADAM"},
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
    SubjectKey* key = nullptr;
    bool force = false;
    double threshold = 150.0;
  };
  ledd::cases::State run(const How& how) {
    auto planned = ledd::cases::plan(
        ledd::cases::survey({input.path()}, {}, registry(), context), registry().front(), {});
    if (how.key != nullptr) ledd::cases::name_cases(planned, *how.key);
    ledd::cases::BatchOptions options;
    options.out = out;
    options.force = how.force;
    options.key = how.key;
    auto state = ledd::cases::State::kFailed;
    ledd::cases::Listener listener;
    listener.finished = [&](const auto& report) { state = report.state; };
    ledd::cases::run_batch(planned,
                           {registry().front(), registry().front().prepare({{"threshold", how.threshold}})},
                           options,
                           listener,
                           stop);
    EXPECT_THAT(planned, SizeIs(1));
    folder = out / "cases" / planned.front().id;
    return state;
  }
  ledd::cases::State run() { return run(How{}); }

  OpenCase open(const std::vector<fs::path>& look_in = {}) {
    return ledd::cases::open_case(folder, look_in, context);
  }
  Correction correction(const OpenCase& opened, const std::string& reader = "reader-1") const {
    return {out, folder.filename().string(), reader, "the upper edge", 31.5, false, opened.result_sha256};
  }
  /// What was opened, with one voxel of L2.
  static const ledd::Labels& edited(const OpenCase& opened, unsigned voxel = 3) {
    opened.labels->GetBufferPointer()[voxel] = 21;
    return *opened.labels;
  }
  Published publish(const Correction& c, const ledd::Labels& labels) {
    return ledd::review::publish(c, labels, registry(), {}, stop);
  }
  std::string read(const std::string& name) const { return ledd::files::read_bytes(folder / name); }
  std::vector<fs::path> superseded() const {
    std::vector<fs::path> all;
    if (fs::exists(out / "superseded"))
      for (const auto& entry : fs::directory_iterator(out / "superseded")) all.push_back(entry.path());
    return all;
  }
  std::vector<ledd::audit::Entry> audit() const { return ledd::audit::read(out / "audit.jsonl").entries; }
};

TEST_F(Corrected, IsTheNextVersionOfItsCaseAndTheAutomaticResultIsKept) {
  run();
  const auto opened = open();
  ASSERT_THAT(opened.problems, IsEmpty());
  const Published published = publish(correction(opened), edited(opened));
  EXPECT_THAT(published.problems, IsEmpty());
  EXPECT_EQ(published.result_sha256, ledd::files::sha256_of_file(folder / "provenance.json"));
  EXPECT_NE(published.result_sha256, opened.result_sha256);
  EXPECT_THAT(read("provenance.json"),
              AllOf(HasSubstr("\"reader\": \"reader-1\""),
                    HasSubstr("\"of_result\": \"" + opened.result_sha256 + "\""),
                    HasSubstr("\"case_version\": 2")));
  ASSERT_THAT(superseded(), SizeIs(1));
  EXPECT_EQ(ledd::files::sha256_of_file(superseded().front() / "provenance.json"), opened.result_sha256);
  EXPECT_EQ(tree(superseded().front()).size(), 12U) << "the automatic result, whole";
  EXPECT_THAT(ledd::files::read_bytes(out / "endpoints.csv"), HasSubstr(",L2,Vol,value,1.5,mm3"));
  const auto again = open();
  EXPECT_THAT(again.problems, IsEmpty());
  EXPECT_EQ(again.labels->GetBufferPointer()[3], 21);
  EXPECT_THAT(read("report.html"), HasSubstr("corrected by reader-1"));
}

TEST_F(Corrected, SegmentationIsSemiautomaticWithTheSameTrackingUidAndANewInstance) {
  run();
  const auto before = results::parse_segmentation(folder / "dicom" / "seg.dcm");
  const auto opened = open();
  publish(correction(opened), edited(opened));
  const auto after = results::parse_segmentation(folder / "dicom" / "seg.dcm");
  EXPECT_EQ(before.maker, results::Maker::kAutomatic);
  EXPECT_EQ(after.maker, results::Maker::kSemiautomatic);
  EXPECT_NE(after.sop_instance_uid, before.sop_instance_uid);
  ASSERT_THAT(before.segments, SizeIs(1));
  ASSERT_THAT(after.segments, SizeIs(2));
  EXPECT_EQ(after.segments[0].id, before.segments[0].id);
  EXPECT_EQ(after.segments[0].tracking_uid, before.segments[0].tracking_uid);
  EXPECT_NE(after.segments[1].tracking_uid, before.segments[0].tracking_uid);
}

TEST_F(Corrected, ReportIsVerifiedByTheReaderAndNamesTheOneBefore) {
  run();
  const auto before = results::report_uids(folder / "dicom" / "sr.dcm");
  EXPECT_THAT(read("dicom/sr.dcm"), HasSubstr("UNVERIFIED"));
  const auto opened = open();
  publish(correction(opened), edited(opened));
  EXPECT_NE(results::report_uids(folder / "dicom" / "sr.dcm").sop_instance_uid, before.sop_instance_uid);
  EXPECT_THAT(read("dicom/sr.dcm"),
              AllOf(Not(HasSubstr("UNVERIFIED")),
                    HasSubstr("reader-1"),
                    HasSubstr(before.sop_instance_uid),
                    HasSubstr(before.series_uid)));
}

TEST_F(Corrected, IsMeasuredWithTheParametersAndTheCompanionsOfTheCase) {
  run({nullptr, false, 222.0});
  ASSERT_THAT(read("report.html"), HasSubstr("contrast T1, brightest voxel"));
  const auto opened = open();
  publish(correction(opened), edited(opened));
  EXPECT_THAT(read("report.html"), HasSubstr("contrast T1, brightest voxel"));
  EXPECT_THAT(read("provenance.json"), HasSubstr("\"threshold\": 222.0"));
}

TEST_F(Corrected, IsDecidedAndToldInTheLog) {
  run();
  const auto opened = open();
  const Published published = publish(correction(opened), edited(opened));
  const auto record = ledd::review_record::record_of(out, published.case_id);
  ASSERT_THAT(record.decisions, SizeIs(1));
  const auto& decision = record.decisions.front();
  EXPECT_EQ(decision.verdict, Verdict::kCorrected);
  EXPECT_EQ(decision.result_sha256, published.result_sha256);
  EXPECT_EQ(decision.reader, "reader-1");
  EXPECT_EQ(decision.comment, "the upper edge");
  EXPECT_EQ(decision.seconds, 31.5);
  std::vector<std::string> actions;
  for (const auto& entry : audit()) actions.push_back(entry.action);
  EXPECT_THAT(actions, ElementsAre("correction-begun", "case-done", "superseded", "reviewed"));
  const auto held = ledd::audit::held_cases(audit(), out);
  ASSERT_THAT(held, SizeIs(1));
  EXPECT_EQ(held.front().state, ledd::audit::HeldCase::State::kSame) << held.front().said;
}

TEST_F(Corrected, CanBeCorrectedAgainAndNothingIsEverDeleted) {
  run();
  const auto first = open();
  publish(correction(first), edited(first));
  const auto second = open();
  publish(correction(second, "reader-2"), *second.labels);
  EXPECT_THAT(read("provenance.json"), HasSubstr("\"case_version\": 3"));
  EXPECT_THAT(superseded(), SizeIs(2));
}

TEST_F(Corrected, TheSlowerOfTwoReadersIsToldAndNothingOfItIsWritten) {
  run();
  const auto one = open(), other = open();
  publish(correction(one), edited(one));
  const auto before = tree(out);
  EXPECT_THAT(error_of(Errc::kInput, [&] { publish(correction(other, "reader-2"), edited(other, 5)); }),
              AllOf(HasSubstr("another reader"), HasSubstr("open the case again")));
  EXPECT_EQ(tree(out), before);
}

TEST_F(Corrected, OfTwoReadersAtTheSameInstantOneIsPublishedAndOneIsTold) {
  run();
  const auto one = open(), other = open();
  edited(one, 3);
  edited(other, 5);
  const auto ends = [this](const OpenCase& opened, const std::string& reader) {
    return std::async(std::launch::async, [this, &opened, reader] {
      try {
        ledd::cases::Stop own;
        return ledd::review::publish(correction(opened, reader), *opened.labels, registry(), {}, own)
            .result_sha256;
      } catch (const Error& e) {
        return std::string(name_of(e.code()));
      }
    });
  };
  auto a = ends(one, "reader-1"), b = ends(other, "reader-2");
  const std::vector<std::string> both{a.get(), b.get()};
  EXPECT_THAT(both, testing::Contains(std::string(name_of(Errc::kInput))).Times(1));
  EXPECT_THAT(both, testing::Contains(ledd::files::sha256_of_file(folder / "provenance.json")));
  EXPECT_THAT(superseded(), SizeIs(1));
  EXPECT_THAT(ledd::review_record::record_of(out, folder.filename()).decisions, SizeIs(1));
}

TEST_F(Corrected, WhatCannotBeMeasuredLeavesTheResultAndSaysWhy) {
  run();
  const auto opened = open();
  const auto count = opened.labels->GetLargestPossibleRegion().GetNumberOfPixels();
  std::fill_n(opened.labels->GetBufferPointer(), count, std::uint16_t{0});
  const auto before = tree(folder);
  EXPECT_THAT(error_of(Errc::kInput, [&] { publish(correction(opened), *opened.labels); }),
              HasSubstr("segmentation"));
  EXPECT_EQ(tree(folder), before);
  EXPECT_FALSE(fs::exists(out / "quarantine"));
  EXPECT_THAT(superseded(), IsEmpty());
  EXPECT_TRUE(fs::is_empty(out / "reviews")) << "no labels that nobody measured, no decision";
  EXPECT_EQ(audit().back().action, "correction-failed");
}

TEST_F(Corrected, AReaderWithoutANameIsRefusedBeforeAnythingIsMeasured) {
  run();
  const auto opened = open();
  const auto before = tree(out);
  error_of(Errc::kParam, [&] { publish(correction(opened, "A B"), edited(opened)); });
  EXPECT_EQ(tree(out), before);
}

TEST_F(Corrected, AReadOnlyFolderIsSaidAndNothingIsHalfWritten) {
  run();
  const auto opened = open();
  const auto before = tree(out);
  ::chmod(output.path().c_str(), 0755);
  {
    const ledd::AsOrdinaryUser user(out);
    ::chmod(out.c_str(), 0555);
    error_of(Errc::kPermission, [&] { publish(correction(opened), edited(opened)); });
    error_of(Errc::kPermission, [&] {
      judge(
          out,
          {"", "reader-1", folder.filename().string(), opened.result_sha256, Verdict::kAccepted, "", "", ""});
    });
    ::chmod(out.c_str(), 0755);
  }
  EXPECT_EQ(tree(out), before);
}

TEST_F(Corrected, IsNotUndoneByARunWithoutASegmentation) {
  run();
  const auto opened = open();
  const Published published = publish(correction(opened), edited(opened));
  EXPECT_EQ(run(), ledd::cases::State::kCached);
  EXPECT_EQ(ledd::cases::standing_result(out, published.case_id), published.result_sha256);
  EXPECT_EQ(run({nullptr, true, 150.0}), ledd::cases::State::kDone);
  EXPECT_THAT(superseded(), SizeIs(2)) << "made anew by force, and the correction is kept";
}

TEST_F(Corrected, FindsItsScanElsewhereAndNamesTheCompanionThatIsMissing) {
  run();
  const Folder elsewhere;
  fs::rename(input / "t2", elsewhere / "t2");
  const auto opened = open({elsewhere.path()});
  ASSERT_TRUE(opened.scan);
  Correction c = correction(opened);
  EXPECT_THAT(error_of(Errc::kNotFound, [&] { publish(c, edited(opened)); }), HasSubstr("--images"));
  c.look_in = {elsewhere.path()};
  fs::rename(input / "t1", input / "gone");
  EXPECT_THAT(error_of(Errc::kNotFound, [&] { publish(c, *opened.labels); }), HasSubstr("series 1"));
  fs::rename(input / "gone", elsewhere / "t1");
  EXPECT_THAT(publish(c, *opened.labels).problems, IsEmpty());
}

TEST_F(Corrected, AScanThatChangedSinceIsNotMeasuredUnderItsName) {
  run();
  const auto opened = open();
  auto bytes = ledd::files::read_bytes(input / "t2" / "0003.dcm");
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  ledd::files::write_bytes(bytes, input / "t2" / "0003.dcm");
  const auto before = tree(folder);
  EXPECT_THAT(error_of(Errc::kInput, [&] { publish(correction(opened), edited(opened)); }),
              AllOf(HasSubstr("0003.dcm"), HasSubstr("not as it was")));
  EXPECT_EQ(tree(folder), before);
}

/// A case whose names are pseudonyms.
struct Pseudonymous : Corrected {
  SubjectKey key = SubjectKey::create(input / "site.key");

  Pseudonymous() {
    run({&key});
    key.save();
  }
};

TEST_F(Pseudonymous, OpensWithoutTheKeyWhenItIsShownTheScan) {
  EXPECT_FALSE(open().scan) << "its record names no files";
  const auto opened = open({input.path()});
  EXPECT_THAT(opened.problems, IsEmpty());
  ASSERT_TRUE(opened.scan && opened.labels);
  EXPECT_EQ(opened.endpoints.info.subject, "S0001");
  EXPECT_EQ(opened.scan->GetBufferPointer()[12], 22.0F) << "first slice, row 2, column 2";
}

TEST_F(Pseudonymous, KeepsItsNamesOrIsRefused) {
  const auto opened = open({input.path()});
  Correction c = correction(opened);
  c.look_in = {input.path()};
  EXPECT_THAT(error_of(Errc::kInput, [&] { publish(c, edited(opened)); }), HasSubstr("--key"));
  SubjectKey::create(output / "other.key").save();
  c.key = output / "other.key";
  EXPECT_THAT(error_of(Errc::kInput, [&] { publish(c, *opened.labels); }), HasSubstr("is not the key"));
  c.key = input / "site.key";
  EXPECT_THAT(publish(c, *opened.labels).problems, IsEmpty());
  EXPECT_EQ(open({input.path()}).endpoints.info.subject, "S0001");
  for (const auto& [name, bytes] : tree(folder)) EXPECT_THAT(bytes, Not(HasSubstr("ADAM"))) << name;
  EXPECT_EQ(read("provenance.json").find(input.path().string()), std::string::npos);
}

TEST_F(Corrected, AJudgementIsInTheRecordAndInTheLog) {
  run();
  const std::string id = folder.filename();
  const std::string result = ledd::cases::standing_result(out, id);
  const auto written =
      judge(out, {"", "reader-1", id, result, Verdict::kRejected, "L1", "outline wrong", "", 12.0, true});
  EXPECT_THAT(ledd::review_record::record_of(out, id).decisions, ElementsAre(written));
  ASSERT_THAT(audit(), SizeIs(1));
  EXPECT_EQ(audit().front().action, "reviewed");
  EXPECT_EQ(audit().front().details.at("decision"), "rejected");
}

TEST_F(Corrected, AJudgementOfAnEarlierResultIsRefused) {
  run();
  const auto opened = open();
  publish(correction(opened), edited(opened));
  const auto before = tree(out);
  EXPECT_THAT(
      error_of(
          Errc::kInput,
          [&] {
            judge(out,
                  {"", "reader-2", folder.filename(), opened.result_sha256, Verdict::kAccepted, "", "", ""});
          }),
      HasSubstr("open the case again"));
  EXPECT_EQ(tree(out), before);
}

}  // namespace
