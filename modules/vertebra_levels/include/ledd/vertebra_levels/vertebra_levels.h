#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"

namespace ledd {

/// Names vertebral bodies by counting up from the sacrum, and says how probable every name is.
///
/// Method   Each body may be the last lumbar one, or that one may lie below the field of view. A conditional
///          logit weighs these by several cues: how much the network takes a body for the last lumbar one,
///          for a part of S1, and one above it for the last lumbar one; whether S1 was seen right below it;
///          whether another body as large follows it (a squared S1 looks like a lumbar body); whether a
///          sacrum is in view at all. Its weights were fitted on persons (tools/train/spine/fit_levels.py),
///          also on views with the sacrum cut off. The most probable count names the bodies: L5, next above
///          L4, and so on, five lumbar and twelve thoracic. Where two neighbours lie so far apart that a body
///          must have been missed between them, the missed one is counted. Without a sacrum in view no level
///          is certain, whatever its probability.
/// Source   Counting from the last mobile disc; 14 % of lumbar examinations without a localizer are numbered
///          wrongly by readers (Tokgoz et al., Korean J Radiol 15:258, 2014), so a level is a fact only when
///          its probability is near 1. Calibration: docs/accuracy.md.
/// Limits   Four or six lumbar vertebrae are not recognised: a level means "counted from the last mobile
///          disc, assuming five". The share of a missed body, and how far below the view the last lumbar body
///          lies when it is not in view, are assumptions, not fits.
class VertebraLevels {
 public:
  struct Params {
    double min_probability = 0.95;
    double max_spacing_mm = 55.0;
    static const ParamTable<Params>& table();
  };

  /// A body as it was found.
  struct Seen {
    Point centre_lps_mm{};
    double last_lumbar = 0.0;  ///< How much the network takes it for the last body above the sacrum, 0..1.
    double volume_cm3 = 0.0;
    double s1 = 0.0;  ///< How much the network takes it for S1, 0..1.
  };

  struct Level {
    std::uint16_t id = 0;      ///< Of ledd::anatomy, the most probable; 0 when the count runs out above C1.
    double probability = 0.0;  ///< 0..1.
    std::uint16_t alternative = 0;  ///< The next most probable id; 0 when there is none.
    double alternative_probability = 0.0;
    std::string doubt;  ///< Why the level is not certain; empty when it is.
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
  /// @throws Error{kInput}  there is no body.
  Result operator()(const std::vector<Seen>& bodies,
                    const std::optional<Point>& s1_lps_mm,
                    Context& context) const;

 private:
  Params params_;
};

}  // namespace ledd
