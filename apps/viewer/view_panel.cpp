#include "view_panel.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QHelpEvent>
#include <QLabel>
#include <QMouseEvent>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSlider>
#include <QSpinBox>
#include <QToolTip>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "ledd/anatomy/anatomy.h"

#include "colour_bar.h"
#include "plane_lines.h"
#include "plane_widget.h"
#include "reading.h"

namespace ledd::viewer {
namespace {

using Style = plane_view::Overlay::Style;

enum CineKind { kLoop, kBounce };
constexpr int kDefaultFrames = 10, kMostFrames = 60, kTenSlices = 10;
constexpr double kOpacityStep = 0.1;

QIcon icon_of(const plane_view::Rgb& rgb) {
  QPixmap pixmap(12, 12);
  pixmap.fill(QColor(rgb[0], rgb[1], rgb[2]));
  return pixmap;
}

/// Keys stay with the pictures: a control that had the focus would swallow them.
template <class Widget>
Widget* without_focus(Widget* widget, const char* tip) {
  widget->setFocusPolicy(Qt::NoFocus);
  widget->setToolTip(tip);
  return widget;
}

QTreeWidgetItem* add_item(QTreeWidgetItem* parent, const QString& text, bool checked) {
  auto* const item = new QTreeWidgetItem(parent, {text});
  item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsUserCheckable);
  item->setCheckState(0, checked ? Qt::Checked : Qt::Unchecked);
  return item;
}

}  // namespace

SlicePlace slice_of(const itk::ImageBase<3>& scan, const plane_view::Plane& plane) {
  const auto [low_mm, high_mm] = plane_view::extent_mm(scan, plane);
  const double step = plane_view::step_mm(scan, plane);
  const Point normal = plane_view::normal_lps(plane);
  SlicePlace place;
  place.of = 1 + static_cast<int>(std::lround((high_mm - low_mm) / step));
  place.number = std::clamp(1 + static_cast<int>(std::lround(-low_mm / step)), 1, place.of);
  for (unsigned k = 0; k < 3; ++k) place.position_mm += plane.centre_lps_mm[k] * normal[k];
  return place;
}

ViewPanel::ViewPanel(Scene& scene, std::vector<PlaneWidget*> planes, QWidget* parent)
    : QWidget(parent),
      scene_(scene),
      planes_(std::move(planes)),
      window_(without_focus(new QComboBox, "Window of the scan (W: next)")),
      style_(without_focus(new QComboBox, "How structures are drawn (Space: on or off, O: fill or outline)")),
      map_(without_focus(new QComboBox, "Map over the scan (M: next)")),
      axes_(without_focus(new QComboBox, "Planes along the patient's axes or the scan's own (X)")),
      cine_kind_(without_focus(new QComboBox, "At the last slice: from the first again, or back")),
      opacity_(without_focus(new QSlider(Qt::Horizontal), "Opacity of the fill ([ and ])")),
      lines_(without_focus(new QCheckBox("Measurements"), "Measurements where they were taken (H)")),
      play_(without_focus(new QPushButton("Play"), "Play through the slices of the plane used last (K)")),
      frames_(without_focus(new QSpinBox, "Slices in a second")),
      place_(new QLabel),
      value_(new QLabel),
      shown_(without_focus(new QTreeWidget, "What is shown: take the tick away to hide it")) {
  if (!planes_.empty()) active_ = planes_.front();
  lay_out();
  connect_all();
  begin();
}

void ViewPanel::lay_out() {
  style_->addItem("hidden", static_cast<int>(Style::kHidden));
  style_->addItem("outline", static_cast<int>(Style::kOutline));
  style_->addItem("fill", static_cast<int>(Style::kFill));
  axes_->addItem("scan", static_cast<int>(plane_view::Axes::kScan));
  axes_->addItem("patient", static_cast<int>(plane_view::Axes::kPatient));
  cine_kind_->addItem("loop", kLoop);
  cine_kind_->addItem("back and forth", kBounce);
  opacity_->setRange(0, 100);
  frames_->setRange(1, kMostFrames);
  frames_->setValue(kDefaultFrames);
  frames_->setSuffix(" /s");
  for (QLabel* label : {place_, value_}) {
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
  }
  value_->setMinimumHeight(3 * fontMetrics().height());
  value_->setAlignment(Qt::AlignTop | Qt::AlignLeft);
  value_->setToolTip("What is under the mouse");
  shown_->setHeaderHidden(true);
  shown_->setRootIsDecorated(false);
  shown_->setIndentation(12);
  auto* const layout = new QVBoxLayout(this);
  layout->setContentsMargins(4, 4, 4, 4);
  auto* const form = new QFormLayout;
  form->addRow("Window", window_);
  form->addRow("Overlay", style_);
  form->addRow("Opacity", opacity_);
  form->addRow("Map", map_);
  form->addRow("Axes", axes_);
  layout->addLayout(form);
  auto* const cine = new QHBoxLayout;
  for (QWidget* widget : std::initializer_list<QWidget*>{play_, frames_, cine_kind_}) cine->addWidget(widget);
  layout->addLayout(cine);
  layout->addWidget(lines_);
  layout->addWidget(shown_, 1);
  layout->addWidget(place_);
  layout->addWidget(value_);
}

