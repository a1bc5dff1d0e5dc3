#include "ledd/statistics/combat.h"

#include <Eigen/Dense>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ledd/core/error.h"

#include "empirical_bayes.h"
#include "quantiles.h"

namespace ledd::statistics {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

struct Task {
  const Table& values;
  const std::vector<std::size_t>& batch;
  const std::vector<Covariate>& covariates;
  const CombatOptions& options;
  std::size_t batches = 0;
};

/// One feature taken apart into model, pooled SD and residuals of each batch.
struct Fitted {
  std::vector<std::size_t> samples;  ///< Those that take part.
  std::vector<double> model;         ///< Of each: what stays, the middle and the covariates.
  std::vector<double> residual;      ///< Of each, in units of `sd`.
  double sd = 0.0;
};

/// What is wrong with the whole feature; empty when nothing is.
using Reason = std::string;

void require_sizes(const Task& task) {
  require(!task.values.empty(), Errc::kInput, "there is no feature");
  for (const auto& row : task.values)
    require(row.size() == task.batch.size(),
            Errc::kInput,
            fmt::format("a feature has {} samples and {} batches are told", row.size(), task.batch.size()));
  for (const auto& covariate : task.covariates) {
    require(covariate.values.size() == task.batch.size(),
            Errc::kInput,
            fmt::format("the covariate {} has {} values for {} samples",
                        covariate.name,
                        covariate.values.size(),
                        task.batch.size()));
    require_finite(covariate.values, "the covariate " + covariate.name);
  }
  require(task.options.least_samples >= 2, Errc::kParam, "a batch needs two samples of a feature at least");
  require(task.options.tolerance > 0.0, Errc::kParam, "the tolerance must be above 0");
}

/// Columns of the batches in `present`, then of the covariates (brought to mean 0 and size 1, which changes
/// no fit and keeps the rank clear).
Eigen::MatrixXd design_of(const Task& task,
                          const std::vector<std::size_t>& samples,
                          const std::vector<std::size_t>& present,
                          std::size_t covariates) {
  const auto rows = static_cast<Eigen::Index>(samples.size());
  const auto batches = static_cast<Eigen::Index>(present.size());
  Eigen::MatrixXd design = Eigen::MatrixXd::Zero(rows, batches + static_cast<Eigen::Index>(covariates));
  for (Eigen::Index row = 0; row < rows; ++row) {
    const auto sample = samples[static_cast<std::size_t>(row)];
    const auto at = std::find(present.begin(), present.end(), task.batch[sample]);
    design(row, at - present.begin()) = 1.0;
    for (std::size_t c = 0; c < covariates; ++c)
      design(row, batches + static_cast<Eigen::Index>(c)) = task.covariates[c].values[sample];
  }
  for (Eigen::Index c = batches; c < design.cols(); ++c) {
    auto column = design.col(c);
    column.array() -= column.mean();
    const double size = column.norm() / std::sqrt(static_cast<double>(rows));
    if (size > 0.0) column /= size;
  }
  return design;
}

bool full_rank(const Eigen::MatrixXd& design) {
  Eigen::ColPivHouseholderQR<Eigen::MatrixXd> qr(design);
  qr.setThreshold(1e-9);
  return qr.rank() == design.cols();
}

/// Over all samples, before any feature: what no feature could tell apart.
void require_told_apart(const Task& task) {
  std::vector<std::size_t> all(task.batch.size()), present(task.batch.begin(), task.batch.end());
  for (std::size_t n = 0; n < all.size(); ++n) all[n] = n;
  std::sort(present.begin(), present.end());
  present.erase(std::unique(present.begin(), present.end()), present.end());
  require(present.size() >= 2,
          Errc::kInput,
          fmt::format("{} batch: two are needed to bring them together", present.size()));
  require(
      !task.options.reference || std::binary_search(present.begin(), present.end(), *task.options.reference),
      Errc::kParam,
      "no sample is of the reference batch");
  for (std::size_t count = 1; count <= task.covariates.size(); ++count) {
    const auto& [name, values] = task.covariates[count - 1];
    require(squares_of(values) > 0.0,
            Errc::kInput,
            fmt::format("the covariate {} is the same in all samples: leave it out", name));
    require(
        full_rank(design_of(task, all, present, count)),
        Errc::kInput,
        fmt::format("the covariate {} is told by the batches{}: their effects cannot be told apart; leave "
                    "it out, or bring samples that differ in it within a batch",
                    name,
                    count > 1 ? " and the other covariates" : ""));
  }
}

/// Counts each batch; those with too few values get their reason. @return The batches that take part.
std::vector<std::size_t> count(const Task& task,
                               const std::vector<double>& row,
                               std::vector<BatchEffect>& effects) {
  for (std::size_t sample = 0; sample < row.size(); ++sample)
    if (std::isfinite(row[sample])) ++effects[task.batch[sample]].samples;
  std::vector<std::size_t> present;
  for (std::size_t b = 0; b < effects.size(); ++b) {
    if (effects[b].samples >= task.options.least_samples)
      present.push_back(b);
    else
      effects[b].reason = fmt::format(
          "its batch has {} values of it, {} are needed", effects[b].samples, task.options.least_samples);
  }
  return present;
}

/// The middle that all batches move to.
double middle(const Task& task,
              const Eigen::VectorXd& fit,
              const std::vector<std::size_t>& present,
              const std::vector<BatchEffect>& effects) {
  double sum = 0.0, samples = 0.0;
  for (std::size_t n = 0; n < present.size(); ++n) {
    const double own = fit(static_cast<Eigen::Index>(n));
    if (task.options.reference == present[n]) return own;
    const double weight = static_cast<double>(effects[present[n]].samples);
    sum += weight * own;
    samples += weight;
  }
  return sum / samples;
}

Reason fit(const Task& task,
           const std::vector<double>& row,
           const std::vector<std::size_t>& present,
           const std::vector<BatchEffect>& effects,
           Fitted& fitted) {
  const auto takes_part = [&](std::size_t b) {
    return std::find(present.begin(), present.end(), b) != present.end();
  };
  if (present.size() < 2) return "fewer than two batches have enough values of it";
  if (task.options.reference && !takes_part(*task.options.reference))
    return "the reference batch has too few values of it";
  for (std::size_t sample = 0; sample < row.size(); ++sample)
    if (std::isfinite(row[sample]) && takes_part(task.batch[sample])) fitted.samples.push_back(sample);
  const auto design = design_of(task, fitted.samples, present, task.covariates.size());
  if (design.rows() <= design.cols()) return "it has no more values than the model has unknowns";
  if (!full_rank(design)) return "where it was measured, batches and covariates cannot be told apart";
  Eigen::VectorXd y(design.rows());
  for (Eigen::Index n = 0; n < y.size(); ++n) y(n) = row[fitted.samples[static_cast<std::size_t>(n)]];
  const Eigen::VectorXd coefficients = design.householderQr().solve(y);
  const Eigen::VectorXd rest = y - design * coefficients;
  double squares = 0.0, counted = 0.0;
  for (Eigen::Index n = 0; n < rest.size(); ++n) {
    const std::size_t b = task.batch[fitted.samples[static_cast<std::size_t>(n)]];
    if (task.options.reference && *task.options.reference != b) continue;
    squares += rest(n) * rest(n);
    counted += 1.0;
  }
  fitted.sd = std::sqrt(squares / counted);
  if (!(fitted.sd > 1e-12 * y.cwiseAbs().maxCoeff())) return "it is constant within the batches";
  const auto batches = static_cast<Eigen::Index>(present.size());
  const double centre = middle(task, coefficients, present, effects);
  for (Eigen::Index n = 0; n < y.size(); ++n) {
    const double stays =
        centre + design.row(n).tail(design.cols() - batches).dot(coefficients.tail(design.cols() - batches));
    fitted.model.push_back(stays);
    fitted.residual.push_back((y(n) - stays) / fitted.sd);
  }
  return "";
}

/// Shift and variance of each batch as found. @return The residuals of each, in the order of `present`.
std::vector<BatchResiduals> measure(const Task& task,
                                    const Fitted& fitted,
                                    const std::vector<std::size_t>& present,
                                    std::vector<BatchEffect>& effects) {
  std::vector<BatchResiduals> of;
  for (const std::size_t b : present) {
    BatchResiduals one{{}, &effects[b]};
    for (std::size_t n = 0; n < fitted.samples.size(); ++n)
      if (task.batch[fitted.samples[n]] == b) one.residuals.push_back(fitted.residual[n]);
    one.effect->shift = one.effect->shift_used = mean_of(one.residuals);
    one.effect->variance = one.effect->variance_used =
        squares_of(one.residuals) / (static_cast<double>(one.residuals.size()) - 1.0);
    of.push_back(std::move(one));
  }
  return of;
}

void apply(const Task& task,
           const Fitted& fitted,
           const std::vector<BatchEffect>& effects,
           std::size_t feature,
           Combat& result) {
  for (std::size_t n = 0; n < fitted.samples.size(); ++n) {
    const std::size_t sample = fitted.samples[n], b = task.batch[sample];
    if (!effects[b].reason.empty()) continue;
    const double z = (fitted.residual[n] - effects[b].shift_used) / std::sqrt(effects[b].variance_used);
    result.values[feature][sample] =
        task.options.reference == b ? task.values[feature][sample] : fitted.sd * z + fitted.model[n];
  }
}

}  // namespace

