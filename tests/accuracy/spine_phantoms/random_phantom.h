#pragma once
#include <cstdint>

#include "ledd/lumbar_phantom/lumbar_phantom.h"

namespace ledd {

/// How much of a person a random phantom's stack shows.
enum class View {
  kSpine,   ///< The column and a margin: quick, for labels.
  kPerson,  ///< As a scanner would: for images.
};

/// A person and a stack of random size, shape, disease and obliquity; the same for the same number.
///
/// Size 0.85 to 1.15; lordosis 0.5 to 1.4 of the norm; with chances of 0.4, 0.3 and 0.4 a slip (-6 to 12 mm),
/// a fracture (wedge, biconcave or crush, 15 to 45 %) and a collapsed disc (30 to 75 %). Pixels 0.5 to 1.1
/// mm, slices 2 to 5 mm apart, stack turned by up to 15 degrees about the long and 10 degrees about the
/// anterior-posterior axis. Combinations that the phantom refuses are drawn again.
phantom::Params random_phantom(std::uint64_t number, View view);

}  // namespace ledd
