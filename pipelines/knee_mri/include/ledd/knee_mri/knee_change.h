#pragma once
#include <vector>

#include "ledd/anatomy/anatomy.h"
#include "ledd/cartilage_morphometry/cartilage_morphometry.h"
#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"
#include "ledd/knee_followup/knee_followup.h"
#include "ledd/measurement/outcome.h"

namespace ledd {

/// One visit of a knee or of both. Not owned.
struct KneeVisit {
  const Labels* labels = nullptr;  ///< Ids of ledd::anatomy, of one knee or both.
  /// Which knees the visit is known to show; empty: one, as its plates tell, or two by their places.
  std::vector<anatomy::Side> sides{};
};

/// Change of the cartilage of each knee between two visits, from the segmentations of both.
///
/// Method   Label maps of two knees are parted by part_knees(). All are measured anew by
///          CartilageMorphometry, each the same way, whether a network or a person drew them -> KneeFollowup,
///          right with right and left with left: bones registered one by one, the baseline's regions carried
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
    std::vector<KneeFollowup::Result> knees;  ///< Those that were compared, the right one first.
  };

  explicit KneeChange(const Params& params);  ///< @throws Error{kParam}
  KneeChange() : KneeChange(Params{}) {}

  /// @param only  The sides to compare; empty: those that both visits show.
  /// @throws Error{kInput}  no side that both visits show, other knees than `sides` says, or no knee that can
  ///                        be measured at both visits; the message says at which visit. Of two knees one
  ///                        that cannot be measured has rows with the reason.
  Result operator()(const KneeVisit& baseline,
                    const KneeVisit& followup,
                    const std::vector<anatomy::Side>& only,
                    Context& context) const;

  static const std::vector<EndpointDefinition>& definitions() { return KneeFollowup::definitions(); }

 private:
  /// Adds one knee's rows and pictures. @param one_of_two  Their names say which.
  void compare(const CartilageResult& before,
               const CartilageResult& after,
               bool one_of_two,
               Result& result,
               Context& context) const;

  Params params_;
  CartilageMorphometry morphometry_;
  KneeFollowup followup_;
};

}  // namespace ledd
