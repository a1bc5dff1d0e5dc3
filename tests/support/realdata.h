#pragma once
#include <cstdlib>
#include <filesystem>

namespace ledd {

/// Where the real scans are: $LEDD_REALDATA, else ../shared/data beside the source tree. May not exist.
inline std::filesystem::path realdata() {
  const char* set = std::getenv("LEDD_REALDATA");
  return set != nullptr ? std::filesystem::path(set)
                        : std::filesystem::path(LEDD_SOURCE_DIR) / "../shared/data";
}

}  // namespace ledd

/// Ends a test as skipped, saying what it would have needed.
#define LEDD_NEEDS_REALDATA(relative)                          \
  if (!std::filesystem::exists(ledd::realdata() / (relative))) \
  GTEST_SKIP() << "needs real data: " << (relative) << " is not below LEDD_REALDATA"
