#pragma once
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QSlider>
#include <QtTest/QtTest>
#include <algorithm>
#include <memory>
#include <vector>

#include "background_edit.h"
#include "edit_panel.h"
#include "screenshot.h"
#include "structure_list.h"

namespace ledd::viewer {

inline std::vector<std::uint16_t> voxels_of(const Labels& labels) {
  const auto* const first = labels.GetBufferPointer();
  return {first, first + labels.GetLargestPossibleRegion().GetNumberOfPixels()};
}

inline std::size_t count(const Labels& labels, std::uint16_t id) {
  const auto voxels = voxels_of(labels);
  return static_cast<std::size_t>(std::count(voxels.begin(), voxels.end(), id));
}

inline Labels::Pointer copy_of(const Labels& labels) {
  auto copy = Labels::New();
  copy->CopyInformation(&labels);
  copy->SetRegions(labels.GetLargestPossibleRegion());
  copy->Allocate();
  std::copy_n(labels.GetBufferPointer(),
              labels.GetLargestPossibleRegion().GetNumberOfPixels(),
              copy->GetBufferPointer());
  return copy;
}

inline Point at(const itk::ImageBase<3>& image, long i, long j, long k) {
  itk::Point<double, 3> p;
  image.TransformIndexToPhysicalPoint(itk::Index<3>{{i, j, k}}, p);
  return {p[0], p[1], p[2]};
}

/// A window with the three planes and the panel, and a hand that works in it through the window's events.
class Desk {
 public:
  explicit Desk(Content content) {
    auto* const layout = new QHBoxLayout(&window);
    std::vector<PlaneWidget*> planes;
    for (const auto view :
         {plane_view::View::kSagittal, plane_view::View::kCoronal, plane_view::View::kAxial})
      planes.push_back(new PlaneWidget(scene, view));
    sagittal = planes[0];
    coronal = planes[1];
    axial = planes[2];
    panel = new EditPanel(scene, planes);
    panel->setFixedWidth(300);
    for (PlaneWidget* plane : planes) layout->addWidget(plane, 1);
    layout->addWidget(panel);
    window.resize(1500, 760);
    window.show();
    exposed = QTest::qWaitForWindowExposed(&window);
    QObject::connect(panel, &EditPanel::said, panel, [this](const QString& text) { said = text; });
    QObject::connect(&scene,
                     &Scene::corrected,
                     panel,
                     [this](const label_editing::Change& change, label_editing::Entry::Kind kind) {
                       using Kind = label_editing::Entry::Kind;
                       const bool back = kind == Kind::kUndo || kind == Kind::kRedo;
                       journal.push_back({kind, back ? label_editing::Change{} : change});
                     });
    scene.show(std::move(content));
    paint();
  }

  /// All is drawn, so that the planes lie where the cursor is.
  void paint() {
    QApplication::processEvents();
    for (PlaneWidget* plane : {sagittal, coronal, axial}) plane->repaint();
  }

  /// Runs the command that a key of the contract stands for, to its end.
  bool key(const QString& keys) {
    for (const Command& command : panel->commands())
      if (command.key == QKeySequence(keys)) {
        command.run();
        return QTest::qWaitFor([this] { return !panel->busy(); }, 60000);
      }
    return false;
  }

  QPoint pixel(PlaneWidget* plane, const Point& p_lps_mm) const {
    return plane->place_of(p_lps_mm).toPoint();
  }
  /// Where a mouse at a pixel points to.
  static Point pointed(PlaneWidget* plane, const QPoint& pixel) {
    return plane_view::at_pixel(plane->plane(), pixel.x() - 0.5, pixel.y() - 0.5);
  }

  void press(PlaneWidget* plane, const QPoint& pixel, Qt::KeyboardModifiers keys = {}) {
    QTest::mousePress(window.windowHandle(), Qt::LeftButton, keys, plane->mapTo(&window, pixel));
  }
  void move(PlaneWidget* plane, const QPoint& pixel) {
    QTest::mouseMove(window.windowHandle(), plane->mapTo(&window, pixel));
  }
  void release(PlaneWidget* plane, const QPoint& pixel) {
    QTest::mouseRelease(window.windowHandle(), Qt::LeftButton, {}, plane->mapTo(&window, pixel));
    paint();
  }
  void stroke(PlaneWidget* plane, const std::vector<QPoint>& way, Qt::KeyboardModifiers keys = {}) {
    press(plane, way.front(), keys);
    for (const QPoint& place : way) move(plane, place);
    release(plane, way.back());
  }

  void choose(std::uint16_t id) { panel->structures().choose(id); }
  void set_radius(int tenths_mm) { panel->findChild<QSlider*>()->setValue(tenths_mm); }
  const Labels& labels() const { return *scene.labels(); }
  std::size_t steps() const { return scene.history()->steps().size(); }

  void picture(const char* name) {
    paint();
    ledd::testing::keep_screenshot(window, name);
  }

  Scene scene;
  QWidget window;
  PlaneWidget *sagittal = nullptr, *coronal = nullptr, *axial = nullptr;
  EditPanel* panel = nullptr;
  bool exposed = false;
  QString said;
  std::vector<label_editing::Entry> journal;
};

}  // namespace ledd::viewer
