#include "group_parts.h"

namespace ledd::report {

// Texts reach the page through textContent and setAttribute alone, so none of them can become markup.
const char* const kGroupScript = R"js(
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const get = id => document.getElementById(id);
const KINDS = ["site", "scanner", "visit", "side"];
const STEPS = ["pipeline", "endpoint", "region", "statistic"];
const MAD_TO_SD = 1.4826, LIMIT = 3, FEWEST = 5;
const QUALITY = ["good", "uncertain", "not measurable"];
const HEIGHT = 430, TOP = 12, BOTTOM = 78, LEFT = 74, RIGHT = 14;
let shown = [], at = -1;  // the points drawn, by group and value, and the one that is told of

function element(name, attributes = {}, text = null, space = null) {
  const e = space ? document.createElementNS(space, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
  if (text !== null) e.textContent = text;
  return e;
}
const svg = (name, attributes, text) => element(name, attributes, text, "http://www.w3.org/2000/svg");
const inOrder = words => [...new Set(words)].sort((a, b) => a.localeCompare(b, "en", {numeric: true}));
const named = word => word === "" ? "not stated" : word;
const short = (text, most) => text.length > most ? text.slice(0, most - 1) + "\u2026" : text;
const figure = x => x === null ? "" : String(+x.toPrecision(5));

function median(sorted) {
  const n = sorted.length, half = n >> 1;
  return n === 0 ? null : n % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
const ascending = numbers => Float64Array.from(numbers).sort();

// The rows of one packed series.
function rowsOf(series) {
  const rows = [];
  let index = 0;
  series.v.forEach((value, n) => {
    index = n === 0 ? series.c[0] : index + (series.c.length > 1 ? series.c[n] : 1);
    rows.push({index, value, side: data.sides[series.d ? parseInt(series.d[n], 36) : 0], quality: 0, reason: ""});
  });
  for (let n = 0; n < series.f.length; n += 3) {
    rows[series.f[n]].quality = series.f[n + 1];
    rows[series.f[n]].reason = data.reasons[series.f[n + 2]];
  }
  for (const row of rows)
    for (const kind of ["site", "scanner", "visit"]) row[kind] = data.names[kind][data.cases[kind][row.index]];
  return rows;
}

// More than three scaled median absolute deviations from the median of all values of the series.
function limitsOf(rows) {
  const values = ascending(rows.filter(r => r.value !== null).map(r => r.value));
  const middle = median(values);
  if (values.length < FEWEST) return {middle, why: `fewer than ${FEWEST} values: no outliers are marked`};
  const spread = MAD_TO_SD * median(ascending(values.map(v => Math.abs(v - middle))));
  if (!(spread > 0)) return {middle, why: "more than half of the values are equal: no outliers are marked"};
  return {middle, spread, low: middle - LIMIT * spread, high: middle + LIMIT * spread};
}

function fill(select, words, wanted, all) {
  const options = words.map(word => {
    const option = element("option", {value: word}, named(word));
    const title = select.id === "endpoint" ? data.titles[word] : "";
    if (title) option.textContent = `${word}: ${title}`;
    return option;
  });
  if (all) options.unshift(element("option", {value: "*"}, all));
  select.replaceChildren(...options);
  if (wanted !== undefined && wanted !== null && [...select.options].some(o => o.value === wanted)) select.value = wanted;
}

// The four choices depend on each other from left to right; what the address asks for wins where it is there.
function offer(asked) {
  let left = data.series;
  const keys = {pipeline: "p", endpoint: "e", region: "r", statistic: "s"};
  for (const step of STEPS) {
    const before = asked.get(step) ?? get(step).value;
    fill(get(step), [...new Set(left.map(s => s[keys[step]]))], before);
    left = left.filter(s => s[keys[step]] === get(step).value);
  }
  if (asked.has("by") && KINDS.includes(asked.get("by"))) get("by").value = asked.get("by");
  if (asked.has("quality")) get("quality").value = asked.get("quality") === "good" ? "good" : "*";
  const rows = left.length ? rowsOf(left[0]) : [];
  for (const kind of KINDS)
    fill(get("only-" + kind), inOrder(rows.map(r => r[kind])), asked.get(kind) ?? get("only-" + kind).value, "all");
  return {series: left[0], rows};
}

function keep(rows) {
  return rows.filter(row => KINDS.every(kind => {
    const only = get("only-" + kind).value;
    return only === "*" || row[kind] === only;
  }) && (get("quality").value !== "good" || row.quality !== 1));
}

function remember() {
  const words = new URLSearchParams();
  for (const step of [...STEPS, "by"]) words.set(step, get(step).value);
  for (const kind of KINDS) if (get("only-" + kind).value !== "*") words.set(kind, get("only-" + kind).value);
  if (get("quality").value === "good") words.set("quality", "good");
  try { history.replaceState(null, "", "#" + words); } catch { /* the address stays as it was */ }
}

// Steps of 1, 2 or 5 that give about six lines.
function ticks(low, high) {
  const rough = (high - low) / 6, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find(n => n * power >= rough);
  const all = [];
  for (let n = Math.ceil(low / step); n * step <= high; ++n) all.push(+(n * step).toPrecision(12));
  return all;
}

function extent(values) {
  let low = Infinity, high = -Infinity;
  for (const v of values) { low = Math.min(low, v); high = Math.max(high, v); }
  const pad = high > low ? (high - low) * 0.05 : Math.abs(high) * 0.05 || 1;
  return [low - pad, high + pad];
}

function label(row) {
  const c = data.cases, value = row.value === null ? "not measurable" : `${figure(row.value)} ${row.unit}`;
  return [`case ${c.id[row.index]}`, `subject ${named(c.subject[row.index])}`, c.date[row.index],
          row.side && `side ${row.side}`, value, QUALITY[row.quality], row.reason,
          c.decision[row.index]].filter(Boolean).join(", ");
}

function summaryLines(picture, group, y) {
  const values = ascending(group.points.map(p => p.value)), n = values.length;
  if (n === 0) return;
  const quarter = f => values[Math.min(n - 1, Math.floor(f * n))];
  const wide = Math.min(group.width * 0.36, 110);
  if (n >= 4) picture.append(svg("rect", {class: "quarters", x: group.x - wide, width: 2 * wide, y: y(quarter(0.75)),
                              height: Math.max(0.5, y(quarter(0.25)) - y(quarter(0.75)))}));
  picture.append(svg("line", {class: "median", x1: group.x - wide, x2: group.x + wide, y1: y(median(values)),
                              y2: y(median(values))}));
}

function axes(picture, groups, y, low, high, width, unit) {
  for (const tick of ticks(low, high)) {
    picture.append(svg("line", {class: "grid", x1: LEFT, x2: width - RIGHT, y1: y(tick), y2: y(tick)}));
    picture.append(svg("text", {x: LEFT - 8, y: y(tick) + 4, "text-anchor": "end"}, String(tick)));
  }
  picture.append(svg("text", {x: 14, y: HEIGHT / 2 - 30, transform: `rotate(-90 14 ${HEIGHT / 2 - 30})`,
                              "text-anchor": "middle"}, unit));
  for (const group of groups) {
    const most = Math.max(6, Math.floor(group.width / 7.5));
    const name = svg("text", {x: group.x, y: HEIGHT - BOTTOM + 22, "text-anchor": "middle", class: "group"},
                     short(named(group.name), most));
    name.append(svg("title", {}, named(group.name)));
    picture.append(name);
    picture.append(svg("text", {x: group.x, y: HEIGHT - BOTTOM + 40, "text-anchor": "middle"}, `n = ${group.points.length}`));
    if (group.failed) picture.append(svg("text", {x: group.x, y: HEIGHT - BOTTOM + 57, "text-anchor": "middle",
                                                  class: "failed"}, `${group.failed} not measurable`));
  }
}

// Between -0.5 and 0.5, without a pattern, the same at every look.
function jitter(index) {
  let bits = Math.imul(index + 1, 0x9e3779b1);
  bits = Math.imul(bits ^ bits >>> 15, 0x2c1b3c6d);
  bits = Math.imul(bits ^ bits >>> 12, 0x297a2d39);
  return ((bits ^ bits >>> 15) >>> 0) / 4294967296 - 0.5;
}

function layOut(rows, by) {
  const names = inOrder(rows.map(r => r[by]));
  const room = Math.max(640, Math.min(1180, get("plot").clientWidth || 1000));
  const width = Math.max(room, LEFT + RIGHT + 62 * names.length);
  const each = (width - LEFT - RIGHT) / Math.max(1, names.length);
  const groups = names.map((name, n) => ({name, x: LEFT + (n + 0.5) * each, width: each, points: [], failed: 0}));
  const byName = new Map(groups.map(g => [g.name, g]));
  for (const row of rows) {
    const group = byName.get(row[by]);
    if (row.value === null) { ++group.failed; continue; }
    row.x = group.x + jitter(row.index) * Math.min(each * 0.7, 150);
    group.points.push(row);
  }
  for (const group of groups) group.points.sort((a, b) => a.value - b.value || a.index - b.index);
  return {groups, width};
}

function draw(rows, unit, limits) {
  const {groups, width} = layOut(rows, get("by").value);
  shown = groups.flatMap(g => g.points);
  at = -1;
  const picture = svg("svg", {viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: "img", tabindex: "0",
                              "aria-label": `${shown.length} values of ${get("endpoint").value} by ${get("by").value}; ` +
                                            "arrow keys step through them, Enter opens the case"});
  if (shown.length) {
    const [low, high] = extent(shown.map(p => p.value));
    const y = value => TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM);
    axes(picture, groups, y, low, high, width, unit);
    if (limits.spread)
      for (const limit of [limits.low, limits.high])
        if (limit > low && limit < high)
          picture.append(svg("line", {class: "limit", x1: LEFT, x2: width - RIGHT, y1: y(limit), y2: y(limit)}));
    for (const group of groups) summaryLines(picture, group, y);
    const dots = [], marks = [];
    for (const p of shown) {
      p.y = y(p.value);
      if (p.quality === 0) dots.push(`M${p.x.toFixed(1)},${p.y.toFixed(1)}h0`);
      else marks.push(`M${p.x.toFixed(1)},${(p.y - 4.5).toFixed(1)}l4.5,8h-9z`);
    }
    picture.append(svg("path", {class: "dots", d: dots.join("")}), svg("path", {class: "marks", d: marks.join("")}));
    for (const p of shown) if (p.outlier) {
      const link = svg("a", {class: "outlier", href: data.cases.link[p.index], tabindex: "-1"});
      link.append(svg("circle", {cx: p.x.toFixed(1), cy: p.y.toFixed(1), r: 7}), svg("title", {}, label(p)));
      picture.append(link);
    }
    picture.append(svg("circle", {class: "here", r: 10, cx: -50, cy: -50}));
  } else {
    picture.append(svg("text", {x: width / 2, y: HEIGHT / 2, "text-anchor": "middle"}, "There is no value to show."));
  }
  picture.dataset.points = shown.length;
  get("plot").replaceChildren(picture);
}

function table(body, rows, cells) {
  const most = 500;
  body.replaceChildren(...rows.slice(0, most).map(row => {
    const line = element("tr"), head = element("th", {scope: "row"});
    head.append(element("a", {href: data.cases.link[row.index]}, data.cases.id[row.index]));
    line.append(head, ...cells(row).map(text => element("td", {}, text)));
    return line;
  }));
  if (rows.length > most) {
    const line = element("tr");
    line.append(element("td", {colspan: 8}, `and ${rows.length - most} more: see endpoints.csv`));
    body.append(line);
  }
}

function tell(n) {
  at = n;
  const p = shown[n];
  for (const here of document.querySelectorAll(".here")) { here.setAttribute("cx", p ? p.x : -50); here.setAttribute("cy", p ? p.y : -50); }
  get("about").textContent = p ? label(p) : "Point at a value, or step through them with the arrow keys.";
}

function nearest(event) {
  const picture = get("plot").firstElementChild, box = picture.getBoundingClientRect();
  const scale = picture.viewBox.baseVal.width / box.width;
  const x = (event.clientX - box.left) * scale, y = (event.clientY - box.top) * scale;
  let best = -1, least = 16 ** 2;
  shown.forEach((p, n) => { const d = (p.x - x) ** 2 + (p.y - y) ** 2; if (d < least) { least = d; best = n; } });
  return best;
}

function show(asked) {
  const {series, rows} = offer(asked);
  const unit = series ? series.u : "", limits = limitsOf(rows);
  for (const row of rows) {
    row.unit = unit;
    row.away = limits.spread && row.value !== null ? (row.value - limits.middle) / limits.spread : 0;
    row.outlier = Math.abs(row.away) > LIMIT;
  }
  const kept = keep(rows);
  draw(kept, unit, limits);
  const far = kept.filter(r => r.outlier).sort((a, b) => Math.abs(b.away) - Math.abs(a.away));
  const failed = kept.filter(r => r.value === null), doubtful = kept.filter(r => r.quality === 1);
  const whose = r => [data.cases.subject[r.index], r.side, r.site, r.scanner, r.visit];
  table(get("outliers"), far, r => [...whose(r), `${figure(r.value)} ${unit}`, `${r.away > 0 ? "+" : ""}${r.away.toFixed(1)}`,
                                    [QUALITY[r.quality], r.reason].filter(Boolean).join(": ")]);
  table(get("unmeasured"), failed, r => [...whose(r), r.reason]);
  get("n-outliers").textContent = far.length;
  get("outliers").parentElement.hidden = far.length === 0;
  get("n-unmeasured").textContent = failed.length;
  get("rule").textContent = `${shown.length} values shown (${doubtful.length} uncertain), ${failed.length} not measurable, ` +
    `${rows.length - kept.length} left out by the filters. ` + (limits.why ? `Median ${figure(limits.middle)} ${unit}; ${limits.why}.`
    : `Median of the whole group ${figure(limits.middle)} ${unit}, scaled MAD ${figure(limits.spread)} ${unit}: outliers lie below ` +
      `${figure(limits.low)} or above ${figure(limits.high)} ${unit}.`);
  tell(-1);
}

if (data.series.length) {
  get("explore").hidden = false;
  const fromAddress = () => {
    const asked = new URLSearchParams(location.hash.slice(1));
    for (const filter of [...KINDS, "quality"]) if (!asked.has(filter)) asked.set(filter, "*");
    return asked;
  };
  show(fromAddress());
  document.body.dataset.firstPlotMs = Math.round(performance.now());
  get("choice").addEventListener("change", () => { show(new URLSearchParams()); remember(); });
  get("choice").addEventListener("submit", event => event.preventDefault());
  addEventListener("hashchange", () => show(fromAddress()));
  const plot = get("plot"), open = n => { if (shown[n]) location.href = data.cases.link[shown[n].index]; };
  plot.addEventListener("mousemove", event => { const n = nearest(event); if (n >= 0 && n !== at) tell(n); });
  plot.addEventListener("click", event => { event.preventDefault(); open(nearest(event)); });
  plot.addEventListener("keydown", event => {
    const step = {ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 20, PageDown: -20}[event.key];
    if (step && shown.length) tell(Math.max(0, Math.min(shown.length - 1, at < 0 ? 0 : at + step)));
    else if (event.key === "Home") tell(0);
    else if (event.key === "End") tell(shown.length - 1);
    else if (event.key === "Enter") open(at);
    else return;
    event.preventDefault();
  });
}
)js";

}  // namespace ledd::report
