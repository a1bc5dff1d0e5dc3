#include "ledd/review/correction.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <future>

#include "ledd/cases/correct_case.h"
#include "ledd/dicom_results/measurement_report.h"
#include "ledd/dicom_results/segmentation.h"

#include "as_user.h"
#include "corrected.h"

namespace {

using ledd::Corrected;
using ledd::Errc;
using ledd::Error;
using ledd::error_of;
using ledd::Folder;
using ledd::registry;
using ledd::tree;
using ledd::cases::OpenCase;
using ledd::review_record::Verdict;
using namespace ledd::review;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

namespace fs = std::filesystem;
namespace results = ledd::dicom_results;

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
  for (const auto& entry : log()) actions.push_back(entry.action);
  EXPECT_THAT(actions, ElementsAre("correction-begun", "case-done", "superseded", "reviewed"));
  const auto held = ledd::audit::held_cases(log(), out);
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
  EXPECT_EQ(log().back().action, "correction-failed");
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

}  // namespace
