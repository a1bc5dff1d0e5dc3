#include "study_record.h"

#include <nlohmann/json.hpp>

#include "ledd/core/error.h"
#include "ledd/files/files.h"

namespace ledd::cases {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::string print(const StudyRecord& r) {
  Json details = Json::array();
  for (const StudyDetail& one : r.details)
    details.push_back(
        {{"protocol", one.protocol}, {"what", one.what}, {"expected", one.expected}, {"found", one.found}});
  return Json{{"study", r.study},
              {"subject", r.subject},
              {"session", r.session},
              {"site", r.site},
              {"scanner", r.scanner},
              {"visit", r.visit},
              {"protocols", r.protocols},
              {"deviations", r.deviations},
              {"details", details}}
             .dump(2, ' ', false, Json::error_handler_t::replace) +
         "\n";
}

StudyRecord parse_study_record(const std::string& text) {
  try {
    const Json json = Json::parse(text);
    StudyRecord record{json.at("study"),
                       json.at("subject"),
                       json.at("session"),
                       json.at("site"),
                       json.at("scanner"),
                       json.at("visit"),
                       json.at("protocols").get<std::vector<std::string>>(),
                       json.at("deviations").get<std::vector<std::string>>(),
                       {}};
    for (const Json& one : json.at("details"))
      record.details.push_back({one.at("protocol"), one.at("what"), one.at("expected"), one.at("found")});
    return record;
  } catch (const Json::exception& e) {
    throw Error(Errc::kFormat, std::string("no record of a study: ") + e.what());
  }
}

void rename(const StudyRecord& record, store::CaseInfo& info) {
  const auto put = [](const std::string& name, std::string& to) {
    if (!name.empty()) to = name;
  };
  put(record.subject, info.subject);
  put(record.session, info.session);
  put(record.site, info.site);
  put(record.scanner, info.scanner);
}

bool write_study_record(const fs::path& case_folder, const StudyRecord& record) {
  if (!fs::exists(case_folder / "provenance.json")) return false;
  const std::string text = print(record);
  const fs::path file = case_folder / kStudyRecord;
  if (fs::exists(file) && files::read_bytes(file) == text) return false;
  files::write_bytes(text, file);
  return true;
}

}  // namespace ledd::cases
