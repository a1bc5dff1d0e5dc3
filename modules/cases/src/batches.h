#pragma once
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "ledd/cases/harmonise.h"
#include "ledd/store/harmonised.h"

#include "finished.h"

namespace ledd::cases {

/// Scanner or site of a case; "" when it is not known.
const std::string& batch_of(const Finished& one, BatchBy by);

/// What harmonisation is of: a row of the tables without its case and side.
struct Feature {
  std::string endpoint, region, statistic, unit, method;
  bool operator<(const Feature& other) const {
    return std::tie(endpoint, region, statistic, unit, method) <
           std::tie(other.endpoint, other.region, other.statistic, other.unit, other.method);
  }
};
Feature feature_of(const Measurement& measurement, const Finished& one);

/// What one method says of the cases of one pipeline: rows of each case in the order of its measurements.
struct Harmonised {
  std::vector<std::vector<store::HarmonisedRow>> rows;  ///< [case][measurement]
  std::vector<store::BatchRow> batches;
};

/// The rows before any harmonisation, with batch, and with a reason where nothing can be harmonised: no
/// value, the error of another row, no batch.
Harmonised raw_rows(const std::vector<const Finished*>& cases, BatchBy by);

/// Fills in what ComBat gives. @param cases  Of one pipeline.
void harmonise_by_combat(const std::vector<const Finished*>& cases,
                         const HarmoniseOptions& options,
                         Harmonised& to);

/// Lines from phantom scans, read once. @throws as harmonise().
class PhantomLines {
 public:
  explicit PhantomLines(const HarmoniseOptions& options);
  ~PhantomLines();
  PhantomLines(const PhantomLines&) = delete;
  PhantomLines& operator=(const PhantomLines&) = delete;
  void harmonise(const std::vector<const Finished*>& cases, Harmonised& to) const;

 private:
  struct Line;
  std::string reference_;
  std::map<std::pair<std::string, std::string>, Line> lines_;  // batch, endpoint
};

}  // namespace ledd::cases
