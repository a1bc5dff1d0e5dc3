#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "ledd/core/error.h"
#include "ledd/slurm/slurm.h"

namespace ledd::slurm {
namespace {

/// No array of SLURM has a higher number (MaxArraySize is at most 4,000,001).
constexpr std::size_t kHighestNumber = 4'000'000;

std::size_t number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  require(error == std::errc() && end == text.data() + text.size() && value <= kHighestNumber,
          Errc::kFormat,
          fmt::format("'{}' is no number of a task", text));
  return value;
}

/// The value of ` name=value ` in a line of scontrol; values hold no blank, but for a few that are not asked
/// for here.
std::string_view field(std::string_view line, std::string_view name) {
  const std::string key = std::string(name) + "=";
  for (std::size_t at = line.find(key); at != std::string_view::npos; at = line.find(key, at + 1)) {
    if (at != 0 && line[at - 1] != ' ') continue;
    const auto value = line.substr(at + key.size());
    return value.substr(0, value.find(' '));
  }
  return {};
}

template <std::size_t kCount>
bool is_one_of(std::string_view word, const std::array<std::string_view, kCount>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// A word that is not known here counts as running: nothing is submitted again because of it.
Phase phase_of(std::string_view state) {
  constexpr std::array<std::string_view, 6> kWaiting{
      "PENDING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "SPECIAL_EXIT", "RESV_DEL_HOLD"};
  constexpr std::array<std::string_view, 11> kEnded{"COMPLETED",
                                                    "FAILED",
                                                    "CANCELLED",
                                                    "TIMEOUT",
                                                    "NODE_FAIL",
                                                    "OUT_OF_MEMORY",
                                                    "BOOT_FAIL",
                                                    "DEADLINE",
                                                    "PREEMPTED",
                                                    "LAUNCH_FAILED",
                                                    "REVOKED"};
  if (is_one_of(state, kWaiting)) return Phase::kWaiting;
  return is_one_of(state, kEnded) ? Phase::kEnded : Phase::kRunning;
}

/// "75:0"
std::pair<int, int> exit_of(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return {0, 0};
  return {static_cast<int>(number(text.substr(0, colon))), static_cast<int>(number(text.substr(colon + 1)))};
}

/// "300M", "1.50G", "2T", "500K"; plain numbers are MB.
std::optional<double> megabytes(std::string_view text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || !(value > 0.0)) return std::nullopt;
  switch (end == text.data() + text.size() ? 'M' : *end) {
    case 'K': return value / 1024.0;
    case 'M': return value;
    case 'G': return value * 1024.0;
    case 'T': return value * 1024.0 * 1024.0;
    default: return std::nullopt;
  }
}

std::optional<double> memory_of(std::string_view line) {
  if (const auto node = megabytes(field(line, "MinMemoryNode"))) return node;
  const auto each = megabytes(field(line, "MinMemoryCPU"));
  if (!each) return std::nullopt;
  return *each * static_cast<double>(number(field(line, "NumCPUs")));
}

Task task_of(std::string_view line) {
  Task task;
  task.state = field(line, "JobState");
  require(!task.state.empty(), Errc::kFormat, fmt::format("no JobState in '{}'", line.substr(0, 200)));
  task.phase = phase_of(task.state);
  task.reason = field(line, "Reason");
  if (task.reason == "None") task.reason.clear();
  if (task.phase == Phase::kEnded) std::tie(task.exit, task.signal) = exit_of(field(line, "ExitCode"));
  // What kills without asking, where nobody else says why, is the system short of memory.
  task.out_of_memory =
      task.state == "OUT_OF_MEMORY" || (task.state == "FAILED" && (task.signal == 9 || task.exit == 128 + 9));
  task.memory_mb = memory_of(line);
  return task;
}

int distance_from_end(Phase phase) {
  return phase == Phase::kRunning ? 2 : phase == Phase::kWaiting ? 1 : 0;
}

}  // namespace

std::vector<std::size_t> parse_numbers(std::string_view text) {
  std::vector<std::size_t> numbers;
  text = text.substr(0, text.find('%'));
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const auto part = text.substr(0, comma);
    const auto dash = part.find('-');
    const std::size_t first = number(part.substr(0, dash));
    const std::size_t last = dash == std::string_view::npos ? first : number(part.substr(dash + 1));
    require(first <= last, Errc::kFormat, fmt::format("'{}' is no range of tasks", part));
    for (std::size_t n = first; n <= last; ++n) numbers.push_back(n);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return numbers;
}

std::vector<Task> parse_tasks(std::string_view answer, std::string_view name) {
  std::map<std::size_t, Task> by_number;
  while (!answer.empty()) {
    const auto end = std::min(answer.find('\n'), answer.size());
    const auto line = answer.substr(0, end);
    answer.remove_prefix(std::min(end + 1, answer.size()));
    // Numbers of jobs may be given again by a controller that lost its state: the name tells whose it is.
    if (field(line, "JobName") != name) continue;
    Task task = task_of(line);
    for (const std::size_t n : parse_numbers(field(line, "ArrayTaskId"))) {
      task.number = n;
      const auto [held, is_new] = by_number.emplace(n, task);
      if (!is_new && distance_from_end(task.phase) > distance_from_end(held->second.phase))
        held->second = task;
    }
  }
  std::vector<Task> tasks;
  tasks.reserve(by_number.size());
  for (auto& [n, task] : by_number) tasks.push_back(std::move(task));
  return tasks;
}

}  // namespace ledd::slurm
