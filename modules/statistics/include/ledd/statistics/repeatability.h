#pragma once
#include <cstddef>
#include <optional>
#include <vector>

#include "ledd/statistics/interval.h"

/// What repeated measurements say of a measurement. Plain numbers in, plain numbers out.
namespace ledd::statistics {

/// Degrees of freedom below which a precision is too uncertain to judge a change by (Shepherd & Lu, J Clin
/// Densitom 10:246, 2007; ISCD official positions).
inline constexpr std::size_t kEnoughDegreesOfFreedom = 30;

/// Error of one measurement, from subjects who were each measured two times or more while nothing changed.
struct WithinSubject {
  std::size_t subjects = 0, scans = 0;
  std::size_t df = 0;     ///< Sum of n_i - 1.
  double mean = 0.0;      ///< Of the subjects' means.
  double rms_sd = 0.0;    ///< In the unit of the values.
  Interval rms_sd_range;  ///< Confidence interval.
  double lsc = 0.0;       ///< Least significant change of one subject between two visits.
  /// In per cent of the subject's mean; empty unless every subject's mean is above zero.
  std::optional<double> rms_cv_pct, lsc_pct;
  std::optional<Interval> rms_cv_range_pct;
};

/// Root mean square within-subject SD and CV of unequally many repeats.
///
/// Method   RMS-SD = sqrt(sum_i sum_j (x_ij - m_i)^2 / sum_i (n_i - 1)): variances weighted by their degrees
///          of freedom, which for equal n_i is the root of their mean. RMS-CV likewise, of SD_i / m_i. The
///          interval of the variance is df s^2 / chi^2 at either tail, and RMS-CV takes the same factors.
/// Source   Glueer et al., Osteoporos Int 5:262-270, 1995, eq. 3 to 6 and its appendix for the interval.
/// Limits   One SD for all subjects is assumed. The factors are exact for RMS-SD of normal errors, near for
///          RMS-CV. A shift between first and second scan counts as error.
/// @param subjects    Of each subject all values, two or more, all finite.
/// @param confidence  In (0, 1).
/// @throws Error{kInput}  no subject, one with fewer than two values, a value that is not finite.
/// @throws Error{kParam}  `confidence` is not in (0, 1).
WithinSubject within_subject(const std::vector<std::vector<double>>& subjects, double confidence = 0.95);

/// z sqrt(2), the factor from the error of one measurement to the change of one subject that is no chance:
/// 2.77180765 for 0.95 (1.959964 x 1.414214), of which 2.77 is the rounded form.
/// @throws Error{kParam}  `confidence` is not in (0, 1).
double change_factor(double confidence = 0.95);

/// Smallest detectable change of one subject from the standard error of measurement of one scan.
///
/// Method   z sqrt(2) SEM. With SEM = RMS-SD it is the least significant change.
/// Source   de Vet et al., J Clin Epidemiol 59:1033-1039, 2006; Bland & Altman, BMJ 313:744, 1996.
/// Limits   For the mean change of n subjects it is smaller by sqrt(n).
/// @throws Error{kInput}  `sem` is negative or not finite.  @throws Error{kParam}  as change_factor().
double smallest_detectable_change(double sem, double confidence = 0.95);

}  // namespace ledd::statistics
