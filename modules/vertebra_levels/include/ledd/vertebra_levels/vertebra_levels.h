#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"

namespace ledd {

/// Names vertebral bodies by counting up from the sacrum, and says how often such a count is right.
///
/// Method   The last lumbar body is the topmost one that the network takes for it (a mean probability over
///          the body of at least `min_last_lumbar`), else the lowest body. It is L5, the next above L4, and
///          so on, five lumbar and twelve thoracic. A body below it is sacrum: a squared S1 looks like a
///          lumbar body, and then both S1 and L5 are taken for the last lumbar one; the upper is right. Where
///          two neighbours lie so far apart that a body must have been missed between them, the missed one is
///          counted. Certain only if several cues agree: S1 was seen right below the last lumbar body; no
///          other body claims to be it, neither by its probability nor by more than half its volume, as
///          crumbs of the sacrum do not have; and it is about as large as the one above it, as S1 is not. The
///          probability is the share of right counts among scans in the same situation (which cue is
///          missing), on persons that the network was not trained on; where it is not near 1, the next
///          probable level is given.
/// Source   Counting from the last mobile disc; 14 % of lumbar examinations without a localizer are numbered
///          wrongly by readers (Tokgoz et al., Korean J Radiol 15:258, 2014), so a level is a fact only when
///          S1 was seen. Shares: docs/accuracy.md, Levels.
/// Limits   Four or six lumbar vertebrae are not recognised: levels mean "counted from the last mobile disc,
///          assuming five"; the probability holds for that statement, and none of the persons it was counted
///          on was known to have another number.
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
    std::uint16_t id = 0;           ///< Of ledd::anatomy; 0 when the count runs out above C1.
    std::string doubt;              ///< Why the level is not certain; empty when it is.
    double probability = 0.0;       ///< 0..1.
    std::uint16_t alternative = 0;  ///< The next probable id; 0 where the level is certain.
  };

  struct Result {
    std::vector<Level> levels;       ///< One for each body given, in the same order.
    std::vector<std::string> notes;  ///< The doubts of the whole case, each once.
    bool certain() const;            ///< Every level is.
  };

  /// Probability of a count that a cue speaks against: no sacrum, or far away, or no body that looks like the
  /// last lumbar one.
  static constexpr double kOpen = 0.5;

  explicit VertebraLevels(const Params& params);
  VertebraLevels() : VertebraLevels(Params{}) {}

  /// @param bodies  From top to bottom, without S1.
  /// @param s1      Centre of the body of S1 when it was seen.
  Result operator()(const std::vector<Seen>& bodies,
                    const std::optional<Point>& s1_lps_mm,
                    Context& context) const;

 private:
  /// What speaks for and against a count.
  struct Count {
    std::size_t last = 0;      ///< Place of the last lumbar body.
    double probability = 0.0;  ///< That it is.
    long lower = 1;            ///< The next probable one lies so many places below.
    std::string doubt;
  };
  Count counted(const std::vector<Seen>& bodies, const std::optional<Point>& s1_lps_mm) const;

  Params params_;
};

}  // namespace ledd
