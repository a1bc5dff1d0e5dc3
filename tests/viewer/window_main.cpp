#include <QVTKOpenGLNativeWidget.h>
#include <gmock/gmock.h>

#include <QApplication>
#include <QSurfaceFormat>
#include <cstdlib>

#include "virtual_display.h"

namespace {

/// Without a screen every test is skipped, and says so.
class NeedsScreen : public testing::Environment {
 public:
  void SetUp() override { GTEST_SKIP() << "Xvfb is not installed: no window can be tested"; }
};

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  if (GTEST_FLAG_GET(list_tests)) return RUN_ALL_TESTS();
  const ledd::testing::VirtualDisplay display;
  if (!display.there()) {
    testing::AddGlobalTestEnvironment(new NeedsScreen);
    return RUN_ALL_TESTS();
  }
  setenv("QT_QPA_PLATFORM", "xcb", 1);
  setenv("LIBGL_ALWAYS_SOFTWARE", "1", 1);
  QSurfaceFormat::setDefaultFormat(QVTKOpenGLNativeWidget::defaultFormat());
  QApplication app(argc, argv);
  return RUN_ALL_TESTS();
}
