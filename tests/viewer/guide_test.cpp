#include <gmock/gmock.h>

#include <QProcess>
#include <QTabWidget>

#include "ledd/anatomy/anatomy.h"

#include "beside_panel.h"
#include "edit_panel.h"
#include "key_sheet.h"
#include "reader.h"
#include "screenshot.h"
#include "surface_widget.h"
#include "view_panel.h"

namespace ledd::viewer {
namespace {

bool run(const QString& program, const QStringList& words) {
  QProcess process;
  process.start(program, words);
  return process.waitForFinished(240000) && process.exitCode() == 0;
}

/// Ids that occur, with how many voxels.
std::map<std::uint16_t, std::size_t> voxels_of(const Labels& labels) {
  std::map<std::uint16_t, std::size_t> count;
  const auto* const first = labels.GetBufferPointer();
  for (std::size_t n = 0; n < labels.GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
    if (first[n] != 0) ++count[first[n]];
  return count;
}

void show_tab(Reader& reader, QWidget* panel) {
  reader.part<QTabWidget>()->setCurrentWidget(panel);
  QTest::qWait(200);
}

/// The pictures of docs/for-radiologists.md: the drawn lumbar spine, from the list to a corrected result.
/// `LEDD_SCREENSHOTS=docs/figures ctest --preset ci -R viewer/Guide` takes them anew.
TEST(Guide, AReadersRoundFromTheListToACorrectedResult) {
  const Folder folder;
  const QString dicom = QString::fromStdString((folder / "phantom").string());
  const QString out = QString::fromStdString((folder / "out").string());
  ASSERT_TRUE(run(LEDD_PHANTOM, {"-o", dicom, "--contrast", "t1,t2"}));
  ASSERT_TRUE(run(LEDD_PROGRAM, {"run", "spine-mri", dicom + "/dicom", "-o", out}));
  SessionOptions options;
  options.out = out.toStdString();
  options.reader = "reader-1";
  Reader reader(options, [] { return cases::builtin_pipelines({LEDD_SHARE}); });
  ASSERT_TRUE(reader.wait_shown());
  auto* const surfaces = reader.part<SurfaceWidget>();
  ASSERT_TRUE(reader.wait_for([&] { return surfaces->surfaces() > 10 && !surfaces->busy(); }));
  QTest::qWait(500);
  ::ledd::testing::keep_screenshot(reader.window, "viewer-window");
  show_tab(reader, reader.part<ViewPanel>());
  ::ledd::testing::keep_screenshot(*reader.part<QTabWidget>(), "viewer-view");

  // One key renames all levels, another takes it back.
  auto* const edit = reader.part<EditPanel>();
  const auto done = [&] { return reader.wait_for([&] { return !edit->busy(); }); };
  show_tab(reader, edit);
  const auto before = voxels_of(*reader.scene.labels());
  reader.press(Qt::Key_U);
  ASSERT_TRUE(done());
  const auto shifted = voxels_of(*reader.scene.labels());
  EXPECT_EQ(shifted.at(anatomy::kL1 + 3), before.at(anatomy::kL1 + 4));
  EXPECT_FALSE(shifted.contains(anatomy::kL1 + 6));  // S1 is L5 now
  reader.press(Qt::Key_Z, Qt::ControlModifier);
  ASSERT_TRUE(done());
  EXPECT_EQ(voxels_of(*reader.scene.labels()), before);

  // L3's front border, a little further.
  reader.press(Qt::Key_B);
  reader.press(Qt::Key_5);
  PlaneWidget* const plane = reader.planes().front();
  const QPoint front = plane->place_of(reader.scene.cursor_lps_mm()).toPoint() - QPoint(27, 0);
  QTest::mousePress(plane, Qt::LeftButton, {}, front - QPoint(0, 12));
  QTest::mouseMove(plane, front + QPoint(0, 12));
  QTest::mouseRelease(plane, Qt::LeftButton, {}, front + QPoint(0, 12));
  EXPECT_GT(voxels_of(*reader.scene.labels()).at(anatomy::kL1 + 2), before.at(anatomy::kL1 + 2));
  EXPECT_EQ(reader.session.steps(), 1U);
  ::ledd::testing::keep_screenshot(reader.window, "viewer-correct");

  const std::string automatic = reader.session.opened()->result_sha256;
  reader.press(Qt::Key_S, Qt::ControlModifier);
  ASSERT_TRUE(reader.session.publishing());
  ASSERT_TRUE(QTest::qWaitFor(
      [&] {
        return !reader.session.publishing() && reader.session.opened() != nullptr &&
               reader.session.opened()->result_sha256 != automatic;
      },
      120000));
  EXPECT_EQ(reader.session.item()->standing.decision, "corrected");
  EXPECT_EQ(reader.session.item()->standing.reader, "reader-1");

  reader.press(Qt::Key_Y);
  auto* const beside = reader.part<BesidePanel>();
  ASSERT_TRUE(reader.wait_for([&] { return !beside->scene().empty(); }));
  EXPECT_THAT(beside->words().toStdString(), ::testing::HasSubstr("T1"));
  QTest::qWait(500);
  ::ledd::testing::keep_screenshot(reader.window, "viewer-beside");

  reader.press(Qt::Key_Question);
  ASSERT_NE(reader.part<KeySheet>(), nullptr);
  ::ledd::testing::keep_screenshot(*reader.part<KeySheet>(), "viewer-keys");
}

}  // namespace
}  // namespace ledd::viewer
