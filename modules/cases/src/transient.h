#pragma once
#include "ledd/core/error.h"

namespace ledd::cases {

/// Why trying a case again may help.
enum class Transient {
  kNo,       ///< The data, a parameter, a bug: it would fail again.
  kMemory,   ///< Memory ran out; alone it may be enough.
  kReading,  ///< The disk or the network failed while reading.
  kChild,    ///< A child process met a limit or a signal.
};

/// What an error of loading or measuring says. Memory and child processes are known by their words: stages
/// and child processes hand on no more than those.
Transient transience_of(const Error& error);

}  // namespace ledd::cases
