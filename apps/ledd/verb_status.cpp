#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <map>

#include "ledd/cases/overview.h"
#include "ledd/core/error.h"

#include "cli.h"
#include "run_record.h"
#include "slurm_job.h"
#include "slurm_run.h"
#include "talk.h"

namespace ledd::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string json_of(const store::StatusRow& row) {
  return Json{{"type", "case"},
              {"case_id", row.case_id},
              {"pipeline", row.pipeline},
              {"state", row.state},
              {"code", row.reason_code},
              {"reason", row.reason},
              {"stage", row.stage},
              {"series", row.series},
              {"run_id", row.run_id},
              {"seconds", row.seconds},
              {"peak_mb", row.peak_mb},
              {"reviewed", row.review.reviewed},
              {"reader", row.review.reader},
              {"decision", row.review.decision}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

struct StatusArguments {
  std::string out, work;
};

/// The batches that were submitted to a cluster; whether there is one.
bool tell_jobs(const StatusArguments& given, const Common& common) {
  const auto jobs = jobs_of(service_folder(given.out, given.work), given.out);
  for (const JobFolder& folder : jobs) {
    try {
      const auto plan = folder.plan();
      const auto arrays = folder.arrays();
      print_job(folder, plan, arrays, look(plan, arrays, slurm::Controller()), common);
    } catch (const Error& e) {
      if (e.code() != Errc::kFormat && e.code() != Errc::kUnsupported) throw;
      Talk(common).warn(e.what());
    }
  }
  return !jobs.empty();
}

std::vector<store::StatusRow> rows_of(const std::string& out, bool nothing_is_fine) {
  try {
    return cases::read_status(out);
  } catch (const Error& e) {
    if (e.code() != Errc::kNotFound || !nothing_is_fine) throw;
    return {};
  }
}

int status(const StatusArguments& given, const Program& program) {
  const bool has_jobs = tell_jobs(given, program.common);
  const auto rows = rows_of(given.out, has_jobs);
  std::map<std::string, std::size_t> count{{"done", 0}, {"failed", 0}, {"quarantined", 0}};
  for (const auto& row : rows) {
    ++count[row.state];
    if (program.common.json)
      print_line(json_of(row));
    else if (row.state != "done" || program.common.verbose)
      print_line(fmt::format("{}  {:11}  {}{}{}",
                             row.case_id,
                             row.state,
                             plain(row.series),
                             row.reason.empty() ? "" : ": ",
                             plain(row.reason)));
  }
  if (program.common.json)
    print_line(fmt::format(R"({{"type":"summary","done":{},"failed":{},"quarantined":{}}})",
                           count["done"],
                           count["failed"],
                           count["quarantined"]));
  else
    print_line(fmt::format(
        "done {}, failed {}, set aside {}", count["done"], count["failed"], count["quarantined"]));
  return 0;
}

}  // namespace

void add_status(CLI::App& app, Program& program) {
  CLI::App* verb =
      add_verb(app, program, "status", "Show where a batch stands: what is done, what is not and why");
  const auto given = std::make_shared<StatusArguments>();
  verb->add_option("OUT", given->out, "Folder that `ledd run` wrote to")->required();
  verb->add_option("--work", given->work, "The folder that `ledd run --work` named")->type_name("DIR");
  verb->callback(
      [given, &program] { program.action = [given, &program] { return status(*given, program); }; });
}

}  // namespace ledd::cli
