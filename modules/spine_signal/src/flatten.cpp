#include <algorithm>
#include <array>
#include <cmath>

#include "ledd/spine_signal/marrow.h"
#include "ledd/spine_signal/stats.h"

namespace ledd::spine_signal {
namespace {

constexpr std::size_t kTerms = 6;
using Terms = std::array<double, kTerms>;

constexpr double kScaleMm = 20.0;        // brings the terms to about 1
constexpr double kAlongSpineMm = 100.0;  // the same along the spine
constexpr double kCoreMm = 3.0;
constexpr std::size_t kMostPerBody = 2000;
constexpr double kLeastField = 0.3;
constexpr double kHuber = 1.345;
constexpr double kRidge = 1e-6;
constexpr int kRounds = 8;

struct Sample {
  Terms terms{};
  double value = 0.0;  ///< Signal relative to the body's core, minus 1.
  std::size_t body = 0;
  double weight = 1.0;
};

double dot(const Point& a, const Point& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

Terms terms_at(const Point& p, const Marrow& body, const Point& middle) {
  const Point& c = body.frame.centre_lps_mm;
  const Point from{p[0] - c[0], p[1] - c[1], p[2] - c[2]};
  const double u = dot(from, body.frame.posterior) / kScaleMm;
  const double l = dot(from, body.frame.left) / kScaleMm;
  const double w = dot(from, body.frame.superior) / kScaleMm;
  const double height = (c[2] - middle[2]) / kAlongSpineMm;
  return {u, u * u, l, l * l, w, w * height};
}

bool in_core(const MarrowVoxel& v) {
  return std::fabs(v.height() - 0.5) <= 0.25 && v.to_endplate_mm() >= kCoreMm && v.to_wall_mm() >= kCoreMm &&
         !in_vein_wedge(v);
}

/// Every n-th voxel of the core of a body, relative to the core's median.
void add_core(const Volume& volume,
              const Slices& s,
              const std::pair<const Marrow&, std::size_t>& body,
              const Point& middle,
              std::vector<Sample>& out) {
  std::vector<Offset> core;
  std::vector<double> values;
  for (const MarrowVoxel& v : body.first.voxels) {
    if (!in_core(v)) continue;
    core.push_back(v.voxel);
    values.push_back(static_cast<double>(volume.GetBufferPointer()[v.voxel]));
  }
  if (core.empty()) return;
  const double level = median(values);
  if (!(level > 0.0)) return;
  const std::size_t step = (core.size() + kMostPerBody - 1) / kMostPerBody;
  for (std::size_t n = 0; n < core.size(); n += step)
    out.push_back(
        {terms_at(s.centre_lps_mm(core[n]), body.first, middle), values[n] / level - 1.0, body.second, 1.0});
}

/// Gauss elimination with the ridge on the diagonal; the matrix is symmetric and positive.
Terms solve(std::array<Terms, kTerms> a, Terms b) {
  for (std::size_t i = 0; i < kTerms; ++i) a[i][i] += kRidge;
  for (std::size_t i = 0; i < kTerms; ++i)
    for (std::size_t row = i + 1; row < kTerms; ++row) {
      const double part = a[row][i] / a[i][i];
      for (std::size_t c = i; c < kTerms; ++c) a[row][c] -= part * a[i][c];
      b[row] -= part * b[i];
    }
  for (std::size_t i = kTerms; i-- > 0;) {
    for (std::size_t c = i + 1; c < kTerms; ++c) b[i] -= a[i][c] * b[c];
    b[i] /= a[i][i];
  }
  return b;
}

/// Weighted means of terms and value per body: each body has a level of its own.
std::vector<Sample> means_of(const std::vector<Sample>& samples, std::size_t bodies) {
  std::vector<Sample> means(bodies);
  for (Sample& m : means) m.weight = 0.0;
  for (const Sample& s : samples) {
    Sample& m = means[s.body];
    for (std::size_t t = 0; t < kTerms; ++t) m.terms[t] += s.weight * s.terms[t];
    m.value += s.weight * s.value;
    m.weight += s.weight;
  }
  for (Sample& m : means) {
    if (!(m.weight > 0.0)) continue;
    for (double& t : m.terms) t /= m.weight;
    m.value /= m.weight;
  }
  return means;
}

/// The common polynomial, with a free level per body.
Terms fit(std::vector<Sample> samples, std::size_t bodies) {
  Terms beta{};
  if (samples.empty()) return beta;
  for (int round = 0; round < kRounds; ++round) {
    const auto means = means_of(samples, bodies);
    std::array<Terms, kTerms> a{};
    Terms b{};
    double all = 0.0;
    for (const Sample& s : samples) {
      const Sample& m = means[s.body];
      for (std::size_t i = 0; i < kTerms; ++i) {
        const double x = s.terms[i] - m.terms[i];
        for (std::size_t c = 0; c < kTerms; ++c) a[i][c] += s.weight * x * (s.terms[c] - m.terms[c]);
        b[i] += s.weight * x * (s.value - m.value);
      }
      all += s.weight;
    }
    for (std::size_t i = 0; i < kTerms; ++i) {
      for (double& c : a[i]) c /= all;
      b[i] /= all;
    }
    beta = solve(a, b);
    std::vector<double> residuals;
    for (const Sample& s : samples) {
      double r = s.value - means[s.body].value;
      for (std::size_t t = 0; t < kTerms; ++t) r -= beta[t] * (s.terms[t] - means[s.body].terms[t]);
      residuals.push_back(r);
    }
    const double scale = std::max(1e-9, scatter(residuals));
    for (std::size_t n = 0; n < samples.size(); ++n)
      samples[n].weight = std::min(1.0, kHuber * scale / std::max(1e-12, std::fabs(residuals[n])));
  }
  return beta;
}

}  // namespace

std::vector<std::vector<float>> flattened(const Volume& volume,
                                          const Slices& slices,
                                          std::span<const Marrow> bodies) {
  Point middle{};
  double measured = 0.0;
  for (const Marrow& b : bodies) {
    if (b.voxels.empty()) continue;
    for (unsigned c = 0; c < 3; ++c) middle[c] += b.frame.centre_lps_mm[c];
    measured += 1.0;
  }
  for (double& c : middle) c /= std::max(1.0, measured);
  std::vector<Sample> samples;
  for (std::size_t b = 0; b < bodies.size(); ++b) add_core(volume, slices, {bodies[b], b}, middle, samples);
  const Terms beta = fit(std::move(samples), bodies.size());
  std::vector<std::vector<float>> values(bodies.size());
  for (std::size_t b = 0; b < bodies.size(); ++b)
    for (const MarrowVoxel& v : bodies[b].voxels) {
      const Terms terms = terms_at(slices.centre_lps_mm(v.voxel), bodies[b], middle);
      double field = 1.0;
      for (std::size_t t = 0; t < kTerms; ++t) field += beta[t] * terms[t];
      values[b].push_back(static_cast<float>(static_cast<double>(volume.GetBufferPointer()[v.voxel]) /
                                             std::max(kLeastField, field)));
    }
  return values;
}

}  // namespace ledd::spine_signal
