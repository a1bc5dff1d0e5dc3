#include "cluster.h"

#include <gmock/gmock.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <thread>

#include "ledd/deidentification/subject_key.h"

#include "scans.h"

namespace ledd::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;
using Words = std::vector<std::string>;

void pause(double seconds) {
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

/// The program against a cluster of its own, in a folder whose name a shell and SLURM would both act on.
class OnCluster : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = Cluster::missing(); !why.empty()) GTEST_SKIP() << why;
    cluster_ = std::make_unique<Cluster>();
    out_ = folder_ / "50%j $(touch hit) & of all" / "r";
  }
  void TearDown() override {
    if (HasFailure())
      for (const auto& [name, text] : logs()) std::cerr << name << ":\n" << text;
  }

  void write_scans(std::size_t count) const {
    for (std::size_t i = 0; i < count; ++i) {
      fs::create_directories(in());
      write_scan(in() / (std::to_string(100 + i) + ".nii.gz"), 10 + i);
    }
  }
  /// Dark everywhere: nothing to segment.
  void write_bad_scan(const std::string& name) const {
    fs::create_directories(in());
    write_scan(in() / (name + ".nii.gz"), 0);
  }
  fs::path in() const { return folder_ / "in"; }
  Words run_words(const fs::path& out, const Words& more) const {
    Words words{"run", "threshold", in().string(), "-o", out.string()};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  Ended submit(Words more) const {
    more.insert(more.begin(), {"--executor", "slurm"});
    return ledd(run_words(out_, more));
  }
  Ended retry(const Words& more = {}) const {
    Words words{"retry", out_.string()};
    words.insert(words.end(), more.begin(), more.end());
    return ledd(words);
  }
  /// The last job's line of `ledd status --json`.
  nlohmann::json job() const {
    nlohmann::json last;
    for (const auto& line : json_lines(ledd({"status", out_.string(), "--json"}).out))
      if (line["type"] == "job") last = line;
    return last;
  }
  std::string job_id() const { return job()["job_ids"].back(); }
  /// Looks every half second, for a minute at most.
  bool until(const std::function<bool(const nlohmann::json&)>& holds) const {
    for (int i = 0; i < 120; ++i, pause(0.5))
      if (holds(job())) return true;
    return false;
  }
  fs::path job_folder() const { return fs::directory_iterator(out_ / ".ledd" / "jobs")->path(); }
  std::map<std::string, std::string> logs() const {
    std::map<std::string, std::string> all;
    std::error_code none;
    for (const auto& job : fs::directory_iterator(out_ / ".ledd" / "jobs", none))
      for (const auto& entry : fs::directory_iterator(job.path()))
        if (entry.path().extension() == ".log")
          all[entry.path().filename()] = files::read_bytes(entry.path());
    return all;
  }
  /// How often each case was published, by what the tasks' logs say.
  std::map<std::string, int> published(const std::string& more = "") const {
    std::map<std::string, int> count;
    std::string text = more;
    for (const auto& [name, log] : logs()) text += log + '\n';
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
      if (const auto at = line.find(" done ("); at != std::string::npos && at >= 12)
        ++count[line.substr(at - 12, 12)];
    return count;
  }
  void expect_each_published_once(std::size_t cases, const std::string& more = "") const {
    const auto count = published(more);
    EXPECT_EQ(count.size(), cases);
    for (const auto& [id, times] : count) EXPECT_EQ(times, 1) << id;
  }
  /// The same bytes as a run on this machine, in everything that is not declared to differ.
  void expect_same_as_local(const Words& more = {}) const {
    const fs::path local = folder_ / "local";
    const Ended ended = ledd(run_words(local, more));
    auto here = tree(local), there = tree(out_);
    EXPECT_GT(here.size(), 10U) << ended.err;
    std::set<std::string> differing;
    for (const auto& [name, bytes] : here)
      if (!there.contains(name) || there.at(name) != bytes) differing.insert(name);
    for (const auto& [name, bytes] : there)
      if (!here.contains(name)) differing.insert(name);
    EXPECT_THAT(differing, ::testing::IsEmpty());
  }

  std::unique_ptr<Cluster> cluster_;
  Folder folder_;
  fs::path out_;
};

