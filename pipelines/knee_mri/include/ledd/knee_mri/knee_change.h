#pragma once
#include <optional>
#include <vector>

#include "ledd/anatomy/anatomy.h"
#include "ledd/cartilage_morphometry/cartilage_morphometry.h"
#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"
#include "ledd/knee_followup/knee_followup.h"
#include "ledd/measurement/outcome.h"

namespace ledd {

/// One visit of a knee. Not owned.
struct KneeVisit {
  const Labels* labels = nullptr;     ///< Ids of ledd::anatomy, of one knee.
  std::optional<anatomy::Side> side;  ///< Nullopt: as its plates tell.
};

/// Change of the cartilage of one knee between two visits, from the segmentations of both.
///
/// Method   Both label maps are measured anew by CartilageMorphometry, each the same way, whether a network
/// or
///          a person drew them -> KneeFollowup: bones registered one by one, the baseline's regions carried
///          over.
/// Limits   Thickness from labels lacks the network's probabilities: a single visit's figures differ a little
///          from those of KneeMri, the change does not carry this difference.
class KneeChange {
 public:
  struct Params {
    CartilageMorphometry::Params morphometry;
    KneeFollowup::Params followup;
    double max_slice_mm = 1.6;  ///< Slices farther apart, at either visit, make every change uncertain.
    static const ParamTable<Params>& table();
  };
  struct Result {
    Outcome outcome;  ///< Labels of the baseline; change on the bones' surfaces and laid flat.
    KneeFollowup::Result followup;
  };

  explicit KneeChange(const Params& params);  ///< @throws Error{kParam}
  KneeChange() : KneeChange(Params{}) {}

  /// @throws Error{kInput}  a right and a left knee, two knees in one map, or no cartilage with its bone; the
  ///                        message says at which visit.
  Result operator()(const KneeVisit& baseline, const KneeVisit& followup, Context& context) const;

  static const std::vector<EndpointDefinition>& definitions() { return KneeFollowup::definitions(); }

 private:
  Params params_;
  CartilageMorphometry morphometry_;
  KneeFollowup followup_;
};

}  // namespace ledd
