#include <fmt/format.h>

#include <algorithm>

#include "ledd/core/error.h"
#include "ledd/report/report.h"

#include "page_parts.h"

namespace ledd::report {
namespace {

using Dictionary = ctemplate::TemplateDictionary;

// The narrowing by state needs no script; the narrowing by text does, and its field is shown by it.
constexpr std::string_view kTemplate = R"html(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{TITLE:h}}</title>
<style>{{STYLE}}
.thumb { width: 7.5rem; } .thumb img { display: block; max-width: 7rem; max-height: 7rem; min-height: 2rem; background: #000; border-radius: .2rem; }
.cases td.number { text-align: right; } .cases thead th.number { text-align: right; }
.cases { width: 100%; }
.filter { margin: 1rem .3rem .6rem 0; display: inline-block; }
.filter + label, .search { margin-right: 1.2rem; }
#only-failed:checked ~ .scroll tr.uncertain, #only-failed:checked ~ .scroll tr.good,
#only-eyes:checked ~ .scroll tr.good,
#only-good:checked ~ .scroll tr.failed, #only-good:checked ~ .scroll tr.uncertain, tr.hidden { display: none; }
</style>
</head>
<body>
<p class="research">Research use only. Not for diagnosis.</p>
<h1>{{TITLE:h}}</h1>
<p>{{SUMMARY:h}} <a href="group.html">Values of all cases, by site, scanner and visit</a></p>
<input class="filter screen" type="radio" name="only" id="only-all" checked><label class="screen" for="only-all">all ({{ALL:h}})</label>
<input class="filter screen" type="radio" name="only" id="only-eyes"><label class="screen" for="only-eyes">needs eyes ({{EYES:h}})</label>
<input class="filter screen" type="radio" name="only" id="only-failed"><label class="screen" for="only-failed">failed ({{FAILED:h}})</label>
<input class="filter screen" type="radio" name="only" id="only-good"><label class="screen" for="only-good">nothing to look at ({{GOOD:h}})</label>
<label class="search screen" hidden>contains <input type="search" id="words"></label>
<div class="scroll"><table class="cases">
<thead><tr><th scope="col">Picture</th><th scope="col">Case</th><th scope="col">State</th><th scope="col" class="number">Need eyes</th><th scope="col" class="number">Good</th><th scope="col" class="number">Uncertain</th><th scope="col" class="number">Not measurable</th><th scope="col">Pipeline and series</th><th scope="col">Reason</th><th scope="col">Review</th></tr></thead>
<tbody>
{{#ROW}}<tr class="{{CLASS:h}}"><td class="thumb">{{#THUMB}}<img src="{{PNG:h}}" loading="lazy" alt="picture of case {{CASE:h}}">{{/THUMB}}</td><th scope="row">{{#LINKED}}<a href="{{LINK:h}}">{{CASE:h}}</a>{{/LINKED}}{{#UNLINKED}}{{CASE:h}}{{/UNLINKED}}</th><td><span class="state {{CLASS:h}}">{{STATE:h}}</span></td><td class="number">{{N_EYES:h}}</td><td class="number">{{N_GOOD:h}}</td><td class="number">{{N_UNCERTAIN:h}}</td><td class="number">{{N_FAILED:h}}</td><td>{{PIPELINE:h}}<br><span class="small">{{SERIES:h}}</span></td><td>{{REASON:h}}</td><td>{{DECISION:h}}<br><span class="small">{{READER:h}}</span></td></tr>
{{/ROW}}</tbody></table></div>
{{#NONE}}<p>There are no cases here yet.</p>{{/NONE}}
<footer><p class="research">Research use only. Not for diagnosis.</p></footer>
<script>
const words = document.getElementById("words");
words.parentElement.hidden = false;
words.addEventListener("input", () => {
  const wanted = words.value.toLowerCase();
  for (const row of document.querySelectorAll(".cases tbody tr"))
    row.classList.toggle("hidden", !row.textContent.toLowerCase().includes(wanted));
});
</script>
</body>
</html>
)html";

/// 0 for a case without results, 1 for one that needs eyes, 2 for nothing to look at.
int calmness(const IndexRow& row) {
  if (row.state != "done" && row.state != "cached") return 0;
  return row.eyes > 0 ? 1 : 2;
}

const char* class_of(const IndexRow& row) {
  switch (calmness(row)) {
    case 0: return "failed";
    case 2: return "good";
    default: return "uncertain";
  }
}

void show_row(Dictionary& at, const IndexRow& row) {
  require_relative(row.link);
  require_relative(row.thumbnail);
  at.SetValue("CLASS", class_of(row));
  at.SetValue("CASE", row.case_id);
  at.SetValue("STATE", row.state);
  at.SetIntValue("N_GOOD", static_cast<long>(row.good));
  at.SetIntValue("N_UNCERTAIN", static_cast<long>(row.uncertain));
  at.SetIntValue("N_FAILED", static_cast<long>(row.failed));
  at.SetIntValue("N_EYES", static_cast<long>(row.eyes));
  at.SetValue("PIPELINE", row.pipeline);
  at.SetValue("SERIES", row.series);
  at.SetValue("REASON", row.reason);
  at.SetValue("DECISION", row.decision);
  at.SetValue("READER", row.reader);
  if (row.link.empty())
    at.ShowSection("UNLINKED");
  else
    at.SetValueAndShowSection("LINK", row.link, "LINKED");
  if (!row.thumbnail.empty()) at.SetValueAndShowSection("PNG", row.thumbnail, "THUMB");
}

}  // namespace

std::string index_page(const std::string& title, const std::vector<IndexRow>& rows) {
  std::vector<const IndexRow*> sorted;
  sorted.reserve(rows.size());
  for (const IndexRow& row : rows) sorted.push_back(&row);
  std::stable_sort(sorted.begin(), sorted.end(), [](const IndexRow* a, const IndexRow* b) {
    return std::pair(calmness(*a), a->case_id) < std::pair(calmness(*b), b->case_id);
  });
  const auto count = [&](int from, int to) {
    return std::count_if(rows.begin(), rows.end(), [&](const IndexRow& row) {
      return calmness(row) >= from && calmness(row) <= to;
    });
  };
  Dictionary page("index");
  page.SetValue("STYLE", kStyle);
  page.SetValue("TITLE", title);
  page.SetValue("SUMMARY",
                fmt::format("{} cases: {} without a result, {} with values that need a reader's eyes, "
                            "{} that do not.",
                            rows.size(),
                            count(0, 0),
                            count(1, 1),
                            count(2, 2)));
  page.SetIntValue("ALL", static_cast<long>(rows.size()));
  page.SetIntValue("EYES", count(0, 1));
  page.SetIntValue("FAILED", count(0, 0));
  page.SetIntValue("GOOD", count(2, 2));
  if (rows.empty()) page.ShowSection("NONE");
  for (const IndexRow* row : sorted) show_row(*page.AddSectionDictionary("ROW"), *row);
  return expanded("index", kTemplate, page);
}

}  // namespace ledd::report
