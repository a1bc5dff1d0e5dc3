#pragma once
#include <string>

#include "ledd/classical_vertebrae/classical_vertebrae.h"
#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"
#include "ledd/spine_segmentation/spine_segmentation.h"

namespace ledd {

/// Finds the vertebral bodies of a scan by the network, and by the classical method where the network's
/// answer is not like a spine.
///
/// Method   The network is doubted when it finds fewer than three bodies in a row, or when the mean binary
///          entropy of its probability over the voxels of the bodies is above `max_doubt`; above
///          `usual_doubt` its answer is flagged. The classical method is tried on MR magnitudes only. What
///          the network finds where values are below zero, as in CT, is flagged: it never saw such images.
/// Limits   Of the classical method: bodies only, no sacrum, so no level is certain; the sides of a body are
///          not seen. docs/classical-vertebrae.md.
class BodyFinder {
 public:
  enum class Method { kAuto, kNetwork, kClassical };

  struct Params {
    Method method = Method::kAuto;
    double max_doubt = 0.3;
    double usual_doubt = 0.27;
    static const ParamTable<Params>& table();
  };

  struct Result {
    SpineSegmentation::Result bodies;  ///< The classical method leaves discs, sac and S1 empty.
    Method by = Method::kNetwork;      ///< What found them; never kAuto.
    std::string flag;                  ///< What to say with everything measured; empty: nothing.
  };

  /// @throws Error{kParam}
  BodyFinder(const Params& params, SpineSegmentation network, const ClassicalVertebrae& classical);

  /// @param scan  As it came from the scanner.
  /// @param flat  The output of BiasField for it.
  /// @throws Error{kInput}  no row of vertebral bodies that can be trusted; says why each method failed.
  Result operator()(const Volume& scan, const Volume& flat, Context& context) const;

  /// Mean binary entropy of the body probability over the voxels of the bodies, in bits: 0 sure, 1 undecided.
  static double doubt(const SpineSegmentation::Result& found);

  const SpineSegmentation& network() const { return network_; }

 private:
  Result by_classical(const Volume& scan, const Volume& flat, const std::string& why, Context& context) const;

  Params params_;
  SpineSegmentation network_;
  ClassicalVertebrae classical_;
};

}  // namespace ledd