TEST_F(OnCluster, TwentyCasesInChunksGiveTheBytesOfALocalRun) {
  for (int n = 1; n <= 20; ++n)
    write_series(in() / std::to_string(n), sagittal_series("1.2.3." + std::to_string(n)));
  const Ended ended = submit({"--chunk", "4", "--cpus", "1", "--wait"});
  EXPECT_EQ(ended.exit, 0) << ended.out << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("submitted 20 cases in 5 tasks"));
  EXPECT_EQ(job()["done"], 20);
  expect_each_published_once(20);
  expect_same_as_local();
  EXPECT_FALSE(fs::exists("hit"));
  // Once more there is nothing to do.
  const Ended again = submit({"--wait"});
  EXPECT_EQ(again.exit, 0);
  EXPECT_THAT(again.out, HasSubstr("nothing to submit: cached 20"));
  EXPECT_THAT(retry().out, HasSubstr("nothing to take up again"));
}

TEST_F(OnCluster, WhatTheJobFolderHoldsIsForItsOwnerOnly) {
  write_scans(1);
  EXPECT_EQ(submit({"--wait"}).exit, 0);
  for (const auto& path : {out_ / ".ledd", out_ / ".ledd" / "jobs", job_folder(), job_folder() / "plan"})
    EXPECT_EQ(fs::status(path).permissions() & (fs::perms::group_all | fs::perms::others_all),
              fs::perms::none)
        << path;
}

class ControllerKilled : public OnCluster, public ::testing::WithParamInterface<double> {};

TEST_P(ControllerKilled, LosesNothingAndNothingIsComputedTwice) {
  write_scans(20);
  const Words wish{"--set", "wait_s=0.8"};
  EXPECT_EQ(submit({"--chunk", "2", "--cpus", "1", "--set", "wait_s=0.8"}).exit, 0);
  pause(GetParam());
  cluster_->kill_controller();
  pause(2.0);
  cluster_->restart_controller();
  EXPECT_TRUE(until([&](const auto& j) {
    if (j["done"] == 20) return true;
    cluster_->resume_node();
    retry();
    pause(1.0);
    return false;
  })) << ledd({"status", out_.string()}).out;
  // SLURM may still start what it thinks was not run: it finds all done.
  EXPECT_EQ(retry({"--wait"}).exit, 0);
  expect_each_published_once(20);
  EXPECT_EQ(ledd({"collect", out_.string(), "-o", out_.string()}).exit, 0);
  expect_same_as_local(wish);
}
INSTANTIATE_TEST_SUITE_P(SecondsAfterSubmit,
                         ControllerKilled,
                         ::testing::Values(1.5, 10.0),
                         [](const auto& one) { return one.param < 5.0 ? "OneAndAHalf" : "Ten"; });

TEST_F(OnCluster, ATaskRunTwiceAtOnceMakesEachCaseOnce) {
  write_scans(6);
  ASSERT_EQ(submit({"--chunk", "6", "--set", "wait_s=0.3", "--sbatch-option=--hold"}).exit, 0);
  const Words words{"work", job_folder().string(), "--task", "0"};
  const Running first(words), second(words);
  const Ended one = first.wait(), other = second.wait();
  EXPECT_EQ(one.exit, 0) << one.err;
  EXPECT_EQ(other.exit, 0) << other.err;
  expect_each_published_once(6, one.err + other.err);
  const Ended third = ledd(words);
  EXPECT_EQ(third.exit, 0);
  EXPECT_THAT(third.err, HasSubstr("6 cases, 0 of them to be done"));
}

TEST_F(OnCluster, AForcedTaskRunAgainDoesNotDoItAllAgain) {
  write_scans(3);
  EXPECT_EQ(ledd(run_words(out_, {})).exit, 0);
  ASSERT_EQ(submit({"--chunk", "3", "--force", "--sbatch-option=--hold"}).exit, 0);
  const Words words{"work", job_folder().string(), "--task", "0"};
  const Ended once = ledd(words), twice = ledd(words);
  EXPECT_THAT(once.err, HasSubstr("3 cases, 3 of them to be done"));
  EXPECT_THAT(twice.err, HasSubstr("3 cases, 0 of them to be done"));
  expect_each_published_once(3, once.err + twice.err);
}

TEST_F(OnCluster, AskedToEndByUsr1ATaskStopsWith75AndIsTakenUpByRequeue) {
  write_scans(6);
  ASSERT_EQ(submit({"--chunk", "6", "--set", "wait_s=1.5"}).exit, 0);
  ASSERT_TRUE(until([](const auto& j) { return j["done"] >= 1; }));
  const std::string id = job_id();
  EXPECT_EQ(Cluster::call({"--signal=USR1", "--batch", id + "_0"}, "/usr/bin/scancel").exit, 0);
  ASSERT_TRUE(until([](const auto& j) { return j["lost"] >= 1; }));
  EXPECT_THAT(Cluster::call({"-o", "show", "job", id}, "/usr/bin/scontrol").out, HasSubstr("ExitCode=75:0"));
  EXPECT_THAT(ledd({"status", out_.string()}).out, HasSubstr("its task was stopped before it"));
  EXPECT_EQ(Cluster::call({"requeue", id + "_0"}, "/usr/bin/scontrol").exit, 0);
  EXPECT_TRUE(until([](const auto& j) { return j["done"] == 6; }));
  expect_each_published_once(6);
  EXPECT_THAT(logs().begin()->second, HasSubstr("restart 1"));
}

