#include "ledd/cases/used_series.h"

#include "ledd/files/files.h"

#include "record.h"

namespace ledd::cases {

std::vector<UsedSeries> used_series(const std::filesystem::path& folder) {
  std::vector<UsedSeries> used;
  for (const SeriesRecord& one : parse_provenance(files::read_bytes(folder / "provenance.json")).used)
    used.push_back({one.series, one.description, one.role});
  return used;
}

}  // namespace ledd::cases
