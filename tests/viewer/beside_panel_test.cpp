#include "beside_panel.h"

#include <gmock/gmock.h>

#include <QComboBox>
#include <QHBoxLayout>
#include <QtTest/QtTest>

#include "dicom_writer.h"
#include "drawn_visits.h"
#include "plane_widget.h"
#include "screenshot.h"

namespace ledd::viewer {
namespace {

using testing::Folder;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::turned;

constexpr int kLong_ms = 100000;

/// A case with two other visits: one that is registered, one of another bone.
struct SideBySide : ::testing::Test {
  Folder root;
  testing::Drawing drawing;
  Scene main;
  std::array<PlaneWidget*, 3> leaders{new PlaneWidget(main, plane_view::View::kSagittal),
                                      new PlaneWidget(main, plane_view::View::kCoronal),
                                      new PlaneWidget(main, plane_view::View::kAxial)};
  BesidePanel* panel = new BesidePanel(main, leaders);
  QWidget window;
  const Point mark_body_mm{-14, 4, 0};

  SideBySide() {
    drawing.anatomy = testing::drawn_knee;
    drawing.mark_body_mm = mark_body_mm;
    drawing.patient_from_body.shift_mm = {10, -20, 300};
    drawing.patient_from_grid = turned(8.0, {10, -20, 300});
    testing::write({"c1", "Ann", "2025-06-01"}, testing::draw(drawing), root.path());
    auto later = drawing;
    later.patient_from_body = turned(5.0, {4, -14, 309});
    later.patient_from_grid = turned(-6.0, {3, -17, 306});
    later.spacing_mm = {1.2, 0.9, 1.5};
    testing::write({"c2", "Ann", "2026-06-01"}, testing::draw(later), root.path());
    later.anatomy = [](const Point& p) -> std::uint16_t {
      return testing::in_ball(p, {0, 0, 0}, {20, 20, 20}) ? 201 : 0;
    };
    testing::write({"c3", "Ann", "2027-06-01"}, testing::draw(later), root.path());
    auto* const row = new QHBoxLayout(&window);
    auto* const column = new QVBoxLayout;
    for (PlaneWidget* leader : leaders) column->addWidget(leader, 1);
    row->addLayout(column, 1);
    row->addWidget(panel, 1);
    window.resize(1000, 1150);
    window.show();
  }
  ~SideBySide() override { delete panel; }

