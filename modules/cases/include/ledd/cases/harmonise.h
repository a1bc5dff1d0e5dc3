#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace ledd::cases {

enum class Harmonisation {
  kCombat,   ///< Shift and scale of each batch, found from the cases themselves.
  kPhantom,  ///< A line for each batch, found from phantom scans.
};
enum class BatchBy { kScanner, kSite };

struct HarmoniseOptions {
  std::filesystem::path out;  ///< What `ledd run` wrote.
  std::filesystem::path to;   ///< Folder for harmonised.csv and harmonisation.csv; may be `out`.
  Harmonisation method = Harmonisation::kCombat;
  BatchBy by = BatchBy::kScanner;
  std::string pipeline{};   ///< Empty: of all, each by itself.
  std::string reference{};  ///< The batch that stays as it is; empty: combat moves all to the middle.

  /// For combat. The file has a column `case_id` or `subject` and one of each covariate; cells that are all
  /// numbers are numbers, else they are categories.
  std::filesystem::path covariates{};
  std::vector<std::string> preserve{};  ///< Columns whose effect is to stay.
  bool empirical_bayes = true;
  std::size_t least_samples = 5;  ///< Of an endpoint and region that a batch must have.

  /// For phantom: a file with the columns `scanner` (or `site`), endpoint, part, value and, without a
  /// `reference` batch, `reference`: what the value ought to be, in the endpoint's unit.
  std::filesystem::path phantom{};
};

struct HarmoniseSummary {
  std::size_t values = 0;      ///< Measured ones.
  std::size_t harmonised = 0;  ///< Of these.
  std::vector<std::string> notes;
};

/// Writes every measurement with its harmonised value beside it, or the reason why there is none; the raw
/// value stays. Right and left joints of a case are samples of one endpoint and region.
/// @throws Error{kParam}     a column of `preserve` is missing, a file is not named that is needed.
/// @throws Error{kInput}     a covariate cannot be told from the batches; the file contradicts itself.
/// @throws Error{kNotFound, kFormat, kCreate, kPermission, kIo}
HarmoniseSummary harmonise(const HarmoniseOptions& options);

}  // namespace ledd::cases