void ViewPanel::connect_all() {
  connect(&scene_, &Scene::shown, this, [this] { begin(); });
  connect(&scene_, &Scene::look_changed, this, [this] { refresh(); });
  connect(&scene_, &Scene::cursor_moved, this, [this] { say_place(); });
  connect(&scene_, &Scene::corrected, this, [this](const label_editing::Change& change) {
    for (const auto& span : change.spans)
      for (const std::uint16_t id : {span.before, span.after}) add_structure(id);
  });
  connect(&scene_, &Scene::labels_replaced, this, [this] {
    for (const std::uint16_t id : ids_of(*scene_.labels())) add_structure(id);
  });
  const auto chosen = QOverload<int>::of(&QComboBox::activated);
  connect(window_, chosen, this, [this](int n) {
    if (n < 0 || static_cast<std::size_t>(n) >= presets_.size()) return;
    preset_ = presets_[static_cast<std::size_t>(n)].name;
    scene_.set_window(presets_[static_cast<std::size_t>(n)].window);
  });
  connect(style_, chosen, this, [this] {
    const auto style = static_cast<Style>(style_->currentData().toInt());
    if (style != Style::kHidden) visible_style_ = style;
    scene_.set_style(style);
  });
  connect(map_, chosen, this, [this] {
    wanted_map_ = map_->currentData().toString().toStdString();
    scene_.show_map(wanted_map_);
  });
  connect(axes_, chosen, this, [this] {
    scene_.set_axes(static_cast<plane_view::Axes>(axes_->currentData().toInt()));
  });
  connect(
      opacity_, &QSlider::valueChanged, this, [this](int percent) { scene_.set_opacity(percent / 100.0); });
  connect(lines_, &QCheckBox::toggled, this, [this](bool on) { scene_.set_lines_shown(on); });
  connect(play_, &QPushButton::clicked, this, [this] { toggle_cine(); });
  connect(frames_, QOverload<int>::of(&QSpinBox::valueChanged), this, [this](int frames) {
    cine_.setInterval(1000 / frames);
  });
  connect(&cine_, &QTimer::timeout, this, [this] { next_frame(); });
  connect(shown_, &QTreeWidget::itemChanged, this, [this](QTreeWidgetItem* item) { take_check(item); });
  for (PlaneWidget* plane : planes_) plane->installEventFilter(this);
  cine_.setInterval(1000 / kDefaultFrames);
}

/// Another case, or none.
void ViewPanel::begin() {
  cine_.stop();
  presets_.clear();
  window_->clear();
  map_->clear();
  map_->addItem("none", QString());
  shown_->clear();
  structures_ = groups_ = nullptr;
  value_->clear();
  setEnabled(!scene_.empty());
  if (!scene_.empty()) {
    presets_ = presets_of(scene_.content(), scene_.window());
    for (const Preset& preset : presets_) {
      window_->addItem(QString::fromStdString(preset.name));
      window_->setItemData(window_->count() - 1, QString::fromStdString(preset.source), Qt::ToolTipRole);
    }
    for (const auto& [name, map] : scene_.content().maps)
      map_->addItem(QString::fromStdString(name), QString::fromStdString(name));
    list_structures();
    list_groups();
    shown_->expandAll();
    const auto same = std::find_if(
        presets_.begin(), presets_.end(), [&](const Preset& one) { return one.name == preset_; });
    scene_.set_window((same == presets_.end() ? presets_.front() : *same).window);
    if (!wanted_map_.empty()) scene_.show_map(wanted_map_);
  }
  refresh();
}

void ViewPanel::list_structures() {
  if (scene_.labels() == nullptr) return;
  const auto& named = scene_.content().structures;
  for (const auto& [id, name] : named) add_structure(id);
  if (named.empty())
    for (const std::uint16_t id : ids_of(*scene_.labels())) add_structure(id);
}

