#pragma once

namespace ledd {

/// The mean of a magnitude with noise, and how it changes with the true amplitude.
struct RicianMean {
  double mean = 0.0;
  double slope = 0.0;  ///< d mean / d amplitude, 0..1.
};

/// E[M] = sigma sqrt(pi/2) [(1 + x) I0e(x/2) + x I1e(x/2)], x = A^2 / (2 sigma^2), where Ine(z) = exp(-z)
/// In(z); from a table with cubic interpolation, within 1e-9 sigma of the formula.
/// @param amplitude  A >= 0.  @param sigma  > 0.
RicianMean rician_mean(double amplitude, double sigma);

/// exp(-z) I0(z) and exp(-z) I1(z) for z >= 0, to 1e-13 relative.
double bessel_i0e(double z);
double bessel_i1e(double z);

}  // namespace ledd
