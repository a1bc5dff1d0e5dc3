#include "readings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "ledd/core/error.h"

namespace ledd::review {
namespace {

namespace fs = std::filesystem;
using review_record::Decision;
using review_record::Verdict;

/// Decisions of several folders, and the results they are about.
class Gathering {
 public:
  explicit Gathering(const AgreementOptions& options) : options_(options) {}

  void add_folder(const fs::path& out) {
    auto versions = cases::versions_of(out);
    for (std::string& problem : versions.problems) found_.notes.push_back(std::move(problem));
    for (const auto& [id, results] : versions.by_case) add_results(id, results);
    for (const std::string& id : recorded(out)) add_record(out, id);
  }

  Readings all() {
    require_known_pipeline();
    // Folders may hold the same case: what was said last, wherever, is the last word.
    std::stable_sort(decisions_.begin(), decisions_.end(), [](const Decision& a, const Decision& b) {
      return a.utc < b.utc;
    });
    for (const Decision& d : decisions_) add(d);
    std::map<std::size_t, const Judgement*> in_order;
    for (const auto& [key, one] : last_) in_order.emplace(one.first, &one.second);
    for (const auto& [number, judgement] : in_order) found_.judgements.push_back(*judgement);
    tell_times();
    return std::move(found_);
  }

 private:
  void add_results(const std::string& id, const std::vector<cases::CaseVersion>& results) {
    std::string previous, automatic;
    for (std::size_t n = 0; n < results.size(); ++n) {
      found_.results.emplace(
          results[n].result_sha256,
          KnownResult{
              results[n], n, results[n].corrected.empty() ? previous : results[n].corrected, automatic});
      previous = results[n].result_sha256;
      if (results[n].automatic) automatic = previous;
      pipelines_[id] = results[n].pipeline;
    }
  }

  void require_known_pipeline() const {
    std::set<std::string> names;
    for (const auto& [id, pipeline] : pipelines_) names.insert(pipeline);
    require(options_.pipeline.empty() || names.contains(options_.pipeline),
            Errc::kParam,
            fmt::format(
                "no case has the pipeline '{}'; there are: {}", options_.pipeline, fmt::join(names, ", ")));
  }

  static std::vector<std::string> recorded(const fs::path& out) {
    std::vector<std::string> ids;
    if (fs::is_directory(out / "reviews"))
      for (const auto& entry : fs::directory_iterator(out / "reviews"))
        if (entry.path().extension() == ".jsonl") ids.push_back(entry.path().stem().string());
    std::sort(ids.begin(), ids.end());
    return ids;
  }

  void add_record(const fs::path& out, const std::string& id) {
    const auto record = review_record::record_of(out, id);
    if (!record.problem.empty()) {
      found_.notes.push_back("left out, since it was changed by hand: " + record.problem);
      return;
    }
    if (!pipelines_.contains(id)) {
      found_.notes.push_back(fmt::format("{}: case {} is not there any more", out.string(), id));
      return;
    }
    decisions_.insert(decisions_.end(), record.decisions.begin(), record.decisions.end());
  }

  void add(const Decision& d) {
    const std::string& pipeline = pipelines_.at(d.case_id);
    if (d.verdict == Verdict::kComment || (!options_.pipeline.empty() && pipeline != options_.pipeline) ||
        (options_.reads == AgreementOptions::Reads::kBlinded && !d.blinded))
      return;
    Judgement one{d.reader, d.case_id, pipeline, d.structure, d.result_sha256, 0, d.verdict, d.result_sha256};
    const auto seen = found_.results.find(d.result_sha256);
    if (d.verdict == Verdict::kCorrected) {
      if (seen == found_.results.end() || seen->second.previous.empty()) {
        found_.notes.push_back(fmt::format("case {}: the correction by {} of {} is left out, since {}",
                                           d.case_id,
                                           d.reader,
                                           d.utc,
                                           seen == found_.results.end()
                                               ? "its result is not there any more"
                                               : "the result it began from is not there any more"));
        return;
      }
      one.judged = seen->second.previous;
    }
    if (const auto at = found_.results.find(one.judged); at != found_.results.end())
      one.place = at->second.place;
    double& seconds = seconds_[d.reader][d.case_id][one.judged];
    seconds = std::max(seconds, d.seconds);
    const auto key = std::tuple(one.case_id, one.reader, one.structure, one.judged);
    last_.insert_or_assign(key, std::pair(++given_, std::move(one)));
  }

