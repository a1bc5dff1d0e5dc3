#pragma once
#include <QWidget>
#include <string>

namespace ledd::testing {

/// The widget as it is on the screen, as `NAME.png` in the folder that LEDD_SCREENSHOTS names; nowhere
/// without it.
void keep_screenshot(QWidget& widget, const std::string& name);

}  // namespace ledd::testing
