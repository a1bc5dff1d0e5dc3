#include <gmock/gmock.h>
#include <sys/wait.h>

#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/slurm/slurm.h"

#include "folder.h"

namespace ledd::slurm {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

ArrayJob small_job() {
  ArrayJob job;
  job.name = "ledd.20260101T000000Z-0badcafe.1";
  job.remark = "Array 1.";
  job.command = {"/opt/ledd/bin/ledd", "work", "/data/out"};
  job.tasks = 5;
  job.log_folder = "/data/out/.ledd/jobs/x";
  return job;
}

Errc refusal(const ArrayJob& job) {
  try {
    batch_script(job);
  } catch (const Error& e) {
    return e.code();
  }
  return Errc::kInternal;
}

TEST(BatchScript, SaysWhatTheClusterMustKnowAndNothingElse) {
  EXPECT_EQ(batch_script(small_job()),
            "#!/bin/bash\n"
            "# Array 1.\n"
            "#SBATCH --job-name=ledd.20260101T000000Z-0badcafe.1\n"
            "#SBATCH --array=0-4\n"
            "#SBATCH --output=\"/data/out/.ledd/jobs/x/%a.log\"\n"
            "#SBATCH --open-mode=append\n"
            "#SBATCH --requeue\n"
            "#SBATCH --signal=B:USR1@120\n"
            "exec '/opt/ledd/bin/ledd' 'work' '/data/out'\n");
}

TEST(BatchScript, EveryWishIsOneLine) {
  ArrayJob job = small_job();
  job.wishes = {"long", "grant-7", 240, 6000, 4, 20, {"--gres=gpu:1", "--exclude=node[1-3]"}};
  const std::string script = batch_script(job);
  for (const char* line : {"--array=0-4%20\n",
                           "--time=240\n",
                           "--mem=6000M\n",
                           "--cpus-per-task=4\n",
                           "--partition=long\n",
                           "--account=grant-7\n",
                           "--gres=gpu:1\n",
                           "--exclude=node[1-3]\n"})
    EXPECT_THAT(script, HasSubstr(std::string("#SBATCH ") + line));
}

TEST(BatchScript, AShortTaskIsToldWithinItsLastQuarter) {
  ArrayJob job = small_job();
  job.wishes.minutes = 1;
  EXPECT_THAT(batch_script(job), HasSubstr("--signal=B:USR1@15\n"));
  job.wishes.minutes = 8;
  EXPECT_THAT(batch_script(job), HasSubstr("--signal=B:USR1@120\n"));
}

TEST(BatchScript, WhatTheShellWouldActOnStandsForItself) {
  const Folder folder;
  const std::string nasty =
      "a'b $(touch " + (folder / "hit").string() + ") `id` \"; rm -rf * | & < > \\ $HOME";
  ArrayJob job = small_job();
  job.command = {"/usr/bin/printf", "%s", nasty};
  files::write_bytes(batch_script(job), folder / "script");
  FILE* pipe = ::popen(("/bin/bash " + (folder / "script").string()).c_str(), "r");
  std::string said(4096, '\0');
  said.resize(std::fread(said.data(), 1, said.size(), pipe));
  EXPECT_EQ(::pclose(pipe), 0);
  EXPECT_EQ(said, nasty);
  EXPECT_FALSE(std::filesystem::exists(folder / "hit"));
}

TEST(BatchScript, APercentSignInAFolderIsNoPatternOfSlurm) {
  ArrayJob job = small_job();
  job.log_folder = "/data/50%j done";
  EXPECT_THAT(batch_script(job), HasSubstr("--output=\"/data/50%%j done/%a.log\"\n"));
}

TEST(BatchScript, NoTextBecomesALineOfItsOwn) {
  for (const std::string bad : {"x\n#SBATCH --uid=0", "x\ny", "x\x01"}) {
    ArrayJob job = small_job();
    job.command.push_back(bad);
    EXPECT_EQ(refusal(job), Errc::kParam) << bad;
    job = small_job();
    job.log_folder = "/data/" + bad;
    EXPECT_EQ(refusal(job), Errc::kParam) << bad;
    job = small_job();
    job.remark = bad;
    EXPECT_EQ(refusal(job), Errc::kParam) << bad;
    job = small_job();
    job.wishes.options = {"--comment=" + bad};
    EXPECT_EQ(refusal(job), Errc::kParam) << bad;
    job = small_job();
    job.wishes.partition = bad;
    EXPECT_EQ(refusal(job), Errc::kParam) << bad;
    job = small_job();
    job.name = bad;
    EXPECT_EQ(refusal(job), Errc::kParam) << bad;
  }
}

TEST(BatchScript, RefusesWhatItCannotHold) {
  ArrayJob job = small_job();
  job.log_folder = "/data/\"quoted\"";
  EXPECT_EQ(refusal(job), Errc::kParam);
  job = small_job();
  job.wishes.options = {"gres=gpu:1"};
  EXPECT_EQ(refusal(job), Errc::kParam);
  job = small_job();
  job.wishes.account = "a b";
  EXPECT_EQ(refusal(job), Errc::kParam);
  job = small_job();
  job.tasks = 0;
  EXPECT_EQ(refusal(job), Errc::kParam);
}

TEST(ChunkSize, IsOneUnlessCasesAreKnownToBeShort) {
  EXPECT_EQ(chunk_size(1000, std::nullopt, 1001), 1U);
  EXPECT_EQ(chunk_size(1000, 60.0, 1001), 1U);
}

TEST(ChunkSize, IsTenToFiftyOfShortCasesAndTheMoreTheMoreThereAre) {
  EXPECT_EQ(chunk_size(200, 2.0, 1001), 10U);
  EXPECT_EQ(chunk_size(3000, 2.0, 1001), 30U);
  EXPECT_EQ(chunk_size(100000, 2.0, 100001), 50U);
}

TEST(ChunkSize, LeavesFewCasesToTwoTasks) {
  EXPECT_EQ(chunk_size(8, 2.0, 1001), 4U);
  EXPECT_EQ(chunk_size(1, 2.0, 1001), 1U);
}

TEST(ChunkSize, KeepsTheArrayWithinWhatTheClusterTakes) {
  EXPECT_EQ(chunk_size(10000, std::nullopt, 1001), 10U);
  EXPECT_EQ(chunk_size(1001, std::nullopt, 1001), 1U);
  EXPECT_EQ(chunk_size(1002, std::nullopt, 1001), 2U);
}

}  // namespace
}  // namespace ledd::slurm
