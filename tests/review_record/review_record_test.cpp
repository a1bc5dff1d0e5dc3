#include "ledd/review_record/review_record.h"

#include <gmock/gmock.h>

#include <cmath>
#include <thread>

#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "as_user.h"
#include "folder.h"

namespace {

using ledd::Errc;
using ledd::Error;
using ledd::Folder;
using namespace ledd::review_record;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kResult(64, 'a'), kLater(64, 'b');

Decision decision(const std::string& reader, Verdict verdict, const std::string& result = kResult) {
  Decision d;
  d.reader = reader;
  d.case_id = "3f2a91c07d44";
  d.result_sha256 = result;
  d.verdict = verdict;
  if (verdict == Verdict::kRejected) d.reason = "wrong level";
  return d;
}

TEST(ReviewRecord, WhatIsAddedComesBackInOrder) {
  const Folder out;
  Decision first = decision("reader.one", Verdict::kRejected);
  first.structure = "L4";
  first.comment = "counts from \"S1\",\nline two";
  first.seconds = 12.5;
  first.blinded = true;
  first = add(out.path(), first, "1.0");
  EXPECT_EQ(first.comment, "counts from \"S1\", line two");
  const Decision second = add(out.path(), decision("b", Verdict::kAccepted), "1.0");
  const auto record = record_of(out.path(), first.case_id);
  EXPECT_THAT(record.decisions, testing::ElementsAre(first, second));
  EXPECT_THAT(record.problem, IsEmpty());
  EXPECT_FALSE(first.utc.empty());
}

TEST(ReviewRecord, ACaseThatNobodyReviewedHasNone) {
  const Folder out;
  EXPECT_THAT(record_of(out.path(), "0123456789ab").decisions, IsEmpty());
}

TEST(ReviewRecord, ReadersWhoSaveAtTheSameTimeLoseNothing) {
  const Folder out;
  std::vector<std::thread> readers;
  for (int n = 0; n < 4; ++n)
    readers.emplace_back([&, n] {
      for (int k = 0; k < 10; ++k)
        add(out.path(), decision("reader" + std::to_string(n), Verdict::kAccepted), "1.0");
    });
  for (auto& reader : readers) reader.join();
  const auto record = record_of(out.path(), "3f2a91c07d44");
  EXPECT_EQ(record.decisions.size(), 40U);
  EXPECT_THAT(record.problem, IsEmpty());
}

TEST(ReviewRecord, AnAlteredLineIsNoticed) {
  const Folder out;
  add(out.path(), decision("a", Verdict::kAccepted), "1.0");
  add(out.path(), decision("b", Verdict::kAccepted), "1.0");
  const auto file = out / "reviews" / "3f2a91c07d44.jsonl";
  std::string text = ledd::files::read_bytes(file);
  text.replace(text.find("accepted"), 8, "rejected");
  ledd::files::write_bytes(text, file);
  EXPECT_THAT(record_of(out.path(), "3f2a91c07d44").problem, HasSubstr("line 1"));
}

TEST(ReviewRecord, RefusesWhatCannotBeRelyedOn) {
  const Folder out;
  const auto refused = [&](auto&& change) {
    Decision d = decision("a", Verdict::kAccepted);
    change(d);
    try {
      add(out.path(), d, "1.0");
    } catch (const Error& e) {
      return e.code() == Errc::kParam;
    }
    return false;
  };
  EXPECT_TRUE(refused([](Decision& d) { d.reader = ""; }));
  EXPECT_TRUE(refused([](Decision& d) { d.reader = "../a"; }));
  EXPECT_TRUE(refused([](Decision& d) { d.case_id = "../../etc"; }));
  EXPECT_TRUE(refused([](Decision& d) { d.verdict = Verdict::kRejected; }));
  EXPECT_TRUE(refused([](Decision& d) { d.comment.assign(1000, 'x'); }));
  EXPECT_TRUE(refused([](Decision& d) { d.seconds = -1.0; }));
  EXPECT_TRUE(refused([](Decision& d) { d.seconds = std::nan(""); }));
  EXPECT_THAT(record_of(out.path(), "3f2a91c07d44").decisions, IsEmpty());
}

TEST(Standing, IsThatOfEachReadersLastVerdictOnThisResult) {
  using V = Verdict;
  EXPECT_EQ(standing_of({}, kResult).decision, "");
  EXPECT_EQ(standing_of({decision("a", V::kComment)}, kResult).decision, "");
  const auto changed_mind = standing_of({decision("a", V::kRejected), decision("a", V::kAccepted)}, kResult);
  EXPECT_EQ(changed_mind.decision, "accepted");
  EXPECT_EQ(changed_mind.reader, "a");
  const auto two = standing_of({decision("b", V::kRejected), decision("a", V::kAccepted)}, kResult);
  EXPECT_EQ(two.decision, "disagreed");
  EXPECT_EQ(two.reader, "a+b");
  EXPECT_EQ(standing_of({decision("a", V::kAccepted)}, kLater).decision, "outdated");
  EXPECT_EQ(standing_of({decision("a", V::kRejected), decision("a", V::kCorrected, kLater)}, kLater).decision,
            "corrected");
  Decision part = decision("a", V::kRejected);
  part.structure = "L4";
  EXPECT_EQ(standing_of({part}, kResult).decision, "") << "one structure is not the case";
}

}  // namespace
