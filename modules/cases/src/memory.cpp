#include "memory.h"

#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <sstream>

#include "ledd/core/config.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"

namespace ledd::cases {
namespace {

namespace fs = std::filesystem;

constexpr double kKibPerMb = 1024.0;
constexpr double kBytesPerMb = 1024.0 * 1024.0;
constexpr double kNoLimit = std::numeric_limits<double>::infinity();

/// "MemAvailable:   24090000 kB" of /proc/meminfo, "VmHWM: ..." of /proc/self/status.
std::optional<double> field_mb(const fs::path& file, const std::string& field) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);)
    if (line.rfind(field + ":", 0) == 0)
      return std::strtod(line.c_str() + field.size() + 1, nullptr) / kKibPerMb;
  return std::nullopt;
}

std::optional<double> number_in(const fs::path& file) {
  std::ifstream in(file);
  double value = 0.0;
  return in >> value ? std::optional(value) : std::nullopt;  // "max" is no number
}

/// Pages of files that the kernel would give up before it refuses memory.
double reclaimable_bytes(const fs::path& group) {
  std::ifstream in(group / "memory.stat");
  std::string name;
  for (double value = 0.0; in >> name >> value;)
    if (name == "inactive_file") return value;
  return 0.0;
}

/// The least that this group and those above it leave.
double group_mb(const fs::path& root) {
  std::ifstream in(root / "proc" / "self" / "cgroup");
  std::string path;
  for (std::string line; std::getline(in, line);)
    if (line.rfind("0::", 0) == 0) path = line.substr(3);
  double least = kNoLimit;
  for (fs::path at = path; !path.empty(); at = at.parent_path()) {
    const fs::path group = root / "sys" / "fs" / "cgroup" / at.relative_path();
    if (const auto most = number_in(group / "memory.max")) {
      const double used = number_in(group / "memory.current").value_or(0.0) - reclaimable_bytes(group);
      least = std::min(least, (*most - std::max(0.0, used)) / kBytesPerMb);
    }
    if (at == at.parent_path()) break;
  }
  return least;
}

/// SLURM says megabytes; 0 is all that the node has.
double slurm_mb(const std::function<const char*(const char*)>& environment) {
  const auto number = [&](const char* name) {
    const char* text = environment(name);
    return text == nullptr ? 0.0 : std::strtod(text, nullptr);
  };
  if (const double all = number("SLURM_MEM_PER_NODE"); all > 0.0) return all;
  const double each = number("SLURM_MEM_PER_CPU");
  const double cpus = std::max(number("SLURM_CPUS_ON_NODE"), number("SLURM_CPUS_PER_TASK"));
  return each > 0.0 ? each * std::max(1.0, cpus) : kNoLimit;
}

}  // namespace

double peak_mb() {
  if (const auto high = field_mb("/proc/self/status", "VmHWM")) return *high;
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / kKibPerMb;
}

void reset_peak() {
  ::malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";
}

std::size_t voxels_of(const PlannedCase& planned) {
  if (!planned.series) return 0;
  // Series::geometry begins with the size of whatever kind of series it is: "512 x 512 x 15, ...".
  std::istringstream in(planned.series->geometry);
  std::size_t columns = 0, rows = 0, slices = 0;
  std::string x, y;
  if (!(in >> columns >> x >> rows >> y >> slices) || x != "x" || y != "x") return 0;
  return columns * rows * slices;
}

double available_mb(const fs::path& root, const std::function<const char*(const char*)>& environment) {
  const double machine = field_mb(root / "proc" / "meminfo", "MemAvailable").value_or(kNoLimit);
  return std::max(0.0, std::min({machine, group_mb(root), slurm_mb(environment)}));
}

MemoryEstimate::MemoryEstimate(const Pipeline& pipeline, const fs::path& out, const std::string& version)
    : need_(pipeline.memory),
      name_(pipeline.name + "-" + version),
      file_(out / ".ledd" / "memory"),
      factor_(known_factor()) {}

/// Lines of a name and a factor. Whatever else the file holds is as if it were not there.
double MemoryEstimate::known_factor() const {
  std::ifstream in(file_);
  std::string name;
  double factor = 1.0, known = 1.0;
  while (in >> name >> factor)
    if (name == name_ && std::isfinite(factor)) known = std::clamp(factor, known, 1000.0);
  return known;
}

double MemoryEstimate::plain_mb(const PlannedCase& planned) const {
  return need_.base_mb + need_.bytes_per_voxel * static_cast<double>(voxels_of(planned)) / kBytesPerMb;
}

double MemoryEstimate::need_mb(const PlannedCase& planned) const {
  const std::lock_guard lock(mutex_);
  return plain_mb(planned) * factor_;
}

void MemoryEstimate::measured(const PlannedCase& planned, double peak_mb) {
  const std::lock_guard lock(mutex_);
  const double factor = peak_mb / plain_mb(planned);
  // A hundredth is no news: not every case writes a file.
  if (!(factor > 1.01 * factor_)) return;
  factor_ = factor;
  std::ostringstream text;
  std::ifstream in(file_);
  for (std::string line; std::getline(in, line);)
    if (line.rfind(name_ + " ", 0) != 0) text << line << '\n';
  text << fmt::format("{} {:.3f}\n", name_, factor);
  try {
    files::write_bytes(text.str(), file_);
  } catch (const Error&) {  // no result depends on it
    return;
  }
}

std::optional<MemoryNeed> memory_need(const std::string& toml, const std::string& pipeline) {
  const ValueMap values = merge_config(toml, {});
  const auto number = [&](const std::string& name) {
    const auto it = values.find(pipeline + "." + name);
    require(it != values.end(), Errc::kParam, fmt::format("{}.{} is missing", pipeline, name));
    const double value = std::strtod(to_text(it->second).c_str(), nullptr);
    require(value >= 0.0 && std::isfinite(value),
            Errc::kParam,
            fmt::format("{}.{} = {} must be a number from 0", pipeline, name, to_text(it->second)));
    return value;
  };
  const std::string table = pipeline + ".";
  const auto first = values.lower_bound(table);
  if (first == values.end() || first->first.rfind(table, 0) != 0) return std::nullopt;
  return MemoryNeed{number("base_mb"), number("bytes_per_voxel")};
}

}  // namespace ledd::cases
