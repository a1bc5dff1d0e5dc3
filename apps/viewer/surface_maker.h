#pragma once
#include <vtkPolyData.h>
#include <vtkSmartPointer.h>

#include <QObject>
#include <QTimer>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "ledd/label_editing/change.h"
#include "ledd/label_editing/extent.h"

namespace ledd::viewer {

/// Makes the surfaces of a label map's structures in the background, each from the box that it lies in.
///
/// Method   Smoothed occupancy and its isosurface at one half (modules/isosurface). Of a box of more than
/// four
///          million voxels only every second, third, ... along each axis is looked at. After a correction the
///          structures that it changed are made anew, once the hand has rested.
class SurfaceMaker : public QObject {
  Q_OBJECT
 public:
  explicit SurfaceMaker(QObject* parent = nullptr);
  ~SurfaceMaker() override;
  SurfaceMaker(const SurfaceMaker&) = delete;
  SurfaceMaker& operator=(const SurfaceMaker&) = delete;

  /// All structures of a label map; of an earlier one nothing more is heard.
  /// @param labels  Null: none. Nobody may change them: read by another thread.
  void make_all(const Labels* labels);
  /// What changed of `labels` is made anew later. They may change on: what is needed is copied here.
  void follow(const Labels& labels, const label_editing::Change& change);
  bool busy() const noexcept { return job_ != nullptr; }

 signals:
  /// With normals; null: the structure is no more.
  void made(std::uint16_t id, const vtkSmartPointer<vtkPolyData>& surface);
  /// All that was begun is made.
  void finished(bool anew);

 private:
  struct Job;
  void start(const std::shared_ptr<Job>& job);
  void remake();
  void take(const std::shared_ptr<Job>& job, std::uint16_t id, const vtkSmartPointer<vtkPolyData>& surface);
  void end(const std::shared_ptr<Job>& job);

  std::shared_ptr<Job> job_;
  std::vector<std::shared_ptr<Job>> leaving_;  ///< Told to stop; joined when they have.
  label_editing::Boxes boxes_;
  std::map<std::uint16_t, Labels::RegionType>
      grown_;  ///< What corrections added while boxes were looked for.
  std::set<std::uint16_t> changed_;
  Labels::ConstPointer labels_;  ///< As last seen by follow().
  QTimer rest_;
};

}  // namespace ledd::viewer
