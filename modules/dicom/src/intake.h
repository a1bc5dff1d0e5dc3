#pragma once
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/dicom/dicom.h"
#include "ledd/isolation/pool.h"

#include "header.h"
#include "intake_cache.h"
#include "planes.h"

namespace ledd::dicom {

/// All that looks into files: in child processes, unless isolation is off. May be used from many threads.
class Intake {
 public:
  /// `known` may be null; else what it knows is not asked for, and what is asked for is kept there.
  /// @throws Error{kInternal}  the program of the child processes is missing.
  Intake(Isolation isolation, const Context& context, IntakeCache* known = nullptr);

  /// The headers of some files, in their order. A file whose child fails is refused with what happened.
  std::vector<Scanned> scan(std::span<const std::filesystem::path> paths);

  /// Whether two files hold the same image; false when that cannot be found out.
  bool same_content(const std::filesystem::path& a, const std::filesystem::path& b);

  /// Decodes planes to where they belong, rows x columns values each.
  /// @throws Error{kInput}  the file cannot be decoded, or its child failed; names the file.
  void read(const PlaneRequest& request, std::span<float* const> to);

 private:
  std::optional<std::vector<Scanned>> scan_together(std::span<const std::filesystem::path> paths,
                                                    std::string& failure);
  Scanned scan_alone(const std::filesystem::path& path);
  std::vector<Scanned> scan_new(std::span<const std::filesystem::path> paths);
  bool compare(const std::filesystem::path& a, const std::filesystem::path& b);

  std::optional<isolation::Pool> pool_;
  IntakeCache* known_;
};

/// @throws Error{kInternal}  what is said of a file can be true of none, or is of another file.
void require_sane(const Scanned& scanned, const std::filesystem::path& path);

}  // namespace ledd::dicom
