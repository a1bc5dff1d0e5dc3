#include <gmock/gmock.h>

#include <QComboBox>
#include <QLabel>
#include <QSpinBox>
#include <QTreeWidget>
#include <QtTest/QtTest>
#include <cmath>
#include <limits>
#include <set>

#include "colour_bar.h"
#include "palette.h"
#include "plane_lines.h"
#include "plane_widget.h"
#include "reading.h"
#include "screenshot.h"
#include "surface_marks.h"
#include "surface_widget.h"
#include "view_panel.h"

namespace ledd::viewer {
namespace {

using plane_view::View;
using ::testing::HasSubstr;

constexpr std::uint16_t kUpper = 20, kLower = 21;  // L1, L2
constexpr std::array<std::uint8_t, 3> kGreen{0, 255, 0};

template <class Image>
typename Image::Pointer empty_image() {
  auto image = Image::New();
  image->SetRegions(typename Image::SizeType{{40, 40, 30}});
  const std::array<double, 3> spacing{1.0, 1.0, 2.0};
  image->SetSpacing(spacing.data());
  image->Allocate(true);
  return image;
}

template <class Image>
void fill(Image& image, long from_z, long to_z, typename Image::PixelType value) {
  for (long k = from_z; k < to_z; ++k)
    for (long j = 10; j < 30; ++j)
      for (long i = 10; i < 30; ++i) image.SetPixel({{i, j, k}}, value);
}

/// Two blocks, a map on the upper one without a value in its middle, a height of the upper one.
Content content() {
  Content shown;
  const auto scan = empty_image<Volume>();
  fill<Volume>(*scan, 0, 30, 100.0F);
  const auto labels = empty_image<Labels>();
  fill<Labels>(*labels, 16, 26, kUpper);
  fill<Labels>(*labels, 4, 14, kLower);
  const auto map = empty_image<Volume>();
  fill<Volume>(*map, 16, 26, 3.0F);
  for (long k = 16; k < 26; ++k)
    for (long j = 18; j < 22; ++j)
      for (long i = 18; i < 22; ++i) map->SetPixel({{i, j, k}}, std::numeric_limits<float>::quiet_NaN());
  shown.scan = scan;
  shown.labels = labels;
  shown.maps["thickness"] = map;
  shown.maps["unheard-of"] = map;
  shown.scales["thickness"] = {"cartilage thickness", "mm", 0.0, 4.0};
  shown.lines = {{{{15, 20, 33}, {15, 20, 50}}, kGreen, "17.0", "L1 Ha 17.0 mm", "heights"}};
  shown.modality = "CT";
  shown.unit = "HU";
  return shown;
}

std::size_t count(const QImage& image, const std::function<bool(const QColor&)>& is) {
  std::size_t n = 0;
  for (int y = 0; y < image.height(); ++y)
    for (int x = 0; x < image.width(); ++x)
      if (is(image.pixelColor(x, y))) ++n;
  return n;
}

bool is_green(const QColor& c) {
  return c.green() > 200 && c.red() < 60 && c.blue() < 60;
}

struct Shown : ::testing::Test {
  Scene scene;
  PlaneWidget axial{scene, View::kAxial}, sagittal{scene, View::kSagittal};
  ViewPanel panel{scene, {&axial, &sagittal}};

