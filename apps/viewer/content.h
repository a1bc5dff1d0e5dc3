#pragma once
#include "ledd/cases/open_case.h"

#include "scene.h"

namespace ledd::viewer {

/// A case as it is shown, without a title: a reader may be blinded. Its scan must be there.
Content content_of(const cases::OpenCase& opened);

}  // namespace ledd::viewer
