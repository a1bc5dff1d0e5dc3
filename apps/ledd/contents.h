#pragma once
#include "ledd/cases/survey.h"

namespace ledd::cli {

/// Prints what the segmentations and structured reports among the ignored files hold: segments, and measured
/// rows; or why one cannot be read. JSON Lines of type "segment", "measurement" and "unread" when `json`.
void print_contents(const cases::Survey& survey, bool json, const Context& context);

}  // namespace ledd::cli
