#include "ledd/isolation/pool.h"

#include <dirent.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "ledd/core/error.h"

#include "folder.h"

namespace ledd::isolation {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Pool::Params params() {
  Pool::Params p;
  p.program = LEDD_BAD_CHILD;
  return p;
}

/// Processes that a process started and that are there, dead or alive.
std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  for (const auto& task : std::filesystem::directory_iterator(fmt::format("/proc/{}/task", parent))) {
    std::ifstream list(task.path() / "children");
    for (pid_t child = 0; list >> child;) children.push_back(child);
  }
  return children;
}

class PoolTest : public ::testing::Test {
 protected:
  /// What went wrong with a request; afterwards a fresh child must serve.
  std::string failure_of(const Request& request) {
    const Answer answer = pool_.ask(request);
    EXPECT_THAT(answer.bytes, IsEmpty());
    EXPECT_EQ(pool_.ask({.kind = "echo", .bytes = "well"}).bytes, "well");
    return answer.failure;
  }

  Context context_;
  Pool pool_{params(), context_};
};

TEST_F(PoolTest, AnAnswerComesBackAndTheChildIsUsedAgain) {
  const std::string first = pool_.ask({.kind = "pid", .bytes = {}}).bytes;
  EXPECT_EQ(pool_.ask({.kind = "pid", .bytes = {}}).bytes, first);
  EXPECT_NE(first, std::to_string(::getpid()));
  EXPECT_EQ(pool_.started(), 1U);
}

TEST_F(PoolTest, AChildThatDiesIsNamedByItsSignalAndReplaced) {
  EXPECT_EQ(failure_of({.kind = "fault", .bytes = {}}), "was ended by signal 11 (Segmentation fault)");
  EXPECT_EQ(failure_of({.kind = "abort", .bytes = {}}), "was ended by signal 6 (Aborted)");
  EXPECT_EQ(failure_of({.kind = "leave", .bytes = {}}), "ended by itself with status 7");
  EXPECT_EQ(pool_.failed(), 3U);
  EXPECT_EQ(pool_.started(), 4U);
}

TEST_F(PoolTest, AChildThatHangsIsEnded) {
  EXPECT_EQ(failure_of({.kind = "hang", .bytes = {}, .wall_s = 0.3}), "took longer than 0.3 s");
}

TEST_F(PoolTest, ProcessorTimeEndsPerRequest) {
  EXPECT_EQ(failure_of({.kind = "spin", .bytes = {}, .wall_s = 60, .cpu_s = 1}),
            "took more than 1 s of processor time");
}

TEST_F(PoolTest, WrittenGarbageIsNonsense) {
  EXPECT_THAT(failure_of({.kind = "say", .bytes = std::string(64, '\x7F')}), HasSubstr("answered nonsense"));
  // A piece of an answer that claims more than is ever taken.
  std::string piece(16, '\0');
  piece[15] = '\x40';
  EXPECT_THAT(failure_of({.kind = "say", .bytes = piece}), HasSubstr("answered nonsense"));
}

TEST_F(PoolTest, ErrorsOfTheHandlerAreThrownHere) {
  try {
    pool_.ask({.kind = "refuse", .bytes = "PatientID is odd"});
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::kFormat);
    EXPECT_STREQ(error.what(), "PatientID is odd");
  }
  EXPECT_THROW(pool_.ask({.kind = "unheard of", .bytes = {}}), Error);
  EXPECT_EQ(pool_.started(), 1U) << "an error is an answer";
}

TEST_F(PoolTest, NothingCanBeWritten) {
  const Folder folder;
  const auto path = folder / "new";
  const Answer answer = pool_.ask({.kind = "write", .bytes = path.string()});
  EXPECT_NE(answer.bytes, "1");
  std::error_code none;
  EXPECT_TRUE(!std::filesystem::exists(path) || std::filesystem::file_size(path, none) == 0);
  EXPECT_EQ(pool_.ask({.kind = "read", .bytes = LEDD_BAD_CHILD}).bytes, "1");
}

TEST_F(PoolTest, LongAnswersComeInPieces) {
  const Answer answer = pool_.ask({.kind = "pieces", .bytes = "150"});
  EXPECT_EQ(answer.bytes.size(), std::size_t{150} << 20U);
  EXPECT_EQ(answer.bytes.find_first_not_of('p'), std::string::npos);
}

