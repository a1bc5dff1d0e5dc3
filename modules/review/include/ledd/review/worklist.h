#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ledd/measurement/measurement.h"
#include "ledd/review_record/review_record.h"
#include "ledd/store/store.h"

namespace ledd::review {

/// One case of an output folder, as a reader's list shows it.
struct Item {
  std::string case_id, pipeline, site, subject, session, study_date, series;
  std::string state;                                ///< "done", "failed", "quarantined".
  std::string reason;                               ///< Why there is no result.
  std::size_t good = 0, uncertain = 0, failed = 0;  ///< Values of each quality.
  std::size_t eyes = 0;                             ///< Of the uncertain and failed, those that need eyes.
  std::string result_sha256;                        ///< Of provenance.json; empty without a result.
  review_record::Standing standing;
  /// Part of the values that need eyes, 0 to 1, a failed one counting twice; 1 without a result. Reviewed
  /// cases rank behind all others.
  double risk = 0.0;
};

/// The values of a case that somebody should look at, in their order: needs_eyes(), without standard errors
/// and spreads over slices, which are as good as their value.
std::vector<Measurement> doubts_of(const store::CaseEndpoints& endpoints);

/// All cases, riskiest first, then by id. @throws Error{kNotFound, kFormat, kPermission, kIo}
std::vector<Item> worklist(const std::filesystem::path& out);

/// What is left of a list; empty members let all through.
struct Filter {
  std::string pipeline, site, state, decision;  ///< "-" as decision: not reviewed.
  bool needs_eyes = false;
  std::string words;  ///< Each must stand somewhere in id, subject, series or reason; case does not matter.
};
std::vector<Item> filtered(const std::vector<Item>& items, const Filter& filter);

/// The same cases for a reader who is to know nothing of them: in an order that follows from nothing but the
/// ids and the reader's name, without subject, session, date, site, series and others' verdicts.
std::vector<Item> blinded(std::vector<Item> items, const std::string& reader);

/// "case 7": what a blinded case is called, from its place in blinded().
std::string blinded_name(std::size_t place);

}  // namespace ledd::review