  Shown() {
    for (PlaneWidget* plane : {&axial, &sagittal}) {
      plane->resize(400, 400);
      plane->show();
      static_cast<void>(QTest::qWaitForWindowExposed(plane));
    }
    panel.resize(280, 700);
    panel.show();
    scene.show(content());
    scene.move_cursor({20, 20, 42});  // slice 22 of 30
    QCoreApplication::processEvents();
    QTest::mouseClick(&axial, Qt::RightButton);  // whichever window came up under the mouse
  }
  QImage picture(PlaneWidget& plane) { return plane.grab().toImage(); }
  QColor at(PlaneWidget& plane, const Point& p) {
    return picture(plane).pixelColor(plane.place_of(p).toPoint());
  }
  void press(const QKeySequence& key) {
    for (const Command& command : panel.commands())
      if (command.key == key) return command.run();
    FAIL() << "no command has " << key.toString().toStdString();
  }
  std::string text() {
    std::string all;
    for (const QLabel* label : panel.findChildren<QLabel*>()) all += label->text().toStdString() + "\n";
    return all;
  }
  QTreeWidgetItem* item(const char* group, const char* name) {
    for (auto* one : panel.findChild<QTreeWidget*>()->findItems(name, Qt::MatchExactly | Qt::MatchRecursive))
      if (one->parent() != nullptr && one->parent()->text(0) == group) return one;
    return nullptr;
  }
};

TEST(PiecesNear, AreWhatLiesWithinTheSlab) {
  plane_view::Plane plane;  // axial through the origin
  plane.width_px = plane.height_px = 101;
  const auto line = [](std::vector<Point> points) { return Polyline{std::move(points), kGreen, ""}; };
  const auto pieces = pieces_near(line({{-10, 0, -10}, {10, 0, 10}, {10, 0, 30}}), plane, 2.0);
  ASSERT_EQ(pieces.size(), 1U);
  EXPECT_NEAR(pieces[0].x1(), 48.5, 1e-9);
  EXPECT_NEAR(pieces[0].x2(), 52.5, 1e-9);
  EXPECT_NEAR(pieces[0].y1(), 50.5, 1e-9);
  EXPECT_TRUE(pieces_near(line({{0, 0, 3}, {9, 0, 3}}), plane, 2.0).empty());
  EXPECT_EQ(pieces_near(line({{0, 0, 1}, {9, 0, 1}}), plane, 2.0).size(), 1U);
}

TEST_F(Shown, ALineIsDrawnWhereThePlaneCutsItAndNotBeyondItsEnds) {
  scene.move_cursor({20, 25, 42});  // or its cross would cover the place
  EXPECT_LT(count(picture(axial), is_green), 100U);
  EXPECT_TRUE(is_green(at(axial, {15, 20, 42}))) << "the place where it goes through the slice";
  scene.move_cursor({20, 20, 20});
  EXPECT_EQ(count(picture(axial), is_green), 0U);
}

TEST_F(Shown, ALineInThePlaneIsDrawnWhole) {
  scene.move_cursor({15, 25, 42});
  for (const double z : {34.0, 41.0, 49.0}) EXPECT_TRUE(is_green(at(sagittal, {15, 20, z}))) << z;
  EXPECT_FALSE(is_green(at(sagittal, {15, 20, 52})));
}

TEST_F(Shown, PointingAtALineSaysWhatItIs) {
  scene.move_cursor({15, 25, 42});
  picture(sagittal);
  const QPointF on = sagittal.place_of({15, 20, 36});
  EXPECT_EQ(line_at(scene, sagittal.plane(), on).toStdString(), "L1 Ha 17.0 mm");
  EXPECT_EQ(line_at(scene, sagittal.plane(), on + QPointF(40, 0)), QString());
  press(Qt::Key_H);
  EXPECT_EQ(line_at(scene, sagittal.plane(), on), QString());
  EXPECT_EQ(count(picture(sagittal), is_green), 0U);
}

TEST_F(Shown, AGroupOfMeasurementsCanBeHidden) {
  scene.move_cursor({15, 25, 42});
  auto* const heights = item("Measurements", "heights");
  ASSERT_NE(heights, nullptr);
  EXPECT_GT(count(picture(sagittal), is_green), 20U);
  heights->setCheckState(0, Qt::Unchecked);
  EXPECT_EQ(count(picture(sagittal), is_green), 0U);
}

TEST_F(Shown, ALineThatOnlyGoesThroughSaysNoNumber) {
  const auto words = [](const QImage& image) {
    return count(image, [](const QColor& c) { return c.green() > 120 && c.red() < 100 && c.blue() < 100; });
  };
  const std::size_t without = words(picture(axial));
  EXPECT_LT(without, 60U) << "a dot";
  scene.move_cursor({15, 25, 42});
  EXPECT_GT(words(picture(sagittal)), without + 60U) << "a line and its number";
}

TEST(Cursor, BeginsInAStructureAndNotBetweenThem) {
  Scene scene;
  Content two = content();
  scene.show(two);
  EXPECT_NE(scene.labels()->GetPixel(scene.labels()->TransformPhysicalPointToIndex([&] {
    Labels::PointType p;
    std::copy(scene.cursor_lps_mm().begin(), scene.cursor_lps_mm().end(), p.Begin());
    return p;
  }())),
            0);
}

TEST(ColourBar, HasRoundTicksFromEndToEnd) {
  EXPECT_THAT(ticks_of({"a", "mm", 0.0, 4.0}), ::testing::ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(ticks_of({"a", "mm", -1.0, 1.0}), ::testing::ElementsAre(-1, -0.5, 0, 0.5, 1));
  EXPECT_THAT(ticks_of({"a", "ms", 10.0, 90.0}), ::testing::ElementsAre(10, 20, 40, 60, 80, 90));
  for (const auto& [low, high] : {std::pair(0.0, 0.5), {13.0, 87.3}, {-200.0, 1200.0}, {0.9, 1.0}}) {
    const auto ticks = ticks_of({"a", "", low, high});
    EXPECT_GE(ticks.size(), 3U) << low << " to " << high;
    EXPECT_LE(ticks.size(), 8U) << low << " to " << high;
    EXPECT_EQ(ticks.front(), low);
    EXPECT_EQ(ticks.back(), high);
    EXPECT_TRUE(std::is_sorted(ticks.begin(), ticks.end()));
  }
}

TEST(ColourBar, SaysQuantityAndUnit) {
  EXPECT_EQ(title_of({"T2", "ms", 0, 1}), QString("T2 (ms)"));
  EXPECT_EQ(title_of({"relative depth", "1", 0, 1}), QString("relative depth"));
}

TEST_F(Shown, AMapIsDrawnInItsPipelinesColoursWithTheBarBesideIt) {
  const auto bright = [](const QColor& c) { return c.red() > 240 && c.green() > 220 && c.blue() < 60; };
  EXPECT_EQ(count(picture(axial), bright), 0U);
  scene.set_style(plane_view::Overlay::Style::kHidden);
  scene.set_lines_shown(false);
  scene.show_map("thickness");
  const auto image = picture(axial);
  ledd::testing::keep_screenshot(axial, "plane-with-map");
  EXPECT_GE(count(image, bright), 12U) << "the top of the bar";
  // 3 of 0 to 4 mm: three quarters of the palette, at 70 % over the grey below.
  const auto rgb = viridis()[191];
  const QColor drawn = at(axial, {12, 12, 42}), grey = at(axial, {20, 20, 42});
  scene.show_map("");
  const int below = at(axial, {12, 12, 42}).red();
  EXPECT_NEAR(drawn.green(), 0.7 * rgb[1] + 0.3 * below, 3.0);
  EXPECT_NEAR(drawn.red(), 0.7 * rgb[0] + 0.3 * below, 3.0);
  EXPECT_EQ(grey.red(), grey.green()) << "no value, no colour";
}

TEST_F(Shown, AMapNobodySpokeOfHasTheScaleOfItsValues) {
  scene.show_map("unheard-of");
  EXPECT_EQ(scene.scale().quantity, "unheard-of");
  EXPECT_EQ(scene.scale().unit, "");
  EXPECT_LE(scene.scale().low, 3.0);
  EXPECT_GE(scene.scale().high, 3.0);
  EXPECT_LT(scene.scale().low, scene.scale().high);
}

TEST(Palette, OfChangesIsWhiteInTheMiddle) {
  const auto& rgb = palette_of(ColourScale::Kind::kChange);
  EXPECT_GT(rgb[128][0], 240);
  EXPECT_GT(rgb[128][2], 240);
  EXPECT_GT(rgb.front()[2], rgb.front()[0]);
  EXPECT_GT(rgb.back()[0], rgb.back()[2]);
}

TEST_F(Shown, AHiddenStructureIsNotDrawn) {
  scene.set_lines_shown(false);
  scene.set_style(plane_view::Overlay::Style::kFill);
  scene.set_opacity(1.0);
  const auto rgb = scene.layers().overlay.rgb.at(kUpper);
  EXPECT_EQ(at(axial, {25, 25, 42}), QColor(rgb[0], rgb[1], rgb[2]));
  auto* const upper = item("Structures", "L1");
  ASSERT_NE(upper, nullptr);
  upper->setCheckState(0, Qt::Unchecked);
  const QColor bare = at(axial, {25, 25, 42});
  EXPECT_EQ(bare.red(), bare.blue());
  scene.move_cursor({20, 20, 16});
  EXPECT_NE(at(axial, {25, 25, 16}).red(), at(axial, {25, 25, 16}).blue()) << "the other is still shown";
}

TEST_F(Shown, StructuresOfOtherToolsHaveTheirOwnNamesAndColours) {
  Content others = content();
  others.structures[kUpper] = {"vertebra 20", {1, 2, 250}};
  scene.show(others);
  EXPECT_EQ(item("Structures", "L1"), nullptr);
  EXPECT_NE(item("Structures", "vertebra 20"), nullptr);
  EXPECT_EQ(scene.layers().overlay.rgb.at(kUpper)[2], 250);
  EXPECT_THAT(reading_at(scene, {20, 20, 42}).toStdString(), HasSubstr("vertebra 20"));
}

TEST_F(Shown, ANewStructureComesIntoTheList) {
  EXPECT_EQ(item("Structures", "L3"), nullptr);
  label_editing::Change change{"paint", {{0, 1, 0, 22}}};
  scene.correct(change);
  EXPECT_NE(item("Structures", "L3"), nullptr);
}

TEST_F(Shown, EveryKeyOfTheContractHasOneCommand) {
  std::set<std::string> keys;
  for (const Command& command : panel.commands()) {
    EXPECT_EQ(command.group, "View");
    EXPECT_FALSE(command.text.isEmpty());
    EXPECT_TRUE(keys.insert(command.key.toString().toStdString()).second) << "twice";
  }
  EXPECT_THAT(keys,
              ::testing::UnorderedElementsAre(
                  "Space", "O", "[", "]", "M", "H", "W", "X", "K", "Up", "Down", "PgUp", "PgDown", "0"));
}

TEST_F(Shown, KeysChangeTheLook) {
  using plane_view::Overlay;
  press(Qt::Key_Space);
  EXPECT_EQ(scene.style(), Overlay::Style::kHidden);
  press(Qt::Key_Space);
  EXPECT_EQ(scene.style(), Overlay::Style::kOutline);
  press(Qt::Key_O);
  EXPECT_EQ(scene.style(), Overlay::Style::kFill);
  const double opacity = scene.opacity();
  press(Qt::Key_BracketRight);
  EXPECT_GT(scene.opacity(), opacity);
  press(Qt::Key_BracketLeft);
  press(Qt::Key_BracketLeft);
  EXPECT_LT(scene.opacity(), opacity);
  press(Qt::Key_M);
  EXPECT_EQ(scene.map(), "thickness");
  press(Qt::Key_M);
  press(Qt::Key_M);
  EXPECT_EQ(scene.map(), "") << "after the last map none";
  const double width = scene.window().width;
  press(Qt::Key_W);
  EXPECT_NE(scene.window().width, width);
  press(Qt::Key_X);
  EXPECT_EQ(scene.axes(), plane_view::Axes::kPatient);
}

TEST_F(Shown, StepsGoThroughThePlaneTheMouseWasOverLast) {
  QTest::mouseMove(&sagittal, QPoint(100, 100));
  QTest::mouseMove(&sagittal, QPoint(120, 100));
  QTRY_COMPARE(panel.active(), &sagittal);
  const Point before = scene.cursor_lps_mm();
  press(Qt::Key_Up);
  EXPECT_NEAR(std::abs(scene.cursor_lps_mm()[0] - before[0]), 1.0, 1e-9);
  EXPECT_EQ(scene.cursor_lps_mm()[2], before[2]);
  QTest::mousePress(&axial, Qt::RightButton, Qt::NoModifier, QPoint(100, 100));
  QTest::mouseRelease(&axial, Qt::RightButton, Qt::NoModifier, QPoint(100, 100));
  EXPECT_EQ(panel.active(), &axial);
  press(Qt::Key_PageDown);
  EXPECT_NEAR(scene.cursor_lps_mm()[2], before[2] - 20.0, 1e-9);
}

TEST_F(Shown, SaysWhichSliceItIs) {
  EXPECT_THAT(text(), HasSubstr("axial plane: slice 22 of 30, 42.0 mm"));
  press(Qt::Key_Up);
  EXPECT_THAT(text(), HasSubstr("slice 23 of 30, 44.0 mm"));
}

TEST_F(Shown, SaysWhatIsUnderTheMouse) {
  scene.show_map("thickness");
  picture(axial);
  QMouseEvent over(
      QEvent::MouseMove, axial.place_of({15, 20, 42}), Qt::NoButton, Qt::NoButton, Qt::NoModifier);
  QApplication::sendEvent(&axial, &over);
  EXPECT_THAT(text(), HasSubstr("100 HU, cartilage thickness 3 mm, L1 vertebral body\nL1 Ha 17.0 mm"));
  ledd::testing::keep_screenshot(panel, "view-panel");
  EXPECT_THAT(reading_at(scene, {20, 20, 42}).toStdString(), HasSubstr("no cartilage thickness"));
  EXPECT_EQ(reading_at(scene, {200, 20, 42}), QString());
}

TEST_F(Shown, CineGoesRoundOrBackAtTheEnd) {
  std::vector<long> slices;
  QObject::connect(&scene, &Scene::cursor_moved, [&] {
    slices.push_back(std::lround(scene.cursor_lps_mm()[2] / 2.0) + 1);
  });
  panel.findChild<QSpinBox*>()->setValue(60);
  scene.move_cursor({20, 20, 56});
  slices.clear();
  press(Qt::Key_K);
  EXPECT_TRUE(panel.playing());
  QTRY_VERIFY(slices.size() >= 3);
  EXPECT_THAT(std::vector<long>(slices.begin(), slices.begin() + 3), ::testing::ElementsAre(30, 1, 2));
  press(Qt::Key_K);
  EXPECT_FALSE(panel.playing());
  for (QComboBox* box : panel.findChildren<QComboBox*>())
    if (const int n = box->findText("back and forth"); n >= 0) box->setCurrentIndex(n);
  scene.move_cursor({20, 20, 56});
  slices.clear();
  press(Qt::Key_K);
  QTRY_VERIFY(slices.size() >= 3);
  EXPECT_THAT(std::vector<long>(slices.begin(), slices.begin() + 3), ::testing::ElementsAre(30, 29, 28));
}

TEST_F(Shown, TheNextCaseIsSeenThroughTheSameWindowAndMap) {
  press(Qt::Key_W);
  press(Qt::Key_M);
  const auto window = scene.window();
  scene.show(content());
  EXPECT_EQ(scene.window().width, window.width);
  EXPECT_EQ(scene.map(), "thickness");
}

TEST(Presets, FitTheScan) {
  Content ct = content();
  const auto of_ct = presets_of(ct, {1, 2});
  EXPECT_EQ(of_ct.front().name, "bone");
  EXPECT_EQ(of_ct.front().window.width, 1800.0);
  EXPECT_EQ(of_ct.front().window.centre, 400.0);
  ct.unit = "mg HA/cm3";
  EXPECT_EQ(presets_of(ct, {1, 2}).front().window.centre, 500.0);
  Content mr = content();
  mr.modality = "MR";
  mr.unit.clear();
  const auto of_mr = presets_of(mr, {1, 2});
  EXPECT_EQ(of_mr.front().window.width, 2.0) << "as it is now";
  for (const auto& presets : {of_ct, of_mr})
    for (const Preset& preset : presets) {
      EXPECT_GT(preset.window.width, 0.0) << preset.name;
      EXPECT_FALSE(preset.source.empty()) << preset.name;
    }
}

struct Surfaces : ::testing::Test {
  Scene scene;
  SurfaceWidget widget{scene};

  Surfaces() {
    widget.resize(400, 400);
    widget.show();
    static_cast<void>(QTest::qWaitForWindowExposed(&widget));
    QSignalSpy ready(&widget, &SurfaceWidget::surfaces_ready);
    scene.show(content());
    ready.wait(30000);
  }
  QImage picture() { return widget.grab().toImage(); }
};

TEST_F(Surfaces, MeasurementsAreSeenThroughThem) {
  ASSERT_EQ(widget.surfaces(), 2U);
  EXPECT_EQ(widget.marks().lines(), 1U);
  EXPECT_GT(count(picture(), is_green), 20U) << "it lies inside of the block";
  scene.set_lines_shown(false);
  EXPECT_EQ(count(picture(), is_green), 0U);
}

TEST_F(Surfaces, ThoseOfHiddenStructuresAreHidden) {
  const auto filled = [](const QColor& c) { return c.red() + c.green() + c.blue() > 150; };
  scene.set_lines_shown(false);
  const std::size_t both = count(picture(), filled);
  scene.set_structure_shown(kUpper, false);
  const std::size_t one = count(picture(), filled);
  EXPECT_LT(one, 0.7 * static_cast<double>(both));
  EXPECT_GT(one, 0.3 * static_cast<double>(both));
}

TEST_F(Surfaces, ADoubleClickBringsTheCursorThere) {
  const Point before = scene.cursor_lps_mm();
  // From in front the upper half of the picture is the upper block; its front is y = 9.5.
  QTest::mouseDClick(&widget, Qt::LeftButton, Qt::NoModifier, QPoint(200, 120));
  const Point& at = scene.cursor_lps_mm();
  EXPECT_NE(at, before);
  EXPECT_NEAR(at[1], 9.5, 0.6);
  EXPECT_GT(at[2], 31.0);
  EXPECT_FALSE(widget.pick({3, 3})) << "nothing is there";
  QTest::mouseClick(&widget, Qt::LeftButton, Qt::ControlModifier, QPoint(200, 280));
  EXPECT_LT(scene.cursor_lps_mm()[2], 28.0);
}

TEST_F(Surfaces, AMapColoursThemAndTheBarSaysWith) {
  scene.set_lines_shown(false);
  const auto bright = [](const QColor& c) { return c.red() > 200 && c.green() > 190 && c.blue() < 90; };
  const std::size_t before = count(picture(), bright);
  scene.show_map("thickness");
  const auto image = picture();
  ledd::testing::keep_screenshot(widget, "surfaces-with-map");
  EXPECT_GT(count(image, bright), before + 50) << "the top of the bar";
  const auto viridis_green = [](const QColor& c) {
    return c.green() > c.red() + 30 && c.green() > c.blue() + 10;
  };
  EXPECT_GT(count(image, viridis_green), 2000U) << "3 mm on the upper block";
}

}  // namespace
}  // namespace ledd::viewer