TEST_F(OnCluster, AskedToEndByUsr1ATaskIsTakenUpByRetry) {
  write_scans(4);
  ASSERT_EQ(submit({"--chunk", "4", "--set", "wait_s=1.5"}).exit, 0);
  ASSERT_TRUE(until([](const auto& j) { return j["done"] >= 1; }));
  EXPECT_EQ(Cluster::call({"--signal=USR1", "--batch", job_id() + "_0"}, "/usr/bin/scancel").exit, 0);
  ASSERT_TRUE(until([](const auto& j) { return j["lost"] >= 1; }));
  const Ended again = retry({"--wait"});
  EXPECT_EQ(again.exit, 0) << again.err;
  EXPECT_THAT(again.out, HasSubstr("cases again in 1 tasks"));
  expect_each_published_once(4);
  EXPECT_EQ(job()["job_ids"].size(), 2U);
}

TEST_F(OnCluster, StatusTellsHowItStandsWhileItRunsAndWhenTheControllerIsDead) {
  write_scans(8);
  ASSERT_EQ(submit({"--chunk", "2", "--max-running", "1", "--set", "wait_s=1"}).exit, 0);
  EXPECT_EQ(job()["cases"], 8);
  ASSERT_TRUE(until([](const auto& j) { return j["done"] >= 1 && j["running"] == 1; }));
  const auto running = job();
  EXPECT_EQ(running["controller"], "answers");
  EXPECT_EQ(running["lost"], 0);
  EXPECT_EQ(running["done"].get<int>() + running["running"].get<int>() + running["waiting"].get<int>(), 8);
  EXPECT_EQ(running["exit"], 75);
  EXPECT_THAT(retry().out, HasSubstr("nothing to take up again"));  // all of it is queued
  EXPECT_THAT(submit({"--set", "wait_s=1"}).out, HasSubstr("nothing to submit"));

  cluster_->kill_controller();
  const Ended dead = ledd({"status", out_.string()});
  EXPECT_EQ(dead.exit, 0);
  EXPECT_THAT(dead.out, HasSubstr("the controller does not answer"));
  EXPECT_THAT(dead.out, HasSubstr("lost 0"));
  EXPECT_EQ(job()["controller"], "silent");
  const Ended refused = retry();
  EXPECT_EQ(refused.exit, 75);
  EXPECT_THAT(refused.err, HasSubstr("--executor local"));

  // Finished on this machine, whatever becomes of the cluster.
  const Ended here = retry({"--executor", "local"});
  EXPECT_EQ(here.exit, 0) << here.err;
  EXPECT_EQ(job()["done"], 8);
  expect_each_published_once(8, here.err);
}

TEST_F(OnCluster, ACaseOfBadDataIsSetAsideAndNotTriedAgain) {
  write_scans(3);
  write_bad_scan("dark");
  EXPECT_EQ(submit({"--chunk", "2", "--wait"}).exit, 8);
  EXPECT_EQ(job()["quarantined"], 1);
  EXPECT_EQ(job()["done"], 3);
  const Ended again = retry();
  EXPECT_THAT(again.out, HasSubstr("nothing to take up again"));
  EXPECT_EQ(again.exit, 8);
  EXPECT_THAT(retry({"--all"}).out, HasSubstr("1 cases again"));
  EXPECT_THAT(files::read_bytes(out_ / "status.csv"), HasSubstr("no voxel is above the threshold"));
}

TEST_F(OnCluster, AFileThatChangedSinceThePlanIsSetAsideWithTheReason) {
  write_scans(2);
  ASSERT_EQ(submit({"--chunk", "2", "--sbatch-option=--hold"}).exit, 0);
  write_scan(in() / "100.nii.gz", 33);
  const Ended ended = ledd({"work", job_folder().string(), "--task", "0"});
  EXPECT_EQ(ended.exit, 8) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("planned with other files: "));
  EXPECT_THAT(ended.err, HasSubstr("100.nii.gz"));
}

TEST_F(OnCluster, APlanThatWasTamperedWithIsRefused) {
  write_scans(1);
  ASSERT_EQ(submit({"--sbatch-option=--hold"}).exit, 0);
  auto bytes = files::read_bytes(job_folder() / "plan");
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  files::write_bytes(bytes, job_folder() / "plan");
  const Ended ended = ledd({"work", job_folder().string(), "--task", "0"});
  EXPECT_EQ(ended.exit, 65);
  EXPECT_THAT(ended.err, HasSubstr("cut off or was changed"));
  EXPECT_FALSE(fs::exists(out_ / "cases"));
}

