#include "drawings.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <set>

#include "ledd/core/error.h"

namespace ledd::cases {
namespace {

using Json = nlohmann::json;

Json to_json(const Polyline& line) {
  Json points = Json::array();
  for (const auto& p : line.points_lps_mm) {
    Json point = Json::array();
    for (const double c : p) point.push_back(std::round(c * 1000.0) / 1000.0);
    points.push_back(point);
  }
  return {{"points_lps_mm", points},
          {"rgb", line.rgb},
          {"text", line.text},
          {"about", line.about},
          {"group", line.group}};
}

Polyline to_line(const Json& json) {
  Polyline line;
  line.points_lps_mm = json.at("points_lps_mm").get<std::vector<std::array<double, 3>>>();
  line.rgb = json.at("rgb").get<std::array<std::uint8_t, 3>>();
  line.text = json.at("text").get<std::string>();
  line.about = json.value("about", "");
  line.group = json.value("group", "");
  return line;
}

Json to_json(const ColourScale& scale) {
  return {{"quantity", scale.quantity},
          {"unit", scale.unit},
          {"low", scale.low},
          {"high", scale.high},
          {"kind", scale.kind == ColourScale::Kind::kChange ? "change" : "amount"}};
}

ColourScale to_scale(const Json& json) {
  ColourScale scale;
  scale.quantity = json.at("quantity").get<std::string>();
  scale.unit = json.at("unit").get<std::string>();
  scale.low = json.at("low").get<double>();
  scale.high = json.at("high").get<double>();
  if (json.at("kind").get<std::string>() == "change") scale.kind = ColourScale::Kind::kChange;
  require(scale.low < scale.high,
          Errc::kFormat,
          fmt::format("{}: the colours of {} run from {} to {}: the second must be greater",
                      kDrawingsFile,
                      scale.quantity,
                      scale.low,
                      scale.high));
  return scale;
}

/// Keeps what is new.
class Lines {
 public:
  void add(Polyline line, const std::string& group) {
    line.group.clear();  // the same line in two figures is one line
    Json json = to_json(line);
    if (!seen_.insert(printed(json)).second) return;
    json["group"] = group;
    lines_.push_back(std::move(json));
  }
  static std::string printed(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  const Json& all() const { return lines_; }

 private:
  Json lines_ = Json::array();
  std::set<std::string> seen_;
};

}  // namespace

std::string print_drawings(const Outcome& outcome) {
  Lines lines;
  auto scales = outcome.scales;
  for (const Figure& figure : outcome.figures) {
    for (const Polyline& line : figure.lines) lines.add(line, line.group.empty() ? figure.name : line.group);
    if (figure.colours) scales.emplace(figure.colours->map, figure.colours->scale);
  }
  for (const Polyline& line : outcome.drawings) lines.add(line, line.group);
  Json maps = Json::object();
  for (const auto& [name, scale] : scales)
    if (outcome.maps.contains(name)) maps[name] = to_json(scale);
  return Lines::printed({{"format", 1}, {"lines", lines.all()}, {"maps", maps}}) + "\n";
}

Drawings parse_drawings(const std::string& text) {
  try {
    const Json json = Json::parse(text);
    Drawings drawings;
    for (const Json& line : json.at("lines")) drawings.lines.push_back(to_line(line));
    if (const auto maps = json.find("maps"); maps != json.end())
      for (const auto& [name, scale] : maps->items()) drawings.scales[name] = to_scale(scale);
    return drawings;
  } catch (const Json::exception& e) {
    throw Error(Errc::kFormat, fmt::format("{}: {}", kDrawingsFile, e.what()));
  }
}

}  // namespace ledd::cases
