#include "naming.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "ledd/cases/batch.h"
#include "ledd/core/error.h"
#include "ledd/deidentification/deidentification.h"
#include "ledd/files/files.h"

namespace ledd::cases {
namespace {

/// An identifier made from original UIDs would let others test a guess; one made with the key does not.
std::string keyed(const deidentification::SubjectKey& key, const std::string& id) {
  return files::sha256(key.uid(id)).substr(0, 12);
}

void name(const deidentification::SubjectKey& key, Series& series) {
  if (!series.stack) return;
  deidentification::apply(key, *series.stack);
  series.id = keyed(key, series.id);
}

std::set<std::string> paths_of(const PlannedCase& planned) {
  std::set<std::string> paths;
  const auto add = [&](const Series& series) {
    if (!series.stack) return;
    for (const auto& slice : series.stack->slices) paths.insert(slice.path.string());
  };
  if (planned.series) add(*planned.series);
  for (const Companion& companion : planned.companions) add(companion.series);
  return paths;
}

void replace_all(std::string& text, const std::string& part, const std::string& by) {
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + by.size()))
    text.replace(at, part.size(), by);
}

}  // namespace

PlannedCase Naming::named(const PlannedCase& planned) const {
  PlannedCase named = planned;
  if (key_ == nullptr) return named;
  if (named.series) name(*key_, *named.series);
  for (Companion& companion : named.companions) name(*key_, companion.series);
  named.problem = text(named.problem, planned);
  named.no_anatomy = text(named.no_anatomy, planned);
  return named;
}

std::string Naming::text(std::string text, const PlannedCase& planned) const {
  if (key_ == nullptr) return text;
  std::size_t number = 0;
  for (const std::string& path : paths_of(planned)) replace_all(text, path, fmt::format("file {}", ++number));
  // Of files that belong to no case, only their folder is known.
  std::set<std::string> folders;
  for (const std::string& path : paths_of(planned))
    folders.insert(std::filesystem::path(path).parent_path().string());
  for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder)
    if (!folder->empty()) replace_all(text, *folder, "folder");
  return text;
}

std::vector<FileDigest> Naming::digests(std::vector<FileDigest> files, const std::string& kind) const {
  if (key_ == nullptr) return files;
  std::size_t number = 0;
  for (FileDigest& file : files) file.name = fmt::format("{} {}", kind, ++number);
  return files;
}

std::string Naming::fingerprint() const {
  return key_ == nullptr ? "" : keyed(*key_, "ledd key/1");
}

void name_cases(std::vector<PlannedCase>& cases, deidentification::SubjectKey& key) {
  for (PlannedCase& one : cases) {
    require(one.series && one.series->stack,
            Errc::kParam,
            fmt::format("--key names the subjects of DICOM files; {} is none", describe(one)));
    deidentification::enrol(key, *one.series->stack);
    one.id = keyed(key, one.id);
    for (std::string& id : one.replaces) id = keyed(key, id);
  }
  std::sort(cases.begin(), cases.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
}

}  // namespace ledd::cases
