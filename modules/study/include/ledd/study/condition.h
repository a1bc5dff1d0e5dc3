#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ledd::study {

/// What is known of a series, by the names of known_facts(). What its header does not state is not there.
struct Facts {
  std::map<std::string, std::string, std::less<>> texts;
  std::map<std::string, std::vector<double>, std::less<>> numbers;  ///< One or more each, never none.
};

/// A fact that rules may speak of.
struct FactInfo {
  std::string_view name;
  std::string_view unit;  ///< "ms", "mm", "" of texts and counts.
  bool is_number = false;
  std::string_view help;  ///< Where it comes from.
};
/// Sorted by name.
const std::vector<FactInfo>& known_facts();

struct Interval {
  double low = 0.0, high = 0.0;  ///< Both belong to it.
  bool operator==(const Interval&) const = default;
};

/// What a rule says of one fact.
struct Condition {
  std::string fact;
  std::vector<std::string> patterns;  ///< Of a text: any of them; see matches().
  std::vector<Interval> intervals;    ///< Of numbers: each number lies in one of them.
  bool operator==(const Condition&) const = default;
};
/// Sorted by fact; all of them must hold.
using Conditions = std::vector<Condition>;

/// Whether a text is as a pattern says: `*` stands for any characters, `?` for one; letters of ASCII are the
/// same in upper and lower case; blanks around the text do not count.
bool matches(std::string_view pattern, std::string_view text);

/// A number that is not stated is in no interval; a text that is not stated is the empty text.
/// Numbers are compared with a tolerance of 1e-6 of the limit.
bool holds(const Condition& condition, const Facts& facts);
bool all_hold(const Conditions& conditions, const Facts& facts);

/// "4.5 to 5.5 ms", "1.5 or 3 T", "*DESS* or *dual echo*".
std::string expected(const Condition& condition);
/// "6 ms", "0.4 and 0.5 mm", "not stated".
std::string found(const Condition& condition, const Facts& facts);

}  // namespace ledd::study
