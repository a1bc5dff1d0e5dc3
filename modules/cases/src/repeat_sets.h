#pragma once
#include <string>
#include <vector>

#include "ledd/cases/repeatability.h"

#include "finished.h"

namespace ledd::cases {

/// Cases that show one joint (or one body without sides) of one subject while nothing changed.
struct RepeatSet {
  std::string pipeline, subject, side;
  std::string name;                    ///< For people: "A12, 2024-05-31" or the group's name.
  std::vector<const Finished*> scans;  ///< In order, two or more.
};

struct RepeatSets {
  std::vector<RepeatSet> sets;     ///< By pipeline, subject, day, side.
  std::vector<std::string> apart;  ///< What was left out, one sentence each.
};

/// @param cases  Outlive the sets.  @throws as read_repeats().
RepeatSets repeat_sets(const std::vector<Finished>& cases, const RepeatOptions& options);

/// All values that the sets give of one endpoint, region, side and statistic.
struct RepeatSeries {
  store::RepeatabilityRow row;  ///< Names and counts; its figures are filled in by measure().
  const EndpointDefinition* definition = nullptr;
  std::vector<std::vector<double>> values;  ///< Of each set with two values or more, in order of the scans.
  std::vector<std::string> names;           ///< Of these sets.
  std::vector<std::string> subjects;        ///< Of these sets.
};

/// By pipeline, endpoint, region, statistic, side. Rows that are errors of others are left out.
std::vector<RepeatSeries> repeat_series(const std::vector<RepeatSet>& sets, Pooling pooling);

/// Fills in the row's figures and its verdict.
void measure(RepeatSeries& series);

}  // namespace ledd::cases
