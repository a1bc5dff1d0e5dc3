#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "ledd/core/error.h"
#include "ledd/slurm/slurm.h"

namespace ledd::slurm {
namespace {

bool has_control(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

/// One word for the shell: everything between single quotes stands for itself.
std::string quoted(const std::string& word) {
  require(!has_control(word), Errc::kParam, "a control character cannot stand in a batch script: " + word);
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

/// A path for #SBATCH --output: sbatch puts values in the place of %x, and knows quotes of its own.
std::string log_path(const std::filesystem::path& folder, const std::string& name) {
  const std::string path = folder.string();
  require(!has_control(path) && path.find_first_of("\"'\\") == std::string::npos,
          Errc::kParam,
          fmt::format("{}: a folder that SLURM writes its logs to must not hold quotes, backslashes or "
                      "control characters; choose another with --work",
                      path));
  std::string text;
  for (const char c : path) text += c == '%' ? std::string("%%") : std::string(1, c);
  return fmt::format("\"{}/{}\"", text, name);
}

/// Letters, digits and a few signs: names of partitions and accounts, and of the job itself.
const std::string& plain_name(const std::string& what, const std::string& name) {
  const bool ok = std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view("._-,+@").find(static_cast<char>(c)) != std::string::npos;
  });
  require(ok && !name.empty() && name.front() != '-',
          Errc::kParam,
          fmt::format("{} '{}' may hold letters, digits and . _ - , + @ only", what, name));
  return name;
}

const std::string& plain_option(const std::string& option) {
  require(option.size() > 1 && option.front() == '-' && !has_control(option),
          Errc::kParam,
          fmt::format("--sbatch-option '{}' is no option: one begins with '-', as in --gres=gpu:1", option));
  return option;
}

/// SLURM looks once a minute at best: a short task gets a shorter notice, or it would end as it begins.
unsigned notice_s(const Wishes& wishes) {
  return wishes.minutes ? std::clamp(*wishes.minutes * 60 / 4, 10U, 120U) : 120U;
}

}  // namespace

std::string batch_script(const ArrayJob& job) {
  require(job.tasks >= 1 && !job.command.empty(), Errc::kParam, "an array job needs a task and a command");
  require(!has_control(job.remark), Errc::kParam, "a remark is one line");
  const Wishes& w = job.wishes;
  std::string text = "#!/bin/bash\n# " + job.remark + '\n';
  const auto add = [&](const std::string& option) { text += "#SBATCH " + option + '\n'; };
  add("--job-name=" + plain_name("the name of the job", job.name));
  add(fmt::format(
      "--array=0-{}{}", job.tasks - 1, w.max_running > 0 ? fmt::format("%{}", w.max_running) : ""));
  add("--output=" + log_path(job.log_folder, job.log_name));
  add("--open-mode=append");
  add("--requeue");
  add(fmt::format("--signal=B:USR1@{}", notice_s(w)));
  if (w.minutes) add(fmt::format("--time={}", *w.minutes));
  if (w.memory_mb) add(fmt::format("--mem={}M", *w.memory_mb));
  if (w.cpus) add(fmt::format("--cpus-per-task={}", *w.cpus));
  if (!w.partition.empty()) add("--partition=" + plain_name("--partition", w.partition));
  if (!w.account.empty()) add("--account=" + plain_name("--account", w.account));
  for (const auto& option : w.options) add(plain_option(option));
  text += "exec";
  for (const auto& word : job.command) text += ' ' + quoted(word);
  return text + '\n';
}

std::size_t chunk_size(std::size_t cases, std::optional<double> seconds_each, std::size_t max_tasks) {
  std::size_t chunk = 1;
  if (seconds_each && *seconds_each < 60.0)
    chunk = std::min(std::clamp<std::size_t>(cases / 100, 10, 50), std::max<std::size_t>(1, (cases + 1) / 2));
  const std::size_t most = std::max<std::size_t>(1, max_tasks);
  return std::max(chunk, (cases + most - 1) / most);
}

}  // namespace ledd::slurm
