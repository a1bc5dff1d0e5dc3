#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ledd::anatomy {

/// A coded concept of a terminology: value, coding scheme designator, meaning.
struct Code {
  std::string_view value;
  std::string_view scheme;
  std::string_view meaning;
};

/// One structure that a label map can hold. The ids are a contract with other programs: never change one.
struct Structure {
  std::uint16_t id = 0;
  std::string short_name;  ///< "L1", "L1/L2", "canal".
  std::string name;        ///< "L1 vertebral body".
  std::array<std::uint8_t, 3> rgb{};
  std::optional<Code> code;  ///< SNOMED CT, where a code is known to be right.
};

inline constexpr std::uint16_t kT1 = 8;
inline constexpr std::uint16_t kT12 = 19;
inline constexpr std::uint16_t kL1 = 20;
inline constexpr std::uint16_t kL5 = 24;
inline constexpr std::uint16_t kL6 = 25;
inline constexpr std::uint16_t kS1 = 26;
inline constexpr std::uint16_t kT13 = 28;
inline constexpr std::uint16_t kDiscOffset = 100;  ///< A disc's id is this plus the id of the vertebra above.
inline constexpr std::uint16_t kCanal = 61;

/// All structures, in ascending order of id.
std::span<const Structure> structures();

/// The structure with this id, or null: label maps of others may hold anything.
const Structure* find(std::uint16_t id);

/// Its short name; "label 77" for an id that is not in the table.
std::string short_name(std::uint16_t id);

/// The vertebra below, in the usual count of 7 + 12 + 5: C7 -> T1, T12 -> L1, L5 -> S1; 0 below S1 or for no
/// vertebra.
std::uint16_t vertebra_below(std::uint16_t id);
/// The vertebra above, likewise: S1 -> L5, L1 -> T12; 0 above C1 or for no vertebra.
std::uint16_t vertebra_above(std::uint16_t id);

}  // namespace ledd::anatomy
