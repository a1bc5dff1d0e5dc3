#include "surface_marks.h"

#include <vtkActor.h>
#include <vtkAnnotatedCubeActor.h>
#include <vtkCamera.h>
#include <vtkCellArray.h>
#include <vtkCellData.h>
#include <vtkCommand.h>
#include <vtkDataArray.h>
#include <vtkPointData.h>
#include <vtkPoints.h>
#include <vtkPolyData.h>
#include <vtkPolyDataMapper.h>
#include <vtkProperty.h>
#include <vtkRenderWindow.h>
#include <vtkRenderer.h>
#include <vtkUnsignedCharArray.h>

#include <array>
#include <cmath>
#include <limits>

namespace ledd::viewer {
namespace {

constexpr double kCorner = 0.2, kCubeDistance = 3.6, kCursorMm = 6.0;
constexpr std::array<double, 9> kAlongNormalMm{0.0, 0.5, -0.5, 1.0, -1.0, 1.5, -1.5, 2.0, -2.0};

/// A layer above the surfaces that does not answer to the mouse.
vtkSmartPointer<vtkRenderer> layer(vtkRenderWindow& window, int number) {
  auto renderer = vtkSmartPointer<vtkRenderer>::New();
  renderer->SetLayer(number);
  renderer->InteractiveOff();
  window.SetNumberOfLayers(std::max(window.GetNumberOfLayers(), number + 1));
  window.AddRenderer(renderer);
  return renderer;
}

vtkSmartPointer<vtkAnnotatedCubeActor> cube() {
  auto cube = vtkSmartPointer<vtkAnnotatedCubeActor>::New();
  cube->SetXPlusFaceText("L");
  cube->SetXMinusFaceText("R");
  cube->SetYPlusFaceText("P");
  cube->SetYMinusFaceText("A");
  cube->SetZPlusFaceText("H");
  cube->SetZMinusFaceText("F");
  // As read with the head up; head and feet as one looks at them with the front below.
  cube->SetXFaceTextRotation(0);
  cube->SetYFaceTextRotation(0);
  cube->SetZFaceTextRotation(-90);
  cube->SetFaceTextScale(0.6);
  cube->GetCubeProperty()->SetColor(0.25, 0.28, 0.33);
  cube->SetTextEdgesVisibility(0);
  for (vtkProperty* face : {cube->GetXPlusFaceProperty(),
                            cube->GetXMinusFaceProperty(),
                            cube->GetYPlusFaceProperty(),
                            cube->GetYMinusFaceProperty(),
                            cube->GetZPlusFaceProperty(),
                            cube->GetZMinusFaceProperty()})
    face->SetColor(1.0, 0.84, 0.31);
  return cube;
}

vtkSmartPointer<vtkActor> line_actor() {
  auto actor = vtkSmartPointer<vtkActor>::New();
  auto mapper = vtkSmartPointer<vtkPolyDataMapper>::New();
  mapper->SetInputData(vtkSmartPointer<vtkPolyData>::New());
  actor->SetMapper(mapper);
  actor->GetProperty()->SetLineWidth(2.0F);
  actor->GetProperty()->LightingOff();
  actor->PickableOff();
  return actor;
}

/// Lines in colours of their own.
class Collected {
 public:
  void add(const std::vector<Point>& points_lps_mm, const std::array<std::uint8_t, 3>& rgb) {
    cells_->InsertNextCell(static_cast<int>(points_lps_mm.size()));
    for (const Point& p : points_lps_mm) cells_->InsertCellPoint(points_->InsertNextPoint(p.data()));
    colours_->InsertNextTypedTuple(rgb.data());
  }
  void show_in(vtkActor& actor) {
    colours_->SetNumberOfComponents(3);
    const auto data = vtkSmartPointer<vtkPolyData>::New();
    data->SetPoints(points_);
    data->SetLines(cells_);
    data->GetCellData()->SetScalars(colours_);
    vtkPolyDataMapper::SafeDownCast(actor.GetMapper())->SetInputData(data);
  }
  Collected() { colours_->SetNumberOfComponents(3); }

