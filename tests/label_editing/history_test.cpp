#include "ledd/label_editing/history.h"

#include <rapidcheck/gtest.h>

#include <map>

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

/// What joined() means, voxel by voxel.
Change joined_plainly(const Change& earlier, const Change& later) {
  std::map<std::uint64_t, std::pair<std::uint16_t, std::uint16_t>> voxels;
  for (const Change* change : {&earlier, &later})
    for (const Span& span : change->spans)
      for (std::uint64_t n = span.first; n < span.first + span.count; ++n) {
        const auto [at, is_new] = voxels.try_emplace(n, span.before, span.after);
        if (!is_new) at->second.second = span.after;
      }
  Change both{later.what, {}};
  for (const auto& [n, ids] : voxels) {
    if (ids.first == ids.second) continue;
    Span* const last = both.spans.empty() ? nullptr : &both.spans.back();
    if (last != nullptr && last->first + last->count == n && last->before == ids.first &&
        last->after == ids.second)
      ++last->count;
    else
      both.spans.push_back({n, 1, ids.first, ids.second});
  }
  return both;
}

/// Spans in order, not overlapping, that touch now and then.
Change some_change() {
  Change change{"drawn", {}};
  std::uint64_t at = 0;
  for (int n = *rc::gen::inRange(0, 8); n > 0; --n) {
    at += *rc::gen::inRange<std::uint64_t>(0, 4);
    const auto count = *rc::gen::inRange<std::uint32_t>(1, 6);
    const auto before = *rc::gen::inRange<std::uint16_t>(0, 3);
    const auto more = *rc::gen::inRange<std::uint16_t>(1, 3);
    change.spans.push_back({at, count, before, static_cast<std::uint16_t>((before + more) % 3)});
    at += count;
  }
  return change;
}

RC_GTEST_PROP(Change, TwoChangesJoinAsVoxelByVoxel, ()) {
  const Change earlier = some_change(), later = some_change();
  RC_ASSERT(joined(earlier, later) == joined_plainly(earlier, later));
}

TEST(History, LeavesTheLabelsThatItWasGiven) {
  const auto given = blank();
  History history(*given);
  EXPECT_EQ(&history.labels(), given.GetPointer()) << "nothing to copy yet";
  history.apply({"a", {{0, 2, 0, 7}}});
  EXPECT_EQ(history.labels().GetBufferPointer()[0], 7);
  EXPECT_EQ(given->GetBufferPointer()[0], 0);
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
