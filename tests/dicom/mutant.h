#pragma once
#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "dicom_writer.h"

namespace ledd::testing {

/// A sound series as the bytes of its files, all UIDs of a fixed length, so that copies are other series.
struct Original {
  std::string name;
  Series series;
  std::vector<std::string> files;
  bool one_object = false;  ///< All slices in one file.
  bool deflated = false;    ///< To be deflated after it was damaged or before.
};
std::vector<Original> originals();

/// Damages some bytes at random.
enum class Damage {
  kFlips,           ///< One to three bits of the header, or of the file.
  kCut,             ///< At so many per cent.
  kLength,          ///< An element claims another length.
  kRepresentation,  ///< An element has another VR.
  kNesting,
  kGeometry,  ///< NaN, infinite, negative or missing values.
  kSize,      ///< 65535 x 65535, 2^31 - 1 frames.
  kLongValue,
  kSyntax,  ///< Another transfer syntax.
  kPixels,  ///< Fragments of compressed pixel data, or pixels.
  kBomb,
  kCopy,     ///< An inner file is another one's copy, with its UID or a new one.
  kMissing,  ///< An inner file is not there.
};
constexpr int kDamages = static_cast<int>(Damage::kMissing) + 1;

struct Mutant {
  const Original* original = nullptr;
  Damage damage = Damage::kFlips;
  bool touches_spacing = false;  ///< Bytes of the value of PixelSpacing differ.
  std::vector<std::string> files;
};

/// Mutant number `number`: the same for the same number.
Mutant mutant(const std::vector<Original>& originals, unsigned number);

}  // namespace ledd::testing
