#pragma once
#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/label_agreement/label_agreement.h"
#include "ledd/statistics/agreement.h"
#include "ledd/store/agreement.h"

namespace ledd::review {

struct AgreementOptions {
  std::vector<std::filesystem::path> outs;  ///< Folders that runs wrote to: copies for readers, for instance.
  std::string pipeline;                     ///< Only its cases; empty: of all.
  enum class Reads { kAll, kBlinded } reads = Reads::kAll;
  /// What a reader stands for: the own correction, or also a result that was accepted as it was.
  enum class Results { kCorrected, kAlsoAccepted } results = Results::kCorrected;
};

/// Below so many cases a figure is not given.
inline constexpr std::size_t kLeastCases = 3;

/// Two who are compared; the automatic result is called "automatic" and comes first.
struct Pair {
  std::string pipeline, first, second;
  bool operator==(const Pair&) const = default;
};

/// Grades of verdicts, in the order of the tables.
inline constexpr std::array<const char*, 3> kGrades{"accepted", "rejected", "corrected"};

/// Last verdicts of readers on the same results.
struct VerdictAgreement {
  Pair pair;                                     ///< "all" and "" for all readers together.
  std::string structure;                         ///< Short name; empty: the whole case.
  std::vector<std::vector<std::size_t>> counts;  ///< [first's grade][second's grade]; empty for all together.
  std::size_t cases = 0;
  std::optional<double> observed;  ///< Share of pairs of readers who said the same; empty: too few cases.
  std::optional<statistics::Kappa> kappa;  ///< Cohen's; of all together Fleiss'.
  std::string reason;                      ///< Why there is none.
};

/// One endpoint of one region in two results of the same cases.
struct ValueAgreement {
  Pair pair;
  std::string endpoint, title, region, side, statistic, unit;
  std::vector<std::array<double, 2>> values;  ///< First's and second's.
  std::vector<std::string> cases;             ///< Id of each.
  std::optional<statistics::IntraclassCorrelation> icc;
  std::optional<statistics::BlandAltman> difference;  ///< Second minus first.
  std::string icc_reason, difference_reason;          ///< Why there is none.
};

/// One structure in two label maps of the same cases.
struct MaskAgreement {
  struct Case {
    std::string case_id;
    label_agreement::StructureAgreement found;
  };
  Pair pair;
  std::string structure;
  std::vector<Case> cases;
};

struct ReadingTime {
  std::string reader;
  std::size_t cases = 0;
  double median_s = 0.0;
};

struct Agreement {
  std::vector<VerdictAgreement> verdicts;
  std::vector<ValueAgreement> values;
  std::vector<MaskAgreement> masks;
  std::vector<ReadingTime> times;
  std::vector<std::string> notes;  ///< What was left out, and what makes figures look better than they are.
};

/// How far readers agree with each other and with the automatic result.
///
/// Method   Verdicts: of each reader the last on a result counts; a correction is a verdict on the result
/// that
///          was corrected. A case counts once for two readers: by the newest result that both judged. Values
///          and masks: a reader stands for the result of the own last correction, unless it was rejected
///          since; the automatic one is the newest before it.
/// @throws Error{kNotFound, kFormat, kPermission, kIo}  of the folders.  @throws Error{kCancelled}
Agreement agreement_of(const AgreementOptions& options, Context& context);

/// The figures, as agreement.csv holds them.
std::vector<store::AgreementRow> rows_of(const Agreement& agreement);

std::string agreement_json(const Agreement& agreement);
std::vector<std::string> agreement_lines(const Agreement& agreement);  ///< JSON Lines: the rows.
std::string agreement_text(const Agreement& agreement);                ///< For a terminal.
std::string agreement_html(const Agreement& agreement);

/// agreement.csv, agreement.json and agreement.html, together. @throws Error{kCreate, kPermission, kIo}
void write_agreement(const Agreement& agreement, const std::filesystem::path& folder);

}  // namespace ledd::review
