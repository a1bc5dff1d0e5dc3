#pragma once
#include <string>

#include "ledd/spine_morphometry/spine_morphometry.h"

#include "body_frame.h"
#include "boundary.h"

namespace ledd::spine {

/// What is wrong with a body: the worst quality and all reasons.
class Verdict {
 public:
  void doubt(bool when, const std::string& reason) { note(when, reason, Quality::kUncertain); }
  void fail(bool when, const std::string& reason) { note(when, reason, Quality::kFailed); }
  bool failed() const { return quality_ == Quality::kFailed; }
  void write(SpineResult::Body& body) const {
    body.quality = quality_;
    body.reason = reason_;
  }

 private:
  void note(bool when, const std::string& reason, Quality quality);
  Quality quality_ = Quality::kGood;
  std::string reason_;
};

/// Doubts that come from the label map and the grid, before anything is measured.
void judge_surface(const Surface& surface, const Grid& grid, bool has_soft, Verdict& verdict);

/// Doubts that come from the axes that were found, `guess` being where the search began.
void judge_frame(const Surface& surface,
                 const BodyFrame& frame,
                 const SpineResult::Frame& guess,
                 Verdict& verdict);

/// Doubts that come from the numbers.
void judge_numbers(const SpineResult::Body& body, const SpineMorphometry::Params& params, Verdict& verdict);

}  // namespace ledd::spine
