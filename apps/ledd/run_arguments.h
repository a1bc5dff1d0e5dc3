#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "ledd/core/params.h"

#include "cli.h"

namespace ledd::cli {

/// What --executor slurm asks of the cluster.
struct ClusterArguments {
  std::string partition, account, launcher;
  unsigned minutes = 0, memory_mb = 0, cpus = 0;  ///< Per task; 0: the cluster's default.
  std::size_t chunk = 0, max_running = 0;         ///< 0: chosen; 0: no limit.
  std::vector<std::string> options;
  bool wait = false;
  bool operator==(const ClusterArguments&) const = default;
};

/// The words of `ledd run`.
struct RunArguments {
  std::string pipeline, out, labels, label_scheme = "ledd", config, executor = "local", key, work;
  std::vector<std::string> inputs, set, series;
  bool dry_run = false, force = false, no_companions = false, verify = false;
  int threads = 0, jobs = 0;
  std::optional<double> memory_mb{};
  ClusterArguments cluster{};
};

/// A run as it is asked for once all files of parameters are read: what `ledd retry` asks for again.
struct RunRequest {
  RunArguments arguments;
  ValueMap values;            ///< Those given, from all sources.
  bool keep_refused = false;  ///< Leave out what was set aside for a reason that stays.
};

/// @throws Error{kParam}
void require_known_executor(const RunArguments& arguments);

/// @throws Error
int run(const RunRequest& request, const Program& program);

}  // namespace ledd::cli
