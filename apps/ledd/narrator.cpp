#include "narrator.h"

#include <fmt/format.h>

namespace ledd::cli {
namespace {

namespace fs = std::filesystem;

void print_preview(const cases::Preview& preview) {
  print_line(fmt::format("{}  {:9}  {}", preview.case_id, preview.action, plain(preview.why)));
  const auto print = [](const cases::Series& series, cases::SeriesRole role, const MrWeighting& weighting) {
    print_line(fmt::format("    {:8}  {}  {}  {}",
                           cases::name_of(role),
                           series.id,
                           short_name(weighting),
                           plain(cases::describe(series))));
  };
  const auto& planned = preview.planned;
  if (planned.series) print(*planned.series, cases::SeriesRole::kPrimary, planned.weighting);
  for (const auto& companion : planned.companions)
    print(companion.series, companion.role, companion.weighting);
  if (!planned.apart.empty()) print_line("    " + plain(planned.apart));
}

}  // namespace

cases::Listener Narrator::listener() {
  cases::Listener listener;
  listener.started = [this](const auto& planned) {
    journal_.begun(planned.id);
    bar(planned.id, "load");
  };
  listener.log = [this](const std::string& id, Context::Level level, std::string_view text) {
    const std::string said = fmt::format("{}: {}", id, plain(text));
    if (level == Context::Level::kWarn)
      talk_.warn(said);
    else
      talk_.debug(said);
    bar(id, text);
  };
  listener.finished = [this](const cases::CaseReport& report) {
    ++ended_;
    journal_.ended(report);
    if (json_) print_line(json_line(report));
    tell(report);
    bar("", "");
  };
  return listener;
}

void Narrator::bar(std::string_view id, std::string_view doing) {
  talk_.progress(ended_, total_, fmt::format("{} {}", id, doing).substr(0, 60));
}

void Narrator::tell(const cases::CaseReport& report) {
  const std::string head = fmt::format("[{}/{}] {} {} ({:.1f} s) {}",
                                       ended_,
                                       total_,
                                       report.case_id,
                                       cases::name_of(report.state),
                                       report.seconds,
                                       plain(report.series));
  if (report.reason.empty())
    talk_.info(head);
  else
    talk_.warn(head + ": " + plain(report.reason));
}

void tell_survey(Talk& talk,
                 const cases::Survey& survey,
                 const std::string& pipeline,
                 const std::vector<cases::PlannedCase>& planned) {
  for (const auto& file : survey.files)
    if (file.decision == dicom::Decision::kRefused) talk.warn("refused: " + plain(file.reason));
  for (const auto& one : planned)
    if (!one.apart.empty())
      talk.info(
          fmt::format("{}: a case of its own: {}", plain(cases::describe(*one.series)), plain(one.apart)));
  const auto uses = cases::uses_of(planned);
  for (const auto& series : survey.series)
    for (const auto& verdict : series.verdicts)
      if (verdict.pipeline == pipeline && !verdict.match.accepted && !uses.contains(series.id))
        talk.info(
            fmt::format("not taken: {}: {}", plain(cases::describe(series)), plain(verdict.match.reason)));
}

int print_plan(const std::vector<cases::Preview>& previews, bool json) {
  for (const auto& one : previews) {
    if (json)
      print_line(json_line(one));
    else
      print_preview(one);
  }
  return 0;
}

int print_end(const cases::Summary& summary, const fs::path& page, bool json, Talk& talk) {
  if (summary.output_error)
    talk.error(fmt::format("{}: {}", name_of(summary.output_error->code()), summary.output_error->what()));
  if (summary.stopped) talk.warn("stopped early; the same command takes up where this one ended");
  print_line(json ? json_line(summary)
                  : fmt::format("done {}, cached {}, failed {}, set aside {}: {}",
                                summary.done,
                                summary.cached,
                                summary.failed,
                                summary.quarantined,
                                page.string()));
  return summary.exit;
}

}  // namespace ledd::cli
