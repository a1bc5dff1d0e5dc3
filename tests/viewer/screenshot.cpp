#include "screenshot.h"

#include <QPixmap>
#include <cstdlib>
#include <filesystem>

namespace ledd::testing {

void keep_screenshot(QWidget& widget, const std::string& name) {
  const char* const folder = std::getenv("LEDD_SCREENSHOTS");
  if (folder == nullptr) return;
  std::filesystem::create_directories(folder);
  widget.grab().save(QString::fromStdString((std::filesystem::path(folder) / (name + ".png")).string()));
}

}  // namespace ledd::testing
