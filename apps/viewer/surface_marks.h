#pragma once
#include <vtkSmartPointer.h>

#include "scene.h"

class vtkActor;
class vtkPolyData;
class vtkRenderer;
class vtkRenderWindow;

namespace ledd::viewer {

/// What is drawn over surfaces: the measurements of a scene and its cursor, which no bone may hide, and a
/// cube in the corner that says which way the patient lies.
class SurfaceMarks {
 public:
  /// In layers above that of `surfaces`, with its camera.
  SurfaceMarks(vtkRenderWindow& window, vtkRenderer& surfaces);
  ~SurfaceMarks();
  SurfaceMarks(const SurfaceMarks&) = delete;
  SurfaceMarks& operator=(const SurfaceMarks&) = delete;

  void show_lines(const Scene& scene);
  void show_cursor(const Scene& scene);
  /// Lines drawn now.
  std::size_t lines() const noexcept { return lines_; }

 private:
  class Follow;
  vtkRenderer& surfaces_;
  vtkSmartPointer<vtkRenderer> over_, corner_;
  vtkSmartPointer<vtkActor> drawn_, cursor_;
  vtkSmartPointer<Follow> follow_;
  unsigned long observer_ = 0;
  std::size_t lines_ = 0;
};

/// Of every point of a surface with normals the value that a map has there, or nearest along the normal
/// within 2 mm: cartilage lies on its bone, not in the bone's surface. NaN where there is none.
std::vector<float> values_on(const Volume& map, vtkPolyData& surface);

}  // namespace ledd::viewer
