#include "tables_stamp.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <vector>

#include "ledd/cases/overview.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"

namespace ledd::cases {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 7> kTables{"index.html",
                                             "group.html",
                                             "status.csv",
                                             "endpoints.csv",
                                             "endpoints.sqlite",
                                             "data_dictionary.csv",
                                             "dataset_description.json"};

std::string print_state(const fs::path& file) {
  struct stat state {};
  if (::stat(file.c_str(), &state) != 0) return "-";
  return fmt::format("{}.{}.{}.{}", state.st_size, state.st_mtim.tv_sec, state.st_mtim.tv_nsec, state.st_ino);
}

void add_folders(std::string& text, const fs::path& parent, const std::vector<std::string>& records) {
  if (!fs::is_directory(parent)) return;
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(parent)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    text += name;
    for (const std::string& record : records) text += ' ' + print_state(parent / name / record);
    text += '\n';
  }
}

/// Records of readers; a draft, which grows with every stroke, is none.
void add_reviews(std::string& text, const fs::path& folder) {
  if (!fs::is_directory(folder)) return;
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".jsonl") names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) text += name + ' ' + print_state(folder / name) + '\n';
}

std::string print_stamp(const fs::path& out, const std::string& sources) {
  std::string text = version() + '\n' + files::sha256(sources) + '\n';
  for (const char* table : kTables) text += fmt::format("{} {}\n", table, print_state(out / table));
  return text;
}

fs::path stamp_file(const fs::path& out) {
  return out / ".ledd" / "tables";
}

}  // namespace

std::string print_sources(const fs::path& out) {
  std::string text;
  add_folders(text, out / "cases", {"provenance.json", "endpoints.json", "study.json"});
  add_folders(text, out / "quarantine", {"reason.json"});
  add_reviews(text, out / "reviews");
  return text;
}

bool tables_are_current(const fs::path& out) {
  for (const char* table : kTables)
    if (!fs::exists(out / table)) return false;
  if (!fs::exists(stamp_file(out))) return false;
  return files::read_bytes(stamp_file(out)) == print_stamp(out, print_sources(out));
}

void mark_tables_current(const fs::path& out, const std::string& sources) {
  files::write_bytes(print_stamp(out, sources), stamp_file(out));
}

}  // namespace ledd::cases
