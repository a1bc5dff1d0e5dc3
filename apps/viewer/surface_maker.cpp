#include "surface_maker.h"

#include <malloc.h>
#include <vtkCellArray.h>
#include <vtkPoints.h>
#include <vtkPolyDataNormals.h>

#include <QGuiApplication>
#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <thread>

#include "ledd/isosurface/isosurface.h"

namespace ledd::viewer {
namespace {

using Box = Labels::RegionType;

constexpr double kSmoothingMm = 0.6, kMarginMm = 3.0;
constexpr std::size_t kMostVoxels = 4'000'000;
constexpr int kRestMs = 600;

/// A copy of what lies in a box with its margin, thinned out where it is large.
Labels::Pointer cut_out(const Labels& labels, Box box) {
  itk::Size<3> margin{};
  for (unsigned axis = 0; axis < 3; ++axis)
    margin[axis] = static_cast<std::size_t>(std::ceil(kMarginMm / labels.GetSpacing()[axis]));
  box.PadByRadius(margin);
  box.Crop(labels.GetLargestPossibleRegion());
  std::size_t step = 1;
  while (box.GetNumberOfPixels() / (step * step * step) > kMostVoxels) ++step;
  auto part = Labels::New();
  itk::Size<3> size{};
  Labels::SpacingType spacing;
  for (unsigned axis = 0; axis < 3; ++axis) {
    size[axis] = (box.GetSize(axis) + step - 1) / step;
    spacing[axis] = labels.GetSpacing()[axis] * static_cast<double>(step);
  }
  Labels::PointType origin;
  labels.TransformIndexToPhysicalPoint(box.GetIndex(), origin);
  part->SetRegions(size);
  part->SetSpacing(spacing);
  part->SetOrigin(origin);
  part->SetDirection(labels.GetDirection());
  part->Allocate();
  const auto whole = labels.GetLargestPossibleRegion().GetSize();
  const auto at = [&](unsigned axis, std::size_t n) {
    return static_cast<std::size_t>(box.GetIndex(axis)) + n * step;
  };
  std::uint16_t* to = part->GetBufferPointer();
  for (std::size_t k = 0; k < size[2]; ++k)
    for (std::size_t j = 0; j < size[1]; ++j) {
      const auto* const from = labels.GetBufferPointer() + (at(2, k) * whole[1] + at(1, j)) * whole[0];
      for (std::size_t i = 0; i < size[0]; ++i) *to++ = from[at(0, i)];
    }
  return part;
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
  const auto normals = vtkSmartPointer<vtkPolyDataNormals>::New();
  normals->SetInputData(data);
  normals->SplittingOff();
  normals->Update();
  return normals->GetOutput();
}

/// Null where nothing of the structure is left.
vtkSmartPointer<vtkPolyData> surface_of(const Labels& part, std::uint16_t id) {
  try {
    const std::array<std::uint16_t, 1> one{id};
    return polydata_of(isosurface(*smooth_occupancy(part, one, kSmoothingMm, kMarginMm), 0.5));
  } catch (const Error&) {
    return nullptr;
  }
}

}  // namespace

/// What the thread in the background works on, and a flag to end early.
struct SurfaceMaker::Job {
  Labels::ConstPointer all;                        ///< All of its structures; or
  std::map<std::uint16_t, Labels::Pointer> parts;  ///< these.
  std::map<std::uint16_t, Box> boxes;              ///< Of `all`, found by the job.
  std::atomic<bool> stop{false}, done{false};
  std::thread thread;

  ~Job() {
    stop = true;
    if (thread.joinable()) thread.join();
  }
};

SurfaceMaker::SurfaceMaker(QObject* parent) : QObject(parent) {
  rest_.setSingleShot(true);
  rest_.setInterval(kRestMs);
  connect(&rest_, &QTimer::timeout, this, [this] { remake(); });
}

SurfaceMaker::~SurfaceMaker() = default;

void SurfaceMaker::make_all(const Labels* labels) {
  // The window does not wait until a thread has noticed that it is to stop.
  std::erase_if(leaving_, [](const auto& job) { return job->done.load(); });
  if (job_) {
    job_->stop = true;
    leaving_.push_back(std::move(job_));
  }
  job_.reset();
  rest_.stop();
  boxes_.clear();
  grown_.clear();
  changed_.clear();
  labels_ = nullptr;
  if (labels == nullptr) return;
  const auto job = std::make_shared<Job>();
  job->all = labels;
  start(job);
}

/// The thread hands each surface over to this object's own; what is left of a job that was given up is not
/// listened to.
void SurfaceMaker::start(const std::shared_ptr<Job>& job) {
  job_ = job;
  job->thread = std::thread([this, job = job.get(), weak = std::weak_ptr(job)] {
    const auto hand_over = [&](auto&& body) {
      QMetaObject::invokeMethod(
          this,
          [weak, body] {
            if (const auto alive = weak.lock()) body(alive);
          },
          Qt::QueuedConnection);
    };
    if (job->all.IsNotNull()) job->boxes = label_editing::boxes_of(*job->all);
    const auto make = [&](std::uint16_t id, const Labels& part) {
      const auto surface = surface_of(part, id);
      hand_over([this, id, surface](const auto& alive) { take(alive, id, surface); });
    };
    for (const auto& [id, box] : job->boxes)
      if (!job->stop) make(id, *cut_out(*job->all, box));
    for (const auto& [id, part] : job->parts)
      if (!job->stop) make(id, *part);
    // Meshes grow in pieces: what they left between them is many megabytes.
    ::malloc_trim(0);
    hand_over([this](const auto& alive) { end(alive); });
    job->done = true;
  });
}

void SurfaceMaker::take(const std::shared_ptr<Job>& job,
                        std::uint16_t id,
                        const vtkSmartPointer<vtkPolyData>& surface) {
  if (job == job_) emit made(id, surface);
}

void SurfaceMaker::end(const std::shared_ptr<Job>& job) {
  if (job != job_) {
    std::erase(leaving_, job);
    return;
  }
  job_.reset();
  job->thread.join();
  const bool anew = job->all.IsNotNull();
  if (anew) boxes_ = job->boxes;
  for (const auto& [id, box] : grown_) label_editing::widen(boxes_, id, box);
  grown_.clear();
  emit finished(anew);
}

void SurfaceMaker::follow(const Labels& labels, const label_editing::Change& change) {
  labels_ = &labels;
  std::map<std::uint16_t, label_editing::Change> gains;
  for (const auto& span : change.spans) {
    if (span.before != 0) changed_.insert(span.before);
    if (span.after == 0) continue;
    changed_.insert(span.after);
    gains[span.after].spans.push_back(span);
  }
  for (const auto& [id, gain] : gains) label_editing::widen(job_ ? grown_ : boxes_, id, box_of(gain, labels));
  rest_.start();
}

void SurfaceMaker::remake() {
  // A picture of surfaces takes longer than a stroke may wait.
  if (job_ || QGuiApplication::mouseButtons() != Qt::NoButton) {
    rest_.start();
    return;
  }
  if (changed_.empty() || labels_.IsNull()) return;
  const auto job = std::make_shared<Job>();
  for (const std::uint16_t id : changed_)
    if (const auto box = boxes_.find(id); box != boxes_.end())
      job->parts[id] = cut_out(*labels_, box->second);
  changed_.clear();
  labels_ = nullptr;
  start(job);
}

}  // namespace ledd::viewer
