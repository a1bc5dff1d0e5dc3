#include "earlier.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

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

EarlierCases::EarlierCases(fs::path out, std::string pipeline, PlanCache* known)
    : out_(std::move(out)), pipeline_(std::move(pipeline)), known_(known) {
  const auto listed = list_cases(out_);
  std::vector<std::optional<FinishedRecord>> records(listed.size());
  tbb::parallel_for(std::size_t{0}, listed.size(), [&](std::size_t i) { records[i] = read(listed[i].name); });
  for (std::size_t i = 0; i < listed.size(); ++i) {
    seen_.emplace(listed[i].name, listed[i].inode);
    add(listed[i].name, std::move(records[i]));
  }
}

std::optional<FinishedRecord> EarlierCases::read(const std::string& name) const {
  try {
    return finished_record(out_ / "cases" / name, known_);
  } catch (const Error&) {
    return std::nullopt;
  }
}

void EarlierCases::add(const std::string& name, std::optional<FinishedRecord> record) const {
  if (!record || record->pipeline != pipeline_ || record->images.empty() || record->primary.empty()) return;
  const std::string series = record->primary;
  series_of_.insert_or_assign(name, series);
  by_series_[series].insert_or_assign(name, std::move(*record));
}

void EarlierCases::forget(const std::string& name) const {
  const auto found = series_of_.find(name);
  if (found == series_of_.end()) return;
  by_series_[found->second].erase(name);
  series_of_.erase(found);
}

void EarlierCases::look_again(const PlannedCase& planned) const {
  std::map<std::string, std::uint64_t> now;
  for (ListedCase& one : list_cases(out_)) now.emplace(std::move(one.name), one.inode);
  std::set<std::string> stale{planned.id};
  if (const auto own = by_series_.find(planned.series->id); own != by_series_.end())
    for (const auto& [name, record] : own->second) stale.insert(name);
  for (const auto& [name, inode] : now)
    if (const auto was = seen_.find(name); was == seen_.end() || was->second != inode) stale.insert(name);
  for (const auto& [name, inode] : seen_)
    if (!now.contains(name)) stale.insert(name);
  for (const std::string& name : stale) {
    forget(name);
    if (now.contains(name)) add(name, read(name));
  }
  seen_ = std::move(now);
}

Standing EarlierCases::fresh_standing_of(const PlannedCase& planned) const {
  if (planned.series && planned.series->stack) {
    const std::lock_guard lock(mutex_);
    look_again(planned);
  }
  return standing_of(planned);
}

Standing EarlierCases::standing_of(const PlannedCase& planned) const {
  Standing standing;
  if (!planned.series || !planned.series->stack) return standing;
  std::vector<FinishedRecord> others;
  {
    const std::lock_guard lock(mutex_);
    const auto known = by_series_.find(planned.series->id);
    if (known == by_series_.end()) return standing;
    for (const auto& [name, earlier] : known->second) {
      if (earlier.case_id != planned.id) {
        others.push_back(earlier);
        continue;
      }
      standing.version = std::max(standing.version, earlier.version);
      standing.superseded = earlier.superseded;
    }
  }
  if (others.empty()) return standing;
  const auto images = images_of(print_images(*planned.series));
  for (const FinishedRecord& earlier : others) {
    const auto had = images_of(earlier.images);
    if (!holds_all(images, had)) {
      standing.problem = fmt::format(
          "{} has {} images here, but case {} of the same series, finished in this folder, was made from {} "
          "images of which not all are here; give all files of the series in one run, or another folder for "
          "the results",
          describe(*planned.series),
          images.size(),
          earlier.case_id,
          had.size());
      return standing;
    }
    standing.older.push_back(earlier.case_id);
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
