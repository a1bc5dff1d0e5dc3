#include <gmock/gmock.h>

#include <cmath>

#include "ledd/label_editing/operations.h"

#include "edit_desk.h"
#include "oblique.h"
#include "phantom.h"
#include "structure_end.h"

namespace ledd::viewer {
namespace {

constexpr std::uint16_t kL3 = 22, kL4 = 23, kDisc = 122;

double dot(const Point& a, const Point& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
Point minus(const Point& a, const Point& b) {
  return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}

Content content_of(const Labels::Pointer& labels) {
  Content content;
  content.labels = labels;
  auto scan = Volume::New();
  scan->CopyInformation(labels);
  scan->SetRegions(labels->GetLargestPossibleRegion());
  scan->Allocate(true);
  for (std::size_t n = 0; n < labels->GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
    scan->GetBufferPointer()[n] = 100.0F + static_cast<float>(n % 17);
  content.scan = scan;
  return content;
}

/// One body in the middle of an oblique grid, a box along the grid's axes with L4 below it.
Labels::Pointer oblique_labels() {
  const auto labels = testing::oblique_grid<Labels>({0.9, 1.1, 1.6}, {60.0, 64.0, 70.0}, {5, -20, 40});
  const auto size = labels->GetLargestPossibleRegion().GetSize();
  for (long k = 20; k < 32; ++k)
    for (long j = 20; j < 40; ++j)
      for (long i = 20; i < 45; ++i) labels->SetPixel({{i, j, k}}, kL3);
  for (long k = 4; k < 16; ++k)
    for (long j = 20; j < 40; ++j)
      for (long i = 20; i < 45; ++i) labels->SetPixel({{i, j, k}}, kL4);
  EXPECT_GT(size[2], 40U);
  return labels;
}

/// What a brush that goes through these points must have painted: said anew, from the definition.
std::vector<std::uint16_t> painted(const Labels& before,
                                   const std::vector<Point>& way,
                                   double radius_mm,
                                   const std::optional<Point>& normal,
                                   std::uint16_t id) {
  auto voxels = voxels_of(before);
  double half_layer_mm = 0.0;
  if (normal)
    for (unsigned a = 0; a < 3; ++a) {
      double along = 0.0;
      for (unsigned k = 0; k < 3; ++k) along += before.GetDirection()(k, a) * (*normal)[k];
      half_layer_mm += 0.5 * std::abs(along) * before.GetSpacing()[a];
    }
  for (std::size_t n = 0; n < voxels.size(); ++n) {
    if (voxels[n] != 0) continue;
    const auto index = before.ComputeIndex(static_cast<long>(n));
    const Point centre = at(before, index[0], index[1], index[2]);
    for (std::size_t piece = 0; piece + 1 < way.size(); ++piece) {
      const Point along = minus(way[piece + 1], way[piece]), there = minus(centre, way[piece]);
      const double length2 = dot(along, along);
      const double part = length2 > 0 ? std::clamp(dot(there, along) / length2, 0.0, 1.0) : 0.0;
      Point off = there;
      for (unsigned k = 0; k < 3; ++k) off[k] -= part * along[k];
      const double height = normal ? dot(off, *normal) : 0.0;
      if (std::abs(height) > half_layer_mm) continue;
      if (dot(off, off) - height * height <= radius_mm * radius_mm) voxels[n] = id;
    }
  }
  return voxels;
}

class BrushOnAxes : public ::testing::TestWithParam<plane_view::Axes> {};
INSTANTIATE_TEST_SUITE_P(AlongTheScanAndThePatient,
                         BrushOnAxes,
                         ::testing::Values(plane_view::Axes::kScan, plane_view::Axes::kPatient));

TEST_P(BrushOnAxes, PaintsTheVoxelsUnderItsWayAndNoOthers) {
  Desk desk(content_of(oblique_labels()));
  ASSERT_TRUE(desk.exposed);
  desk.scene.set_axes(GetParam());
  desk.scene.move_cursor(at(desk.labels(), 33, 10, 25));
  desk.paint();
  const auto before = copy_of(desk.labels());
  desk.choose(kL3);
  ASSERT_TRUE(desk.key("B"));
  desk.set_radius(43);
  const QPoint start = desk.pixel(desk.sagittal, at(*before, 33, 8, 20));
  const std::vector<QPoint> way{start, start + QPoint(31, 17), start + QPoint(35, -40)};
  desk.stroke(desk.sagittal, way);
  std::vector<Point> points;
  for (const QPoint& place : way) points.push_back(Desk::pointed(desk.sagittal, place));
  const Point normal = plane_view::normal_lps(desk.sagittal->plane());
  EXPECT_EQ(voxels_of(desk.labels()), painted(*before, points, 4.3, normal, kL3));
  EXPECT_GT(count(desk.labels(), kL3), count(*before, kL3) + 50);
  EXPECT_EQ(desk.steps(), 1U) << "a stroke is one step";
}

TEST(Brush, ABallPaintsInNeighbouringSlicesToo) {
  Desk desk(content_of(oblique_labels()));
  desk.scene.move_cursor(at(desk.labels(), 33, 10, 25));
  desk.paint();
  const auto before = copy_of(desk.labels());
  desk.choose(kL3);
  desk.key("B");
  desk.set_radius(50);
  for (QComboBox* box : desk.panel->findChildren<QComboBox*>())
    if (box->itemText(1) == "ball") box->setCurrentIndex(1);
  const QPoint place = desk.pixel(desk.axial, at(*before, 33, 8, 25));
  desk.stroke(desk.axial, {place});
  const Point p = Desk::pointed(desk.axial, place);
  EXPECT_EQ(voxels_of(desk.labels()), painted(*before, {p, p}, 5.0, std::nullopt, kL3));
  EXPECT_GT(label_editing::box_of(desk.scene.history()->steps().back(), desk.labels()).GetSize(2), 3U);
}

TEST(Brush, WithShiftItDrawsOneStraightLineWhereverTheMouseWentBetween) {
  Desk desk(content_of(oblique_labels()));
  desk.scene.move_cursor(at(desk.labels(), 33, 10, 25));
  desk.paint();
  const auto before = copy_of(desk.labels());
  desk.choose(kL3);
  desk.key("B");
  desk.set_radius(20);
  const QPoint start = desk.pixel(desk.sagittal, at(*before, 33, 8, 20)), end = start + QPoint(10, -60);
  desk.stroke(desk.sagittal, {start, start + QPoint(60, 60), start + QPoint(-40, 5), end}, Qt::ShiftModifier);
  const Point normal = plane_view::normal_lps(desk.sagittal->plane());
  EXPECT_EQ(voxels_of(desk.labels()),
            painted(*before,
                    {Desk::pointed(desk.sagittal, start), Desk::pointed(desk.sagittal, end)},
                    2.0,
                    normal,
                    kL3));
  EXPECT_EQ(desk.steps(), 1U);
  desk.key("Ctrl+Z");
  EXPECT_EQ(voxels_of(desk.labels()), voxels_of(*before));
}

TEST(Brush, AStrokeThatBeginsOnItsOwnStructureIsAStepOfItsOwn) {
  Desk desk(content_of(oblique_labels()));
  desk.scene.move_cursor(at(desk.labels(), 33, 30, 25));
  desk.paint();
  desk.choose(kL3);
  desk.key("B");
  desk.set_radius(10);
  const QPoint inside = desk.pixel(desk.sagittal, at(desk.labels(), 33, 30, 25));
  const QPoint beside = desk.pixel(desk.sagittal, at(desk.labels(), 33, 12, 25));
  const QPoint far = desk.pixel(desk.sagittal, at(desk.labels(), 33, 45, 25));
  desk.stroke(desk.sagittal, {beside});
  desk.stroke(desk.sagittal, {inside, far});
  EXPECT_EQ(desk.steps(), 2U);
  desk.stroke(desk.sagittal, {inside});
  EXPECT_EQ(desk.steps(), 2U) << "nothing was painted";
}

TEST(Eraser, TakesFromItsStructureOnly) {
  for (const bool by_key : {true, false}) {
    Desk desk(content_of(oblique_labels()));
    desk.scene.move_cursor(at(desk.labels(), 33, 30, 18));
    desk.paint();
    const auto before = copy_of(desk.labels());
    desk.choose(kL3);
    desk.key(by_key ? "E" : "B");
    desk.set_radius(80);
    const QPoint between = desk.pixel(desk.sagittal, at(*before, 33, 30, 18));
    desk.stroke(desk.sagittal, {between}, by_key ? Qt::NoModifier : Qt::ControlModifier);
    EXPECT_LT(count(desk.labels(), kL3), count(*before, kL3)) << by_key;
    EXPECT_EQ(count(desk.labels(), kL4), count(*before, kL4)) << by_key;
    const auto now = voxels_of(desk.labels()), then = voxels_of(*before);
    for (std::size_t n = 0; n < now.size(); ++n)
      ASSERT_TRUE(now[n] == then[n] || (then[n] == kL3 && now[n] == 0)) << n;
  }
}

TEST(Brush, ItsOutlineFollowsTheMouseAndTheWheelWithShiftMakesItLarger) {
  Desk desk(content_of(oblique_labels()));
  desk.choose(kL3);
  desk.key("B");
  desk.set_radius(60);
  const QPoint place(150, 300);
  const QImage without = desk.coronal->grab().toImage();
  desk.move(desk.coronal, place);
  desk.paint();
  const auto white_on = [&](double radius_mm) {
    const QImage image = desk.coronal->grab().toImage();
    const double radius_px = radius_mm / desk.coronal->plane().pixel_mm;
    int white = 0;
    for (int n = 0; n < 72; ++n) {
      bool hit = false;
      for (const double off : {-1.0, 0.0, 1.0}) {
        const int x = static_cast<int>(std::lround(place.x() + (radius_px + off) * std::cos(n * M_PI / 36)));
        const int y = static_cast<int>(std::lround(place.y() + (radius_px + off) * std::sin(n * M_PI / 36)));
        hit = hit || (image.rect().contains(x, y) && image.pixel(x, y) != without.pixel(x, y));
      }
      white += hit ? 1 : 0;
    }
    return white;
  };
  EXPECT_GT(white_on(6.0), 60);
  EXPECT_LT(white_on(9.0), 30);
  QWheelEvent wheel(place,
                    desk.coronal->mapToGlobal(place),
                    {},
                    QPoint(0, 480),
                    Qt::NoButton,
                    Qt::ShiftModifier,
                    Qt::NoScrollPhase,
                    false);
  QApplication::sendEvent(desk.coronal, &wheel);
  EXPECT_NEAR(desk.panel->tool().radius_mm, 6.0 * std::pow(1.1, 4), 0.06);
}

/// Length of a structure along a direction through a point, in steps of 0.05 mm.
double length_mm(const Labels& labels, std::uint16_t id, const Point& middle, const Point& along) {
  int inside = 0;
  for (int n = -800; n <= 800; ++n) {
    Labels::PointType p;
    for (unsigned k = 0; k < 3; ++k) p[k] = middle[k] + 0.05 * n * along[k];
    Labels::IndexType voxel;
    if (labels.TransformPhysicalPointToIndex(p, voxel) && labels.GetPixel(voxel) == id) ++inside;
  }
  return 0.05 * inside;
}

TEST(MoveEnd, ADraggedEndplateChangesTheHeightByTheWayOfTheMouse) {
  for (const double wanted_mm : {5.0, -4.0}) {
    Desk desk(content_of(oblique_labels()));
    const Point middle = at(desk.labels(), 32, 30, 25);
    desk.scene.move_cursor(middle);
    desk.paint();
    const auto before = copy_of(desk.labels());
    desk.key("V");
    ASSERT_EQ(desk.panel->tool().kind, Tool::Kind::kMoveEnd);
    const Point top = at(*before, 32, 30, 31), along = end_toward(*before, kL3, top);
    const QPoint start = desk.pixel(desk.sagittal, top);
    const double px = wanted_mm / desk.sagittal->plane().pixel_mm;
    const QPoint end = start + QPointF(px * dot(along, desk.sagittal->plane().right_lps),
                                       px * dot(along, desk.sagittal->plane().down_lps))
                                   .toPoint();
    desk.stroke(desk.sagittal, {start, start + (end - start) * 2, start + (end - start) / 2, end});
    const double dragged_mm =
        dot(minus(Desk::pointed(desk.sagittal, end), Desk::pointed(desk.sagittal, start)), along);
    EXPECT_NEAR(dragged_mm, wanted_mm, 0.5);
    const double change_mm =
        length_mm(desk.labels(), kL3, middle, along) - length_mm(*before, kL3, middle, along);
    EXPECT_NEAR(change_mm, dragged_mm, 1.6) << "one voxel";
    EXPECT_EQ(desk.labels().GetPixel({{32, 30, 20}}), kL3) << "the other end stays";
    EXPECT_EQ(count(desk.labels(), kL4), count(*before, kL4));
    EXPECT_EQ(desk.steps(), 1U);
    desk.key("Ctrl+Z");
    EXPECT_EQ(voxels_of(desk.labels()), voxels_of(*before));
  }
}

TEST(MoveEnd, KeysMoveTheEndThatWasClickedByHalfAMillimetre) {
  Desk desk(content_of(oblique_labels()));
  const Point middle = at(desk.labels(), 32, 30, 25);
  desk.scene.move_cursor(middle);
  desk.paint();
  const auto before = copy_of(desk.labels());
  desk.key("V");
  desk.key("+");
  EXPECT_TRUE(desk.said.contains("click near the end")) << desk.said.toStdString();
  const Point bottom = at(*before, 32, 30, 20), along = end_toward(*before, kL3, bottom);
  const QPoint start = desk.pixel(desk.sagittal, bottom);
  desk.stroke(desk.sagittal, {start});
  EXPECT_EQ(desk.steps(), 0U) << "a click moves nothing";
  for (int n = 0; n < 8; ++n) desk.key("+");
  EXPECT_EQ(desk.steps(), 1U);
  const double longer_mm =
      length_mm(desk.labels(), kL3, middle, along) - length_mm(*before, kL3, middle, along);
  EXPECT_NEAR(longer_mm, 4.0, 1.6);
  for (int n = 0; n < 8; ++n) desk.key("-");
  EXPECT_EQ(voxels_of(desk.labels()), voxels_of(*before));
}

TEST(MoveEnd, OtherCorrectionsBetweenAreNotLost) {
  Desk desk(content_of(oblique_labels()));
  desk.scene.move_cursor(at(desk.labels(), 32, 30, 25));
  desk.paint();
  desk.key("V");
  desk.stroke(desk.sagittal, {desk.pixel(desk.sagittal, at(desk.labels(), 32, 30, 31))});
  for (int n = 0; n < 4; ++n) desk.key("+");
  desk.key("U");
  const auto shifted = voxels_of(desk.labels());
  desk.key("+");
  EXPECT_EQ(voxels_of(desk.labels()), shifted) << "the end has to be clicked again";
  EXPECT_EQ(desk.steps(), 2U);
}

TEST(MoveEnd, AfterAnUndoItDoesNotGoOnWithTheStepBefore) {
  Desk desk(content_of(oblique_labels()));
  desk.scene.move_cursor(at(desk.labels(), 32, 30, 25));
  desk.paint();
  desk.key("D");
  const auto shifted = voxels_of(desk.labels());
  desk.key("V");
  desk.stroke(desk.sagittal, {desk.pixel(desk.sagittal, at(desk.labels(), 32, 30, 31))});
  for (int n = 0; n < 4; ++n) desk.key("+");
  EXPECT_EQ(desk.steps(), 2U);
  desk.key("Ctrl+Z");
  desk.key("+");
  EXPECT_EQ(voxels_of(desk.labels()), shifted);
  EXPECT_EQ(desk.steps(), 1U);
}

TEST(MoveEnd, WhatIsInTheWayIsSaidUnlessItMayBeDrawnOver) {
  const auto labels = oblique_labels();
  for (long k = 32; k < 36; ++k)
    for (long j = 15; j < 45; ++j)
      for (long i = 15; i < 50; ++i) labels->SetPixel({{i, j, k}}, kDisc);
  for (const bool over : {false, true}) {
    Desk desk(content_of(copy_of(*labels)));
    desk.scene.move_cursor(at(*labels, 32, 30, 25));
    desk.paint();
    desk.choose(kL3);
    desk.key("V");
    if (over)
      for (QComboBox* box : desk.panel->findChildren<QComboBox*>())
        if (box->itemText(1) == "everything") box->setCurrentIndex(1);
    const QPoint start = desk.pixel(desk.sagittal, at(*labels, 32, 30, 31));
    const Point along = end_toward(*labels, kL3, at(*labels, 32, 30, 31));
    const double px = 3.4 / desk.sagittal->plane().pixel_mm;
    const QPoint end = start + QPointF(px * dot(along, desk.sagittal->plane().right_lps),
                                       px * dot(along, desk.sagittal->plane().down_lps))
                                   .toPoint();
    desk.stroke(desk.sagittal, {start, end});
    EXPECT_EQ(desk.said.contains("in the way"), !over) << desk.said.toStdString();
    EXPECT_EQ(count(desk.labels(), kL3) > count(*labels, kL3), over);
    EXPECT_EQ(count(desk.labels(), kDisc) < count(*labels, kDisc), over);
  }
}

TEST(Landmark, TheOutlineFollowsTheEndOfAMeasurementsLine) {
  auto content = content_of(oblique_labels());
  const Labels& labels = *content.labels;
  const Point corner = at(labels, 32, 20, 31);
  content.lines.push_back({{corner, at(labels, 32, 39, 31)}, {255, 255, 0}, "endplate"});
  Desk desk(std::move(content));
  desk.scene.move_cursor(at(desk.labels(), 32, 30, 25));
  desk.paint();
  const auto before = copy_of(desk.labels());
  desk.choose(kL3);
  desk.key("V");
  desk.key("V");
  ASSERT_EQ(desk.panel->tool().kind, Tool::Kind::kLandmark);
  desk.set_radius(80);
  const Point outside = at(*before, 32, 20, 34);  // three slices of 1.6 mm further
  ASSERT_EQ(before->GetPixel({{32, 20, 33}}), 0);
  const QPoint start = desk.pixel(desk.sagittal, corner) + QPoint(3, 2);  // near is enough
  const QPoint end = start + desk.pixel(desk.sagittal, outside) - desk.pixel(desk.sagittal, corner);
  desk.stroke(desk.sagittal, {start, start + QPoint(-30, 9), end});
  EXPECT_EQ(desk.labels().GetPixel({{32, 20, 33}}), kL3);
  EXPECT_EQ(desk.labels().GetPixel({{32, 20, 36}}), 0);
  EXPECT_EQ(desk.labels().GetPixel({{32, 35, 32}}), 0) << "the other corner stays";
  EXPECT_EQ(desk.steps(), 1U);
  desk.picture("edit-landmark");
  desk.key("Ctrl+Z");
  EXPECT_EQ(voxels_of(desk.labels()), voxels_of(*before));
}

}  // namespace
}  // namespace ledd::viewer
