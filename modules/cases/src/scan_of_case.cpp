#include "scan_of_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "earlier.h"
#include "join.h"

namespace ledd::cases {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kDigitsOfImage = 8;  // of print_images()
constexpr const char* kWhereToLook = "give the folder that holds it with --images";

/// Where the scan may be, and the first file that is gone.
struct Places {
  std::vector<fs::path> paths;
  std::string missing;
};

Places places_of(const Provenance& made, const std::vector<fs::path>& look_in) {
  Places places;
  for (const FileDigest& input : made.inputs) {
    if (made.key.empty() && fs::exists(input.name))
      places.paths.emplace_back(input.name);
    else if (places.missing.empty())
      places.missing = made.key.empty() ? input.name : "its record names no files";
  }
  if (!places.missing.empty()) places.paths.insert(places.paths.end(), look_in.begin(), look_in.end());
  return places;
}

std::set<fs::path> files_of(const Series& series) {
  std::set<fs::path> files(series.tiff.begin(), series.tiff.end());
  if (series.stack)
    for (const dicom::Slice& slice : series.stack->slices) files.insert(slice.path);
  else if (files.empty())
    files.insert(series.image);
  return files;
}

/// The first file that is another one ends it: most series of a large folder cost one digest.
bool all_are_among(const std::set<fs::path>& files, const std::set<std::string>& digests) {
  return std::all_of(files.begin(), files.end(), [&](const fs::path& file) {
    return digests.contains(files::sha256_of_file(file));
  });
}

void keep_own(const Provenance& made, Survey& found) {
  std::set<std::string> ids, digests;
  for (const SeriesRecord& one : made.used) ids.insert(one.series);
  for (const FileDigest& one : made.inputs) digests.insert(one.sha256);
  std::erase_if(found.series, [&](const Series& series) {
    if (!made.key.empty()) return !all_are_among(files_of(series), digests);
    return !ids.contains(series.id) && (made.images.empty() || made.images != print_images(series));
  });
}

/// Pseudonyms say nothing of the original UIDs: number of images, weighting and number of the series do.
bool may_be_named(const SeriesRecord& primary, std::size_t images, const Series& series) {
  if (!series.stack || series.stack->slices.size() != images) return false;
  const auto& number = series.stack->series_number;
  return short_name(weighting_of(series)) == primary.weighting &&
         (!number || (primary.description + " ").starts_with(fmt::format("series {} ", *number)));
}

}  // namespace

Survey survey_of_case(const Provenance& made,
                      const std::vector<fs::path>& look_in,
                      const Registry& registry,
                      Context& context) {
  const Places places = places_of(made, look_in);
  const auto where = places.missing.empty() ? std::string() : ": " + places.missing;
  const auto absent = fmt::format("the scan is not there{}; {}", where, kWhereToLook);
  require(!places.paths.empty() && !made.used.empty(), Errc::kNotFound, absent);
  Survey found = survey(places.paths, {}, registry, context);
  keep_own(made, found);
  if (found.series.empty() && places.missing.empty() && !look_in.empty()) {  // another scan took its name
    found = survey(look_in, {}, registry, context);
    keep_own(made, found);
  }
  require(!found.series.empty(), Errc::kNotFound, absent);
  return found;
}

const Series& primary_of_case(const Provenance& made, const Survey& found) {
  const SeriesRecord& primary = made.used.front();
  std::vector<const Series*> fitting;
  for (const Series& series : found.series)
    if (made.key.empty()
            ? series.id == primary.series || (!made.images.empty() && made.images == print_images(series))
            : may_be_named(primary, made.images.size() / kDigitsOfImage, series))
      fitting.push_back(&series);
  require(!fitting.empty(),
          Errc::kNotFound,
          fmt::format("the scan is not there: {}; {}", primary.description, kWhereToLook));
  require(fitting.size() == 1,
          Errc::kNotFound,
          fmt::format("{} of the series found may be {}: open the one that is meant by itself",
                      fitting.size(),
                      primary.description));
  return *fitting.front();
}

}  // namespace ledd::cases