Combat combat(const Table& values,
              const std::vector<std::size_t>& batch,
              const std::vector<Covariate>& covariates,
              const CombatOptions& options) {
  Task task{values, batch, covariates, options};
  require_sizes(task);
  require_told_apart(task);
  require(!options.empirical_bayes || values.size() >= 2,
          Errc::kInput,
          "empirical Bayes draws a feature to the others: with one alone do without it");
  task.batches = *std::max_element(batch.begin(), batch.end()) + 1;
  Combat result;
  result.values.assign(values.size(), std::vector<double>(batch.size(), kNone));
  result.effects.assign(values.size(), std::vector<BatchEffect>(task.batches));
  std::vector<Fitted> fits(values.size());
  std::vector<std::vector<BatchResiduals>> by_batch(task.batches);
  for (std::size_t f = 0; f < values.size(); ++f) {
    auto& effects = result.effects[f];
    const auto present = count(task, values[f], effects);
    Reason reason = fit(task, values[f], present, effects, fits[f]);
    auto measured = reason.empty() ? measure(task, fits[f], present, effects) : std::vector<BatchResiduals>();
    for (const auto& one : measured)
      if (!(one.effect->variance > 1e-20)) reason = "all its values in one batch are the same";
    if (!reason.empty()) {
      for (const std::size_t b : present) effects[b].reason = reason;
      fits[f].sd = 0.0;
      continue;
    }
    for (std::size_t n = 0; n < present.size(); ++n) by_batch[present[n]].push_back(std::move(measured[n]));
  }
  if (options.empirical_bayes)
    for (auto& features : by_batch) {
      if (features.size() >= 2) draw_to_mean(features, options.tolerance);
      if (features.size() == 1)
        features.front().effect->reason = "empirical Bayes needs another endpoint of its batch";
    }
  for (std::size_t f = 0; f < values.size(); ++f) apply(task, fits[f], result.effects[f], f, result);
  for (const Fitted& fitted : fits) result.pooled_sd.push_back(fitted.sd);
  return result;
}

}  // namespace ledd::statistics
