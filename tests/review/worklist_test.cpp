#include "ledd/review/worklist.h"

#include <gmock/gmock.h>

#include "ledd/cases/batch.h"
#include "ledd/cases/overview.h"
#include "ledd/files/files.h"

#include "folder.h"
#include "scans.h"
#include "threshold_pipeline.h"

namespace {

using ledd::Folder;
using ledd::review::Item;
using ledd::testing::threshold_pipeline;
using namespace ledd::review;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Item item(const std::string& id, const std::string& site, std::size_t eyes) {
  Item made;
  made.case_id = id;
  made.site = site;
  made.subject = "Subject " + id;
  made.state = "done";
  made.eyes = eyes;
  return made;
}

std::vector<std::string> ids(const std::vector<Item>& items) {
  std::vector<std::string> all;
  for (const Item& one : items) all.push_back(one.case_id);
  return all;
}

/// Three scans, one of them with nothing to be found.
struct Night : testing::Test {
  Folder input, output;
  Night() {
    ledd::testing::write_scan(input / "a.nii.gz", 3);
    ledd::testing::write_scan(input / "b.nii.gz", 5);
    ledd::testing::write_scan(input / "dark.nii.gz", 0);
    ledd::Context context;
    const auto seen = ledd::cases::survey({input.path()}, {}, {threshold_pipeline()}, context);
    ledd::cases::BatchOptions options;
    options.out = output.path();
    ledd::cases::Stop stop;
    ledd::cases::run_batch(ledd::cases::plan(seen, threshold_pipeline(), {}),
                           {threshold_pipeline(), threshold_pipeline().prepare({})},
                           options,
                           {},
                           stop);
  }
  void review(const Item& of, ledd::review_record::Verdict verdict) {
    ledd::review_record::Decision d;
    d.reader = "reader";
    d.case_id = of.case_id;
    d.verdict = verdict;
    d.result_sha256 = ledd::files::sha256_of_file(output / "cases" / of.case_id / "provenance.json");
    ledd::review_record::add(output.path(), d, ledd::cases::version());
  }
};

TEST_F(Night, WhatHasNoResultComesFirstAndWhatWasReviewedLast) {
  auto items = worklist(output.path());
  ASSERT_THAT(items, SizeIs(3));
  EXPECT_NE(items[0].state, "done");
  EXPECT_EQ(items[0].risk, 1.0);
  const Item reviewed = items[1];
  review(reviewed, ledd::review_record::Verdict::kAccepted);
  items = worklist(output.path());
  EXPECT_EQ(items[2].case_id, reviewed.case_id);
  EXPECT_EQ(items[2].standing.decision, "accepted");
  EXPECT_EQ(items[2].standing.reader, "reader");
  EXPECT_GT(items[1].good, 0U);
}

TEST(Worklist, FiltersNarrowIt) {
  std::vector<Item> items{item("aa", "North", 0), item("bb", "South", 2), item("cc", "North", 1)};
  items[2].standing.decision = "accepted";
  Filter filter;
  EXPECT_THAT(ids(filtered(items, filter)), ElementsAre("aa", "bb", "cc"));
  filter.site = "North";
  EXPECT_THAT(ids(filtered(items, filter)), ElementsAre("aa", "cc"));
  filter.decision = "-";
  EXPECT_THAT(ids(filtered(items, filter)), ElementsAre("aa"));
  filter = {};
  filter.needs_eyes = true;
  EXPECT_THAT(ids(filtered(items, filter)), ElementsAre("bb", "cc"));
  filter = {};
  filter.words = "SUBJECT bb";
  EXPECT_THAT(ids(filtered(items, filter)), ElementsAre("bb"));
}

TEST(Worklist, BlindedItTellsNothingAndHasAnOrderOfItsOwn) {
  std::vector<Item> items;
  for (char c = 'a'; c <= 'f'; ++c) items.push_back(item(std::string(12, c), "North", 1));
  const auto blind = blinded(items, "reader");
  EXPECT_NE(ids(blind), ids(items));
  EXPECT_EQ(ids(blinded(items, "reader")), ids(blind));
  EXPECT_NE(ids(blinded(items, "another")), ids(blind));
  for (const Item& one : blind) {
    EXPECT_THAT(one.subject + one.site + one.session + one.study_date + one.series, IsEmpty());
    EXPECT_THAT(one.standing.decision, IsEmpty());
  }
}

}  // namespace
