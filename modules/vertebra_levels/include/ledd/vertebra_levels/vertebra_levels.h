#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"

namespace ledd {

/// Names vertebral bodies by counting up from the sacrum.
///
/// Method   The last lumbar body is the topmost one that the network takes for it (a mean probability over
/// the body of
///          at least `min_last_lumbar`), else the lowest body. It is L5, the next above L4, and so on, five
///          lumbar and twelve thoracic. A body below it is sacrum: a squared S1 looks like a lumbar body, and
///          then both S1 and L5 are taken for the last lumbar one; the upper is right. Where two neighbours
///          lie so far apart that a body must have been missed between them, the missed one is counted.
///          Certain only if S1 was seen right below the last lumbar body, and no other body claims to be it:
///          neither by its probability nor by more than half its volume, as crumbs of the sacrum do not have.
/// Source   Counting from the last mobile disc; 14 % of lumbar examinations without a localizer are numbered
/// wrongly by
///          readers (Tokgoz et al., Korean J Radiol 15:258, 2014), so a level is a fact only when S1 was
///          seen.
/// Limits   Four or six lumbar vertebrae are not recognised: levels mean "counted from the sacrum, assuming
/// five".
class VertebraLevels {
 public:
  struct Params {
    double min_last_lumbar = 0.2;
    double max_spacing_mm = 55.0;
    static const ParamTable<Params>& table();
  };

  /// A body as it was found.
  struct Seen {
    Point centre_lps_mm{};
    double last_lumbar = 0.0;  ///< Probability of being the last body above the sacrum, 0..1.
    double volume_cm3 = 0.0;
  };

  struct Level {
    std::uint16_t id = 0;  ///< Of ledd::anatomy; 0 when the count runs out above C1.
    std::string doubt;     ///< Why the level is not certain; empty when it is.
  };

  struct Result {
    std::vector<Level> levels;       ///< One for each body given, in the same order.
    std::vector<std::string> notes;  ///< The doubts of the whole case, each once.
    bool certain() const;            ///< Every level is.
  };

  explicit VertebraLevels(const Params& params);
  VertebraLevels() : VertebraLevels(Params{}) {}

  /// @param bodies  From top to bottom, without S1.
  /// @param s1      Centre of the body of S1 when it was seen.
  Result operator()(const std::vector<Seen>& bodies,
                    const std::optional<Point>& s1_lps_mm,
                    Context& context) const;

 private:
  std::size_t last_lumbar(const std::vector<Seen>& bodies) const;
  std::string doubt_of(const std::vector<Seen>& bodies,
                       std::size_t last,
                       const std::optional<Point>& s1_lps_mm) const;

  Params params_;
};

}  // namespace ledd
