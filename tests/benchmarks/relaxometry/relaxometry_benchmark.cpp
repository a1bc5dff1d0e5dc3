// How long a voxel takes, 8 echoes: each model on one and two threads, beside vnl's Levenberg-Marquardt
// (ITK's own) from a log-linear start on one thread. `per_voxel` is wall time a voxel. Argument: threads.
#include <benchmark/benchmark.h>
#include <tbb/global_control.h>
#include <vnl/algo/vnl_levenberg_marquardt.h>
#include <vnl/vnl_least_squares_function.h>

#include <cmath>
#include <stdexcept>

#include "ledd/relaxometry/relaxometry.h"

#include "decay.h"

namespace {

using ledd::Relaxometry;

const ledd::decay::Series& series(std::size_t voxels) {
  static const auto many = ledd::decay::noisy(ledd::decay::every(6.312, 8), 400000, {1000.0, 40.0}, 20.0, 1);
  static const auto few = ledd::decay::noisy(ledd::decay::every(6.312, 8), 20000, {1000.0, 40.0}, 20.0, 1);
  return voxels > 20000 ? many : few;
}

void report(benchmark::State& state, std::size_t voxels) {
  state.counters["per_voxel"] =
      benchmark::Counter(static_cast<double>(voxels),
                         benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void fit(benchmark::State& state, Relaxometry::Model model, std::size_t voxels) {
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  static_cast<std::size_t>(state.range(0)));
  const Relaxometry fitted({.model = model, .noise_sigma = 20.0});
  const auto& source = series(voxels);
  ledd::Context context({}, static_cast<int>(state.range(0)));
  for (auto unused : state) {
    benchmark::DoNotOptimize(fitted(source.echoes(), nullptr, context));
    benchmark::DoNotOptimize(&unused);
  }
  report(state, voxels);
}
BENCHMARK_CAPTURE(fit, nlls, Relaxometry::Model::kNlls, 400000)->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK_CAPTURE(fit, loglinear, Relaxometry::Model::kLogLinear, 400000)->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK_CAPTURE(fit, rician, Relaxometry::Model::kRician, 20000)->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK_CAPTURE(fit, epg, Relaxometry::Model::kEpg, 20000)->Arg(1)->Arg(2)->UseRealTime();

class Decay : public vnl_least_squares_function {
 public:
  explicit Decay(const std::vector<double>& times_ms)
      : vnl_least_squares_function(2, static_cast<unsigned>(times_ms.size()), use_gradient),
        times_(times_ms) {}

  std::vector<double> signal;

  void f(const vnl_vector<double>& x, vnl_vector<double>& rest) override {
    for (unsigned i = 0; i < times_.size(); ++i) rest[i] = x[0] * std::exp(-times_[i] / x[1]) - signal[i];
  }
  void gradf(const vnl_vector<double>& x, vnl_matrix<double>& jacobian) override {
    for (unsigned i = 0; i < times_.size(); ++i) {
      const double e = std::exp(-times_[i] / x[1]);
      jacobian(i, 0) = e;
      jacobian(i, 1) = x[0] * e * times_[i] / (x[1] * x[1]);
    }
  }

 private:
  std::vector<double> times_;
};

void vnl(benchmark::State& state) {
  const auto& source = series(20000);
  Decay decay(source.times_ms);
  decay.signal.resize(source.times_ms.size());
  for (auto unused : state) {
    double sum = 0.0;
    for (std::size_t v = 0; v < 20000; ++v) {
      for (std::size_t i = 0; i < decay.signal.size(); ++i)
        decay.signal[i] = ledd::decay::at(*source.images[i], v);
      const double t2 = (source.times_ms.back() - source.times_ms.front()) /
                        std::log(decay.signal.front() / decay.signal.back());
      vnl_vector<double> x(2);
      x[0] = decay.signal.front() * std::exp(source.times_ms.front() / t2);
      x[1] = t2;
      vnl_levenberg_marquardt solver(decay);
      solver.minimize_using_gradient(x);
      sum += x[1];
    }
    benchmark::DoNotOptimize(sum);
    benchmark::DoNotOptimize(&unused);
  }
  report(state, 20000);
}
BENCHMARK(vnl)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
