// Bytes as a file: read as a segmentation, on its own and on the series it may have been drawn on, and as a
// report of measurements. LEDD_SEEDS=FOLDER writes the corpus to begin with, and ends.
#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "ledd/core/error.h"
#include "ledd/dicom/grid.h"
#include "ledd/dicom_results/measurement_report.h"
#include "ledd/dicom_results/segmentation.h"

#include "dataset.h"
#include "dicom_writer.h"
#include "memory_file.h"

namespace {

namespace fs = std::filesystem;
namespace results = ledd::dicom_results;
using namespace ledd::testing;

ledd::dicom::Stack stack() {
  const Folder folder;
  Series series = oblique_series();
  series.slices = 4;
  write(pictures(series), folder.path());
  ledd::Context context;
  return ledd::dicom::index({folder.path()}, context, ledd::dicom::Isolation::kOff).stacks.at(0);
}

ledd::Labels::Pointer labels(const ledd::dicom::Stack& stack) {
  auto labels = ledd::Labels::New();
  ledd::dicom::set_grid(stack, *labels);
  labels->Allocate(true);
  for (std::size_t n = 0; n < 30; ++n) labels->GetBufferPointer()[n] = n % 2 == 0 ? 20 : 202;
  return labels;
}

void write_seeds(const fs::path& folder) {
  const auto source = stack();
  const results::Origin origin{.source = &source, .pipeline = "spine-mri", .version = "0.1.0"};
  const auto segmentation = results::segmentation(*labels(source), origin);
  write_bytes(folder / "segmentation", segmentation.bytes);
  const ledd::EndpointDefinition volume{"Vol", "Volume", "mm3", "voxel-count/1", "Voxels.", "none", "exact"};
  write_bytes(folder / "report",
              results::measurement_report({ledd::measured("L1", volume, 12.5),
                                           ledd::uncertain("L2", volume, -1.0, "a reason"),
                                           ledd::failed("L3", volume, "another reason")},
                                          {volume},
                                          &segmentation,
                                          origin));
}

/// Reads, or says why not. Anything but ledd::Error is a finding.
template <class Read>
void read(const Read& body) {
  try {
    body();
  } catch (const ledd::Error& error) {
    if (error.code() == ledd::Errc::kInternal) std::abort();
  }
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
  static const ledd::dicom::Stack source = stack();
  const fs::path path = file.hold(bytes, count);
  read([&] { results::parse_segmentation(path); });
  read([&] {
    const auto read = results::parse_segmentation(path, &source);
    const auto size = read.labels->GetLargestPossibleRegion().GetSize();
    if (size[0] != source.columns || size[1] != source.rows || size[2] != source.slices.size()) std::abort();
  });
  read([&] {
    for (const auto& row : results::parse_measurement_report(path).measurements)
      if (row.measurement.value.has_value() != (row.measurement.quality != ledd::Quality::kFailed))
        std::abort();
  });
  return 0;
}
