#include "page_parts.h"

#include <algorithm>
#include <array>

#include "ledd/core/error.h"

namespace ledd::report {

const char* const kStyle = R"css(
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 82rem; padding: 1rem 1.5rem 2rem; background: #fff; color: #16202a;
  font: 16px/1.5 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: .8rem 0 .4rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2rem 0 .6rem; padding-bottom: .25rem; border-bottom: 1px solid #cdd5dd; }
a { color: #0b4f8a; }
.research { background: #16202a; color: #fff; font-weight: 600; padding: .35rem .8rem; border-radius: .3rem; }
.state { display: inline-block; font-weight: 600; padding: .2rem .7rem; border-radius: .3rem; border: 1px solid; }
.state.good { background: #e8f3ec; color: #14532d; border-color: #8fbf9f; }
.state.uncertain { background: #fff3d1; color: #6b4200; border-color: #d9a83c; }
.state.failed { background: #fde9e7; color: #8c1610; border-color: #d98a84; }
.notes { margin: .8rem 0; padding: .6rem 1rem; background: #fff3d1; border-left: .35rem solid #c98a00; }
.notes ul { margin: 0; padding-left: 1.2rem; }
.counts { color: #55616d; margin-left: .6rem; }
.glance { display: flex; flex-wrap: wrap; gap: .4rem 2rem; }
.glance section { flex: 1 1 26rem; } .glance h2 { margin-top: .8rem; }
.summary table { margin: 0; width: 100%; }
.summary th { font-weight: 600; white-space: nowrap; }
.summary .plain td { color: #3c4854; }
.summary .abnormal td { font-weight: 600; background: #fde9e7; color: #7a130e; }
.summary .doubt td { font-weight: 600; background: #fff3d1; color: #6b4200; }
.eyes ul { margin: 0; padding-left: 1.2rem; }
.figures { display: flex; flex-wrap: wrap; gap: 1.2rem; align-items: flex-start; }
figure { margin: 0; min-width: 14rem; max-width: 100%; break-inside: avoid; }
figure img { display: block; max-width: 100%; max-height: 46rem; width: auto; height: auto; background: #000; border-radius: .2rem; }
.form td, .form th { border: 1px solid #b9c3cd; font-size: .85rem; padding: .2rem .45rem; }
.form .box { display: inline-block; width: 1.15em; height: 1.15em; border: 1.5px solid #16202a; margin-right: .4em; vertical-align: -.2em; background: #fff; }
caption { text-align: left; color: #55616d; font-size: .9rem; padding: .2rem 0; }
figcaption { contain: inline-size; margin-top: .35rem; color: #3c4854; font-size: .95rem; }
.scroll { overflow-x: auto; max-width: 100%; }
.tables { display: flex; flex-wrap: wrap; gap: 0 2rem; align-items: flex-start; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .4rem 0 1rem; }
th, td { padding: .32rem .75rem; border-bottom: 1px solid #dde3e9; text-align: left; vertical-align: top; }
thead th { border-bottom: 2px solid #8794a1; vertical-align: bottom; background: #f5f7f9; }
.values td, .values th { padding: .25rem .5rem; font-size: .92rem; }
.values td, .values thead th { text-align: right; white-space: nowrap; }
.values th:first-child { text-align: left; }
.values tbody tr:hover { background: #f5f7f9; }
.unit { display: block; font-weight: 400; color: #55616d; font-size: .85rem; min-height: 1.2em; }
td.uncertain { background: #fff3d1; color: #6b4200; font-weight: 600; }
td.failed { background: #fde9e7; color: #8c1610; font-weight: 600; }
td.limited, td.absent { color: #66727e; }
sup { font-size: .72em; line-height: 0; }
sup a { color: inherit; }
.legend, .small { color: #55616d; font-size: .9rem; }
.reasons li { margin: .2rem 0; }
.mark { font-weight: 700; }
.mark.uncertain { color: #6b4200; } .mark.failed { color: #8c1610; } .mark.inherent { color: #66727e; font-weight: 400; }
.definitions dt { font-weight: 600; margin-top: .9rem; }
.definitions dd { margin: .1rem 0 0 1rem; }
.facts th { font-weight: 600; white-space: nowrap; } .facts td { overflow-wrap: anywhere; }
footer { margin-top: 2.5rem; }
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  .research, .state, td, .notes, thead th { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  figure img { max-height: 120mm; }
  table, .notes, dt, dd { break-inside: avoid; }
  h2 { break-after: avoid; }
  .form { break-before: page; } .form td, .form th { font-size: 7.5pt; padding: 1mm; } .form tr { break-inside: avoid; }
  .form table { break-inside: auto; } thead { display: table-header-group; }
  .screen { display: none; }
}
)css";

std::string expanded(std::string_view name, std::string_view text, ctemplate::TemplateDictionary& values) {
  ctemplate::TemplateCache cache;  // its own: no state is shared between threads
  const std::string key(name);
  std::string page;
  const bool ok = cache.StringToTemplateCache(key, text.data(), text.size(), ctemplate::DO_NOT_STRIP) &&
                  cache.ExpandWithData(key, ctemplate::DO_NOT_STRIP, &values, nullptr, &page);
  require(ok, Errc::kInternal, "the template " + key + " is malformed");
  return page;
}

std::string inlined_png(const std::string& png) {
  if (png.empty()) return "";
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out = "data:image/png;base64,";
  out.reserve(out.size() + png.size() / 3 * 4 + 4);
  for (std::size_t at = 0; at < png.size(); at += 3) {
    std::array<unsigned, 3> byte{};
    const std::size_t have = std::min<std::size_t>(3, png.size() - at);
    for (std::size_t n = 0; n < have; ++n) byte[n] = static_cast<unsigned char>(png[at + n]);
    const unsigned bits = byte[0] << 16U | byte[1] << 8U | byte[2];
    for (unsigned n = 0; n < 4; ++n) out += n <= have ? kDigits[bits >> (18U - 6U * n) & 63U] : '=';
  }
  return out;
}

void require_relative(const std::string& link) {
  require(link.find(':') == std::string::npos && !link.starts_with('/') && !link.starts_with('\\'),
          Errc::kInput,
          "the link '" + link + "' is not a relative path");
}

}  // namespace ledd::report
