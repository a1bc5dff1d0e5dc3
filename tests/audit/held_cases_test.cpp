#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

#include "ledd/audit/audit.h"

namespace ledd::audit {
namespace {

namespace fs = std::filesystem;
using State = HeldCase::State;

class HeldCases : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    out_ = fs::temp_directory_path() / ("ledd_held_" + std::to_string(::getpid()) + info->name());
    fs::create_directories(out_);
    done("aaa", "first");
    done("bbb", "second");
  }
  void TearDown() override { fs::remove_all(out_); }

  void record(const fs::path& folder, const std::string& text) const {
    fs::create_directories(out_ / folder);
    std::ofstream(out_ / folder / "provenance.json") << text;
  }
  void done(const std::string& id, const std::string& text) const {
    record(fs::path("cases") / id, text);
    log().append("case-done",
                 {{"case", id}, {"sha256", *sha256_of_file(out_ / "cases" / id / "provenance.json")}});
  }
  Log log() const { return {out_ / "audit.jsonl", "1"}; }
  State state_of(const std::string& id) const {
    for (const auto& one : held_cases(read(out_ / "audit.jsonl").entries, out_))
      if (one.case_id == id) return one.state;
    ADD_FAILURE() << id << " is not told of";
    return State::kMissing;
  }

  fs::path out_;
};

TEST_F(HeldCases, AreTheSameWhenNobodyTouchedThem) {
  EXPECT_EQ(state_of("aaa"), State::kSame);
  EXPECT_EQ(state_of("bbb"), State::kSame);
}

TEST_F(HeldCases, AChangedRecordIsSeen) {
  record("cases/aaa", "another");
  EXPECT_EQ(state_of("aaa"), State::kChanged);
  EXPECT_EQ(state_of("bbb"), State::kSame);
}

TEST_F(HeldCases, AFolderThatIsGoneIsMissing) {
  fs::remove_all(out_ / "cases" / "aaa");
  EXPECT_EQ(state_of("aaa"), State::kMissing);
}

TEST_F(HeldCases, ACaseDoneAgainIsHeldAgainstItsLastEntry) {
  done("aaa", "anew");
  EXPECT_EQ(state_of("aaa"), State::kSame);
  record("cases/aaa", "first");
  EXPECT_EQ(state_of("aaa"), State::kChanged) << "the earlier result must not come back unseen";
}

TEST_F(HeldCases, ASupersededFolderIsFoundByItsRecord) {
  fs::create_directories(out_ / "superseded");
  fs::rename(out_ / "cases" / "aaa", out_ / "superseded" / "aaa-20260101");
  EXPECT_EQ(state_of("aaa"), State::kSuperseded);
}

TEST_F(HeldCases, AnEntryMaySayThatACaseWasSuperseded) {
  fs::remove_all(out_ / "cases" / "aaa");
  log().append("superseded", {{"case", "aaa"}});
  EXPECT_EQ(state_of("aaa"), State::kSuperseded);
  done("aaa", "anew");
  fs::remove_all(out_ / "cases" / "aaa");
  EXPECT_EQ(state_of("aaa"), State::kMissing) << "that was said of the one before";
}

TEST_F(HeldCases, OneThatARunBeganAnewAndDidNotEndIsUntoldNotChanged) {
  log().append("case-begun", {{"case", "aaa"}});
  EXPECT_EQ(state_of("aaa"), State::kSame) << "it was not replaced";
  record("cases/aaa", "anew");
  EXPECT_EQ(state_of("aaa"), State::kUntold);
  log().append("case-failed", {{"case", "aaa"}});
  EXPECT_EQ(state_of("aaa"), State::kChanged) << "a case that failed replaces nothing";
}

TEST_F(HeldCases, AnIdOfTheFileLeadsNowhereElse) {
  log().append("case-done", {{"case", "../../etc"}, {"sha256", "0"}});
  for (const auto& one : held_cases(read(out_ / "audit.jsonl").entries, out_))
    EXPECT_NE(one.case_id, "../../etc");
}

}  // namespace
}  // namespace ledd::audit
