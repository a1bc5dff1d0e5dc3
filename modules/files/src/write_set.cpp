#include "ledd/files/write_set.h"

#include <memory>

#include "ledd/files/files.h"

#include "temporary.h"

namespace ledd::files {

void write_set(const std::vector<NewFile>& files) {
  std::vector<std::unique_ptr<Temporary>> written;
  written.reserve(files.size());
  for (const NewFile& file : files) {
    written.push_back(std::make_unique<Temporary>(file.path, ".bytes"));
    written.back()->write(file.bytes);
    written.back()->sync();
    if (read_bytes(written.back()->path()) != file.bytes) written.back()->fail("what was read back differs");
  }
  for (const auto& one : written) one->commit();
}

}  // namespace ledd::files
