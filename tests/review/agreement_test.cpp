#include "ledd/review/agreement.h"

#include <gmock/gmock.h>

#include <cmath>

#include "ledd/cases/batch.h"
#include "ledd/cases/overview.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/review/correction.h"
#include "ledd/review_record/review_record.h"

#include "folder.h"
#include "scans.h"
#include "threshold_pipeline.h"

namespace {

using ledd::Context;
using ledd::Error;
using ledd::Folder;
using ledd::review_record::Decision;
using ledd::review_record::Verdict;
using ledd::testing::threshold_pipeline;
using namespace ledd::review;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

namespace fs = std::filesystem;

constexpr double kVoxelMm3 = 4.0;

/// Five cases of 3 to 7 voxels, twice: a folder for anna and a copy of it for ben.
struct Readers : testing::Test {
  Folder input, folder;
  fs::path anna = folder / "anna", ben = folder / "ben";
  Context context;
  std::vector<ledd::cases::PlannedCase> planned;

  Readers() {
    for (std::size_t n = 3; n <= 7; ++n)
      ledd::testing::write_scan(input / ("scan" + std::to_string(n) + ".nii.gz"), n);
    const auto seen = ledd::cases::survey({input.path()}, {}, {threshold_pipeline()}, context);
    planned = ledd::cases::plan(seen, threshold_pipeline(), {});
    ledd::cases::BatchOptions options;
    options.out = anna;
    ledd::cases::Stop stop;
    ledd::cases::run_batch(
        planned, {threshold_pipeline(), threshold_pipeline().prepare({})}, options, {}, stop);
    fs::copy(anna, ben, fs::copy_options::recursive);
  }
  static std::string digest(const fs::path& out, const std::string& id) {
    return ledd::files::sha256_of_file(out / "cases" / id / "provenance.json");
  }
  Decision judged(const std::string& reader, std::size_t n, Verdict verdict, const fs::path& out) const {
    Decision d;
    d.reader = reader;
    d.case_id = planned[n].id;
    d.verdict = verdict;
    d.result_sha256 = digest(out, d.case_id);
    d.reason = verdict == Verdict::kRejected ? "artefact" : "";
    d.seconds = 10.0 * static_cast<double>(n + 1);
    return d;
  }
  void judge(const std::string& reader, std::size_t n, Verdict verdict, const fs::path& out) const {
    ledd::review_record::add(out, judged(reader, n, verdict, out), "1.0");
  }
  /// Publishes labels of `more` voxels more than the case has now, as the reader's.
  void correct(const std::string& reader, std::size_t n, int more, const fs::path& out) const {
    const auto labels = ledd::files::read_labels(out / "cases" / planned[n].id / "labels.nii.gz");
    std::uint16_t* voxel = labels->GetBufferPointer();
    long count = 0;
    while (voxel[count] == 20) ++count;
    for (long at = 0; at < std::abs(more); ++at)
      voxel[more > 0 ? count + at : count - 1 - at] = more > 0 ? 20 : 0;
    ledd::cases::Stop stop;
    publish({.out = out,
             .case_id = planned[n].id,
             .reader = reader,
             .comment = "",
             .result_sha256 = digest(out, planned[n].id)},
            *labels,
            ledd::testing::threshold_registry({}),
            {},
            stop);
  }
  Agreement found(AgreementOptions options = {}) {
    options.outs = {anna, ben};
    return agreement_of(options, context);
  }
  /// What each of five cases gives for two readers' verdicts: 'a', 'r'.
  void judge_all(const std::string& first, const std::string& second) const {
    for (std::size_t n = 0; n < 5; ++n) {
      judge("anna", n, first[n] == 'a' ? Verdict::kAccepted : Verdict::kRejected, anna);
      judge("ben", n, second[n] == 'a' ? Verdict::kAccepted : Verdict::kRejected, ben);
    }
  }
};

template <class Item>
const Item& of_pair(const std::vector<Item>& items, const std::string& first, const std::string& second) {
  for (const Item& one : items)
    if (one.pair.first == first && one.pair.second == second) return one;
  throw std::runtime_error("no " + first + " and " + second);
}

TEST_F(Readers, NobodyJudgedSaysSo) {
  const auto nothing = found();
  EXPECT_THAT(rows_of(nothing), IsEmpty());
  EXPECT_THAT(agreement_text(nothing), HasSubstr("no reader has judged"));
  EXPECT_THAT(agreement_html(nothing), HasSubstr("0 readers"));
}

TEST_F(Readers, VerdictsOfTwoOnTheSameResultsGiveKappa) {
  judge_all("aaarr", "aarrr");
  const auto all = found();
  ASSERT_THAT(all.verdicts, SizeIs(1));
  const auto& one = all.verdicts[0];
  EXPECT_EQ(one.pair, (Pair{"threshold", "anna", "ben"}));
  EXPECT_EQ(one.cases, 5U);
  EXPECT_THAT(one.counts, ElementsAre(ElementsAre(2, 1, 0), ElementsAre(0, 2, 0), ElementsAre(0, 0, 0)));
  ASSERT_TRUE(one.kappa);
  EXPECT_NEAR(one.kappa->observed, 0.8, 1e-12);
  EXPECT_NEAR(one.kappa->value, (0.8 - 0.48) / 0.52, 1e-12);
}

TEST_F(Readers, TheLastVerdictOfAReaderCounts) {
  judge_all("aaarr", "aarrr");
  judge("anna", 2, Verdict::kRejected, anna);
  judge("anna", 2, Verdict::kComment, anna);
  EXPECT_EQ(found().verdicts.at(0).kappa->value, 1.0);
}

TEST_F(Readers, TooFewCasesGiveAReasonInsteadOfAFigure) {
  judge("anna", 0, Verdict::kAccepted, anna);
  judge("ben", 0, Verdict::kRejected, ben);
  judge("anna", 1, Verdict::kAccepted, anna);
  judge("ben", 2, Verdict::kAccepted, ben);
  const auto few = found();
  ASSERT_THAT(few.verdicts, SizeIs(1));
  EXPECT_EQ(few.verdicts[0].cases, 1U);
  EXPECT_FALSE(few.verdicts[0].kappa);
  EXPECT_THAT(few.verdicts[0].reason, HasSubstr("3 are needed"));
  for (const auto& row : rows_of(few))
    if (row.kind == "verdict") {
      EXPECT_FALSE(row.value) << row.measure;
      EXPECT_FALSE(row.reason.empty()) << row.measure;
    }
}

TEST_F(Readers, OneGradeThroughoutHasNoKappaAndSaysWhy) {
  judge_all("aaaaa", "aaaaa");
  const auto same = found();
  EXPECT_FALSE(same.verdicts.at(0).kappa);
  EXPECT_THAT(same.verdicts[0].reason, HasSubstr("one grade throughout"));
  EXPECT_EQ(same.verdicts[0].observed, 1.0);
  for (const auto& row : rows_of(same))
    if (row.kind == "verdict") {
      EXPECT_EQ(row.value.has_value(), row.measure == "observed_agreement") << row.measure;
      EXPECT_NE(row.value.has_value(), !row.reason.empty()) << row.measure;
    }
}

TEST_F(Readers, ACorrectionIsAVerdictOnTheResultThatWasCorrected) {
  for (std::size_t n = 0; n < 4; ++n) judge("ben", n, Verdict::kAccepted, ben);
  judge("anna", 0, Verdict::kAccepted, anna);
  judge("anna", 1, Verdict::kRejected, anna);
  correct("anna", 2, 1, anna);
  correct("anna", 3, 1, anna);
  const auto all = found();
  ASSERT_THAT(all.verdicts, SizeIs(1));
  EXPECT_THAT(all.verdicts[0].counts[0], ElementsAre(1, 0, 0));
  EXPECT_THAT(all.verdicts[0].counts[1], ElementsAre(1, 0, 0));
  EXPECT_THAT(all.verdicts[0].counts[2], ElementsAre(2, 0, 0));
  EXPECT_THAT(all.notes, IsEmpty());
}

TEST_F(Readers, VerdictsOnDifferentResultsAreNotCompared) {
  for (std::size_t n = 0; n < 3; ++n) {
    judge("anna", n, Verdict::kAccepted, anna);
    correct("ben", n, 1, ben);
    judge("ben", n, Verdict::kAccepted, ben);  // of the own correction, which anna never saw
  }
  const auto all = found();
  ASSERT_THAT(all.verdicts, SizeIs(1));
  EXPECT_THAT(all.verdicts[0].counts[0], ElementsAre(0, 0, 3)) << "on the automatic result ben corrected";
}

TEST_F(Readers, StructuresHaveTheirOwnVerdicts) {
  judge_all("aaarr", "aarrr");
  for (std::size_t n = 0; n < 3; ++n)
    for (const auto& [reader, out] : {std::pair("anna", anna), std::pair("ben", ben)}) {
      Decision d = judged(reader, n, n == 0 ? Verdict::kRejected : Verdict::kAccepted, out);
      d.structure = "L1";
      ledd::review_record::add(out, d, "1.0");
    }
  const auto all = found();
  ASSERT_THAT(all.verdicts, SizeIs(2));
  EXPECT_EQ(all.verdicts[0].structure, "");
  EXPECT_EQ(all.verdicts[0].cases, 5U);
  EXPECT_EQ(all.verdicts[1].structure, "L1");
  EXPECT_EQ(all.verdicts[1].kappa->value, 1.0);
}

TEST_F(Readers, ThreeHaveTheKappaOfEachTwoAndOfAllTogether) {
  judge_all("aaarr", "aarrr");
  for (std::size_t n = 0; n < 5; ++n) judge("cleo", n, n < 2 ? Verdict::kAccepted : Verdict::kRejected, anna);
  const auto all = found();
  ASSERT_THAT(all.verdicts, SizeIs(4));
  const auto& together = all.verdicts.back();
  EXPECT_EQ(together.pair.first, "all readers");
  EXPECT_THAT(together.counts, IsEmpty());
  // Agreement 1, 1, 1/3, 1, 1; shares 7/15 and 8/15.
  const double chance = (49.0 + 64.0) / 225.0;
  EXPECT_NEAR(together.kappa->observed, 13.0 / 15.0, 1e-12);
  EXPECT_NEAR(*together.observed, 13.0 / 15.0, 1e-12);
  EXPECT_NEAR(together.kappa->value, (13.0 / 15.0 - chance) / (1.0 - chance), 1e-12);
}

TEST_F(Readers, BlindedReadsCanBeTakenAlone) {
  judge_all("aaarr", "aarrr");
  for (std::size_t n = 0; n < 3; ++n)
    for (const auto& [reader, out] : {std::pair("anna", anna), std::pair("ben", ben)}) {
      Decision d = judged(reader, n, n == 0 ? Verdict::kRejected : Verdict::kAccepted, out);
      d.blinded = true;
      ledd::review_record::add(out, d, "1.0");
    }
  AgreementOptions options;
  options.reads = AgreementOptions::Reads::kBlinded;
  EXPECT_EQ(found(options).verdicts.at(0).cases, 3U);
}

TEST_F(Readers, TimesAreMediansOverCasesOfTheLongestLook) {
  judge("anna", 0, Verdict::kRejected, anna);  // 10 s
  judge("anna", 1, Verdict::kRejected, anna);  // 20 s
  judge("anna", 4, Verdict::kRejected, anna);  // 50 s
  Decision again = judged("anna", 1, Verdict::kAccepted, anna);
  again.seconds = 25.0;
  ledd::review_record::add(anna, again, "1.0");
  const auto all = found();
  ASSERT_THAT(all.times, SizeIs(1));
  EXPECT_EQ(all.times[0].cases, 3U);
  EXPECT_EQ(all.times[0].median_s, 25.0);
}

/// Anna draws one voxel more than the program, ben one less, in every case.
struct Corrections : Readers {
  Corrections() {
    for (std::size_t n = 0; n < 5; ++n) {
      correct("anna", n, 1, anna);
      correct("ben", n, -1, ben);
    }
  }
};

TEST_F(Corrections, ValuesOfTheReadersAreCompared) {
  const auto all = found();
  EXPECT_THAT(all.notes, IsEmpty());
  ASSERT_THAT(all.values, SizeIs(3)) << "anna and ben, and either with the automatic result";
  const auto& readers = of_pair(all.values, "anna", "ben");
  EXPECT_EQ(readers.endpoint, "Vol");
  EXPECT_EQ(readers.region, "L1");
  ASSERT_THAT(readers.values, SizeIs(5));
  ASSERT_TRUE(readers.difference);
  EXPECT_NEAR(readers.difference->bias, -2.0 * kVoxelMm3, 1e-9);
  EXPECT_NEAR(readers.difference->sd, 0.0, 1e-9);
  ASSERT_TRUE(readers.icc);
  // Variance between the five cases 40, of the shift of two voxels 32: 2.5 / (2.5 + 2) voxels.
  EXPECT_NEAR(readers.icc->agreement, 2.5 / 4.5, 1e-9);
  EXPECT_NEAR(of_pair(all.values, "automatic result", "anna").difference->bias, kVoxelMm3, 1e-9);
  EXPECT_NEAR(of_pair(all.values, "automatic result", "ben").difference->bias, -kVoxelMm3, 1e-9);
}

TEST_F(Corrections, MasksOfTheReadersAreCompared) {
  const auto all = found();
  ASSERT_THAT(all.masks, SizeIs(3));
  const auto& readers = of_pair(all.masks, "anna", "ben");
  EXPECT_EQ(readers.structure, "L1");
  ASSERT_THAT(readers.cases, SizeIs(5));
  std::vector<double> dice;
  for (const auto& one : readers.cases) {
    const double n = static_cast<double>(one.found.first_voxels - 1);  // the program's
    EXPECT_EQ(one.found.second_voxels, one.found.first_voxels - 2);
    EXPECT_NEAR(one.found.dice, (n - 1.0) / n, 1e-12);
    ASSERT_TRUE(one.found.surface);
    EXPECT_GT(one.found.surface->max_mm, 0.0);
    dice.push_back(one.found.dice);
  }
  for (const auto& row : rows_of(all))
    if (row.measure == "dice_median" && row.first == "anna") {
      EXPECT_NEAR(*row.value, 0.8, 1e-12) << "of the case of five voxels";
    }
}

TEST_F(Corrections, AChangedLabelFileIsLeftOutAndNamed) {
  const fs::path file = anna / "cases" / planned[0].id / "labels.nii.gz";
  ledd::files::write_labels(*ledd::files::read_labels(file), file.parent_path() / "x.nii.gz");
  const auto labels = ledd::files::read_labels(file);
  labels->GetBufferPointer()[50] = 20;
  ledd::files::write_labels(*labels, file);
  const auto all = found();
  EXPECT_THAT(of_pair(all.masks, "anna", "ben").cases, SizeIs(4));
  EXPECT_THAT(all.notes, Contains(testing::AllOf(HasSubstr(file.string()), HasSubstr("was changed"))));
}

TEST_F(Corrections, ARejectedOwnCorrectionIsNobodysResult) {
  judge("anna", 0, Verdict::kRejected, anna);
  EXPECT_THAT(of_pair(found().values, "anna", "ben").values, SizeIs(4));
}

TEST_F(Corrections, WhatIsWrittenIsTheSameEveryTimeAndHasNoNumberThatIsNone) {
  const fs::path first = folder / "a", second = folder / "b";
  write_agreement(found(), first);
  write_agreement(found(), second);
  for (const char* file : {"agreement.csv", "agreement.json", "agreement.html"}) {
    const std::string bytes = ledd::files::read_bytes(first / file);
    EXPECT_EQ(bytes, ledd::files::read_bytes(second / file)) << file;
    EXPECT_THAT(bytes, testing::Not(testing::ContainsRegex("[^a-z]nan[^a-z]|[^a-z]inf[^a-z]"))) << file;
  }
  const std::string csv = ledd::files::read_bytes(first / "agreement.csv");
  EXPECT_THAT(csv, HasSubstr("value,threshold,anna,ben,,Vol,L1,,value,bias,-8,-8,-8,mm3,5,\r\n"));
  const std::string page = ledd::files::read_bytes(first / "agreement.html");
  EXPECT_THAT(page, HasSubstr("anna, ben: whole case"));
  EXPECT_THAT(page, HasSubstr("Vol L1: anna, ben"));
  if (const char* keep = std::getenv("LEDD_SCREENSHOTS"))
    fs::copy_file(
        first / "agreement.html", fs::path(keep) / "agreement.html", fs::copy_options::overwrite_existing);
}

TEST_F(Readers, OneAfterAnotherIsToldSinceItIsNotIndependent) {
  for (std::size_t n = 0; n < 3; ++n) {
    correct("anna", n, 1, anna);
    correct("cleo", n, 1, anna);
  }
  AgreementOptions options;
  options.outs = {anna};
  const auto all = agreement_of(options, context);
  EXPECT_NEAR(of_pair(all.values, "anna", "cleo").difference->bias, kVoxelMm3, 1e-9);
  EXPECT_NEAR(of_pair(all.values, "automatic result", "cleo").difference->bias, 2.0 * kVoxelMm3, 1e-9);
  EXPECT_THAT(all.notes, Contains(HasSubstr("3 cases: of anna and cleo, one began from the result")));
}

TEST_F(Readers, AnAcceptedResultIsAReadersOnlyWhenThatIsAskedFor) {
  for (std::size_t n = 0; n < 3; ++n) {
    correct("anna", n, 1, anna);
    judge("ben", n, Verdict::kAccepted, ben);
  }
  EXPECT_THAT(found().values, SizeIs(1)) << "anna and the automatic result";
  AgreementOptions options;
  options.results = AgreementOptions::Results::kAlsoAccepted;
  const auto all = found(options);
  EXPECT_NEAR(of_pair(all.values, "anna", "ben").difference->bias, -kVoxelMm3, 1e-9);
  EXPECT_EQ(of_pair(all.masks, "automatic result", "ben").cases.at(0).found.dice, 1.0);
}

TEST_F(Readers, ARecordThatWasChangedIsLeftOutAndNamed) {
  judge_all("aaarr", "aarrr");
  const fs::path record = anna / "reviews" / (planned[4].id + ".jsonl");
  std::string text = ledd::files::read_bytes(record);
  text.replace(text.find("artefact"), 8, "artifact");
  ledd::files::write_bytes(text, record);
  const auto all = found();
  EXPECT_EQ(all.verdicts.at(0).cases, 4U);
  EXPECT_THAT(all.notes, Contains(HasSubstr(record.string())));
}

TEST_F(Readers, APipelineThatNoCaseHasIsRefused) {
  AgreementOptions options;
  options.pipeline = "thresold";
  EXPECT_THROW(found(options), Error);
  options.pipeline = "threshold";
  judge_all("aaarr", "aarrr");
  EXPECT_EQ(found(options).verdicts.at(0).cases, 5U);
}

TEST_F(Readers, WhereNoResultsAreIsRefused) {
  AgreementOptions options;
  options.outs = {input.path()};
  EXPECT_THROW(agreement_of(options, context), Error);
}

}  // namespace