 private:
  vtkSmartPointer<vtkPoints> points_ = vtkSmartPointer<vtkPoints>::New();
  vtkSmartPointer<vtkCellArray> cells_ = vtkSmartPointer<vtkCellArray>::New();
  vtkSmartPointer<vtkUnsignedCharArray> colours_ = vtkSmartPointer<vtkUnsignedCharArray>::New();
};

}  // namespace

/// Turns the cube as the surfaces are turned, before every picture.
class SurfaceMarks::Follow : public vtkCommand {
 public:
  static Follow* New() { return new Follow; }
  void Execute(vtkObject* /*caller*/, unsigned long /*event*/, void* /*data*/) override {
    vtkCamera& eye = *from->GetActiveCamera();
    vtkCamera& camera = *to->GetActiveCamera();
    std::array<double, 3> way{};
    eye.GetDirectionOfProjection(way.data());
    camera.SetFocalPoint(0, 0, 0);
    camera.SetPosition(-kCubeDistance * way[0], -kCubeDistance * way[1], -kCubeDistance * way[2]);
    camera.SetViewUp(eye.GetViewUp());
    to->ResetCameraClippingRange();
  }
  vtkRenderer* from = nullptr;
  vtkRenderer* to = nullptr;
};

SurfaceMarks::SurfaceMarks(vtkRenderWindow& window, vtkRenderer& surfaces)
    : surfaces_(surfaces),
      over_(layer(window, 1)),
      corner_(layer(window, 2)),
      drawn_(line_actor()),
      cursor_(line_actor()),
      follow_(vtkSmartPointer<Follow>::New()) {
  over_->SetActiveCamera(surfaces.GetActiveCamera());
  over_->AddActor(drawn_);
  over_->AddActor(cursor_);
  corner_->SetViewport(0.0, 0.0, kCorner, kCorner);
  corner_->AddViewProp(cube());
  corner_->GetActiveCamera();  // made here, so that Follow finds one
  follow_->from = &surfaces;
  follow_->to = corner_;
  observer_ = surfaces.AddObserver(vtkCommand::StartEvent, follow_);
}

SurfaceMarks::~SurfaceMarks() {
  surfaces_.RemoveObserver(observer_);
}

void SurfaceMarks::show_lines(const Scene& scene) {
  Collected collected;
  lines_ = 0;
  if (!scene.empty() && scene.lines_shown())
    for (const Polyline& line : scene.content().lines) {
      if (line.points_lps_mm.size() < 2 || !scene.group_shown(line.group)) continue;
      collected.add(line.points_lps_mm, line.rgb);
      ++lines_;
    }
  collected.show_in(*drawn_);
}

void SurfaceMarks::show_cursor(const Scene& scene) {
  Collected collected;
  if (!scene.empty())
    for (unsigned axis = 0; axis < 3; ++axis) {
      Point a = scene.cursor_lps_mm(), b = a;
      a[axis] -= kCursorMm;
      b[axis] += kCursorMm;
      collected.add({a, b}, {79, 195, 247});
    }
  collected.show_in(*cursor_);
}

std::vector<float> values_on(const Volume& map, vtkPolyData& surface) {
  const auto value_at = [&](const std::array<double, 3>& p) {
    Volume::PointType point;
    std::copy(p.begin(), p.end(), point.Begin());
    Volume::IndexType index;
    if (!map.TransformPhysicalPointToIndex(point, index)) return 0.0F;
    const float value = map.GetPixel(index);
    return std::isfinite(value) ? value : 0.0F;
  };
  vtkDataArray* const normals = surface.GetPointData()->GetNormals();
  std::vector<float> values(static_cast<std::size_t>(surface.GetNumberOfPoints()),
                            std::numeric_limits<float>::quiet_NaN());
  for (vtkIdType n = 0; n < surface.GetNumberOfPoints(); ++n) {
    std::array<double, 3> p{}, normal{};
    surface.GetPoint(n, p.data());
    if (normals != nullptr) normals->GetTuple(n, normal.data());
    for (const double away : kAlongNormalMm) {
      const float value =
          value_at({p[0] + away * normal[0], p[1] + away * normal[1], p[2] + away * normal[2]});
      if (value == 0.0F) continue;
      values[static_cast<std::size_t>(n)] = value;
      break;
    }
  }
  return values;
}

}  // namespace ledd::viewer