/// In the order of ids; once.
void ViewPanel::add_structure(std::uint16_t id) {
  if (id == 0) return;
  const QSignalBlocker quiet(shown_);
  if (structures_ == nullptr) {
    structures_ = new QTreeWidgetItem({"Structures"});
    shown_->insertTopLevelItem(0, structures_);
    structures_->setExpanded(true);
  }
  int row = 0;
  for (; row < structures_->childCount(); ++row) {
    const int other = structures_->child(row)->data(0, Qt::UserRole).toInt();
    if (other == id) return;
    if (other > id) break;
  }
  auto* const item = new QTreeWidgetItem({QString::fromStdString(scene_.name_of(id))});
  item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsUserCheckable);
  item->setCheckState(0, scene_.structure_shown(id) ? Qt::Checked : Qt::Unchecked);
  item->setData(0, Qt::UserRole, static_cast<int>(id));
  const auto overlay = scene_.layers().overlay;
  if (const auto at = overlay.rgb.find(id); at != overlay.rgb.end()) item->setIcon(0, icon_of(at->second));
  if (const auto* structure = anatomy::find(id); structure != nullptr)
    item->setToolTip(0, QString::fromStdString(structure->name));
  structures_->insertChild(row, item);
}

void ViewPanel::list_groups() {
  const QSignalBlocker quiet(shown_);
  std::set<std::string> names;
  for (const Polyline& line : scene_.content().lines) names.insert(line.group);
  if (names.empty()) return;
  groups_ = new QTreeWidgetItem(shown_, {"Measurements"});
  for (const std::string& name : names) {
    auto* const item = add_item(
        groups_, name.empty() ? QString("others") : QString::fromStdString(name), scene_.group_shown(name));
    item->setData(0, Qt::UserRole, QString::fromStdString(name));
  }
}

void ViewPanel::take_check(QTreeWidgetItem* item) {
  const bool on = item->checkState(0) == Qt::Checked;
  if (item->parent() == structures_ && structures_ != nullptr)
    scene_.set_structure_shown(static_cast<std::uint16_t>(item->data(0, Qt::UserRole).toInt()), on);
  else if (item->parent() == groups_ && groups_ != nullptr)
    scene_.set_group_shown(item->data(0, Qt::UserRole).toString().toStdString(), on);
}

/// The controls as the scene is.
void ViewPanel::refresh() {
  const QSignalBlocker a(opacity_), b(lines_);
  const auto at = std::find_if(presets_.begin(), presets_.end(), [&](const Preset& preset) {
    return preset.window.centre == scene_.window().centre && preset.window.width == scene_.window().width;
  });
  window_->setCurrentIndex(at == presets_.end() ? -1 : static_cast<int>(at - presets_.begin()));
  style_->setCurrentIndex(style_->findData(static_cast<int>(scene_.style())));
  axes_->setCurrentIndex(axes_->findData(static_cast<int>(scene_.axes())));
  map_->setCurrentIndex(std::max(0, map_->findData(QString::fromStdString(scene_.map()))));
  opacity_->setValue(static_cast<int>(std::lround(100.0 * scene_.opacity())));
  lines_->setChecked(scene_.lines_shown());
  play_->setText(playing() ? "Stop" : "Play");
  say_place();
}

/// Of the active plane: the widget lays its plane when it paints, and what is said must not wait for that.
SlicePlace ViewPanel::slice_now() const {
  const Volume& scan = *scene_.content().scan;
  return slice_of(scan, plane_view::plane_of(scan, active_->view(), scene_.axes(), scene_.cursor_lps_mm()));
}

void ViewPanel::say_place() {
  if (scene_.empty() || active_ == nullptr) {
    place_->clear();
    return;
  }
  const SlicePlace place = slice_now();
  const auto& window = scene_.window();
  place_->setText(QString("%1: slice %2 of %3, %4 mm\nwindow %5, level %6")
                      .arg(active_->accessibleName())
                      .arg(place.number)
                      .arg(place.of)
                      .arg(place.position_mm, 0, 'f', 1)
                      .arg(window.width, 0, 'g', 4)
                      .arg(window.centre, 0, 'g', 4));
}

void ViewPanel::say_value(const QPointF& place) {
  if (scene_.empty() || active_ == nullptr) return;
  const Point p = plane_view::at_pixel(active_->plane(), place.x() - 0.5, place.y() - 0.5);
  QString text = reading_at(scene_, p);
  const QString about = line_at(scene_, active_->plane(), place);
  if (!about.isEmpty()) text += "\n" + about;
  value_->setText(text);
}