  void open(BesidePanel::Names names, const std::string& id = "c1") {
    ASSERT_TRUE(QTest::qWaitForWindowExposed(&window));
    Context context;
    const CasePlace place{root / "out", id};
    const auto opened = cases::open_case(place.folder(), {}, context);
    Content content;
    content.scan = opened.scan;
    content.labels = opened.labels;
    main.show(content);
    QSignalSpy settled(panel, &BesidePanel::settled);
    panel->show_case(place, opened, names);
    if (panel->is_on()) {
      ASSERT_TRUE(settled.wait(kLong_ms));
    } else {
      EXPECT_EQ(settled.count(), 0) << "nothing is looked for while it is off";
    }
  }
  void press(const QKeySequence& key) {
    QSignalSpy settled(panel, &BesidePanel::settled);
    for (const Command& command : panel->commands())
      if (command.key == key) command.run();
    if (panel->is_on()) {
      ASSERT_TRUE(settled.count() > 0 || settled.wait(kLong_ms));
    }
  }
};

/// Middle of what is black within a few pixels, where all around is bright bone.
QPointF black_near(QWidget& plane, const QPointF& place) {
  const QImage picture = plane.grab().toImage();
  constexpr int kReach = 10;
  double x = 0, y = 0, count = 0;
  for (int dy = -kReach; dy <= kReach; ++dy)
    for (int dx = -kReach; dx <= kReach; ++dx) {
      const QPoint at(static_cast<int>(place.x()) + dx, static_cast<int>(place.y()) + dy);
      if (dx * dx + dy * dy > kReach * kReach || !picture.rect().contains(at)) continue;
      const double dark = std::max(0, 128 - qGray(picture.pixel(at)));
      x += dark * (at.x() + 0.5);
      y += dark * (at.y() + 0.5);
      count += dark;
    }
  return count == 0.0 ? QPointF(-1e6, -1e6) : QPointF(x / count, y / count);
}

double length(const QPointF& a) {
  return std::hypot(a.x(), a.y());
}

TEST_F(SideBySide, TheSamePlaceOfTheBoneStandsAtTheSamePixel) {
  open(BesidePanel::Names::kShown);
  press(Qt::Key_Y);
  ASSERT_TRUE(panel->linked()) << panel->words().toStdString();
  EXPECT_THAT(panel->words().toStdString(), HasSubstr("follow-up 2026-06-01"));
  EXPECT_THAT(panel->words().toStdString(), HasSubstr("registered on the femur, rms"));
  main.move_cursor(drawing.patient_from_body(mark_body_mm));
  main.set_style(plane_view::Overlay::Style::kHidden);
  for (const double zoom : {1.0, 1.6}) {
    leaders[0]->zoom(zoom);
    for (unsigned n = 0; n < 3; ++n) {
      leaders[n]->grab();
      const QPointF expected = leaders[n]->place_of(drawing.patient_from_body(mark_body_mm));
      const double pixel_mm = leaders[n]->plane().pixel_mm;
      const QPointF here = black_near(*leaders[n], expected);
      EXPECT_LE(length(here - expected) * pixel_mm, 0.5) << n;
      // Widgets of unlike sizes have the same middle.
      const QPointF shift = QRectF(panel->planes()[n]->rect()).center() - QRectF(leaders[n]->rect()).center();
      const QPointF there = black_near(*panel->planes()[n], expected + shift);
      EXPECT_LE(length(there - shift - here) * pixel_mm, 1.0) << n;
      EXPECT_EQ(panel->planes()[n]->plane().pixel_mm, pixel_mm);
    }
  }
  main.set_style(plane_view::Overlay::Style::kOutline);
  testing::keep_screenshot(window, "beside-drawn");
}

TEST_F(SideBySide, TheCursorGoesBothWaysOnce) {
  open(BesidePanel::Names::kShown);
  press(Qt::Key_Y);
  ASSERT_TRUE(panel->linked());
  QSignalSpy here(&main, &Scene::cursor_moved), there(&panel->scene(), &Scene::cursor_moved);
  main.move_cursor({12, -22, 305});
  EXPECT_EQ(here.count(), 1);
  EXPECT_EQ(there.count(), 1);
  EXPECT_NEAR(vec::distance(panel->scene().cursor_lps_mm(), {12, -22, 305}), 0.0, 1e-6);
  PlaneWidget* const plane = panel->planes()[2];
  plane->grab();  // places are known once it is drawn
  const QPoint place = plane->place_of({5, -16, 305}).toPoint();
  const Point clicked = plane_view::at_pixel(plane->plane(), place.x() - 0.5, place.y() - 0.5);
  QTest::mouseClick(plane, Qt::LeftButton, {}, place);
  EXPECT_EQ(here.count(), 2);
  EXPECT_EQ(there.count(), 2);
  EXPECT_NEAR(vec::distance(main.cursor_lps_mm(), clicked), 0.0, 1e-6);
  EXPECT_NEAR(vec::distance(panel->scene().cursor_lps_mm(), clicked), 0.0, 1e-6);
}

TEST_F(SideBySide, SlicesZoomAndMovesOfThePartnerAreTheCases) {
  open(BesidePanel::Names::kShown);
  press(Qt::Key_Y);
  ASSERT_TRUE(panel->linked());
  const Point before = main.cursor_lps_mm();
  const double step_mm = plane_view::step_mm(*main.content().scan, leaders[2]->plane());
  panel->planes()[2]->step(1);
  EXPECT_NEAR(vec::distance(main.cursor_lps_mm(), before), step_mm, 1e-6);
  leaders[2]->grab();
  const double pixel_mm = leaders[2]->plane().pixel_mm;
  panel->planes()[2]->zoom(2.0);
  leaders[2]->grab();
  EXPECT_NEAR(leaders[2]->plane().pixel_mm, 0.5 * pixel_mm, 1e-9);
  const Point middle = leaders[2]->plane().centre_lps_mm;
  panel->planes()[2]->grab();
  QTest::mousePress(panel->planes()[2], Qt::MiddleButton, {}, {60, 60});
  QMouseEvent move(QEvent::MouseMove, QPointF(80, 60), Qt::NoButton, Qt::MiddleButton, Qt::NoModifier);
  QApplication::sendEvent(panel->planes()[2], &move);
  leaders[2]->grab();
  EXPECT_NEAR(vec::distance(leaders[2]->plane().centre_lps_mm, middle), 20 * 0.5 * pixel_mm, 1e-6);
}

TEST_F(SideBySide, AnotherBoneIsShownUnlinkedAndSaysSoOnThePicture) {
  open(BesidePanel::Names::kShown);
  press(Qt::Key_Y);
  leaders[0]->grab();
  press(Qt::Key_J);
  EXPECT_FALSE(panel->linked());
  EXPECT_THAT(panel->words().toStdString(), HasSubstr("2027-06-01"));
  EXPECT_THAT(panel->words().toStdString(), HasSubstr("NOT REGISTERED"));
  EXPECT_THAT(panel->words().toStdString(), HasSubstr("mm apart"));
  ASSERT_FALSE(panel->scene().empty());
  const Point there = panel->scene().cursor_lps_mm();
  main.move_cursor({12, -22, 305});
  EXPECT_EQ(panel->scene().cursor_lps_mm(), there);
  // The words stand in yellow on the lower part of every picture.
  for (PlaneWidget* plane : panel->planes()) {
    const QImage picture = plane->grab().toImage();
    int yellow = 0;
    for (int y = picture.height() / 2; y < picture.height() - 44; ++y)
      for (int x = 40; x < picture.width() - 40; ++x) {
        const QRgb pixel = picture.pixel(x, y);
        yellow += qRed(pixel) > 200 && qGreen(pixel) > 160 && qBlue(pixel) < 120 ? 1 : 0;
      }
    EXPECT_GE(yellow, 300);
  }
  testing::keep_screenshot(window, "beside-not-registered");
  press(Qt::Key_J);
  EXPECT_TRUE(panel->linked()) << "after the last comes the first";
}

TEST_F(SideBySide, ABlindedReaderSeesNeitherDateNorOrder) {
  open(BesidePanel::Names::kBlinded, "c2");
  press(Qt::Key_Y);
  std::string all;
  const auto gather = [&] {
    all += panel->words().toStdString();
    for (const QComboBox* box : panel->findChildren<QComboBox*>())
      for (int n = 0; n < box->count(); ++n) all += box->itemText(n).toStdString() + "|";
    for (const QWidget* widget : panel->findChildren<QWidget*>()) all += widget->toolTip().toStdString();
  };
  gather();
  EXPECT_THAT(panel->words().toStdString(), HasSubstr("B\nregistered on the femur"));
  std::filesystem::remove(root / "scans/c3.nii.gz");
  press(Qt::Key_J);
  gather();
  EXPECT_THAT(panel->words().toStdString(), HasSubstr("C\n"));
  for (const char* word : {"Ann", "202", "c1", "c3", "baseline", "follow-up", "scans"})
    EXPECT_THAT(all, Not(HasSubstr(word)));
}

TEST_F(SideBySide, APartnerWithoutItsScanSaysWhatToDo) {
  std::filesystem::remove(root / "scans/c2.nii.gz");
  open(BesidePanel::Names::kShown);
  press(Qt::Key_Y);
  EXPECT_THAT(panel->words().toStdString(), HasSubstr("--images"));
  EXPECT_TRUE(panel->scene().empty());
  EXPECT_FALSE(panel->linked());
}

TEST_F(SideBySide, NothingOfACaseStaysBesideTheNext) {
  open(BesidePanel::Names::kShown);
  press(Qt::Key_Y);
  ASSERT_FALSE(panel->scene().empty());
  Context context;
  const CasePlace place{root / "out", "c2"};
  const auto opened = cases::open_case(place.folder(), {}, context);
  panel->show_case(place, opened, BesidePanel::Names::kShown);
  EXPECT_TRUE(panel->scene().empty()) << "while it is looked for, nothing stands there";
  EXPECT_THAT(panel->words().toStdString(), Not(HasSubstr("2026")));
  panel->clear();
  EXPECT_FALSE(panel->linked());
  EXPECT_EQ(panel->words(), "no case");
  panel->set_on(false);
  EXPECT_FALSE(panel->isVisible());
}

}  // namespace
}  // namespace ledd::viewer
