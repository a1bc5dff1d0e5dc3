#include "run_record.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "ledd/cases/frozen_plan.h"
#include "ledd/cases/overview.h"
#include "ledd/core/config.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"

namespace ledd::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// What is made while it lives may be read by its owner only.
class Private {
 public:
  Private() : before_(::umask(0077)) {}
  ~Private() { ::umask(before_); }
  Private(const Private&) = delete;
  Private& operator=(const Private&) = delete;

 private:
  mode_t before_;
};

std::string absolute_path(const std::string& path) {
  return path.empty() ? path : fs::absolute(path).lexically_normal().string();
}

void make_private_folder(const fs::path& folder) {
  const Private ours;
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    throw Error(error == std::errc::permission_denied ? Errc::kPermission : Errc::kCreate,
                fmt::format("{}: {}", folder.string(), error.message()));
}

fs::path file_of(const RunRecord& record) {
  const auto& arguments = record.request.arguments;
  return service_folder(arguments.out, arguments.work) / "runs" / (record.run_id + ".json");
}

Json json_of(const ClusterArguments& c) {
  return {{"partition", c.partition},
          {"account", c.account},
          {"launcher", c.launcher},
          {"minutes", c.minutes},
          {"memory_mb", c.memory_mb},
          {"cpus", c.cpus},
          {"chunk", c.chunk},
          {"max_running", c.max_running},
          {"options", c.options}};
}

ClusterArguments cluster_of(const Json& json) {
  ClusterArguments c;
  c.partition = json.at("partition");
  c.account = json.at("account");
  c.launcher = json.at("launcher");
  c.minutes = json.at("minutes");
  c.memory_mb = json.at("memory_mb");
  c.cpus = json.at("cpus");
  c.chunk = json.at("chunk");
  c.max_running = json.at("max_running");
  c.options = json.at("options");
  return c;
}

}  // namespace

std::string print(const RunRecord& record) {
  const RunArguments& a = record.request.arguments;
  const Json json{{"run_id", record.run_id},
                  {"started_utc", record.started_utc},
                  {"ledd_version", record.version},
                  {"pipeline", a.pipeline},
                  {"inputs", a.inputs},
                  {"out", a.out},
                  {"labels", a.labels},
                  {"label_scheme", a.label_scheme},
                  {"key", a.key},
                  {"work", a.work},
                  {"series", a.series},
                  {"force", a.force},
                  {"verify", a.verify},
                  {"no_companions", a.no_companions},
                  {"executor", a.executor},
                  {"threads", a.threads},
                  {"jobs", a.jobs},
                  {"memory_mb", a.memory_mb ? Json(*a.memory_mb) : Json()},
                  {"cluster", json_of(a.cluster)},
                  {"parameters_toml", to_toml(record.request.values)},
                  {"exit", record.exit ? Json(*record.exit) : Json()}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

RunRecord parse_run_record(const std::string& text) {
  try {
    const Json json = Json::parse(text);
    RunRecord record{json.at("run_id"), json.at("started_utc"), json.at("ledd_version"), {}, {}};
    RunArguments& a = record.request.arguments;
    a.pipeline = json.at("pipeline");
    a.inputs = json.at("inputs");
    a.out = json.at("out");
    a.labels = json.at("labels");
    a.label_scheme = json.at("label_scheme");
    a.key = json.at("key");
    a.work = json.at("work");
    a.series = json.at("series");
    a.force = json.at("force");
    a.verify = json.at("verify");
    a.no_companions = json.at("no_companions");
    a.executor = json.at("executor");
    a.threads = json.at("threads");
    a.jobs = json.at("jobs");
    if (!json.at("memory_mb").is_null()) a.memory_mb = json.at("memory_mb").get<double>();
    a.cluster = cluster_of(json.at("cluster"));
    if (!json.at("exit").is_null()) record.exit = json.at("exit").get<int>();
    record.request.values = merge_config(json.at("parameters_toml").get<std::string>(), {});
    return record;
  } catch (const nlohmann::json::exception& e) {
    throw Error(Errc::kFormat, e.what()).within("the record of a run");
  }
}

RunArguments absolute(RunArguments a) {
  for (std::string* path : {&a.out, &a.labels, &a.key, &a.work}) *path = absolute_path(*path);
  for (std::string& input : a.inputs) input = absolute_path(input);
  if (fs::path(a.label_scheme).extension() == ".toml") a.label_scheme = absolute_path(a.label_scheme);
  return a;
}

fs::path service_folder(const fs::path& out, const fs::path& work) {
  return fs::absolute(work.empty() ? out / ".ledd" : work).lexically_normal();
}

fs::path make_service_folder(const fs::path& out, const fs::path& work) {
  std::error_code error;
  fs::create_directories(out, error);
  if (error)
    throw Error(error == std::errc::permission_denied ? Errc::kPermission : Errc::kCreate,
                fmt::format("{}: {}", out.string(), error.message()));
  fs::path folder = service_folder(out, work);
  make_private_folder(folder);
  return folder;
}

void write_private(std::string_view bytes, const fs::path& file) {
  make_private_folder(file.parent_path());
  const Private ours;
  files::write_bytes(bytes, file);
}

std::optional<RunRecord> begin_run_record(const RunRequest& request, const std::string& run_id) {
  if (!request.arguments.key.empty() && request.arguments.work.empty()) return std::nullopt;
  RunRecord record{run_id, cases::now_utc(), cases::version(), request, {}};
  record.request.arguments = absolute(request.arguments);
  make_service_folder(record.request.arguments.out, record.request.arguments.work);
  write_private(print(record), file_of(record));
  return record;
}

void end_run_record(std::optional<RunRecord> record, int exit) {
  if (!record) return;
  record->exit = exit;
  write_private(print(*record), file_of(*record));
}

void leave_out_refused(std::vector<cases::PlannedCase>& planned, const fs::path& out) {
  std::erase_if(planned, [&](const cases::PlannedCase& one) {
    const auto end = cases::standing_end(one.id, out);
    return end.state && *end.state != cases::State::kDone && !cases::may_pass(end.code);
  });
}

std::vector<RunRecord> read_run_records(const fs::path& service, const fs::path& out) {
  const fs::path wanted = fs::absolute(out).lexically_normal();
  std::vector<RunRecord> records;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(service / "runs", none)) {
    if (entry.path().extension() != ".json") continue;
    try {
      RunRecord record = parse_run_record(files::read_bytes(entry.path()));
      if (record.request.arguments.out == wanted) records.push_back(std::move(record));
    } catch (const Error&) {
      continue;  // of another version: a service folder may be deleted at any time, and so may a file of it
    }
  }
  std::sort(records.begin(), records.end(), [](const auto& a, const auto& b) {
    return std::tie(a.started_utc, a.run_id) < std::tie(b.started_utc, b.run_id);
  });
  return records;
}

}  // namespace ledd::cli
