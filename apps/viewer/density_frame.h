#pragma once
#include "beside_registration.h"

namespace ledd::viewer {

/// Two scans of a bone by HR-pQCT, by their maps "density" and the compartments 221 and 222.
/// @throws Error{kInput}  as DensityRegistration.
Registration register_densities(const cases::OpenCase& main,
                                const cases::OpenCase& partner,
                                Context& context);

}  // namespace ledd::viewer
