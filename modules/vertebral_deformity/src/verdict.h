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

  DeformityResult::Value value(double number, std::optional<double> se) const {
    if (quality_ == Quality::kFailed) return {std::nullopt, std::nullopt, quality_, reason_};
    return {number, se, quality_, reason_};
  }

 private:
  void note(bool when, const std::string& reason, Quality quality) {
    if (!when) return;
    reason_ += (reason_.empty() ? "" : "; ") + reason;
    quality_ = std::max(quality_, quality);
  }

  Quality quality_ = Quality::kGood;
  std::string reason_;
};

}  // namespace ledd::deformity