  void tell_times() {
    for (const auto& [reader, cases] : seconds_) {
      std::vector<double> of_cases;
      for (const auto& [id, results] : cases) {
        of_cases.push_back(0.0);
        for (const auto& [result, seconds] : results) of_cases.back() += seconds;
      }
      found_.times.push_back({reader, of_cases.size(), median(of_cases)});
    }
  }

  const AgreementOptions& options_;
  Readings found_;
  std::map<std::string, std::string> pipelines_;  ///< By case.
  std::vector<Decision> decisions_;
  /// The last of each case, reader, structure and result, with its number among all.
  std::map<std::tuple<std::string, std::string, std::string, std::string>, std::pair<std::size_t, Judgement>>
      last_;
  std::size_t given_ = 0;
  /// By reader, case and result: the longest time on the screen, which the earlier ones are part of.
  std::map<std::string, std::map<std::string, std::map<std::string, double>>> seconds_;
};

/// By pipeline, case and reader: the result that the reader stands for.
using Stands = std::map<std::pair<std::string, std::string>, std::map<std::string, std::string>>;

Stands stands_of(const Readings& readings, AgreementOptions::Results which) {
  Stands stands;
  std::set<std::pair<std::string, std::string>> own;  // reader and result
  for (const Judgement& j : readings.judgements) {
    if (!j.structure.empty()) continue;
    auto& of_case = stands[{j.pipeline, j.case_id}];
    if (j.verdict == Verdict::kCorrected) own.emplace(j.reader, j.result);
    const bool stands_for =
        j.verdict == Verdict::kCorrected ||
        (j.verdict == Verdict::kAccepted &&
         (which == AgreementOptions::Results::kAlsoAccepted || own.contains({j.reader, j.result})));
    if (stands_for)
      of_case[j.reader] = j.result;
    else if (j.verdict == Verdict::kRejected && of_case.contains(j.reader) &&
             of_case.at(j.reader) == j.result)
      of_case.erase(j.reader);
  }
  return stands;
}

bool follow(const KnownResult& one, const KnownResult& other) {
  return one.previous == other.version.result_sha256 || other.previous == one.version.result_sha256;
}

}  // namespace

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2.0;
}

Readings readings_of(const AgreementOptions& options) {
  Gathering gathering(options);
  std::set<fs::path> read;
  for (const fs::path& out : options.outs)
    if (read.insert(fs::weakly_canonical(out)).second) gathering.add_folder(out);
  return gathering.all();
}

std::vector<Compared> compared_of(const Readings& readings,
                                  AgreementOptions::Results which,
                                  std::vector<std::string>& notes) {
  std::vector<Compared> all;
  const auto known = [&](const std::string& digest) {
    const auto at = readings.results.find(digest);
    return at == readings.results.end() ? nullptr : &at->second;
  };
  for (const auto& [key, readers] : stands_of(readings, which)) {
    const auto& [pipeline, id] = key;
    for (auto a = readers.begin(); a != readers.end(); ++a) {
      const KnownResult* first = known(a->second);
      if (first == nullptr) continue;
      const KnownResult* automatic = first->version.automatic ? first : known(first->automatic);
      if (automatic != nullptr)
        all.push_back({{pipeline, kAutomatic, a->first}, id, automatic, first});
      else
        notes.push_back(fmt::format("case {}: no automatic result is left to compare with", id));
      for (auto b = std::next(a); b != readers.end(); ++b)
        if (const KnownResult* second = known(b->second))
          all.push_back({{pipeline, a->first, b->first}, id, first, second});
    }
  }
  const auto place = [](const Compared& c) {
    return std::tie(c.pair.pipeline, c.pair.first, c.pair.second, c.case_id);
  };
  std::sort(
      all.begin(), all.end(), [&](const Compared& a, const Compared& b) { return place(a) < place(b); });
  std::map<std::pair<std::string, std::string>, std::size_t> following;
  for (const Compared& c : all)
    if (c.pair.first != kAutomatic && follow(*c.first, *c.second)) ++following[{c.pair.first, c.pair.second}];
  for (const auto& [pair, count] : following)
    notes.push_back(fmt::format(
        "{} cases: of {} and {}, one began from the result of the other, so that they agree more than "
        "readers who do not see each other's work",
        count,
        pair.first,
        pair.second));
  return all;
}

}  // namespace ledd::review
