#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "ledd/core/error.h"

#include "readings.h"

namespace ledd::review {
namespace {

using review_record::Verdict;

std::size_t grade_of(Verdict verdict) {
  return verdict == Verdict::kAccepted ? 0 : verdict == Verdict::kRejected ? 1 : 2;
}

/// The verdicts of one result, by reader.
struct Judged {
  std::size_t place = 0;
  std::map<std::string, std::size_t> grades;
};

/// What was judged of one structure, or of whole cases, by one pipeline: by case, then by result.
using Item = std::map<std::string, std::map<std::string, Judged>>;

/// The newest result that all of `readers` judged; null when there is none.
const Judged* common(const std::map<std::string, Judged>& results, const std::vector<std::string>& readers) {
  const Judged* newest = nullptr;
  for (const auto& [digest, judged] : results) {
    const bool all = std::all_of(
        readers.begin(), readers.end(), [&](const auto& reader) { return judged.grades.contains(reader); });
    if (all && (newest == nullptr || judged.place > newest->place)) newest = &judged;
  }
  return newest;
}

/// Of the pairs of readers of one case, those who gave the same grade.
double share_of_pairs(const std::vector<std::size_t>& counts, std::size_t readers) {
  std::size_t same = 0;
  for (const std::size_t count : counts) same += count * (count > 0 ? count - 1 : 0);
  return static_cast<double>(same) / static_cast<double>(readers * (readers - 1));
}

/// Fills in kappa or the reason why there is none. @param same  Cases, or parts of them, of one grade.
template <class Compute>
void set_kappa(VerdictAgreement& one, double same, Compute&& compute) {
  if (one.cases < kLeastCases) {
    one.reason = fmt::format("{} cases that both judged: {} are needed", one.cases, kLeastCases);
    return;
  }
  one.observed = same / static_cast<double>(one.cases);
  try {
    one.kappa = compute();
    if (one.kappa->se == 0.0) one.reason = "no interval: the readers agree on all, or the cases are too few";
  } catch (const Error& e) {
    if (e.code() != Errc::kNumeric) throw;
    one.reason = e.what();
  }
}

VerdictAgreement two(const Item& item, const Pair& pair, const std::string& structure) {
  VerdictAgreement one{pair, structure, {}, 0, {}, {}, ""};
  one.counts.assign(kGrades.size(), std::vector<std::size_t>(kGrades.size(), 0));
  for (const auto& [id, results] : item)
    if (const Judged* judged = common(results, {pair.first, pair.second})) {
      ++one.counts[judged->grades.at(pair.first)][judged->grades.at(pair.second)];
      ++one.cases;
    }
  std::size_t same = 0;
  for (std::size_t n = 0; n < one.counts.size(); ++n) same += one.counts[n][n];
  set_kappa(one, static_cast<double>(same), [&] { return statistics::cohens_kappa(one.counts); });
  return one;
}

VerdictAgreement together(const Item& item,
                          const std::string& pipeline,
                          const std::vector<std::string>& readers,
                          const std::string& structure) {
  VerdictAgreement one{{pipeline, kAllReaders, ""}, structure, {}, 0, {}, {}, ""};
  double same = 0.0;
  std::vector<std::vector<std::size_t>> counts;
  for (const auto& [id, results] : item)
    if (const Judged* judged = common(results, readers)) {
      counts.emplace_back(kGrades.size(), 0);
      for (const std::string& reader : readers) ++counts.back()[judged->grades.at(reader)];
      same += share_of_pairs(counts.back(), readers.size());
      ++one.cases;
    }
  set_kappa(one, same, [&] { return statistics::fleiss_kappa(counts); });
  return one;
}

}  // namespace

std::vector<VerdictAgreement> verdicts_of(const Readings& readings) {
  std::map<std::pair<std::string, std::string>, Item> items;  // by pipeline and structure
  std::map<std::pair<std::string, std::string>, std::set<std::string>> readers_of;
  for (const Judgement& j : readings.judgements) {
    Judged& judged = items[{j.pipeline, j.structure}][j.case_id][j.judged];
    judged.place = j.place;
    judged.grades[j.reader] = grade_of(j.verdict);
    readers_of[{j.pipeline, j.structure}].insert(j.reader);
  }
  std::vector<VerdictAgreement> all;
  for (const auto& [key, item] : items) {
    const auto& [pipeline, structure] = key;
    const auto& set = readers_of.at(key);
    const std::vector<std::string> readers(set.begin(), set.end());
    for (std::size_t a = 0; a < readers.size(); ++a)
      for (std::size_t b = a + 1; b < readers.size(); ++b)
        all.push_back(two(item, {pipeline, readers[a], readers[b]}, structure));
    if (readers.size() > 2) all.push_back(together(item, pipeline, readers, structure));
  }
  return all;
}

}  // namespace ledd::review