bool ViewPanel::eventFilter(QObject* watched, QEvent* event) {
  const auto at = std::find(planes_.begin(), planes_.end(), watched);
  if (at == planes_.end()) return QWidget::eventFilter(watched, event);
  switch (event->type()) {
    case QEvent::Enter:
    case QEvent::MouseButtonPress:
    case QEvent::MouseMove:
      if (active_ != *at) {
        active_ = *at;
        say_place();
      }
      if (const auto* mouse = dynamic_cast<QMouseEvent*>(event)) say_value(mouse->localPos());
      break;
    case QEvent::Leave: value_->clear(); break;
    case QEvent::ToolTip: {
      const auto* help = static_cast<QHelpEvent*>(event);
      QToolTip::showText(help->globalPos(), line_at(scene_, (*at)->plane(), help->pos()), *at);
      return true;
    }
    default: break;
  }
  return QWidget::eventFilter(watched, event);
}

void ViewPanel::next_window() {
  if (presets_.empty()) return;
  const auto next = static_cast<std::size_t>(window_->currentIndex() + 1) % presets_.size();
  preset_ = presets_[next].name;
  scene_.set_window(presets_[next].window);
}

void ViewPanel::toggle_overlay() {
  if (scene_.style() != Style::kHidden) {
    visible_style_ = scene_.style();
    scene_.set_style(Style::kHidden);
  } else {
    scene_.set_style(visible_style_);
  }
}

void ViewPanel::toggle_style() {
  visible_style_ = scene_.style() == Style::kFill ? Style::kOutline : Style::kFill;
  scene_.set_style(visible_style_);
}

void ViewPanel::change_opacity(double by) {
  scene_.set_opacity(scene_.opacity() + by);
}

void ViewPanel::next_map() {
  wanted_map_ = map_->itemData((map_->currentIndex() + 1) % map_->count()).toString().toStdString();
  scene_.show_map(wanted_map_);
}

void ViewPanel::toggle_lines() {
  scene_.set_lines_shown(!scene_.lines_shown());
}

void ViewPanel::toggle_axes() {
  using plane_view::Axes;
  scene_.set_axes(scene_.axes() == Axes::kScan ? Axes::kPatient : Axes::kScan);
}

void ViewPanel::toggle_cine() {
  if (playing())
    cine_.stop();
  else if (!scene_.empty() && active_ != nullptr)
    cine_.start();
  refresh();
}

void ViewPanel::step(int slices) {
  if (active_ != nullptr) active_->step(slices);
}

void ViewPanel::fit() {
  for (PlaneWidget* plane : planes_) plane->fit();
}

/// The slice after this; at the last the first, or back.
void ViewPanel::next_frame() {
  if (scene_.empty() || active_ == nullptr) return;
  const SlicePlace place = slice_now();
  if (cine_kind_->currentData().toInt() == kLoop) {
    cine_way_ = 1;
    active_->step(place.number >= place.of ? 1 - place.of : 1);
    return;
  }
  if (place.number >= place.of) cine_way_ = -1;
  if (place.number <= 1) cine_way_ = 1;
  active_->step(cine_way_);
}

Commands ViewPanel::commands() {
  const auto view = [](const char* text, const QKeySequence& key, std::function<void()> run) {
    return Command{"View", text, key, std::move(run)};
  };
  return {view("Overlay on or off", Qt::Key_Space, [this] { toggle_overlay(); }),
          view("Fill or outline", Qt::Key_O, [this] { toggle_style(); }),
          view("Less opacity", Qt::Key_BracketLeft, [this] { change_opacity(-kOpacityStep); }),
          view("More opacity", Qt::Key_BracketRight, [this] { change_opacity(kOpacityStep); }),
          view("Next map, or none", Qt::Key_M, [this] { next_map(); }),
          view("Measurements on or off", Qt::Key_H, [this] { toggle_lines(); }),
          view("Next window", Qt::Key_W, [this] { next_window(); }),
          view("Patient's axes or the scan's", Qt::Key_X, [this] { toggle_axes(); }),
          view("Play or stop the slices", Qt::Key_K, [this] { toggle_cine(); }),
          view("Next slice", Qt::Key_Up, [this] { step(1); }),
          view("Previous slice", Qt::Key_Down, [this] { step(-1); }),
          view("Ten slices on", Qt::Key_PageUp, [this] { step(kTenSlices); }),
          view("Ten slices back", Qt::Key_PageDown, [this] { step(-kTenSlices); }),
          view("Whole scan", Qt::Key_0, [this] { fit(); })};
}

}  // namespace ledd::viewer
