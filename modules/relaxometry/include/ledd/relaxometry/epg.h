#pragma once
#include <cstddef>
#include <span>

namespace ledd {

/// A multi-echo spin echo train with one refocusing angle.
struct EchoTrain {
  double spacing_ms = 10.0;  ///< Between echoes, and from the excitation to the first.
  double t1_ms = 1000.0;
  double refocusing_deg = 180.0;  ///< As wanted; the excitation is 90 degrees as wanted.
};

inline constexpr std::size_t kMostEpgEchoes = 128;

/// Signal of the echoes for an equilibrium magnetisation of 1, by extended phase graphs: the states F+, F-, Z
/// of each order are turned by the pulses, relaxed, and moved one order by the crushers of each half spacing.
/// @param b1      Share of both angles that is reached: 1 as wanted.
/// @param signal  One for each echo; written.
/// @throws Error{kInput}  more than kMostEpgEchoes.
void epg_signal(const EchoTrain& train, double t2_ms, double b1, std::span<double> signal);

}  // namespace ledd
