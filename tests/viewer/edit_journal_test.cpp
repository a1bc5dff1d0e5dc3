#include <gmock/gmock.h>

#include <QSignalSpy>

#include "ledd/core/error.h"
#include "ledd/label_editing/operations.h"

#include "edit_desk.h"
#include "edit_spine.h"

namespace ledd::viewer {
namespace {

TEST(Scene, WhatWasJournalledIsTakenUpStepByStep) {
  Desk desk(content_of(spine()));
  desk.choose(kL1);
  desk.key("B");
  desk.stroke(desk.sagittal, {QPoint(80, 220), QPoint(120, 240), QPoint(140, 300)});
  desk.stroke(desk.coronal, {QPoint(60, 220), QPoint(160, 400), QPoint(200, 300)}, Qt::ShiftModifier);
  desk.key("D");
  desk.key("Ctrl+Z");
  desk.key("V");
  const QPoint top = desk.pixel(desk.sagittal, at(desk.labels(), 22, 32, 30));
  desk.stroke(desk.sagittal, {top, top + QPoint(0, -30), top + QPoint(0, 5), top + QPoint(0, -60)});
  desk.stroke(desk.sagittal, {top, top + QPoint(0, -70), top});  // there and back: no step
  desk.key("Ctrl+Z");
  desk.key("Ctrl+Shift+Z");
  using Kind = label_editing::Entry::Kind;
  for (const Kind kind : {Kind::kApply, Kind::kExtend, Kind::kUndo, Kind::kRedo})
    ASSERT_TRUE(std::any_of(desk.journal.begin(), desk.journal.end(), [&](const auto& entry) {
      return entry.kind == kind;
    })) << static_cast<int>(kind);
  Scene other;
  other.show(content_of(spine()));
  QSignalSpy replaced(&other, &Scene::labels_replaced);
  int corrected = 0;
  QObject::connect(&other, &Scene::corrected, [&] { ++corrected; });
  // As a draft on disk holds it.
  std::string bytes;
  for (const auto& entry : desk.journal) bytes += label_editing::print(entry);
  other.replay(label_editing::parse_journal(bytes).entries);
  EXPECT_EQ(voxels_of(*other.labels()), voxels_of(desk.labels()));
  EXPECT_EQ(other.history()->steps(), desk.scene.history()->steps());
  EXPECT_EQ(replaced.count(), 1);
  EXPECT_EQ(corrected, 0) << "it is in the journal already";
  EXPECT_EQ(desk.steps(), 3U);
  while (other.history()->can_undo()) other.undo();
  EXPECT_EQ(voxels_of(*other.labels()), voxels_of(*spine()));
}

TEST(Scene, StepsThatDoNotFitLeaveTheLabelsAsTheyWere) {
  Scene scene;
  scene.show(content_of(spine()));
  const auto automatic = voxels_of(*scene.labels());
  using label_editing::Entry;
  const Entry good{Entry::Kind::kApply, label_editing::relabel(*scene.labels(), kL1, kT12)};
  EXPECT_THROW(scene.replay({good, good}), Error);
  EXPECT_EQ(voxels_of(*scene.labels()), automatic);
  Scene none;
  none.show(content_of(nullptr));
  EXPECT_THROW(none.replay({good}), Error);
}

TEST(Scene, ARemadeStepThatIsRefusedStaysAsItWas) {
  Scene scene;
  scene.show(content_of(spine()));
  scene.correct(label_editing::relabel(*scene.labels(), kL1, kT12));
  const auto drawn = voxels_of(*scene.labels());
  const auto refuse = [](const Labels&) -> label_editing::Change { throw Error(Errc::kInput, "no"); };
  EXPECT_THROW(scene.remake_last(refuse), Error);
  EXPECT_EQ(voxels_of(*scene.labels()), drawn);
  EXPECT_EQ(scene.history()->steps().size(), 1U);
}

}  // namespace
}  // namespace ledd::viewer
