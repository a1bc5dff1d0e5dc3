#include <itkImageDuplicator.h>
#include <itkLinearInterpolateImageFunction.h>
#include <itkRecursiveGaussianImageFilter.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "ledd/core/error.h"

#include "parts.h"

namespace ledd::alignment {
namespace {

using Linear = itk::LinearInterpolateImageFunction<Volume, double>;

constexpr std::size_t kBins = 48;
constexpr std::size_t kFewestPoints = 100;

Linear::Pointer linear(const Volume& image) {
  auto interpolator = Linear::New();
  interpolator->SetInputImage(&image);
  return interpolator;
}

Linear::PointType itk_point(const Point& p_lps_mm) {
  return Linear::PointType(p_lps_mm.data());
}

struct Pairs {
  std::vector<double> fixed, moving;
};

Pairs pairs_at(const Volume& fixed,
               const Volume& moving,
               const std::vector<Point>& points,
               const RigidMotion& motion) {
  const auto in_fixed = linear(fixed);
  const auto in_moving = linear(moving);
  Pairs pairs;
  for (const Point& p_lps_mm : points) {
    const auto here = itk_point(p_lps_mm);
    const auto there = itk_point(motion(p_lps_mm));
    if (!in_fixed->IsInsideBuffer(here) || !in_moving->IsInsideBuffer(there)) continue;
    pairs.fixed.push_back(in_fixed->Evaluate(here));
    pairs.moving.push_back(in_moving->Evaluate(there));
  }
  return pairs;
}

/// Each value's bin.
std::vector<std::size_t> binned(const std::vector<double>& values) {
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  const double low = sorted[sorted.size() / 100];
  const double high = sorted[sorted.size() - 1 - sorted.size() / 100];
  const double width = high > low ? (high - low) / static_cast<double>(kBins) : 1.0;
  std::vector<std::size_t> bins;
  bins.reserve(values.size());
  for (const double v : values)
    bins.push_back(static_cast<std::size_t>(std::clamp((v - low) / width, 0.0, kBins - 1.0)));
  return bins;
}

double entropy(const std::vector<double>& counts, double total) {
  double sum = 0.0;
  for (const double n : counts)
    if (n > 0.0) sum -= n / total * std::log(n / total);
  return sum;
}

}  // namespace

std::vector<Point> spread_points(const Volume& fixed, const Mask* region, int count) {
  const auto size = fixed.GetLargestPossibleRegion().GetSize();
  const std::size_t total = fixed.GetLargestPossibleRegion().GetNumberOfPixels();
  std::vector<std::size_t> voxels;
  for (std::size_t i = 0; i < total; ++i)
    if (region == nullptr || region->GetBufferPointer()[i] != 0) voxels.push_back(i);
  require(!voxels.empty(), Errc::kInput, "the region to compare the images in is empty");
  // One draw in each of `count` equal parts: even, yet in step with no row or column.
  std::mt19937_64 random(20031);  // NOLINT: the same points every time
  const auto uniform = [&] { return static_cast<double>(random() >> 11U) * 0x1.0p-53; };
  const std::size_t wanted = std::min(static_cast<std::size_t>(count), voxels.size());
  const double part = static_cast<double>(voxels.size()) / static_cast<double>(wanted);
  std::vector<Point> points;
  for (std::size_t n = 0; n < wanted; ++n) {
    const auto drawn = static_cast<std::size_t>((static_cast<double>(n) + uniform()) * part);
    const std::size_t i = voxels[std::min(drawn, voxels.size() - 1)];
    itk::ContinuousIndex<double, 3> index;
    const std::array<std::size_t, 3> at{i % size[0], i / size[0] % size[1], i / size[0] / size[1]};
    for (unsigned a = 0; a < 3; ++a) {
      const double inside = static_cast<double>(at[a]) + uniform() - 0.5;
      index[a] = std::clamp(inside, 0.0, static_cast<double>(size[a] - 1));
    }
    Volume::PointType p;
    fixed.TransformContinuousIndexToPhysicalPoint(index, p);
    points.push_back({p[0], p[1], p[2]});
  }
  return points;
}

Volume::Pointer smoothed(const Volume& image, double sigma_mm) {
  auto duplicator = itk::ImageDuplicator<Volume>::New();
  duplicator->SetInputImage(&image);
  duplicator->Update();
  Volume::Pointer result = duplicator->GetOutput();
  for (unsigned axis = 0; axis < 3; ++axis) {
    if (image.GetSpacing()[axis] > 1.5 * sigma_mm || image.GetLargestPossibleRegion().GetSize(axis) < 4)
      continue;
    auto gauss = itk::RecursiveGaussianImageFilter<Volume, Volume>::New();
    gauss->SetInput(result);
    gauss->SetDirection(axis);
    gauss->SetSigma(sigma_mm);
    gauss->Update();
    result = gauss->GetOutput();
    result->DisconnectPipeline();
  }
  return result;
}

double overlap(const Volume& moving, const std::vector<Point>& points, const RigidMotion& motion) {
  const auto in_moving = linear(moving);
  const auto seen = std::count_if(points.begin(), points.end(), [&](const Point& p_lps_mm) {
    return in_moving->IsInsideBuffer(itk_point(motion(p_lps_mm)));
  });
  return static_cast<double>(seen) / static_cast<double>(points.size());
}

double resemblance(const Volume& fixed,
                   const Volume& moving,
                   const std::vector<Point>& points,
                   const RigidMotion& motion) {
  const Pairs pairs = pairs_at(fixed, moving, points, motion);
  if (pairs.fixed.size() < kFewestPoints) return 0.0;
  const auto rows = binned(pairs.fixed);
  const auto columns = binned(pairs.moving);
  std::vector<double> joint(kBins * kBins, 0.0);
  std::vector<double> of_fixed(kBins, 0.0);
  std::vector<double> of_moving(kBins, 0.0);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    joint[rows[i] * kBins + columns[i]] += 1.0;
    of_fixed[rows[i]] += 1.0;
    of_moving[columns[i]] += 1.0;
  }
  const auto total = static_cast<double>(rows.size());
  const double alone = entropy(of_fixed, total) + entropy(of_moving, total);
  return alone > 0.0 ? std::max(0.0, 2.0 * (alone - entropy(joint, total)) / alone) : 0.0;
}

void resample(const Volume& fixed, const Volume& moving, RigidAlignment::Result& result) {
  result.moved = Volume::New();
  result.moved->CopyInformation(&fixed);
  result.moved->SetRegions(fixed.GetLargestPossibleRegion());
  result.moved->Allocate(true);
  result.inside = Mask::New();
  result.inside->CopyInformation(&fixed);
  result.inside->SetRegions(fixed.GetLargestPossibleRegion());
  result.inside->Allocate(true);
  const auto in_moving = linear(moving);
  const auto size = fixed.GetLargestPossibleRegion().GetSize();
  std::size_t i = 0;
  for (std::size_t z = 0; z < size[2]; ++z)
    for (std::size_t y = 0; y < size[1]; ++y)
      for (std::size_t x = 0; x < size[0]; ++x, ++i) {
        Volume::PointType p;
        fixed.TransformIndexToPhysicalPoint(
            {{static_cast<long>(x), static_cast<long>(y), static_cast<long>(z)}}, p);
        const auto there = itk_point(result.moving_from_fixed({p[0], p[1], p[2]}));
        if (!in_moving->IsInsideBuffer(there)) continue;
        result.moved->GetBufferPointer()[i] = static_cast<float>(in_moving->Evaluate(there));
        result.inside->GetBufferPointer()[i] = 1;
      }
}

}  // namespace ledd::alignment