TEST_F(OnCluster, ABatchThatCannotBeReadDoesNotHideTheOthers) {
  write_scans(1);
  ASSERT_EQ(submit({"--sbatch-option=--hold"}).exit, 0);
  const fs::path damaged = job_folder() / "plan";
  files::write_bytes("nothing", damaged);
  EXPECT_EQ(submit({"--wait"}).exit, 0);
  const Ended status = ledd({"status", out_.string()});
  EXPECT_EQ(status.exit, 0);
  EXPECT_THAT(status.out, HasSubstr("done 1, running 0"));
  EXPECT_THAT(status.err, HasSubstr("no frozen plan"));
  EXPECT_THAT(retry().out, HasSubstr("nothing to take up again"));
}

TEST_F(OnCluster, RetryDoesNotSubmitWhatAnotherJobHasQueued) {
  write_scans(2);
  ASSERT_EQ(submit({"--chunk", "2", "--sbatch-option=--hold"}).exit, 0);
  EXPECT_EQ(Cluster::call({job_id()}, "/usr/bin/scancel").exit, 0);
  ASSERT_TRUE(until([](const auto& j) { return j["lost"] == 2; }));
  ASSERT_EQ(submit({"--chunk", "2", "--sbatch-option=--hold"}).exit, 0);  // the same cases, by another job
  const Ended again = retry();
  EXPECT_THAT(again.out, Not(HasSubstr("cases again")));
  EXPECT_THAT(again.out, HasSubstr("nothing to take up again"));
}

TEST_F(OnCluster, WhatTheClusterRefusesLeavesNoJobBehind) {
  write_scans(1);
  const Ended ended = submit({"--partition", "nope"});
  EXPECT_EQ(ended.exit, 2);
  EXPECT_THAT(ended.err, HasSubstr("invalid partition specified: nope"));
  EXPECT_TRUE(fs::is_empty(out_ / ".ledd" / "jobs"));
  const Ended many = submit({"--sbatch-option", "no-option"});
  EXPECT_EQ(many.exit, 2);
  EXPECT_TRUE(fs::is_empty(out_ / ".ledd" / "jobs"));
}

TEST_F(OnCluster, ATaskThatIsKilledGetsTwiceTheMemory) {
  write_scans(2);
  ASSERT_EQ(submit({"--chunk", "2", "--mem-mb", "350", "--set", "wait_s=3"}).exit, 0);
  ASSERT_TRUE(until([](const auto& j) { return j["running"] == 1; }));
  EXPECT_EQ(Cluster::call({"--signal=KILL", "--batch", job_id() + "_0"}, "/usr/bin/scancel").exit, 0);
  ASSERT_TRUE(until([](const auto& j) { return j["lost"] == 2; }));
  const Ended again = retry();
  EXPECT_THAT(again.out, HasSubstr("2 cases again in 2 tasks"));
  EXPECT_THAT(again.out, HasSubstr("with 700 MB each"));
  EXPECT_EQ(retry({"--wait"}).exit, 0);
  expect_each_published_once(2);
}

TEST_F(OnCluster, WithAKeyNoPersonIsNamedInTheResults) {
  write_series(
      in() / "1", sagittal_series("1.2.3.1"), {{"PatientName", "Canary^Bird"}, {"PatientID", "CANARY7"}});
  const fs::path file = folder_ / "site.key";
  deidentification::SubjectKey::create(file).save();
  const Ended refused = submit({"--key", file.string()});
  EXPECT_EQ(refused.exit, 2);
  EXPECT_THAT(refused.err, HasSubstr("--work DIR"));
  const fs::path work = folder_ / "work";
  const Ended ended = submit({"--key", file.string(), "--work", work.string(), "--wait"});
  EXPECT_EQ(ended.exit, 0) << ended.out << ended.err;
  for (const auto& [name, bytes] : tree(out_, true))
    for (const char* word : {"Canary", "CANARY7"}) EXPECT_THAT(bytes, Not(HasSubstr(word))) << name;
  EXPECT_THAT(files::read_bytes(out_ / "endpoints.csv"), HasSubstr("S0001"));
  EXPECT_THAT(ledd({"status", out_.string(), "--work", work.string()}).out, HasSubstr("done 1, running 0"));
  EXPECT_THAT(ledd({"retry", out_.string(), "--work", work.string()}).out, HasSubstr("nothing to take up"));
}

}  // namespace
}  // namespace ledd::testing
