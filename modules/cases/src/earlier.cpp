#include "earlier.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "record.h"

namespace ledd::cases {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kDigits = 8;

std::set<std::string> images_of(const std::string& printed) {
  std::set<std::string> images;
  for (std::size_t at = 0; at + kDigits <= printed.size(); at += kDigits)
    images.insert(printed.substr(at, kDigits));
  return images;
}

bool holds_all(const std::set<std::string>& more, const std::set<std::string>& fewer) {
  return std::includes(more.begin(), more.end(), fewer.begin(), fewer.end());
}

}  // namespace

std::string print_images(const Series& series) {
  if (!series.stack) return {};
  std::set<std::string> images;
  for (const auto& slice : series.stack->slices)
    images.insert(
        files::sha256(fmt::format("{}#{}", slice.sop_instance_uid, slice.frame)).substr(0, kDigits));
  std::string printed;
  for (const std::string& image : images) printed += image;
  return printed;
}

EarlierCases::EarlierCases(fs::path out, std::string pipeline)
    : out_(std::move(out)), pipeline_(std::move(pipeline)) {
  if (!fs::is_directory(out_ / "cases")) return;
  for (const auto& entry : fs::directory_iterator(out_ / "cases")) read(entry.path().filename().string());
}

void EarlierCases::read(const std::string& folder) const {
  const fs::path record = out_ / "cases" / folder / "provenance.json";
  if (folder.front() == '.' || !fs::exists(record)) return;
  seen_.insert(folder);
  try {
    const Provenance made = parse_provenance(files::read_bytes(record));
    if (made.pipeline != pipeline_ || made.images.empty() || made.used.empty()) return;
    auto& cases = by_series_[made.used.front().series];
    std::erase_if(cases, [&](const Case& one) { return one.id == made.case_id; });
    cases.push_back({made.case_id, made.images, made.case_version, made.supersedes});
  } catch (const Error&) {
    return;
  }
}

Standing EarlierCases::fresh_standing_of(const PlannedCase& planned) const {
  if (planned.series && planned.series->stack && fs::is_directory(out_ / "cases")) {
    const std::lock_guard lock(mutex_);
    for (const auto& entry : fs::directory_iterator(out_ / "cases"))
      if (const std::string folder = entry.path().filename().string();
          folder == planned.id || !seen_.contains(folder))
        read(folder);
  }
  return standing_of(planned);
}

Standing EarlierCases::standing_of(const PlannedCase& planned) const {
  Standing standing;
  if (!planned.series || !planned.series->stack) return standing;
  const std::lock_guard lock(mutex_);
  const auto known = by_series_.find(planned.series->id);
  if (known == by_series_.end()) return standing;
  const auto images = images_of(print_images(*planned.series));
  for (const Case& earlier : known->second) {
    if (earlier.id == planned.id) {
      standing.version = std::max(standing.version, earlier.version);
      standing.superseded = earlier.superseded;
      continue;
    }
    const auto had = images_of(earlier.images);
    if (!holds_all(images, had)) {
      standing.problem = fmt::format(
          "{} has {} images here, but case {} of the same series, finished in this folder, was made from {} "
          "images of which not all are here; give all files of the series in one run, or another folder for "
          "the results",
          describe(*planned.series),
          images.size(),
          earlier.id,
          had.size());
      return standing;
    }
    standing.older.push_back(earlier.id);
    if (earlier.version + 1 > standing.version) standing.version = earlier.version + 1;
    const std::size_t late = images.size() - had.size();
    standing.late_images = standing.older.size() == 1 ? late : std::min(standing.late_images, late);
  }
  return standing;
}

std::string describe(const Standing& standing) {
  if (standing.older.empty()) return {};
  return fmt::format("Version {}: {} images came after version {}, case {}, was measured.",
                     standing.version,
                     standing.late_images,
                     standing.version - 1,
                     standing.older.back());
}

}  // namespace ledd::cases
