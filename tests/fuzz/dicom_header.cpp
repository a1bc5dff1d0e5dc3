// Bytes as a file: the walk over its structure, the scan of its header, and the grouping of it with two sound
// slices. LEDD_SEEDS=FOLDER writes the corpus to begin with, and ends.
#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "byte_writer.h"
#include "dataset.h"
#include "dicom_writer.h"
#include "header.h"
#include "memory_file.h"
#include "stacks.h"

namespace {

namespace fs = std::filesystem;
using namespace ledd::testing;

void write_seeds(const fs::path& folder) {
  Series series = compressible_series();
  series.slices = 1;
  for (const Syntax syntax : {Syntax::kExplicit,
                              Syntax::kImplicit,
                              Syntax::kBigEndian,
                              Syntax::kDeflated,
                              Syntax::kJpegLs,
                              Syntax::kJpegLossless,
                              Syntax::kRle}) {
    std::vector<Picture> all = pictures(series);
    all[0].syntax = syntax;
    all[0].attributes = {{"EchoTime", "4.5"}, {"SpecificCharacterSet", "ISO_IR 100"}, {"PatientName", "A^B"}};
    write(all[0], folder / fmt::format("syntax{}", static_cast<int>(syntax)));
  }
  series.slices = 3;
  write(Enhanced{pictures(series), {1.0, 2.0, 1.0}, {1.0, 2.0, 0.5}, {1, 2, 3}}, folder / "enhanced");
  write_bytes(folder / "bytes", file_of({}));
  write_bytes(folder / "nested", file_of({.front = nested(20)}));
  write_bytes(folder / "fragments",
              file_of({.transfer_syntax = "1.2.840.10008.1.2.5", .pixels = fragments({"abcd", "efgh"})}));
}

std::vector<ledd::dicom::Scanned> sound_slices() {
  const Folder folder;
  Series series = compressible_series();
  series.slices = 3;
  const std::vector<Picture> all = pictures(series);
  write(all[1], folder / "b");
  write(all[2], folder / "c");
  return {ledd::dicom::scan(folder / "b"), ledd::dicom::scan(folder / "c")};
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  if (const char* folder = std::getenv("LEDD_SEEDS")) {
    write_seeds(folder);
    std::_Exit(0);
  }
  ledd::dicom::set_up_dcmtk();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  static const MemoryFile file;
  static const std::vector<ledd::dicom::Scanned> sound = sound_slices();
  std::vector<ledd::dicom::Scanned> files = sound;
  files.push_back(ledd::dicom::scan(file.hold(bytes, count)));
  for (const ledd::dicom::Stack& stack : ledd::dicom::group(files))
    if (stack.problem.empty() && (stack.slices.size() < 2 || !(stack.slice_spacing_mm > 0.0))) std::abort();
  for (const ledd::dicom::Scanned& each : files)
    if (each.entry.reason.empty() != (each.entry.decision == ledd::dicom::Decision::kUsed)) std::abort();
  return 0;
}
