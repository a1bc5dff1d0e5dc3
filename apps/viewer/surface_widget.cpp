#include "surface_widget.h"

#include <vtkActor.h>
#include <vtkCamera.h>
#include <vtkCellArray.h>
#include <vtkCellPicker.h>
#include <vtkFloatArray.h>
#include <vtkGenericOpenGLRenderWindow.h>
#include <vtkLookupTable.h>
#include <vtkPointData.h>
#include <vtkPoints.h>
#include <vtkPolyData.h>
#include <vtkPolyDataMapper.h>
#include <vtkPolyDataNormals.h>
#include <vtkProperty.h>
#include <vtkRenderer.h>
#include <vtkScalarBarActor.h>
#include <vtkTextProperty.h>

#include <QMouseEvent>
#include <QPointer>
#include <QThread>
#include <atomic>
#include <thread>

#include "ledd/isosurface/isosurface.h"

#include "colour_bar.h"
#include "palette.h"
#include "surface_marks.h"

namespace ledd::viewer {
namespace {

constexpr double kAmbient = 0.25;
constexpr int kCursorRestMs = 150, kFontPx = 13;
constexpr std::array<double, 3> kNoValue{0.80, 0.78, 0.72};
constexpr double kSmoothing_mm = 0.6, kMargin_mm = 3.0;

std::vector<std::uint16_t> ids_of(const Labels& labels) {
  std::vector<bool> seen(65536);
  const auto* voxel = labels.GetBufferPointer();
  for (const auto* const end = voxel + labels.GetLargestPossibleRegion().GetNumberOfPixels(); voxel != end;
       ++voxel)
    seen[*voxel] = true;
  std::vector<std::uint16_t> ids;
  for (std::size_t id = 1; id < seen.size(); ++id)
    if (seen[id]) ids.push_back(static_cast<std::uint16_t>(id));
  return ids;
}

vtkSmartPointer<vtkPolyData> polydata_of(const TriangleMesh& mesh) {
  auto points = vtkSmartPointer<vtkPoints>::New();
  points->SetNumberOfPoints(static_cast<vtkIdType>(mesh.points_lps_mm.size()));
  for (std::size_t n = 0; n < mesh.points_lps_mm.size(); ++n)
    points->SetPoint(static_cast<vtkIdType>(n), mesh.points_lps_mm[n].data());
  auto cells = vtkSmartPointer<vtkCellArray>::New();
  for (const auto& triangle : mesh.triangles) {
    const std::array<vtkIdType, 3> corners{triangle[0], triangle[1], triangle[2]};
    cells->InsertNextCell(3, corners.data());
  }
  auto data = vtkSmartPointer<vtkPolyData>::New();
  data->SetPoints(points);
  data->SetPolys(cells);
  return data;
}

}  // namespace

/// What the thread in the background works on: its own copy of the labels' pointer, and a flag to end early.
struct SurfaceWidget::Job {
  Labels::ConstPointer labels;
  std::atomic<bool> stop{false};
  std::thread thread;
};

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
  bar_->SetWidth(0.36);
  bar_->SetPosition(0.63, 0.12);
  bar_->SetHeight(0.76);
  bar_->SetVisibility(false);
  renderer_->AddViewProp(bar_);
  window->AddRenderer(renderer_);
  marks_ = std::make_unique<SurfaceMarks>(*window, *renderer_);
  connect(&scene, &Scene::shown, this, [this] { begin(); });
  connect(&scene, &Scene::look_changed, this, [this] { follow_look(); });
  connect(&scene, &Scene::cursor_moved, &cursor_, QOverload<>::of(&QTimer::start));
  cursor_.setSingleShot(true);
  cursor_.setInterval(kCursorRestMs);
  connect(&cursor_, &QTimer::timeout, this, [this] {
    marks_->show_cursor(scene_);
    renderWindow()->Render();
  });
}

SurfaceWidget::~SurfaceWidget() {
  end_job();
}

void SurfaceWidget::end_job() {
  if (!job_) return;
  job_->stop = true;
  if (job_->thread.joinable()) job_->thread.join();
  job_.reset();
}

void SurfaceWidget::begin() {
  end_job();
  for (const auto& [id, actor] : actors_) renderer_->RemoveActor(actor);
  actors_.clear();
  bar_->SetVisibility(false);
  look_.clear();
  marks_->show_lines(scene_);
  marks_->show_cursor(scene_);
  renderWindow()->Render();
  if (scene_.content().labels.IsNull()) return;
  job_ = std::make_shared<Job>();
  job_->labels = scene_.content().labels;
  // The thread hands each surface over to the widget's own thread; a job that was given up is not listened
  // to.
  job_->thread = std::thread([this, job = job_] {
    const auto hand_over = [&](auto&& body) {
      QMetaObject::invokeMethod(
          this,
          [this, job, body] {
            if (job == job_) body();
          },
          Qt::QueuedConnection);
    };
    for (const std::uint16_t id : ids_of(*job->labels)) {
      if (job->stop) return;
      const std::array<std::uint16_t, 1> one{id};
      auto mesh = std::make_shared<TriangleMesh>(
          isosurface(*smooth_occupancy(*job->labels, one, kSmoothing_mm, kMargin_mm), 0.5));
      hand_over([this, id, mesh] { take(id, *mesh); });
    }
    hand_over([this] {
      end_job();
      follow_look();
      look_from_front();
      emit surfaces_ready();
    });
  });
}

void SurfaceWidget::take(std::uint16_t id, const TriangleMesh& mesh) {
  const auto normals = vtkSmartPointer<vtkPolyDataNormals>::New();
  normals->SetInputData(polydata_of(mesh));
  normals->SplittingOff();
  normals->Update();
  const auto mapper = vtkSmartPointer<vtkPolyDataMapper>::New();
  mapper->SetInputData(normals->GetOutput());
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
