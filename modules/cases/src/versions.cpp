#include "ledd/cases/versions.h"

#include <algorithm>
#include <tuple>

#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "finished.h"
#include "finished_record.h"
#include "record.h"

namespace ledd::cases {
namespace {

namespace fs = std::filesystem;

/// With what puts it in order.
struct Dated {
  CaseVersion version;
  bool current = false;
  unsigned number = 0;
  std::string started_utc;
  fs::file_time_type written;

  auto place() const { return std::tie(current, number, started_utc, written); }
};

Dated read(const fs::path& folder) {
  const fs::path file = folder / "provenance.json";
  try {
    const std::string bytes = files::read_bytes(file);
    const Provenance made = parse_provenance(bytes);
    Dated one;
    one.version = {folder,
                   made.case_id,
                   made.pipeline,
                   files::sha256(bytes),
                   made.labels_scheme.empty(),
                   "",
                   made.correction.result};
    one.number = made.case_version;
    one.started_utc = made.started_utc;
    one.written = fs::last_write_time(file);
    for (const FileDigest& output : made.outputs)
      if (output.name == "labels.nii.gz") one.version.labels_sha256 = output.sha256;
    return one;
  } catch (const Error& e) {
    throw e.within(file.string());
  }
}

std::vector<fs::path> superseded(const fs::path& out) {
  std::vector<fs::path> folders;
  if (fs::is_directory(out / "superseded"))
    for (const auto& entry : fs::directory_iterator(out / "superseded"))
      if (fs::exists(entry.path() / "provenance.json")) folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end());
  return folders;
}

}  // namespace

Versions versions_of(const fs::path& out) {
  require_output(out);
  Versions versions;
  std::map<std::string, std::vector<Dated>> all;
  const auto add = [&](Dated one) { all[one.version.case_id].push_back(std::move(one)); };
  for (const fs::path& folder : superseded(out)) try {
      add(read(folder));
    } catch (const Error& e) {
      versions.problems.emplace_back(e.what());
    }
  for (const ListedCase& listed : list_cases(out)) {
    const fs::path folder = out / "cases" / listed.name;
    if (!fs::exists(folder / "provenance.json")) continue;
    Dated one = read(folder);
    one.current = true;
    add(std::move(one));
  }
  for (auto& [id, dated] : all) {
    std::stable_sort(
        dated.begin(), dated.end(), [](const Dated& a, const Dated& b) { return a.place() < b.place(); });
    for (Dated& one : dated) versions.by_case[id].push_back(std::move(one.version));
  }
  return versions;
}

}  // namespace ledd::cases
