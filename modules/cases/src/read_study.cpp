#include <fmt/format.h>

#include <algorithm>

#include "ledd/cases/study_plan.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"

namespace ledd::cases {
namespace {

namespace fs = std::filesystem;

bool has_wildcard(const std::string& text) {
  return text.find_first_of("*?") != std::string::npos;
}

/// The entries of a folder that fit one part of a path, sorted; hidden ones only when asked for.
std::vector<fs::path> entries(const fs::path& folder, const std::string& pattern) {
  std::vector<fs::path> fit;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if ((name.front() != '.' || pattern.front() == '.') && study::matches(pattern, name))
      fit.push_back(entry.path());
  }
  require(!error || error == std::errc::not_a_directory || error == std::errc::no_such_file_or_directory,
          Errc::kPermission,
          fmt::format("{}: {}", folder.string(), error.message()));
  std::sort(fit.begin(), fit.end());
  return fit;
}

/// `incoming/*` -> what is there.
std::vector<fs::path> expanded(const fs::path& folder, const std::string& input) {
  std::vector<fs::path> open{fs::path(input).is_absolute() ? fs::path() : folder};
  for (const fs::path& part : fs::path(input)) {
    std::vector<fs::path> next;
    for (const fs::path& path : open) {
      if (!has_wildcard(part.string()))
        next.push_back(path / part);
      else
        for (const fs::path& entry : entries(path, part.string())) next.push_back(entry);
    }
    open = std::move(next);
  }
  open.erase(std::remove_if(open.begin(), open.end(), [](const fs::path& path) { return !fs::exists(path); }),
             open.end());
  require(!open.empty(),
          Errc::kNotFound,
          fmt::format("[study] inputs: '{}' is not there (from {})", input, folder.string()));
  return open;
}

template <class Read>
void read_list(const StudyFile& file, const std::string& name, Read&& read) {
  if (name.empty()) return;
  const fs::path path = file.folder / name;
  read(files::read_bytes(path), path.string());
}

}  // namespace

StudyFile read_study(const fs::path& path) {
  StudyFile file;
  file.study = study::parse(files::read_bytes(path), path.string());
  const study::Study& study = file.study;
  file.folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  file.out = file.folder / study.out;
  if (!study.key.empty()) file.key = file.folder / study.key;
  read_list(file, study.subjects.map, [&](const std::string& text, const std::string& name) {
    study::read_subjects(text, name, study, file.lists);
  });
  read_list(file, study.baseline_file, [&](const std::string& text, const std::string& name) {
    study::read_baselines(text, name, file.lists);
  });
  read_list(file, study.visits_file, [&](const std::string& text, const std::string& name) {
    study::read_visits(text, name, study, file.lists);
  });
  for (const std::string& input : study.inputs)
    for (const fs::path& one : expanded(file.folder, input)) file.inputs.push_back(one);
  std::sort(file.inputs.begin(), file.inputs.end());
  file.inputs.erase(std::unique(file.inputs.begin(), file.inputs.end()), file.inputs.end());
  return file;
}

}  // namespace ledd::cases
