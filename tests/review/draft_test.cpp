#include "ledd/review/draft.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "folder.h"
#include "phantom.h"

namespace {

using ledd::Error;
using ledd::Folder;
using ledd::Labels;
using ledd::label_editing::Entry;
using ledd::label_editing::History;
using ledd::review::Draft;

const std::string kCase = "3f2a91c07d44", kReader = "reader", kResult(64, 'a');

Labels::Pointer blank() {
  return ledd::phantom::blank<Labels>({8, 8, 4}, {1, 1, 1}, std::uint16_t{0});
}

Entry step(std::uint64_t voxel) {
  return {Entry::Kind::kApply, {"paint", {{voxel, 1, 0, 7}}}};
}

struct Drawn : testing::Test {
  Folder out;
  Labels::Pointer labels = blank();
  std::filesystem::path file = out / "reviews" / (kCase + "." + kReader + ".draft");

  Draft begin(Draft::Begin how) { return Draft(out.path(), kCase, kReader, kResult, *labels, how); }
  std::optional<Draft::Found> find() { return Draft::find(out.path(), kCase, kReader, kResult, *labels); }
};

TEST_F(Drawn, NothingIsFoundBeforeAnythingIsDrawn) {
  EXPECT_FALSE(find());
  { const Draft draft = begin(Draft::Begin::kAnew); }
  EXPECT_FALSE(find());
}

TEST_F(Drawn, AfterAKillAllThatWasSyncedIsThere) {
  const pid_t child = ::fork();
  if (child == 0) {
    Draft draft = begin(Draft::Begin::kAnew);
    for (std::uint64_t n = 0; n < 20; ++n) draft.add(step(n));
    draft.flush();
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  const auto found = find();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->entries.size(), 20U);
  EXPECT_FALSE(found->outdated);
  History history(*labels);
  ledd::review::replay(found->entries, history);
  EXPECT_EQ(history.labels().GetBufferPointer()[19], 7);
}

TEST_F(Drawn, GoesOnBehindWhatIsWhole) {
  {
    Draft draft = begin(Draft::Begin::kAnew);
    draft.add(step(1));
    draft.add(step(2));
  }
  std::string bytes = ledd::files::read_bytes(file);
  bytes.resize(bytes.size() - 3);
  ledd::files::write_bytes(bytes, file);
  EXPECT_TRUE(find()->cut_off);
  {
    Draft draft = begin(Draft::Begin::kContinue);
    draft.add(step(3));
  }
  const auto found = find();
  EXPECT_FALSE(found->cut_off);
  EXPECT_THAT(found->entries, testing::ElementsAre(step(1), step(3)));
}

TEST_F(Drawn, OfAnotherResultOrOtherLabelsItIsOutdatedAndKept) {
  { begin(Draft::Begin::kAnew).add(step(1)); }
  EXPECT_TRUE(Draft::find(out.path(), kCase, kReader, std::string(64, 'b'), *labels)->outdated);
  labels->GetBufferPointer()[5] = 9;
  EXPECT_TRUE(find()->outdated);
  EXPECT_THROW(begin(Draft::Begin::kContinue), Error);
  { begin(Draft::Begin::kAnew).add(step(1)); }
  EXPECT_TRUE(std::filesystem::exists(file.string() + ".1")) << "set aside, not deleted";
  EXPECT_FALSE(find()->outdated);
}

TEST_F(Drawn, OneWindowAtATime) {
  Draft draft = begin(Draft::Begin::kAnew);
  EXPECT_THROW(begin(Draft::Begin::kContinue), Error);
}

TEST_F(Drawn, GoesWhenItIsPublished) {
  Draft draft = begin(Draft::Begin::kAnew);
  draft.add(step(1));
  draft.finish();
  EXPECT_FALSE(std::filesystem::exists(file));
}

}  // namespace
