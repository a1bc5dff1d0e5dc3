#include "ledd/review/worklist.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <sstream>

#include "ledd/cases/overview.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/store/store.h"

namespace ledd::review {
namespace {

namespace fs = std::filesystem;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

/// As good as its value: no value of its own.
bool is_spread(const Measurement& m) {
  return m.statistic == "se" || m.statistic == "slice_sd";
}

void count(const store::CaseEndpoints& endpoints, Item& item) {
  for (const Measurement& m : endpoints.measurements)
    if (!is_spread(m))
      ++(m.quality == Quality::kGood        ? item.good
         : m.quality == Quality::kUncertain ? item.uncertain
                                            : item.failed);
  for (const Measurement& m : doubts_of(endpoints)) {
    ++item.eyes;
    item.risk += m.quality == Quality::kFailed ? 2.0 : 1.0;
  }
  const std::size_t all = item.good + item.uncertain + item.failed;
  item.risk = all == 0 ? 0.0 : std::min(1.0, item.risk / static_cast<double>(2 * all));
}

Item item_of(const fs::path& out, const store::StatusRow& row) {
  Item item;
  item.case_id = row.case_id;
  item.pipeline = row.pipeline;
  item.series = row.series;
  item.state = row.state;
  item.reason = row.reason;
  if (row.state != "done") {
    item.risk = 1.0;
    return item;
  }
  const fs::path folder = out / "cases" / row.case_id;
  const auto endpoints = store::parse_endpoints(files::read_bytes(folder / "endpoints.json"));
  item.site = endpoints.info.site;
  item.subject = endpoints.info.subject;
  item.session = endpoints.info.session;
  item.study_date = endpoints.info.study_date;
  count(endpoints, item);
  item.result_sha256 = files::sha256_of_file(folder / "provenance.json");
  item.standing = {row.review.reviewed, row.review.reader, row.review.decision};
  return item;
}

bool is_open(const Item& item) {
  return item.standing.decision.empty() || item.standing.decision == "outdated" ||
         item.standing.decision == "disagreed" || item.standing.decision == "unreliable";
}

bool has_all_words(const Item& item, const std::string& words) {
  const std::string text = lower(item.case_id + "\n" + item.subject + "\n" + item.series + "\n" +
                                 item.reason + "\n" + item.pipeline);
  std::istringstream stream(lower(words));
  for (std::string word; stream >> word;)
    if (text.find(word) == std::string::npos) return false;
  return true;
}

}  // namespace

std::vector<Measurement> doubts_of(const store::CaseEndpoints& endpoints) {
  std::vector<Measurement> doubts;
  std::copy_if(endpoints.measurements.begin(),
               endpoints.measurements.end(),
               std::back_inserter(doubts),
               [](const Measurement& m) { return needs_eyes(m) && !is_spread(m); });
  return doubts;
}

std::vector<Item> worklist(const fs::path& out) {
  std::vector<Item> items;
  for (const auto& row : cases::read_status(out)) items.push_back(item_of(out, row));
  std::stable_sort(items.begin(), items.end(), [](const Item& a, const Item& b) {
    if (is_open(a) != is_open(b)) return is_open(a);
    if (a.risk != b.risk) return a.risk > b.risk;
    return a.case_id < b.case_id;
  });
  return items;
}

std::vector<Item> filtered(const std::vector<Item>& items, const Filter& filter) {
  const auto fits = [](const std::string& wanted, const std::string& has) {
    return wanted.empty() || wanted == has;
  };
  std::vector<Item> kept;
  for (const Item& item : items) {
    const std::string decision = item.standing.decision.empty() ? "-" : item.standing.decision;
    if (fits(filter.pipeline, item.pipeline) && fits(filter.site, item.site) &&
        fits(filter.state, item.state) && fits(filter.decision, decision) &&
        (!filter.needs_eyes || item.eyes > 0) && has_all_words(item, filter.words))
      kept.push_back(item);
  }
  return kept;
}

std::vector<Item> blinded(std::vector<Item> items, const std::string& reader) {
  for (Item& item : items) {
    for (std::string* text : {&item.subject, &item.session, &item.study_date, &item.site, &item.series})
      text->clear();
    item.standing = {};
  }
  const auto place = [&](const Item& item) { return files::sha256(reader + "\n" + item.case_id); };
  std::sort(items.begin(), items.end(), [&](const Item& a, const Item& b) { return place(a) < place(b); });
  return items;
}

std::string blinded_name(std::size_t place) {
  return fmt::format("case {}", place + 1);
}

}  // namespace ledd::review
