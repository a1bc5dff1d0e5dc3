#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>

#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/slurm/slurm.h"

#include "folder.h"

namespace ledd::slurm {
namespace {

using testing::HasSubstr;

/// Programs of ours in the place of SLURM's.
class FakeSlurm : public testing::Test {
 protected:
  FakeSlurm() : before_(::getenv("PATH")) {
    ::setenv("PATH", (folder_.path().string() + ":/bin:/usr/bin").c_str(), 1);
  }
  ~FakeSlurm() override { ::setenv("PATH", before_.c_str(), 1); }

  void put(const std::string& program, const std::string& body) const {
    files::write_bytes("#!/bin/sh\n" + body + "\n", folder_ / program);
    std::filesystem::permissions(folder_ / program, std::filesystem::perms::owner_all);
  }
  static Error error_of_submit(const Controller& controller) {
    try {
      controller.submit("script");
    } catch (const Error& e) {
      return e;
    }
    return {Errc::kInternal, "none"};
  }

  Folder folder_;
  std::string before_;
};

TEST_F(FakeSlurm, TheIdOfAJobIsWhatParsableSays) {
  put("sbatch", "[ \"$1\" = --parsable ] && echo \"17;cluster\"");
  EXPECT_EQ(Controller().submit("script"), "17");
}

TEST_F(FakeSlurm, ARefusalIsTheOperatorsAndSilenceIsNot) {
  put("sbatch", "echo 'sbatch: error: invalid partition specified: nope' >&2; exit 1");
  const Error refused = error_of_submit(Controller());
  EXPECT_EQ(refused.code(), Errc::kParam);
  EXPECT_THAT(refused.what(), HasSubstr("invalid partition specified: nope"));
  put("sbatch", "echo 'sbatch: error: Unable to contact slurm controller (connect failure)' >&2; exit 1");
  EXPECT_EQ(error_of_submit(Controller()).code(), Errc::kCancelled);
}

TEST_F(FakeSlurm, AnAnswerThatNeverComesIsSilence) {
  put("sbatch", "exec sleep 60");
  EXPECT_EQ(error_of_submit(Controller(0.3)).code(), Errc::kCancelled);
  put("scontrol", "exec sleep 60");
  EXPECT_FALSE(Controller(0.3).ask("17", "ledd.x.1").answered);
}

TEST_F(FakeSlurm, AJobThatTheControllerForgotHasNoTasks) {
  put("scontrol", "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1");
  const Knowledge known = Controller().ask("17", "ledd.x.1");
  EXPECT_TRUE(known.answered);
  EXPECT_TRUE(known.tasks.empty());
}

TEST_F(FakeSlurm, AnyOtherComplaintIsNoAnswer) {
  put("scontrol", "echo 'slurm_load_jobs error: something new' >&2; exit 1");
  const Knowledge known = Controller().ask("17", "ledd.x.1");
  EXPECT_FALSE(known.answered);
  EXPECT_EQ(known.said, "slurm_load_jobs error: something new");
}

TEST_F(FakeSlurm, AJobWhoseIdWasLostIsFoundByItsName) {
  put("squeue", "[ \"$2\" = --name=ledd.x.1 ] && echo 42; exit 0");
  put("scontrol",
      "[ \"$4\" = 42 ] && echo 'JobId=42 ArrayTaskId=0-1 JobName=ledd.x.1 JobState=PENDING Reason=Priority'");
  EXPECT_EQ(Controller().ask("", "ledd.x.1").tasks.size(), 2U);
  EXPECT_TRUE(Controller().ask("", "ledd.y.1").answered);
  EXPECT_TRUE(Controller().ask("", "ledd.y.1").tasks.empty());
}

TEST_F(FakeSlurm, TheLargestArrayIsReadFromTheConfiguration) {
  put("scontrol", "printf 'MaxArrayTasks=x\\nMaxArraySize            = 1001\\nMaxDBDMsgs = 20008\\n'");
  EXPECT_EQ(Controller().max_array_size(), 1001U);
  put("scontrol", "echo nothing");
  EXPECT_THROW(Controller().max_array_size(), Error);
}

TEST_F(FakeSlurm, ProgramsAreAskedForWholeListsInEnglish) {
  put("scontrol", "[ \"$SLURM_BITSTR_LEN\" = 0 ] && [ \"$LC_ALL\" = C ] && echo 'MaxArraySize = 7'");
  EXPECT_EQ(Controller().max_array_size(), 7U);
}

TEST(Controller, WithoutSlurmItSaysSo) {
  const std::string before = ::getenv("PATH");
  const Folder empty;
  ::setenv("PATH", empty.path().c_str(), 1);
  std::string said;
  try {
    Controller().submit("script");
  } catch (const Error& e) {
    said = e.what();
  }
  const Knowledge known = Controller().ask("1", "ledd.x.1");
  ::setenv("PATH", before.c_str(), 1);
  EXPECT_THAT(said, HasSubstr("there is no such program here"));
  EXPECT_FALSE(known.answered);
}

}  // namespace
}  // namespace ledd::slurm
