#pragma once
#include <QTimer>
#include <QWidget>
#include <vector>

#include "command.h"
#include "presets.h"
#include "scene.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QPushButton;
class QSlider;
class QSpinBox;
class QTreeWidget;
class QTreeWidgetItem;

namespace ledd::viewer {

class PlaneWidget;

/// Which slice of the scan a plane shows.
struct SlicePlace {
  int number = 1, of = 1;    ///< From 1, along the plane's normal.
  double position_mm = 0.0;  ///< Along the same, from the patient's origin.
};
SlicePlace slice_of(const itk::ImageBase<3>& scan, const plane_view::Plane& plane);

/// How a scene is seen: windows, overlay, maps, measurements, axes, cine; and what is under the mouse. The
/// active plane is the one that the mouse was over last.
class ViewPanel : public QWidget {
  Q_OBJECT
 public:
  ViewPanel(Scene& scene, std::vector<PlaneWidget*> planes, QWidget* parent = nullptr);

  Commands commands();

  PlaneWidget* active() const noexcept { return active_; }
  bool playing() const noexcept { return cine_.isActive(); }

  void next_window();
  void toggle_overlay();
  void toggle_style();
  void change_opacity(double by);
  void next_map();
  void toggle_lines();
  void toggle_axes();
  void toggle_cine();
  void step(int slices);
  void fit();

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void lay_out();
  void connect_all();
  void begin();
  void list_structures();
  void add_structure(std::uint16_t id);
  void list_groups();
  void refresh();
  SlicePlace slice_now() const;
  void say_place();
  void say_value(const QPointF& place);
  void next_frame();
  void take_check(QTreeWidgetItem* item);

  Scene& scene_;
  std::vector<PlaneWidget*> planes_;
  PlaneWidget* active_ = nullptr;
  std::vector<Preset> presets_;
  std::string preset_, wanted_map_;  ///< As last chosen: kept from case to case where there is such a one.
  plane_view::Overlay::Style visible_style_ = plane_view::Overlay::Style::kOutline;
  QTimer cine_;
  int cine_way_ = 1;
  QComboBox *window_, *style_, *map_, *axes_, *cine_kind_;
  QSlider* opacity_;
  QCheckBox* lines_;
  QPushButton* play_;
  QSpinBox* frames_;
  QLabel *place_, *value_;
  QTreeWidget* shown_;
  QTreeWidgetItem *structures_ = nullptr, *groups_ = nullptr;
};

}  // namespace ledd::viewer
