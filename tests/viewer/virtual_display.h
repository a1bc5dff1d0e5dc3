#pragma once
#include <sys/types.h>

namespace ledd::testing {

/// An X server without a screen, for as long as this lives; DISPLAY names it. It ends with this process,
/// however that ends.
class VirtualDisplay {
 public:
  VirtualDisplay();
  ~VirtualDisplay();
  VirtualDisplay(const VirtualDisplay&) = delete;
  VirtualDisplay& operator=(const VirtualDisplay&) = delete;

  /// False where Xvfb is missing.
  bool there() const noexcept { return server_ > 0; }

 private:
  pid_t server_ = -1;
};

}  // namespace ledd::testing
