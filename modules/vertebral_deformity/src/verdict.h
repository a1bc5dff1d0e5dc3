#pragma once
#include <algorithm>
#include <optional>
#include <string>

#include "ledd/vertebral_deformity/vertebral_deformity.h"

namespace ledd::deformity {

/// Collects what is to be said against a number.
class Verdict {
 public:
  Verdict() = default;
  Verdict(Quality quality, const std::string& reason) : quality_(quality), reason_(reason) {}

  void doubt(bool when, const std::string& reason) { note(when, reason, Quality::kUncertain); }
  void fail(bool when, const std::string& reason) { note(when, reason, Quality::kFailed); }
  /// What no reader can mend: see Measurement::inherent.
  void lack(bool when, const std::string& reason, Quality quality) {
    if (!when) return;
    const bool cause = inherent_ || quality_ < quality;  // a doubt does not explain what is missing
    note(when, reason, quality);
    inherent_ = cause;
  }

  DeformityResult::Value value(double number, std::optional<double> se) const {
    if (quality_ == Quality::kFailed) return {std::nullopt, std::nullopt, quality_, reason_, inherent_};
    return {number, se, quality_, reason_, inherent_};
  }

 private:
  void note(bool when, const std::string& reason, Quality quality) {
    if (!when) return;
    reason_ += (reason_.empty() ? "" : "; ") + reason;
    quality_ = std::max(quality_, quality);
    inherent_ = false;
  }

  Quality quality_ = Quality::kGood;
  std::string reason_;
  bool inherent_ = false;
};

}  // namespace ledd::deformity
