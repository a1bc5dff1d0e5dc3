#include <gmock/gmock.h>

#include <QListWidget>
#include <QPushButton>
#include <QSignalSpy>
#include <map>

#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/label_editing/operations.h"

#include "edit_desk.h"
#include "edit_spine.h"
#include "realdata.h"
#include "steps_list.h"

namespace ledd::viewer {
namespace {

using ::testing::HasSubstr;

QPushButton* button(const Desk& desk, const char* text) {
  for (QPushButton* one : desk.panel->findChildren<QPushButton*>())
    if (one->text() == text) return one;
  return nullptr;
}

/// Sixty short strokes of three structures at places of a fixed order.
void draw_sixty(Desk& desk) {
  desk.key("B");
  for (int n = 0; n < 60; ++n) {
    desk.panel->structures().choose_row(n % 3);
    desk.set_radius(10 + n % 7 * 5);
    const QPoint place(40 + n * 37 % 300, 60 + n * 53 % 500);
    desk.stroke(desk.sagittal, {place, place + QPoint(n % 20, 9)});
  }
}

TEST(EditPanel, SixtyStepsAreUndoneAndDoneAgain) {
  Desk desk(content_of(spine()));
  ASSERT_TRUE(desk.exposed);
  const auto automatic = voxels_of(desk.labels());
  draw_sixty(desk);
  const std::size_t steps = desk.steps();
  ASSERT_GE(steps, 50U);
  const auto drawn = voxels_of(desk.labels());
  for (std::size_t n = 0; n < steps; ++n) ASSERT_TRUE(desk.key("Ctrl+Z"));
  EXPECT_EQ(voxels_of(desk.labels()), automatic);
  EXPECT_FALSE(desk.scene.history()->can_undo());
  desk.key("Ctrl+Z");  // once more: nothing
  for (std::size_t n = 0; n < steps; ++n) ASSERT_TRUE(desk.key("Ctrl+Shift+Z"));
  EXPECT_EQ(voxels_of(desk.labels()), drawn);
}

TEST(EditPanel, AClickOnAStepGoesThereAndForwardAgain) {
  Desk desk(content_of(spine()));
  desk.key("B");
  desk.choose(kL1);
  std::vector<std::vector<std::uint16_t>> states{voxels_of(desk.labels())};
  for (int n = 0; n < 5; ++n) {
    const QPoint place(60 + 50 * n, 80);
    desk.stroke(desk.sagittal, {place});
    states.push_back(voxels_of(desk.labels()));
  }
  ASSERT_EQ(desk.steps(), 5U);
  auto* const list = desk.panel->findChild<StepsList*>();
  ASSERT_EQ(list->count(), 6);
  EXPECT_EQ(list->item(3)->text(), "paint L1 vertebral body");
  for (const int row : {2, 0, 4, 5}) {
    QTest::mouseClick(list->viewport(),
                      Qt::LeftButton,
                      {},
                      (list->scrollToItem(list->item(row)), list->visualItemRect(list->item(row)).center()));
    EXPECT_EQ(voxels_of(desk.labels()), states[static_cast<std::size_t>(row)]) << row;
    EXPECT_EQ(list->currentRow(), row);
    EXPECT_EQ(list->count(), 6);
  }
}

TEST(EditPanel, OneKeyShiftsAllLevelsAndUndoBringsThemBack) {
  Desk desk(content_of(spine()));
  const auto automatic = voxels_of(desk.labels());
  ASSERT_TRUE(desk.key("U"));
  EXPECT_EQ(desk.labels().GetPixel({{20, 30, 10}}), kL1);
  EXPECT_EQ(desk.labels().GetPixel({{20, 30, 17}}), 119);
  EXPECT_EQ(desk.labels().GetPixel({{20, 30, 25}}), kT12);
  EXPECT_EQ(desk.steps(), 1U);
  desk.key("D");
  EXPECT_EQ(voxels_of(desk.labels()), automatic);
  desk.key("Ctrl+Z");
  desk.key("Ctrl+Z");
  EXPECT_EQ(voxels_of(desk.labels()), automatic);
}

TEST(EditPanel, FillsBetweenDrawnSlicesOfTheActivePlane) {
  const auto labels = spine();
  box(*labels, kT12, {{12, 12, 32}}, {{30, 40, 32}});
  box(*labels, kT12, {{18, 20, 38}}, {{36, 48, 38}});
  Desk desk(content_of(labels));
  const auto wanted = label_editing::fill_between(*labels, kT12, 2, {});
  ASSERT_FALSE(wanted.empty());
  desk.choose(kT12);
  desk.move(desk.axial, QPoint(100, 100));
  ASSERT_TRUE(desk.key("G"));
  ASSERT_EQ(desk.steps(), 1U) << desk.said.toStdString();
  EXPECT_EQ(desk.scene.history()->steps().back(), wanted);
}

TEST(EditPanel, MakesTheSlicesBetweenTheLastTwoDrawnAnew) {
  Desk desk(content_of(spine()));
  desk.choose(kL1);
  desk.key("B");
  desk.set_radius(60);
  for (const long slice : {21L, 28L}) {
    desk.scene.move_cursor(at(desk.labels(), 40, 40, slice));
    desk.paint();
    desk.stroke(desk.axial, {desk.pixel(desk.axial, at(desk.labels(), 36, 40, slice))});
  }
  ASSERT_EQ(desk.steps(), 2U);
  for (QComboBox* one : desk.panel->findChildren<QComboBox*>())
    if (one->itemText(1) == "the last two drawn") one->setCurrentIndex(1);
  const auto wanted = label_editing::fill_between(desk.labels(), kL1, 2, label_editing::SliceRange{21, 28});
  desk.key("G");
  ASSERT_EQ(desk.steps(), 3U) << desk.said.toStdString();
  EXPECT_EQ(desk.scene.history()->steps().back(), wanted);
}

TEST(EditPanel, SmoothsAndRenamesAsLabelEditingDoes) {
  const auto labels = spine();
  box(*labels, kL2, {{40, 50, 35}}, {{42, 52, 37}});  // a piece that is none of L2
  Desk desk(content_of(labels));
  desk.choose(kL1);
  const auto smoothed = label_editing::smooth(desk.labels(), kL1, 1.0);
  desk.key("S");
  EXPECT_EQ(desk.scene.history()->steps().back(), smoothed);
  desk.scene.move_cursor(at(*labels, 41, 51, 36));
  const std::size_t piece = 27, whole = count(*labels, kL2);
  desk.key("I");
  EXPECT_EQ(count(desk.labels(), kL2), whole - piece);
  EXPECT_EQ(desk.labels().GetPixel({{41, 51, 36}}), kL1);
  QTest::mouseClick(button(desk, "Remove part"), Qt::LeftButton);
  ASSERT_TRUE(QTest::qWaitFor([&] { return !desk.panel->busy(); }, 60000));
  EXPECT_EQ(desk.labels().GetPixel({{41, 51, 36}}), 0);
  desk.scene.move_cursor(at(*labels, 20, 30, 17));
  QTest::mouseClick(button(desk, "Rename whole"), Qt::LeftButton);
  ASSERT_TRUE(QTest::qWaitFor([&] { return !desk.panel->busy(); }, 60000));
  EXPECT_EQ(count(desk.labels(), kDisc), 0U);
  EXPECT_EQ(desk.steps(), 4U);
}

TEST(EditPanel, WhatIsRefusedIsSaidAndChangesNothing) {
  const auto labels = spine();
  labels->SetPixel({{1, 1, 1}}, 28);  // a T13 has no place in the usual count
  Desk desk(content_of(labels));
  const auto automatic = voxels_of(desk.labels());
  desk.scene.move_cursor(at(*labels, 2, 50, 3));
  desk.paint();
  desk.choose(0);
  const std::map<QString, const char*> refused{{"G", "choose the structure"},
                                               {"S", "choose the structure"},
                                               {"I", "choose the structure"},
                                               {"U", "T13"},
                                               {"Ctrl+S", "nothing was corrected"}};
  for (const auto& [key, why] : refused) {
    ASSERT_TRUE(desk.key(key));
    EXPECT_THAT(desk.said.toStdString(), HasSubstr(why)) << key.toStdString();
  }
  desk.key("B");
  desk.stroke(desk.sagittal, {QPoint(100, 100)});
  EXPECT_THAT(desk.said.toStdString(), HasSubstr("choose the structure"));
  desk.choose(kL1);
  desk.key("G");
  EXPECT_THAT(desk.said.toStdString(), HasSubstr("no slice is missing"));
  desk.key("I");
  EXPECT_THAT(desk.said.toStdString(), HasSubstr("no structure under the cursor"));
  desk.key("V");
  desk.stroke(desk.axial, {desk.pixel(desk.axial, at(*labels, 48, 3, 3))});
  EXPECT_THAT(desk.said.toStdString(), HasSubstr("no structure near"));
  auto* const state = desk.panel->findChild<QLabel*>("state");
  EXPECT_EQ(state->text(), desk.said);
  EXPECT_EQ(voxels_of(desk.labels()), automatic);
  EXPECT_EQ(desk.steps(), 0U);
}

TEST(EditPanel, WhatMayNotBeCorrectedSaysWhyAndIsNotDrawnOn) {
  Desk desk(content_of(spine()));
  const auto automatic = voxels_of(desk.labels());
  desk.choose(kL1);
  desk.key("B");
  desk.panel->set_editable(false, "the folder is read-only");
  EXPECT_EQ(desk.said, "the folder is read-only");
  desk.stroke(desk.sagittal, {QPoint(100, 100), QPoint(150, 120)});
  for (const char* key : {"U", "S", "G", "I", "Ctrl+S"}) {
    desk.said.clear();
    desk.key(key);
    EXPECT_EQ(desk.said, "the folder is read-only") << key;
  }
  EXPECT_EQ(voxels_of(desk.labels()), automatic);
  desk.panel->set_editable(true, {});
  desk.stroke(desk.sagittal, {QPoint(100, 100), QPoint(150, 120)});
  EXPECT_EQ(desk.steps(), 1U);
}

TEST(EditPanel, NothingIsDrawnWhileACorrectionIsWorkedOut) {
  Desk desk(content_of(spine()));
  desk.choose(kL1);
  desk.key("B");
  for (const Command& command : desk.panel->commands())
    if (command.key == QKeySequence("S")) command.run();
  ASSERT_TRUE(desk.panel->busy());  // its answer needs the event loop, which has not run
  desk.scene.undo();
  QMouseEvent press(
      QEvent::MouseButtonPress, QPointF(100, 100), Qt::LeftButton, Qt::LeftButton, Qt::NoModifier);
  QApplication::sendEvent(desk.sagittal, &press);
  EXPECT_EQ(desk.steps(), 0U);
  ASSERT_TRUE(QTest::qWaitFor([&] { return !desk.panel->busy(); }, 60000));
  EXPECT_EQ(desk.steps(), 1U);
}

TEST(EditPanel, AnAnswerForACaseThatIsGoneIsNotTaken) {
  Desk desk(content_of(spine()));
  desk.choose(kL1);
  for (const Command& command : desk.panel->commands())
    if (command.key == QKeySequence("S")) command.run();
  ASSERT_TRUE(desk.panel->busy());
  desk.key("B");
  desk.scene.show(content_of(spine()));
  EXPECT_FALSE(desk.panel->busy());
  QTest::qWait(50);
  EXPECT_EQ(desk.steps(), 0U);
  EXPECT_EQ(desk.panel->tool().kind, Tool::Kind::kCursor) << "a click on the next case does not draw";
}

TEST(EditPanel, DigitsChooseAndKeepTheirStructures) {
  Desk desk(content_of(spine()));
  EXPECT_THAT(desk.panel->structures().ids(), ::testing::ElementsAre(kL1, kL2, kDisc));
  desk.key("2");
  EXPECT_EQ(desk.panel->tool().id, kL2);
  desk.key("9");
  EXPECT_EQ(desk.panel->tool().id, kL2) << "there is no ninth";
  desk.scene.correct(label_editing::relabel(desk.labels(), kL1, kL2));
  desk.key("2");
  EXPECT_EQ(desk.panel->tool().id, kL2) << "L1 has gone and keeps its place";
}

TEST(EditPanel, OffersTheStructuresOfThePipelinesRegion) {
  Desk desk(content_of(spine()));
  const auto offered = [&](const char* pipeline) {
    desk.panel->set_pipeline(pipeline);
    for (QComboBox* one : desk.panel->findChildren<QComboBox*>())
      if (one->itemText(0).startsWith("Add a structure")) return one;
    return static_cast<QComboBox*>(nullptr);
  };
  EXPECT_GE(offered("knee-mri")->findData(202U), 0);
  EXPECT_LT(offered("knee-mri")->findData(20U), 0);
  EXPECT_GE(offered("spine-mri")->findData(120U), 0);
  EXPECT_LT(offered("spine-mri")->findData(202U), 0);
  EXPECT_GE(offered("another")->findData(202U), 0);
}

TEST(EditPanel, AScanWithoutLabelsGetsSomeAndIsDrawnOn) {
  Desk desk(content_of(nullptr));
  auto* const begin = button(desk, "Begin labels");
  ASSERT_TRUE(begin->isVisible());
  desk.key("B");
  EXPECT_THAT(desk.said.toStdString(), HasSubstr("no labels"));
  QTest::mouseClick(begin, Qt::LeftButton);
  ASSERT_NE(desk.scene.labels(), nullptr);
  EXPECT_FALSE(begin->isVisible());
  require_same_grid(desk.labels(), *desk.scene.content().scan, "labels and scan");
  desk.panel->structures().add(kL1);
  desk.key("B");
  desk.stroke(desk.sagittal, {QPoint(150, 300)});
  EXPECT_GT(count(desk.labels(), kL1), 0U);
  EXPECT_EQ(desk.steps(), 1U);
}

TEST(EditPanel, SaveIsAskedForOnceSomethingWasCorrected) {
  Desk desk(content_of(spine()));
  QSignalSpy wanted(desk.panel, &EditPanel::publish_wanted);
  desk.key("Ctrl+S");
  EXPECT_EQ(wanted.count(), 0);
  desk.key("U");
  desk.key("Ctrl+S");
  EXPECT_EQ(wanted.count(), 1);
}

/// Not a claim of its own: pictures of a real case to look at, and that its strokes can be seen.
TEST(EditPanel, CorrectsARealSpine) {
  LEDD_NEEDS_REALDATA("spine/vb2-04");
  const auto folder = realdata() / "spine" / "vb2-04";
  Content content;
  content.scan = files::read_volume(folder / "image_thick2mm.nii.gz");
  content.labels = files::read_labels(folder / "labels_thick2mm.nii.gz");
  Desk desk(std::move(content));
  desk.panel->set_pipeline("spine-mri");
  desk.scene.set_style(plane_view::Overlay::Style::kFill);
  desk.picture("edit-1-automatic");
  desk.choose(22);
  desk.key("B");
  const QPoint middle = desk.pixel(desk.sagittal, desk.scene.cursor_lps_mm());
  const QImage before = desk.sagittal->grab().toImage();
  desk.stroke(desk.sagittal, {middle + QPoint(-90, -60), middle + QPoint(-60, 0), middle + QPoint(-90, 60)});
  desk.move(desk.sagittal, middle + QPoint(-90, 60));
  desk.picture("edit-2-brush");
  const QImage after = desk.sagittal->grab().toImage();
  EXPECT_NE(before.pixel(middle + QPoint(-60, 0)), after.pixel(middle + QPoint(-60, 0)));
  desk.key("Ctrl+Z");
  desk.key("U");
  desk.picture("edit-3-levels-up");
  EXPECT_EQ(desk.steps(), 1U) << desk.said.toStdString();
  desk.key("Ctrl+Z");
  desk.key("V");
  const auto inside = label_editing::box_of(label_editing::relabel(desk.labels(), 22, 1), desk.labels());
  Labels::IndexType centre{};
  for (unsigned a = 0; a < 3; ++a) centre[a] = inside.GetIndex(a) + static_cast<long>(inside.GetSize(a) / 2);
  desk.scene.move_cursor(at(desk.labels(), centre[0], centre[1], centre[2]));
  desk.paint();
  const std::size_t volume = count(desk.labels(), 22);
  const QPoint body = desk.pixel(desk.sagittal, desk.scene.cursor_lps_mm());
  const int up_px = static_cast<int>(10.0 / desk.sagittal->plane().pixel_mm);
  desk.stroke(desk.sagittal, {body - QPoint(0, up_px), body - QPoint(0, 2 * up_px)});
  desk.picture("edit-4-endplate-up");
  EXPECT_GT(count(desk.labels(), 22), volume) << desk.said.toStdString();
  desk.key("S");
  desk.picture("edit-5-smoothed");
}

}  // namespace
}  // namespace ledd::viewer
