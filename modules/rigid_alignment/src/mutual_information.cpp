// The only file that holds ITK's registration metric: it takes long to compile.
#include <itkEuler3DTransform.h>
#include <itkMattesMutualInformationImageToImageMetricv4.h>
#include <itkPointSet.h>

#include <cmath>
#include <optional>

#include "parts.h"

namespace ledd::alignment {
namespace {

using Metric = itk::MattesMutualInformationImageToImageMetricv4<Volume, Volume, Volume, double>;
using Euler = itk::Euler3DTransform<double>;

constexpr double kGrainMm = 1e-6;
constexpr int kBins = 48;
constexpr int kMostSteps = 120;

Euler::ParametersType parameters_of(const Steps& steps) {
  Euler::ParametersType parameters(6);
  for (unsigned a = 0; a < 6; ++a) parameters[a] = a < 3 ? steps[a] / kArmMm : steps[a];
  return parameters;
}

Euler::Pointer transform_of(const Steps& steps, const Point& centre_lps_mm) {
  auto transform = Euler::New();
  transform->SetComputeZYX(true);
  transform->SetCenter(Euler::CenterType(centre_lps_mm.data()));
  transform->SetParameters(parameters_of(steps));
  return transform;
}

Metric::Pointer metric_of(const Climb& task, Euler* transform) {
  auto points = Metric::FixedSampledPointSetType::New();
  points->Initialize();
  for (std::size_t i = 0; i < task.points.size(); ++i)
    points->SetPoint(i, Metric::FixedSampledPointSetType::PointType(task.points[i].data()));
  auto metric = Metric::New();
  metric->SetNumberOfHistogramBins(kBins);
  metric->SetFixedImage(&task.fixed);
  metric->SetMovingImage(&task.moving);
  metric->SetVirtualDomainFromImage(&task.fixed);
  metric->SetMovingTransform(transform);
  metric->SetFixedSampledPointSet(points);
  metric->SetUseSampledPointSet(true);
  metric->SetUseFixedImageGradientFilter(false);
  metric->SetUseMovingImageGradientFilter(false);
  metric->SetMaximumNumberOfWorkUnits(1);  // sums in one order, whatever the machine
  metric->Initialize();
  return metric;
}

/// The direction of steepest ascent, of length 1; nothing when it is flat.
std::optional<Steps> direction(Metric& metric) {
  Metric::MeasureType value = 0;
  Metric::DerivativeType derivative(6);
  metric.GetValueAndDerivative(value, derivative);  // points the way that lowers the (negative) information
  Steps way{};
  double length = 0.0;
  for (unsigned a = 0; a < 6; ++a) {
    way[a] = a < 3 ? derivative[a] / kArmMm : derivative[a];
    length += way[a] * way[a];
  }
  length = std::sqrt(length);
  if (!(length > 1e-12)) return std::nullopt;
  for (double& v : way) v /= length;
  return way;
}

}  // namespace

Steps climb(const Climb& task, Steps from, Context& context) {
  const auto transform = transform_of(from, task.centre_lps_mm);
  const auto metric = metric_of(task, transform.GetPointer());
  Steps at = from;
  Steps last{};
  double step_mm = task.first_step_mm;
  for (int i = 0; i < kMostSteps && step_mm > task.last_step_mm; ++i) {
    context.throw_if_cancelled();
    transform->SetParameters(parameters_of(at));
    const auto way = direction(*metric);
    if (!way) break;
    double along = 0.0;
    for (unsigned a = 0; a < 6; ++a) along += (*way)[a] * last[a];
    if (along < 0.0) step_mm *= 0.5;
    // The metric's sums differ in their last bits from run to run; rounded, the way up does not.
    for (unsigned a = 0; a < 6; ++a) at[a] = std::round((at[a] + step_mm * (*way)[a]) / kGrainMm) * kGrainMm;
    last = *way;
  }
  return at;
}

RigidMotion motion_of(const Steps& steps, const Point& centre_lps_mm) {
  const auto transform = transform_of(steps, centre_lps_mm);
  RigidMotion motion;
  motion.centre_lps_mm = centre_lps_mm;
  for (unsigned r = 0; r < 3; ++r) {
    for (unsigned c = 0; c < 3; ++c) motion.rotation[r][c] = transform->GetMatrix()(r, c);
    motion.shift_mm[r] = steps[3 + r];
  }
  return motion;
}

}  // namespace ledd::alignment
