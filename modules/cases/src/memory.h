#pragma once
#include <cstddef>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "ledd/cases/pipeline.h"
#include "ledd/cases/survey.h"

namespace ledd::cases {

/// The highest memory of this process since reset_peak(), or since it began. Child processes do not count.
double peak_mb();

/// Gives back what the heap keeps, and begins to watch for the highest memory anew. Does nothing where the
/// system cannot.
void reset_peak();

/// Voxels of the primary series; 0 when it is not known.
std::size_t voxels_of(const PlannedCase& planned);

/// What the machine, the control group (version 2) and SLURM leave to this process.
/// @param root         "/", or a folder that looks like it.
/// @param environment  getenv, or one that looks like it.
double available_mb(const std::filesystem::path& root,
                    const std::function<const char*(const char*)>& environment);

/// The memory that cases of one pipeline need: MemoryNeed, raised where cases took more that were measured
/// alone in this output folder with this version.
///
/// Method   need = (base + bytes per voxel x voxels) x the largest of 1 and measured / estimated. The largest
///          factor stands in OUT/.ledd/memory; losing that file costs a case or two of surprise, no result.
class MemoryEstimate {
 public:
  MemoryEstimate(const Pipeline& pipeline, const std::filesystem::path& out, const std::string& version);
  double need_mb(const PlannedCase& planned) const;
  /// A case was alone, and this was its peak.
  void measured(const PlannedCase& planned, double peak_mb);

 private:
  double plain_mb(const PlannedCase& planned) const;
  double known_factor() const;

  MemoryNeed need_;
  std::string name_;  ///< "spine-mri-0.3.0": what the factor holds for.
  std::filesystem::path file_;
  mutable std::mutex mutex_;
  double factor_ = 1.0;
};

/// The need of one pipeline as a table of memory.toml gives it. @throws Error{kParam}
std::optional<MemoryNeed> memory_need(const std::string& toml, const std::string& pipeline);

}  // namespace ledd::cases
