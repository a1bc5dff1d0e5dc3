#pragma once
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "ledd/cases/batch.h"
#include "ledd/slurm/slurm.h"

#include "run_arguments.h"
#include "slurm_job.h"
#include "talk.h"

namespace ledd::cli {

/// What ledd::cli::run() knows by the time that it knows the cases.
struct ClusterRun {
  const RunRequest& request;
  const Common& common;
  const cases::PreparedPipeline& job;
  const cases::BatchOptions& options;
  Talk& talk;
  cases::Stop& stop;
};

/// The options of `ledd run` for a cluster.
void add_cluster_options(CLI::App* verb, ClusterArguments& cluster);

/// With a key: that the frozen list, which holds identities, has a place outside OUT.
/// @throws Error{kParam}
void require_private_place(const RunArguments& arguments);

/// Freezes what is to be done and submits it as one array; with --wait stays until it has ended.
/// @return the exit status.
int submit(const ClusterRun& run, const std::vector<cases::PlannedCase>& planned);

/// Cases that a task of some job still holds. Submitting them again would only make tasks that wait for each
/// other.
std::set<std::string> queued_cases(const std::filesystem::path& service, const std::filesystem::path& out);

/// Cases in lists of `chunk`, one for each task.
std::vector<std::vector<std::string>> in_chunks(const std::vector<std::string>& ids, std::size_t chunk);

/// Waits until nothing of a job is left to be waited for, or until it is asked to stop.
/// @return the exit status of the batch; 75 when stopped.
int wait_for(const JobFolder& folder, const Common& common, Talk& talk, cases::Stop& stop);

/// How a job stands, on standard output.
void print_job(const JobFolder& folder,
               const cases::FrozenPlan& plan,
               const std::vector<Array>& arrays,
               const JobNow& now,
               const Common& common);

}  // namespace ledd::cli
