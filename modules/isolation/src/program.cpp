#include <fmt/format.h>

#include <cstdlib>
#include <system_error>

#include "ledd/core/error.h"
#include "ledd/isolation/pool.h"

namespace ledd::isolation {
namespace {

constexpr const char* kName = "ledd-dicom";
constexpr int kMostFoldersUp = 5;

}  // namespace

std::filesystem::path find_program() {
  namespace fs = std::filesystem;
  std::error_code failed;
  if (const char* folder = std::getenv("LEDD_LIBEXEC"); folder != nullptr && *folder != '\0') {
    const fs::path program = fs::path(folder) / kName;
    require(fs::is_regular_file(program, failed),
            Errc::kInternal,
            fmt::format("{}: is missing; the environment's LEDD_LIBEXEC says that the program that reads "
                        "DICOM files is there",
                        program.string()));
    return program;
  }
  const fs::path self = fs::read_symlink("/proc/self/exe", failed);
  fs::path folder = self.parent_path();
  for (int up = 0; up < kMostFoldersUp; ++up) {
    const fs::path program = folder / "libexec" / "ledd" / kName;
    if (fs::is_regular_file(program, failed)) return program;
    folder = folder.parent_path();
  }
  throw Error(
      Errc::kInternal,
      fmt::format("the program libexec/ledd/{} that reads DICOM files is missing; it was looked for in "
                  "the folder of {} and the {} above it (LEDD_LIBEXEC names another folder)",
                  kName,
                  self.string(),
                  kMostFoldersUp - 1));
}

}  // namespace ledd::isolation
