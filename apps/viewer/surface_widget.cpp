#include "surface_widget.h"

#include <vtkActor.h>
#include <vtkCamera.h>
#include <vtkFloatArray.h>
#include <vtkGenericOpenGLRenderWindow.h>
#include <vtkLookupTable.h>
#include <vtkPointData.h>
#include <vtkPolyData.h>
#include <vtkPolyDataMapper.h>
#include <vtkProperty.h>
#include <vtkRenderer.h>
#include <vtkScalarBarActor.h>

#include <algorithm>

#include "ledd/isosurface/isosurface.h"

#include "palette.h"

namespace ledd::viewer {
namespace {

Labels::Pointer copy_of(const Labels& labels) {
  auto copy = Labels::New();
  copy->CopyInformation(&labels);
  copy->SetRegions(labels.GetLargestPossibleRegion());
  copy->Allocate();
  std::copy_n(labels.GetBufferPointer(),
              labels.GetLargestPossibleRegion().GetNumberOfPixels(),
              copy->GetBufferPointer());
  return copy;
}

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
  bar_->SetNumberOfLabels(3);
  bar_->SetMaximumWidthInPixels(70);
  bar_->SetVisibility(false);
  renderer_->AddViewProp(bar_);
  window->AddRenderer(renderer_);
  connect(&maker_, &SurfaceMaker::made, this, &SurfaceWidget::take);
  connect(&maker_, &SurfaceMaker::finished, this, [this](bool anew) {
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
  connect(&scene, &Scene::look_changed, this, [this] { recolour(); });
}

void SurfaceWidget::begin() {
  for (const auto& [id, actor] : actors_) renderer_->RemoveActor(actor);
  actors_.clear();
  renderWindow()->Render();
  const Labels* const labels = scene_.labels();
  // Corrected labels change on: what is read in the background are those that the case was opened with, or a
  // copy.
  const bool changes_on = labels != nullptr && labels != scene_.content().labels.GetPointer();
  maker_.make_all(changes_on ? copy_of(*labels).GetPointer() : labels);
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
  renderer_->AddActor(actor);
  actors_[id] = actor;
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
  const FieldSampler map(*layers.map);
  const auto values = vtkSmartPointer<vtkFloatArray>::New();
  values->SetNumberOfValues(surface.GetNumberOfPoints());
  for (vtkIdType n = 0; n < surface.GetNumberOfPoints(); ++n) {
    const double* const p = surface.GetPoint(n);
    values->SetValue(n, static_cast<float>(map.value({p[0], p[1], p[2]})));
  }
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
    table->SetNumberOfTableValues(static_cast<vtkIdType>(viridis().size()));
    for (std::size_t n = 0; n < viridis().size(); ++n)
      table->SetTableValue(static_cast<vtkIdType>(n),
                           viridis()[n][0] / 255.0,
                           viridis()[n][1] / 255.0,
                           viridis()[n][2] / 255.0);
    table->SetRange(layers.colours.low, layers.colours.high);
    bar_->SetLookupTable(table);
    bar_->SetTitle(scene_.map().c_str());
  }
  for (const auto& [id, actor] : actors_) colour(id);
  renderWindow()->Render();
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
