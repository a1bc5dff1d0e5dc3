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
  return {{"points_lps_mm", points}, {"rgb", line.rgb}, {"text", line.text}};
}

Polyline to_line(const Json& json) {
  Polyline line;
  line.points_lps_mm = json.at("points_lps_mm").get<std::vector<std::array<double, 3>>>();
  line.rgb = json.at("rgb").get<std::array<std::uint8_t, 3>>();
  line.text = json.at("text").get<std::string>();
  return line;
}

}  // namespace

std::string print_drawings(const std::vector<Figure>& figures) {
  Json lines = Json::array();
  std::set<std::string> seen;
  for (const Figure& figure : figures)
    for (const Polyline& line : figure.lines) {
      Json json = to_json(line);
      if (seen.insert(json.dump(-1, ' ', false, Json::error_handler_t::replace)).second)
        lines.push_back(std::move(json));
    }
  return Json{{"format", 1}, {"lines", lines}}.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::vector<Polyline> parse_drawings(const std::string& text) {
  try {
    const Json json = Json::parse(text);
    std::vector<Polyline> lines;
    for (const Json& line : json.at("lines")) lines.push_back(to_line(line));
    return lines;
  } catch (const Json::exception& e) {
    throw Error(Errc::kFormat, fmt::format("{}: {}", kDrawingsFile, e.what()));
  }
}

}  // namespace ledd::cases
