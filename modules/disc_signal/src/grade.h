#pragma once
#include <array>

#include "ledd/disc_signal/disc_signal.h"

namespace ledd::disc {

/// DSI thresholds at another TE: with DSI = k exp(-TE dR2) for every disc, a threshold t at TE_0 becomes
/// k (t / k)^(TE / TE_0).
std::array<double, 3> thresholds_at(double te_ms, const DiscSignal::Params& params);

/// Sets grade and grade_reason of every disc; the collapse of one is judged against the others.
void grade(DiscSignal::Result& result, bool te_known, const DiscSignal::Params& params);

}  // namespace ledd::disc
