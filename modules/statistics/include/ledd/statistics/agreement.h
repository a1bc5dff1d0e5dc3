#pragma once
#include <cstddef>
#include <optional>
#include <vector>

#include "ledd/statistics/interval.h"

namespace ledd::statistics {

/// Share of the variance that lies between subjects, of a table of subjects times raters (or repeats).
struct IntraclassCorrelation {
  std::size_t subjects = 0, raters = 0;
  double ms_subjects = 0.0, ms_raters = 0.0, ms_error = 0.0;  ///< Mean squares of the two-way analysis.
  double agreement = 0.0;  ///< ICC(2,1): raters drawn at random, their shifts count as error.
  std::optional<Interval> agreement_range;  ///< Empty where the F quantile does not exist.
  double consistency = 0.0;                 ///< ICC(3,1): the raters' shifts do not count.
  std::optional<Interval> consistency_range;
};

/// ICC(2,1) and ICC(3,1) with confidence intervals from the F distribution.
///
/// Method   With mean squares of subjects R, raters C and error E, n subjects, k raters:
///          ICC(2,1) = (R - E) / (R + (k - 1) E + k (C - E) / n), ICC(3,1) = (R - E) / (R + (k - 1) E).
/// Source   Shrout & Fleiss, Psychol Bull 86:420-428, 1979; intervals of McGraw & Wong, Psychol Methods
///          1:30-46, 1996, table 7 (ICC(A,1) and ICC(C,1)), with Satterthwaite's degrees of freedom.
/// Limits   Depends on the spread of the subjects. A value below 0 is given as it comes.
/// @param table  Of each subject one value of each rater, all finite.
/// @throws Error{kInput}    fewer than two subjects or raters; subjects with unequally many values (leave
///                          them out before and say how many); a value that is not finite.
/// @throws Error{kNumeric}  all values are the same.
/// @throws Error{kParam}    `confidence` is not in (0, 1).
IntraclassCorrelation intraclass_correlation(const std::vector<std::vector<double>>& table,
                                             double confidence = 0.95);

/// A line through the differences over the means.
struct ProportionalBias {
  double slope = 0.0, se = 0.0;  ///< Change of the difference by one unit of the mean.
  double t = 0.0, p = 1.0;       ///< Two-sided, n - 2 degrees of freedom.
};

/// How two measurements of the same subjects agree.
struct BlandAltman {
  std::size_t subjects = 0;
  double bias = 0.0, sd = 0.0;  ///< Of second minus first.
  Interval bias_range;
  Interval limits;                        ///< bias -+ 1.96 sd: 95 % of differences lie between.
  Interval low_range, high_range;         ///< Confidence intervals of the two limits.
  std::optional<ProportionalBias> trend;  ///< Empty below three subjects or where all means are the same.
};

/// Bias and limits of agreement.
///
/// Method   d = second - first; limits bias -+ z sd(d); their standard error sd sqrt(1/n + z^2 / (2 (n-1)))
///          with Student's t of n - 1; a least squares line of d over (first + second) / 2 tests whether the
///          bias grows with the value.
/// Source   Bland & Altman, Lancet 327:307-310, 1986; Stat Methods Med Res 8:135-160, 1999, section 2.3.
/// Limits   Differences are taken as normal. Unequal errors of the two also tilt the line.
/// @throws Error{kInput}  fewer than two pairs, unequally many, a value that is not finite.
/// @throws Error{kParam}  `confidence` is not in (0, 1).
BlandAltman bland_altman(const std::vector<double>& first,
                         const std::vector<double>& second,
                         double confidence = 0.95);

enum class KappaWeights {
  kNone,       ///< Cohen's kappa: any disagreement counts alike.
  kLinear,     ///< 1 - |i - j| / (k - 1)
  kQuadratic,  ///< 1 - (i - j)^2 / (k - 1)^2
};

/// Agreement of two readers beyond chance.
struct Kappa {
  std::size_t ratings = 0;
  double observed = 0.0, expected = 0.0;  ///< Agreement, weighted where weights are asked for.
  double value = 0.0, se = 0.0;
  Interval range;  ///< value -+ z se, cut at -1 and 1.
};

/// Cohen's kappa of a square table of counts; the rows are the first reader's grades, in order.
///
/// Source   Cohen, Educ Psychol Meas 20:37-46, 1960; Psychol Bull 70:213-220, 1968; standard error of Fleiss,
///          Cohen & Everitt, Psychol Bull 72:323-327, 1969, eq. 13 (large samples, kappa not 0).
/// Limits   The interval is poor below some 20 ratings for each grade, and of no width at full agreement.
/// @throws Error{kInput}    the table is not square, of fewer than two grades, or empty.
/// @throws Error{kNumeric}  both readers gave one and the same grade throughout: chance explains all.
/// @throws Error{kParam}    `confidence` is not in (0, 1).
Kappa cohens_kappa(const std::vector<std::vector<std::size_t>>& counts,
                   KappaWeights weights = KappaWeights::kNone,
                   double confidence = 0.95);

/// Agreement of several readers beyond chance: Fleiss' kappa.
///
/// Method   P_i = sum_j n_ij (n_ij - 1) / (n (n - 1)) of each case, p_j the share of grade j of all ratings;
///          (mean P - sum p_j^2) / (1 - sum p_j^2). Standard error by leaving out one case at a time.
/// Source   Fleiss, Psychol Bull 76:378-382, 1971; jackknife: Efron & Stein, Ann Stat 9:586-596, 1981.
/// Limits   Grades without order. Of two readers it is Scott's pi, not Cohen's kappa. No interval (of no
///          width: `se` is 0) below three cases, or where a case left out leaves one grade alone.
/// @param counts  [case][grade]: how many of the readers gave it; the same number of readers for every case.
/// @throws Error{kInput}    no case, fewer than two grades or readers, or unequally many.
/// @throws Error{kNumeric}  all gave one and the same grade throughout.
/// @throws Error{kParam}    `confidence` is not in (0, 1).
Kappa fleiss_kappa(const std::vector<std::vector<std::size_t>>& counts, double confidence = 0.95);

}  // namespace ledd::statistics
