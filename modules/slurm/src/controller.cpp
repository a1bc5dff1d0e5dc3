#include <fmt/format.h>

#include <charconv>

#include "ledd/core/error.h"
#include "ledd/slurm/slurm.h"

#include "program.h"

namespace ledd::slurm {
namespace {

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  for (char& c : text)
    if (c == '\n') c = ' ';
  return text;
}

/// What SLURM says when the controller is dead, restarting, or out of reach.
bool is_out_of_reach(const std::string& said) {
  for (const char* word : {"contact slurm controller",
                           "no answer in time",
                           "timed out",
                           "Connection refused",
                           "connect failure",
                           "temporarily",
                           "Zero Bytes",
                           "Transport endpoint",
                           "Protocol authentication error",
                           "standby mode"})
    if (said.find(word) != std::string::npos) return true;
  return false;
}

[[noreturn]] void fail(const std::string& program, const Ended& ended) {
  require(!ended.missing,
          Errc::kParam,
          fmt::format("{}: there is no such program here; --executor slurm needs a machine from which jobs "
                      "can be submitted",
                      program));
  const std::string said = trimmed(ended.err);
  if (is_out_of_reach(said)) throw Error(Errc::kCancelled, fmt::format("{}: {}", program, said));
  throw Error(Errc::kParam, fmt::format("{} refuses: {}", program, said.empty() ? "no reason given" : said));
}

bool is_job_id(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

}  // namespace

std::string Controller::submit(const std::filesystem::path& script) const {
  const Ended ended = run_program({"sbatch", "--parsable", script.string()}, patience_s_);
  if (ended.exit != 0) fail("sbatch", ended);
  std::string id = trimmed(ended.out);
  id = id.substr(0, id.find(';'));  // "12;cluster"
  require(is_job_id(id), Errc::kFormat, fmt::format("sbatch answers '{}', which is no id of a job", id));
  return id;
}

Knowledge Controller::ask(const std::string& job_id, const std::string& name) const {
  std::string id = job_id;
  if (!is_job_id(id)) {
    const Ended found = run_program({"squeue", "--noheader", "--name=" + name, "--format=%F"}, patience_s_);
    if (found.exit != 0) return {false, found.missing ? "squeue is not installed here" : trimmed(found.err)};
    id = found.out.substr(0, found.out.find('\n'));
    while (!id.empty() && id.back() == ' ') id.pop_back();
    if (!is_job_id(id)) return {true, ""};
  }
  const Ended ended = run_program({"scontrol", "--oneliner", "show", "job", id}, patience_s_);
  if (ended.missing) return {false, "scontrol is not installed here"};
  if (ended.exit == 0) return {true, "", parse_tasks(ended.out, name)};
  const std::string said = trimmed(ended.err);
  // Anything but a clear no is no answer: what is queued must not be submitted again.
  if (said.find("Invalid job id") != std::string::npos) return {true, ""};
  return {false, said};
}

std::size_t Controller::max_array_size() const {
  const Ended ended = run_program({"scontrol", "show", "config"}, patience_s_);
  if (ended.exit != 0) fail("scontrol", ended);
  const auto at = ended.out.find("MaxArraySize");
  const auto digits = at == std::string::npos ? at : ended.out.find_first_of("0123456789", at);
  std::size_t size = 0;
  if (digits != std::string::npos)
    std::from_chars(ended.out.data() + digits, ended.out.data() + ended.out.size(), size);
  require(size > 0, Errc::kFormat, "scontrol show config does not name MaxArraySize");
  return size;
}

}  // namespace ledd::slurm
