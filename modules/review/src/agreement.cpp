#include "ledd/review/agreement.h"

#include <algorithm>

#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/files/write_set.h"

#include "readings.h"

namespace ledd::review {

namespace fs = std::filesystem;

Agreement agreement_of(const AgreementOptions& options, Context& context) {
  Readings readings = readings_of(options);
  Agreement agreement;
  agreement.notes = std::move(readings.notes);
  agreement.times = std::move(readings.times);
  agreement.verdicts = verdicts_of(readings);
  const auto compared = compared_of(readings, options.results, agreement.notes);
  agreement.values = values_of(compared, agreement.notes);
  agreement.masks = masks_of(compared, agreement.notes, context);
  return agreement;
}

void write_agreement(const Agreement& agreement, const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  require(!error,
          error == std::errc::permission_denied || error == std::errc::read_only_file_system
              ? Errc::kPermission
              : Errc::kCreate,
          folder.string() + ": " + error.message());
  files::write_set({{folder / "agreement.csv", store::agreement_csv(rows_of(agreement))},
                    {folder / "agreement.json", agreement_json(agreement)},
                    {folder / "agreement.html", agreement_html(agreement)}});
}

}  // namespace ledd::review
