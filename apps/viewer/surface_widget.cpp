#include "surface_widget.h"

#include <vtkActor.h>
#include <vtkCamera.h>
#include <vtkCellPicker.h>
#include <vtkFloatArray.h>
#include <vtkGenericOpenGLRenderWindow.h>
#include <vtkLookupTable.h>
#include <vtkPointData.h>
#include <vtkPolyData.h>
#include <vtkPolyDataMapper.h>
#include <vtkProperty.h>
#include <vtkRenderer.h>
#include <vtkScalarBarActor.h>
#include <vtkTextProperty.h>

#include <QGuiApplication>
#include <QMouseEvent>
#include <algorithm>

#include "ledd/isosurface/isosurface.h"
#include "ledd/label_editing/packed_labels.h"

#include "colour_bar.h"
#include "palette.h"
#include "surface_marks.h"

namespace ledd::viewer {
namespace {

constexpr double kAmbient = 0.25;
constexpr int kCursorRestMs = 150, kFontPx = 13;
constexpr std::array<double, 3> kNoValue{0.80, 0.78, 0.72};

}  // namespace

SurfaceWidget::SurfaceWidget(Scene& scene, QWidget* parent)
    : QVTKOpenGLNativeWidget(parent),
      scene_(scene),
      renderer_(vtkSmartPointer<vtkRenderer>::New()),
      bar_(vtkSmartPointer<vtkScalarBarActor>::New()) {
  setMinimumSize(120, 120);
  setAccessibleName("surfaces");
  const auto window = vtkSmartPointer<vtkGenericOpenGLRenderWindow>::New();
  setRenderWindow(window);
  renderer_->SetBackground(0.07, 0.08, 0.10);
  bar_->SetNumberOfLabels(5);
  bar_->SetLabelFormat("%.3g");
  bar_->UnconstrainedFontSizeOn();
  for (vtkTextProperty* text : {bar_->GetLabelTextProperty(), bar_->GetTitleTextProperty()}) {
    text->ItalicOff();
    text->BoldOff();
    text->ShadowOff();
    text->SetFontSize(kFontPx);
  }
  bar_->SetVerticalTitleSeparation(kFontPx / 2);
  bar_->SetMaximumWidthInPixels(170);
  bar_->SetBarRatio(0.12);
  bar_->SetTextPositionToPrecedeScalarBar();  // the bar itself at the border, as in the planes
  bar_->SetWidth(0.36);
  bar_->SetPosition(0.63, 0.12);
  bar_->SetHeight(0.76);
  bar_->SetVisibility(false);
  renderer_->AddViewProp(bar_);
  window->AddRenderer(renderer_);
  connect(&maker_, &SurfaceMaker::made, this, &SurfaceWidget::take);
  connect(&maker_, &SurfaceMaker::finished, this, [this](bool anew) {
    follow_look();
    if (anew)
      look_from_front();
    else
      renderWindow()->Render();
    emit surfaces_ready();
  });
  connect(&scene, &Scene::shown, this, [this] { begin(); });
  connect(&scene, &Scene::labels_replaced, this, [this] { begin(); });
  connect(&scene, &Scene::corrected, this, [this](const auto& change) {
    if (const Labels* const labels = scene_.labels(); labels != nullptr) maker_.follow(*labels, change);
  });
  marks_ = std::make_unique<SurfaceMarks>(*window, *renderer_);
  connect(&scene, &Scene::look_changed, this, [this] { follow_look(); });
  connect(&scene, &Scene::cursor_moved, &cursor_, QOverload<>::of(&QTimer::start));
  cursor_.setSingleShot(true);
  cursor_.setInterval(kCursorRestMs);
  connect(&cursor_, &QTimer::timeout, this, [this] {
    // While a button is down something is drawn or dragged, which must not wait for this.
    if (QGuiApplication::mouseButtons() != Qt::NoButton) return cursor_.start();
    marks_->show_cursor(scene_);
    renderWindow()->Render();
  });
}

SurfaceWidget::~SurfaceWidget() = default;

void SurfaceWidget::begin() {
  for (const auto& [id, actor] : actors_) renderer_->RemoveActor(actor);
  actors_.clear();
  bar_->SetVisibility(false);
  look_.clear();
  marks_->show_lines(scene_);
  marks_->show_cursor(scene_);
  renderWindow()->Render();
  const Labels* const labels = scene_.labels();
  // Corrected labels change on: what is read in the background are those that the case was opened with, or a
  // copy.
  const bool changes_on = labels != nullptr && labels != scene_.content().labels.GetPointer();
  maker_.make_all(changes_on ? label_editing::copy_of(*labels).GetPointer() : labels);
}

void SurfaceWidget::take(std::uint16_t id, const vtkSmartPointer<vtkPolyData>& surface) {
  if (const auto before = actors_.find(id); before != actors_.end()) {
    renderer_->RemoveActor(before->second);
    actors_.erase(before);
  }
  if (!surface) return;
  const auto mapper = vtkSmartPointer<vtkPolyDataMapper>::New();
  mapper->SetInputData(surface);
  const auto actor = vtkSmartPointer<vtkActor>::New();
  actor->SetMapper(mapper);
  actor->GetProperty()->SetAmbient(kAmbient);  // the steps between slices would be black else
  actor->GetProperty()->SetDiffuse(1.0 - kAmbient);
  renderer_->AddActor(actor);
  actors_[id] = actor;
  actor->SetVisibility(scene_.structure_shown(id));
  colour(id);
  if (actors_.size() == 1) look_from_front();
}

/// One structure in its own colour, or in those of the map at its points.
void SurfaceWidget::colour(std::uint16_t id) {
  vtkActor& actor = *actors_.at(id);
  auto* const mapper = vtkPolyDataMapper::SafeDownCast(actor.GetMapper());
  vtkPolyData& surface = *mapper->GetInput();
  const auto layers = scene_.layers();
  if (layers.map == nullptr) {
    mapper->ScalarVisibilityOff();
    if (const auto at = layers.overlay.rgb.find(id); at != layers.overlay.rgb.end())
      actor.GetProperty()->SetColor(at->second[0] / 255.0, at->second[1] / 255.0, at->second[2] / 255.0);
    return;
  }
  const auto values = vtkSmartPointer<vtkFloatArray>::New();
  const auto on_surface = values_on(*layers.map, surface);
  values->SetNumberOfValues(surface.GetNumberOfPoints());
  std::copy(on_surface.begin(), on_surface.end(), values->GetPointer(0));
  surface.GetPointData()->SetScalars(values);
  mapper->SetLookupTable(bar_->GetLookupTable());
  mapper->UseLookupTableScalarRangeOn();
  mapper->ScalarVisibilityOn();
}

void SurfaceWidget::recolour() {
  const auto layers = scene_.layers();
  bar_->SetVisibility(layers.map != nullptr);
  if (layers.map != nullptr) {
    const auto table = vtkSmartPointer<vtkLookupTable>::New();
    const auto& palette = layers.colours.palette;
    table->SetNumberOfTableValues(static_cast<vtkIdType>(palette.size()));
    for (std::size_t n = 0; n < palette.size(); ++n)
      table->SetTableValue(
          static_cast<vtkIdType>(n), palette[n][0] / 255.0, palette[n][1] / 255.0, palette[n][2] / 255.0);
    table->SetNanColor(kNoValue[0], kNoValue[1], kNoValue[2], 1.0);
    table->SetRange(layers.colours.low, layers.colours.high);
    bar_->SetLookupTable(table);
    bar_->SetTitle(title_of(scene_.scale()).toUtf8().constData());
  }
  for (const auto& [id, actor] : actors_) colour(id);
}

/// Draws anew what the look changes in space; windows and fills of the planes do not.
void SurfaceWidget::follow_look() {
  std::string look = scene_.map() + '\n';
  for (const auto& [id, actor] : actors_) {
    const bool shown = scene_.structure_shown(id);
    actor->SetVisibility(shown);
    look += shown ? '1' : '0';
  }
  look += scene_.lines_shown() ? '1' : '0';
  for (const Polyline& line : scene_.content().lines) look += scene_.group_shown(line.group) ? '1' : '0';
  if (look == look_) return;
  const bool other_map = look_.substr(0, look_.find('\n')) != scene_.map();
  look_ = look;
  if (other_map) recolour();
  marks_->show_lines(scene_);
  renderWindow()->Render();
}

bool SurfaceWidget::pick(const QPointF& place) {
  const auto picker = vtkSmartPointer<vtkCellPicker>::New();
  picker->SetTolerance(0.0005);
  const double dots = devicePixelRatioF();
  if (picker->Pick(place.x() * dots, (height() - 1 - place.y()) * dots, 0.0, renderer_) == 0) return false;
  const double* const p = picker->GetPickPosition();
  scene_.move_cursor({p[0], p[1], p[2]});
  return true;
}

void SurfaceWidget::mousePressEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton && (event->modifiers() & Qt::ControlModifier) != 0) {
    pick(event->localPos());
    return;
  }
  QVTKOpenGLNativeWidget::mousePressEvent(event);
}

void SurfaceWidget::mouseDoubleClickEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton) pick(event->localPos());
}

void SurfaceWidget::look_from_front() {
  vtkCamera& camera = *renderer_->GetActiveCamera();
  camera.SetFocalPoint(0, 0, 0);
  camera.SetPosition(0, -1, 0);
  camera.SetViewUp(0, 0, 1);
  renderer_->ResetCamera();
  renderWindow()->Render();
}

}  // namespace ledd::viewer
