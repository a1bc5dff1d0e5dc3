#pragma once
#include <map>
#include <string>
#include <vector>

#include "ledd/spine_mri/spine_mri.h"

namespace ledd::spine_mri {

/// The weightings of a study on the grid of its scan.
struct Contrasts {
  struct One {
    Volume::ConstPointer image;
    MrSequence sequence;
  };
  std::map<MrContrast, One> of;  ///< Fat-suppressed T1, T2 and PD are not among them.
  std::vector<std::string> notes;

  const One* find(MrContrast contrast) const;
};

/// The scan as it is, and every other series brought onto its grid around the spine. A series that cannot be
/// is left out, with a note.
/// @param flat, labels  The scan without the coil's fall-off, and what was found in it: where the header does
/// not
///                      tell the scan's weighting, the image must.
Contrasts contrasts_of(const SpineStudy& study,
                       const Volume& flat,
                       const Labels& labels,
                       const RigidAlignment& alignment,
                       Context& context);

}  // namespace ledd::spine_mri
