#include "finished.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>

#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "reviews.h"

namespace ledd::cases {
namespace {

namespace fs = std::filesystem;

/// The folders below `parent` that hold `record`, sorted by name.
std::vector<fs::path> folders_with(const fs::path& parent, const char* record) {
  std::vector<fs::path> folders;
  if (!fs::is_directory(parent)) return folders;
  for (const auto& entry : fs::directory_iterator(parent))
    if (entry.path().filename().string().front() != '.' && fs::exists(entry.path() / record))
      folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end());
  return folders;
}

/// The same error, naming the file.
template <class Body>
auto in_file(const fs::path& file, Body&& body) {
  try {
    return body(files::read_bytes(file));
  } catch (const Error& e) {
    throw e.within(file.string());
  }
}

void apply_study(Finished& one) {
  if (!fs::exists(one.folder / kStudyRecord)) return;
  one.study = in_file(one.folder / kStudyRecord, parse_study_record);
  rename(*one.study, one.endpoints.info);
}

}  // namespace

std::vector<Finished> finished_cases(const fs::path& out) {
  const auto folders = folders_with(out / "cases", "provenance.json");
  std::vector<Finished> cases(folders.size());
  const Reviews reviews(out);
  tbb::parallel_for(std::size_t{0}, folders.size(), [&](std::size_t n) {
    cases[n] = {folders[n],
                in_file(folders[n] / "provenance.json", parse_provenance),
                in_file(folders[n] / "endpoints.json", store::parse_endpoints),
                {}};
    apply_study(cases[n]);
    cases[n].endpoints.info.review = reviews.of(cases[n].provenance.case_id);
  });
  return cases;
}

std::vector<Reason> set_aside(const fs::path& out) {
  std::vector<Reason> reasons;
  for (const auto& folder : folders_with(out / "quarantine", "reason.json"))
    reasons.push_back(in_file(folder / "reason.json", parse_reason));
  return reasons;
}

void require_output(const fs::path& out) {
  require(fs::is_directory(out / "cases") || fs::is_directory(out / "quarantine"),
          Errc::kNotFound,
          fmt::format("{}: no results of Ledd are there (no folder `cases` or `quarantine`)", out.string()));
}

std::vector<Finished> cases_of(const fs::path& out, const std::string& pipeline) {
  require_output(out);
  auto cases = finished_cases(out);
  cases.erase(std::remove_if(cases.begin(),
                             cases.end(),
                             [&](const Finished& one) { return one.provenance.pipeline != pipeline; }),
              cases.end());
  return cases;
}

std::set<std::string> sides_of(const Finished& one) {
  std::set<std::string> sides;
  for (const Measurement& m : one.endpoints.measurements)
    if (!m.side.empty()) sides.insert(m.side);
  return sides;
}

std::string called(const Finished& one) {
  const auto& info = one.endpoints.info;
  return fmt::format("case {} (subject {}, {})",
                     info.case_id,
                     info.subject.empty() ? "unknown" : info.subject,
                     info.study_date.empty() ? "no date" : info.study_date);
}

}  // namespace ledd::cases
