#include "ledd/label_editing/history.h"

#include <rapidcheck/gtest.h>

#include "ledd/core/error.h"

#include "phantom.h"

namespace {

using ledd::Error;
using ledd::Labels;
using namespace ledd::label_editing;

constexpr std::size_t kVoxels = 4 * 3 * 2;

Labels::Pointer blank() {
  return ledd::phantom::blank<Labels>({4, 3, 2}, {1, 1, 1}, std::uint16_t{0});
}

std::vector<std::uint16_t> voxels(const Labels& labels) {
  return {labels.GetBufferPointer(), labels.GetBufferPointer() + kVoxels};
}

/// Turns the labels that are there into others, voxel by voxel.
Change change_to(const Labels& labels, const std::vector<std::uint16_t>& wanted) {
  Change change{"drawn", {}};
  for (std::size_t n = 0; n < kVoxels; ++n)
    if (const auto there = labels.GetBufferPointer()[n]; there != wanted[n])
      change.spans.push_back({n, 1, there, wanted[n]});
  return change;
}

std::vector<std::uint16_t> some_labels() {
  return *rc::gen::container<std::vector<std::uint16_t>>(kVoxels, rc::gen::inRange<std::uint16_t>(0, 4));
}

RC_GTEST_PROP(History, UndoAndRedoGoBackAndForth, ()) {
  History history(*blank());
  std::vector<std::vector<std::uint16_t>> states{voxels(history.labels())};
  for (int n = *rc::gen::inRange(1, 60); n > 0; --n) {
    const auto wanted = some_labels();
    const auto change = change_to(history.labels(), wanted);
    history.apply(change);
    if (!change.empty()) states.push_back(wanted);
  }
  const std::size_t steps = states.size() - 1;
  for (std::size_t n = steps; n > 0; --n) {
    history.undo();
    RC_ASSERT(voxels(history.labels()) == states[n - 1]);
  }
  RC_ASSERT(!history.can_undo());
  for (std::size_t n = 1; n <= steps; ++n) {
    history.redo();
    RC_ASSERT(voxels(history.labels()) == states[n]);
  }
  RC_ASSERT(!history.can_redo());
}

RC_GTEST_PROP(History, PiecesOfOneStrokeAreOneStep, ()) {
  History history(*blank());
  history.apply({"first piece", {{0, 1, 0, 9}}});
  for (int n = 0; n < 5; ++n) history.extend(change_to(history.labels(), some_labels()));
  const auto drawn = voxels(history.labels());
  history.undo();
  RC_ASSERT(voxels(history.labels()) == voxels(*blank()));
  RC_ASSERT(!history.can_undo());
  history.redo();
  RC_ASSERT(voxels(history.labels()) == drawn);
}

TEST(History, TakesBackFiftyStepsAndMore) {
  History history(*blank());
  for (int n = 0; n < 1000; ++n) {
    auto wanted = voxels(history.labels());
    wanted[0] = static_cast<std::uint16_t>(n + 1);
    history.apply(change_to(history.labels(), wanted));
  }
  for (std::size_t n = 0; n < History::kSteps; ++n) history.undo();
  EXPECT_FALSE(history.can_undo());
  EXPECT_GE(History::kSteps, 50U);
  EXPECT_EQ(history.labels().GetBufferPointer()[0], 1000 - History::kSteps);
  EXPECT_THROW(history.undo(), Error);
}

TEST(History, ANewStepForgetsWhatWasUndone) {
  History history(*blank());
  history.apply({"a", {{0, 2, 0, 7}}});
  history.undo();
  history.apply({"b", {{5, 1, 0, 9}}});
  EXPECT_FALSE(history.can_redo());
  EXPECT_THROW(history.redo(), Error);
}

TEST(History, RefusesAChangeOfOtherLabelsAndStaysAsItWas) {
  History history(*blank());
  const auto before = voxels(history.labels());
  EXPECT_THROW(history.apply({"a", {{0, 2, 0, 7}, {5, 1, 3, 9}}}), Error);
  EXPECT_THROW(history.apply({"a", {{kVoxels - 1, 2, 0, 7}}}), Error);
  EXPECT_THROW(history.apply({"a", {{~0ULL, 2, 0, 7}}}), Error);
  EXPECT_EQ(voxels(history.labels()), before);
  EXPECT_FALSE(history.can_undo());
}

TEST(Change, KnowsItsBoxAndItsGain) {
  const Change change{"a", {{1, 2, 0, 7}, {17, 1, 7, 0}}};
  const auto box = box_of(change, *blank());
  EXPECT_EQ(box.GetIndex(0), 1);
  EXPECT_EQ(box.GetSize(0), 2U);
  EXPECT_EQ(box.GetSize(1), 2U);
  EXPECT_EQ(box.GetSize(2), 2U);
  EXPECT_EQ(voxels_of(change), 3U);
  EXPECT_EQ(gain_of(change, 7), 1);
}

}  // namespace
