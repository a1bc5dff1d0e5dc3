#include "talk.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdio>

#include "ledd/core/error.h"

namespace ledd::cli {
namespace {

using Json = nlohmann::ordered_json;

/// Header texts may hold bytes that are no UTF-8: shown as U+FFFD.
std::string line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

using Uses = std::map<std::string, std::map<std::string, std::vector<cases::SeriesUse>>>;

/// Where every series is used, by pipeline and series.
Uses uses_of(const Plans& plans) {
  Uses uses;
  for (const auto& [pipeline, planned] : plans) uses.emplace(pipeline, cases::uses_of(planned));
  return uses;
}

Json used_in(const cases::Series& series, const std::string& pipeline, const Uses& uses) {
  Json list = Json::array();
  const auto plan = uses.find(pipeline);
  if (plan == uses.end()) return list;
  const auto found = plan->second.find(series.id);
  if (found == plan->second.end()) return list;
  for (const auto& use : found->second)
    list.push_back({{"case_id", use.case_id},
                    {"role", cases::name_of(use.role)},
                    {"weighting", use.weighting},
                    {"apart", use.apart}});
  return list;
}

Json verdicts(const cases::Series& series, const Uses& uses) {
  Json list = Json::array();
  for (const auto& verdict : series.verdicts)
    list.push_back({{"pipeline", verdict.pipeline},
                    {"accepted", verdict.match.accepted && series.problem.empty()},
                    {"reason", series.problem.empty() ? verdict.match.reason : series.problem},
                    {"used_in", used_in(series, verdict.pipeline, uses)}});
  return list;
}

std::string json_line(const cases::Series& series, const Uses& uses) {
  Json json{{"type", "series"}, {"series", series.id}, {"description", cases::describe(series)}};
  if (series.stack) {
    const auto& stack = *series.stack;
    json["subject"] = stack.patient_id;
    json["study_date"] = stack.study_date;
    json["study_uid"] = stack.study_uid;
    json["series_uid"] = stack.series_uid;
    json["modality"] = stack.modality;
    json["body_part"] = stack.body_part;
    json["images"] = stack.slices.size();
  } else {
    json["path"] = series.image.string();
  }
  json["geometry"] = series.geometry;
  json["problem"] = series.problem;
  json["pipelines"] = verdicts(series, uses);
  return line(json);
}

}  // namespace

Talk::Talk(const Common& common) : terminal_(::isatty(STDERR_FILENO) == 1 && !common.quiet) {
  auto err = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  err->set_pattern("ledd: %v");
  err->set_level(common.quiet     ? spdlog::level::warn
                 : common.verbose ? spdlog::level::debug
                                  : spdlog::level::info);
  std::vector<spdlog::sink_ptr> sinks{err};
  if (!common.log_file.empty()) try {
      auto file = std::make_shared<spdlog::sinks::basic_file_sink_mt>(common.log_file);
      file->set_pattern("%Y-%m-%dT%H:%M:%S%z %l %v");
      file->set_level(spdlog::level::debug);
      sinks.push_back(file);
    } catch (const spdlog::spdlog_ex& e) {
      throw Error(Errc::kCreate, fmt::format("--log-file {}: {}", common.log_file, e.what()));
    }
  logger_ = std::make_shared<spdlog::logger>("ledd", sinks.begin(), sinks.end());
  logger_->set_level(spdlog::level::debug);
  logger_->flush_on(spdlog::level::info);
}

Talk::~Talk() {
  clear_bar();
}

void Talk::clear_bar() {
  if (bar_drawn_) std::fputs("\r\033[K", stderr);
  bar_drawn_ = false;
}

void Talk::debug(std::string_view text) {
  clear_bar();
  logger_->debug("{}", text);
}
void Talk::info(std::string_view text) {
  clear_bar();
  logger_->info("{}", text);
}
void Talk::warn(std::string_view text) {
  clear_bar();
  logger_->warn("{}", text);
}
void Talk::error(std::string_view text) {
  clear_bar();
  logger_->error("{}", text);
}

void Talk::progress(std::size_t done, std::size_t total, std::string_view doing) {
  if (!terminal_ || total == 0) return;
  constexpr std::size_t kWidth = 30;
  const std::size_t filled = kWidth * done / total;
  fmt::print(stderr,
             "\r\033[K[{}{}] {}/{} {}",
             std::string(filled, '#'),
             std::string(kWidth - filled, '.'),
             done,
             total,
             plain(doing));
  std::fflush(stderr);
  bar_drawn_ = true;
}

Context::Sink Talk::sink() {
  return [this](Context::Level level, std::string_view text) {
    if (level == Context::Level::kWarn)
      warn(plain(text));
    else
      debug(plain(text));
  };
}

std::string json_line(const dicom::FileEntry& file) {
  return line({{"type", "file"},
               {"path", file.path.string()},
               {"decision", dicom::name_of(file.decision)},
               {"series", file.stack_id},
               {"reason", file.reason}});
}

std::string json_line(const cases::CaseReport& report) {
  return line({{"type", "case"},
               {"case_id", report.case_id},
               {"state", cases::name_of(report.state)},
               {"code", report.code},
               {"reason", report.reason},
               {"stage", report.stage},
               {"series", report.series},
               {"seconds", report.seconds},
               {"cpu_seconds", report.cpu_seconds},
               {"peak_mb", report.peak_mb},
               {"peak_alone", report.peak_alone},
               {"attempts", report.attempts},
               {"retried_for", report.retried_for},
               {"warning", report.warning}});
}

std::string json_line(const cases::Preview& preview) {
  Json used = Json::array();
  const auto& planned = preview.planned;
  if (planned.series)
    used.push_back({{"series", planned.series->id},
                    {"role", cases::name_of(cases::SeriesRole::kPrimary)},
                    {"weighting", short_name(planned.weighting)}});
  for (const auto& companion : planned.companions)
    used.push_back({{"series", companion.series.id},
                    {"role", cases::name_of(companion.role)},
                    {"weighting", short_name(companion.weighting)}});
  return line({{"type", "case"},
               {"case_id", preview.case_id},
               {"state", "planned"},
               {"action", preview.action},
               {"reason", preview.why},
               {"series", used},
               {"apart", planned.apart}});
}

std::string json_line(const cases::Summary& summary) {
  return line({{"type", "summary"},
               {"run_id", summary.run_id},
               {"done", summary.done},
               {"cached", summary.cached},
               {"failed", summary.failed},
               {"quarantined", summary.quarantined},
               {"exit", summary.exit}});
}

void print_survey_json(const cases::Survey& survey, const Plans& plans) {
  for (const auto& file : survey.files) print_line(json_line(file));
  const Uses uses = uses_of(plans);
  for (const auto& series : survey.series) print_line(json_line(series, uses));
}

void print_line(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fputc('\n', stdout);
  require(std::fflush(stdout) == 0, Errc::kIo, "standard output cannot be written");
}

std::string plain(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    const auto u = static_cast<unsigned char>(c);
    if ((u < 0x20 && c != '\n') || u == 0x7F) c = ' ';
  }
  // Marks that turn the direction of what follows them, U+202A to U+202E and U+2066 to U+2069.
  for (std::size_t at = 0; at + 2 < result.size(); ++at) {
    const auto last = static_cast<unsigned char>(result[at + 2]);
    const bool embeds = result.compare(at, 2, "\xE2\x80") == 0 && last >= 0xAA && last <= 0xAE;
    const bool isolates = result.compare(at, 2, "\xE2\x81") == 0 && last >= 0xA6 && last <= 0xA9;
    if (embeds || isolates) result.replace(at, 3, "?");
  }
  return result;
}

}  // namespace ledd::cli
