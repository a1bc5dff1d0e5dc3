#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace ledd::files {

/// A file and all that it shall hold.
struct NewFile {
  std::filesystem::path path;
  std::string bytes;
};

/// Several files that belong together, each as by write_bytes(): all are written beside their places, read
/// back and synced before the first takes its name; then they take their names in a row, in the order given.
/// So an error leaves every old file, and nothing else, as long as it does not come between the renames,
/// which need no room on the disk. @throws as write_bytes.
void write_set(const std::vector<NewFile>& files);

}  // namespace ledd::files