TEST_F(PoolTest, AnAnswerFillsTheCallersBuffersExactly) {
  std::vector<std::byte> a(700'000);
  std::vector<std::byte> b;
  std::vector<std::byte> c((std::size_t{1} << 20U) - a.size());
  const std::vector<std::span<std::byte>> into{a, b, c};
  EXPECT_EQ(pool_.ask({.kind = "pieces", .bytes = "1"}, into).failure, "");
  EXPECT_EQ(c.back(), std::byte{'p'});
  EXPECT_THAT(pool_.ask({.kind = "pieces", .bytes = "2"}, into).failure, HasSubstr("more bytes than"));
  EXPECT_THAT(pool_.ask({.kind = "pieces", .bytes = "0"}, into).failure, HasSubstr("fewer bytes than"));
}

TEST_F(PoolTest, ACancelledContextEndsARequest) {
  std::jthread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    context_.cancel();
  });
  try {
    pool_.ask({.kind = "hang", .bytes = {}});
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::kCancelled);
  }
  EXPECT_THAT(children_of(::getpid()), IsEmpty());
}

TEST(Pool, MemoryIsLimited) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the address sanitizer takes more address space than any limit would leave";
#endif
  Context context;
  Pool::Params small = params();
  small.memory_bytes = std::uint64_t{512} << 20U;
  Pool pool(small, context);
  EXPECT_EQ(pool.ask({.kind = "allocate", .bytes = {}}).failure, "asked for more than 0.5 GB of memory");
  EXPECT_EQ(pool.ask({.kind = "echo", .bytes = "well"}).bytes, "well");
}

TEST(Pool, AnAnswerBeyondTheLimitIsNotCollected) {
  Context context;
  Pool::Params small = params();
  small.answer_bytes = std::uint64_t{3} << 20U;
  Pool pool(small, context);
  EXPECT_EQ(pool.ask({.kind = "pieces", .bytes = "3"}).bytes.size(), small.answer_bytes);
  EXPECT_THAT(pool.ask({.kind = "pieces", .bytes = "4"}).failure, HasSubstr("longer than any"));
}

TEST(Pool, ThereAreNeverMoreChildrenThanThreads) {
  Context context({}, 2);
  {
    Pool pool(params(), context);
    std::vector<std::jthread> askers;
    std::atomic<int> answered = 0;
    for (int i = 0; i < 8; ++i)
      askers.emplace_back([&] {
        for (int k = 0; k < 3; ++k)
          answered += pool.ask({.kind = "nap", .bytes = {}}).failure.empty() ? 1 : 0;
      });
    askers.clear();
    EXPECT_EQ(answered, 24);
    EXPECT_EQ(pool.started(), 2U);
    EXPECT_EQ(children_of(::getpid()).size(), 2U);
  }
  EXPECT_THAT(children_of(::getpid()), IsEmpty()) << "no child and no zombie is left";
}

TEST(Pool, AChildEndsWithItsParent) {
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);  // so that its end is reported here
  const pid_t parent = ::fork();
  ASSERT_GE(parent, 0);
  if (parent == 0) {
    Context context;
    Pool pool(params(), context);
    pool.ask({.kind = "hang", .bytes = {}, .wall_s = 60});
    ::_exit(0);
  }
  std::vector<pid_t> children;
  for (int tries = 0; tries < 500 && children.empty(); ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    children = children_of(parent);
  }
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  ASSERT_EQ(children.size(), 1U);
  pid_t ended = 0;
  for (int tries = 0; tries < 500 && ended == 0; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    ended = ::waitpid(children[0], nullptr, WNOHANG);
  }
  EXPECT_EQ(ended, children[0]);
  ::kill(children[0], SIGKILL);
}

TEST(Pool, AMissingProgramIsAnErrorThatSaysWhereItShouldBe) {
  const Folder folder;
  ASSERT_EQ(::setenv("LEDD_LIBEXEC", folder.path().c_str(), 1), 0);
  Context context;
  Pool pool(context);
  try {
    pool.ask({.kind = "echo", .bytes = {}});
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::kInternal);
    EXPECT_THAT(error.what(), AllOf(HasSubstr(folder.path().string()), HasSubstr("LEDD_LIBEXEC")));
  }
  ::unsetenv("LEDD_LIBEXEC");
  EXPECT_EQ(find_program().filename(), "ledd-dicom") << "the build tree has it";
}

}  // namespace
}  // namespace ledd::isolation
