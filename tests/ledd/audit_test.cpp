// Who did what to an output folder, and what it used: audit and usage.
#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>

#include "program.h"

namespace {

using ledd::testing::Ended;
using ledd::testing::Folder;
using ledd::testing::json_lines;
using ledd::testing::ledd;
using ledd::testing::sagittal_series;
using ledd::testing::write_series;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;
using Json = nlohmann::json;

struct AuditVerb : testing::Test {
  Folder in, out;

  void SetUp() override {
    write_series(in / "one",
                 sagittal_series("1.2.3.1"),
                 {{"PatientName", "Nameless^Ann"}, {"AcquisitionDateTime", "20240531101502"}});
  }
  fs::path folder() const { return out / "r"; }
  Ended run(std::vector<std::string> more = {}) const {
    std::vector<std::string> words{"run", "threshold", in.path().string(), "-o", folder().string()};
    words.insert(words.end(), more.begin(), more.end());
    return ledd(words);
  }
  Ended audit(std::vector<std::string> more = {}) const {
    std::vector<std::string> words{"audit", folder().string()};
    words.insert(words.end(), more.begin(), more.end());
    return ledd(words);
  }
  std::vector<std::string> actions() const {
    std::vector<std::string> all;
    for (const auto& line : json_lines(audit({"--json"}).out))
      if (line["type"] == "entry") all.push_back(line["action"]);
    return all;
  }
  std::string bytes() const { return ledd::files::read_bytes(folder() / "audit.jsonl"); }
  void put(const std::string& bytes) const { std::ofstream(folder() / "audit.jsonl") << bytes; }
  std::string only_case() const {
    return fs::directory_iterator(folder() / "cases")->path().filename().string();
  }
};

TEST_F(AuditVerb, TellsARunFromItsStartToItsEndAndNamesNobody) {
  ASSERT_EQ(run().exit, 0);
  EXPECT_THAT(actions(), ElementsAre("run-started", "case-begun", "case-done", "run-ended"));
  const auto lines = json_lines(audit({"--json"}).out);
  EXPECT_EQ(lines[2]["details"]["case"], only_case());
  EXPECT_EQ(lines[2]["details"]["sha256"],
            ::ledd::files::sha256_of_file(folder() / "cases" / only_case() / "provenance.json"));
  EXPECT_EQ(lines[3]["details"]["exit"], "0");
  EXPECT_EQ(lines[1]["uid"], ::getuid());
  EXPECT_THAT(bytes(), Not(HasSubstr("Ann")));
  EXPECT_THAT(bytes(), Not(HasSubstr(in.path().string())));
  EXPECT_EQ(audit({"--verify"}).exit, 0);
  EXPECT_THAT(audit({"--verify"}).out, HasSubstr("the chain is whole"));
}

TEST_F(AuditVerb, ACachedCaseIsNoDeedAndAForcedOneSupersedes) {
  run();
  ASSERT_EQ(run().exit, 0);
  EXPECT_THAT(actions(),
              ElementsAre("run-started", "case-begun", "case-done", "run-ended", "run-started", "run-ended"));
  ASSERT_EQ(run({"--force"}).exit, 0);
  EXPECT_THAT(actions(), Contains("superseded"));
  EXPECT_EQ(audit({"--verify"}).exit, 0) << audit().err;
}

TEST_F(AuditVerb, ACaseFinishedByARunThatWasKilledIsToldByTheNextAndAChangedOneIsNot) {
  run();
  const std::string good = bytes();
  const auto done = good.find("case-done");
  put(good.substr(0, good.rfind('\n', done) + 1));  // as if killed before it could say so
  ASSERT_EQ(run().exit, 0);
  const auto lines = json_lines(audit({"--json"}).out);
  EXPECT_EQ(lines[3]["action"], "case-done");
  EXPECT_EQ(lines[3]["details"]["found"], "finished");
  EXPECT_EQ(audit({"--verify"}).exit, 0);
  std::ofstream(folder() / "cases" / only_case() / "provenance.json", std::ios::app) << " ";
  ASSERT_EQ(run().exit, 0);
  EXPECT_EQ(audit({"--verify"}).exit, 70) << "a later run must not hide that a case was changed";
}

TEST_F(AuditVerb, AFailedCaseIsToldWithItsCodeAndNotItsReason) {
  write_series(in / "two", sagittal_series("1.2.3.2"));
  for (const auto& entry : fs::directory_iterator(in / "two")) {
    fs::remove(entry.path());
    break;
  }
  const auto ended = run();
  EXPECT_NE(ended.exit, 0);
  const auto lines = json_lines(audit({"--json"}).out);
  bool failed = false;
  for (const auto& line : lines)
    if (line.value("action", "") == "case-failed")
      failed = line["details"]["code"] != "" && !line["details"].contains("reason");
  EXPECT_TRUE(failed);
  EXPECT_EQ(audit({"--verify"}).exit, 0);
}

TEST_F(AuditVerb, ExitIsSeventyWhenALineOrACaseWasChanged) {
  run();
  const std::string good = bytes();
  std::string changed = good;
  changed.replace(changed.find("case-done"), 9, "case-gone");
  put(changed);
  const auto broken = audit({"--verify"});
  EXPECT_EQ(broken.exit, 70);
  EXPECT_THAT(broken.err, HasSubstr("line 3"));
  EXPECT_EQ(json_lines(audit({"--verify", "--json"}).out).back()["broken_line"], 3);
  put(good);
  EXPECT_EQ(audit({"--verify"}).exit, 0);
  std::ofstream(folder() / "cases" / only_case() / "provenance.json", std::ios::app) << " ";
  const auto touched = audit({"--verify"});
  EXPECT_EQ(touched.exit, 70);
  EXPECT_THAT(touched.err, HasSubstr("its provenance.json has SHA-256"));
  fs::remove_all(folder() / "cases" / only_case());
  EXPECT_THAT(audit({"--verify"}).err, HasSubstr("gone"));
}

TEST_F(AuditVerb, AnAnchorKeptElsewhereShowsWhatTheChainAloneCannot) {
  run();
  const std::string anchor = json_lines(audit({"--json"}).out).back()["last_sha256"];
  EXPECT_EQ(audit({"--verify", "--anchor", anchor}).exit, 0);
  const std::string good = bytes();
  put(good.substr(0, good.rfind("\n", good.size() - 2) + 1));
  EXPECT_EQ(audit({"--verify"}).exit, 0) << "a chain cut short is a whole chain";
  EXPECT_EQ(audit({"--verify", "--anchor", anchor}).exit, 70);
}

TEST_F(AuditVerb, ALogThatCannotBeWrittenEndsTheRunLikeAFullDisk) {
  run();
  fs::remove(folder() / "audit.jsonl");
  fs::create_directory(folder() / "audit.jsonl");
  const auto ended = run({"--force"});
  EXPECT_EQ(ended.exit, 74);
  EXPECT_THAT(ended.err, HasSubstr("audit log"));
}

TEST_F(AuditVerb, ARunKilledAnywhereLeavesAChainThatTheNextRunGoesOnWith) {
  for (unsigned n = 2; n < 6; ++n)
    write_series(in / std::to_string(n), sagittal_series("1.2.3." + std::to_string(n)));
  for (unsigned kill = 0; kill < 8; ++kill) {
    const ledd::testing::Running running({"run", "threshold", in.path().string(), "-o", folder().string()});
    ::usleep(40000 * (kill + 1));
    running.signal(SIGKILL);
    running.wait();
  }
  ASSERT_EQ(run().exit, 0);
  const auto verified = audit({"--verify"});
  EXPECT_EQ(verified.exit, 0) << verified.err;
  EXPECT_EQ(actions().back(), "run-ended");
}

TEST_F(AuditVerb, CollectingIsToldAndAMissingLogIsNotFound) {
  run();
  ASSERT_EQ(ledd({"collect", folder().string(), "-o", (out / "all").string()}).exit, 0);
  EXPECT_THAT(ledd({"audit", (out / "all").string()}).out, HasSubstr("collected"));
  EXPECT_EQ(ledd({"audit", in.path().string()}).exit, 66);
}

TEST_F(AuditVerb, UsageAddsUpWhatTheRunTook) {
  run();
  const auto ended = ledd({"usage", folder().string(), "--by", "pipeline,site"});
  ASSERT_EQ(ended.exit, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("pipeline,site,cases,failed,series,"));
  EXPECT_THAT(ended.out, HasSubstr("threshold,,1,0,1,"));
  EXPECT_THAT(ended.out, HasSubstr("2024-05-31T10:15:02,2024-05-31T10:15:02"));
  ASSERT_EQ(ledd({"usage", folder().string(), "-o", (out / "usage.csv").string()}).exit, 0);
  EXPECT_THAT(::ledd::files::read_bytes(out / "usage.csv"), HasSubstr("project,pipeline,month,cases,"));
  EXPECT_EQ(ledd({"usage", folder().string(), "--by", "person"}).exit, 2);
  EXPECT_EQ(ledd({"usage", folder().string(), "--from", "soon"}).exit, 2);
}

TEST_F(AuditVerb, QualityWithoutAPhantomRunIsNotFound) {
  run();
  const auto ended = ledd({"quality", folder().string(), "-o", (out / "q").string()});
  EXPECT_EQ(ended.exit, 66);
  EXPECT_THAT(ended.err, HasSubstr("no phantom run"));
  const auto named =
      ledd({"quality", folder().string(), "-o", (out / "q").string(), "--phantom-subject", "*", "--json"});
  EXPECT_EQ(named.exit, 0) << named.err;
  EXPECT_EQ(json_lines(named.out).back()["charts_with_limits"], 0);
  EXPECT_TRUE(fs::exists(out / "q" / "quality.html"));
}

}  // namespace
