#include <fmt/format.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <map>

#include "ledd/dicom/dicom.h"
#include "ledd/dicom/grid.h"

#include "dataset.h"
#include "intake.h"
#include "planes.h"

namespace ledd::dicom {
namespace {

constexpr std::uint64_t kMaxVoxels = std::uint64_t{1} << 31U;

/// The slices that one file contributes: indices into Stack::slices.
struct Source {
  std::filesystem::path path;
  std::vector<std::size_t> slices;
  std::string fault;
};

std::vector<Source> sources_of(const Stack& stack) {
  std::map<std::filesystem::path, std::vector<std::size_t>> by_path;
  for (std::size_t k = 0; k < stack.slices.size(); ++k) by_path[stack.slices[k].path].push_back(k);
  std::vector<Source> sources;
  sources.reserve(by_path.size());
  for (auto& [path, slices] : by_path) sources.push_back({path, std::move(slices), {}});
  return sources;
}

Volume::Pointer empty_volume(const Stack& stack) {
  auto volume = Volume::New();
  set_grid(stack, *volume);
  volume->Allocate();
  return volume;
}

void read_slices(const Stack& stack, const Source& source, float* voxels, Intake& intake) {
  PlaneRequest request{source.path, stack.rows, stack.columns, {}};
  std::vector<float*> to;
  for (const std::size_t k : source.slices) {
    const Slice& slice = stack.slices[k];
    request.planes.push_back({slice.frame, slice.sop_instance_uid, slice.position_lps_mm});
    to.push_back(voxels + k * stack.rows * stack.columns);
  }
  intake.read(request, to);
}

}  // namespace

Volume::Pointer load(const Stack& stack, Context& context, Isolation isolation) {
  set_up_dcmtk();
  require(stack.problem.empty(), Errc::kInput, stack.problem);
  require(stack.slices.size() > 1, Errc::kInput, "a stack of fewer than two slices is no volume");
  const std::uint64_t count = std::uint64_t{stack.rows} * stack.columns * stack.slices.size();
  require(count <= kMaxVoxels,
          Errc::kInput,
          fmt::format("stack {} has {} voxels, more than 2^31", stack.id, count));
  const Volume::Pointer volume = empty_volume(stack);
  std::vector<Source> sources = sources_of(stack);
  Intake intake(isolation, context);
  tbb::task_arena arena(std::max(1, context.threads()));
  arena.execute([&] {
    tbb::parallel_for(std::size_t{0}, sources.size(), [&](std::size_t i) {
      context.throw_if_cancelled();
      try {
        read_slices(stack, sources[i], volume->GetBufferPointer(), intake);
      } catch (const Error& error) {
        if (error.code() != Errc::kInput) throw;
        sources[i].fault = error.what();
      }
    });
  });
  // The first in order of path, not of time: the same message for any number of threads.
  for (const Source& source : sources) require(source.fault.empty(), Errc::kInput, source.fault);
  return volume;
}

}  // namespace ledd::dicom
