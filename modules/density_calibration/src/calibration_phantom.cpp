#include "ledd/density_calibration/calibration_phantom.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "ledd/core/error.h"
#include "ledd/core/nearest_name.h"

#include "phantoms_toml.h"

namespace ledd {
namespace {

// Where no drawing is at hand, a phantom's size may be off by this much; the pattern still tells it.
constexpr double kLooseLow = 0.6, kLooseHigh = 1.7;
constexpr double kFaulknerSlope = 1.15, kFaulknerOffset = -7.32;

/// One [[phantom]]: typed access, and the errors that name it.
class Entry {
 public:
  Entry(const toml::table& table, std::string name) : table_(table), name_(std::move(name)) {}

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(Errc::kFormat, fmt::format("phantom '{}': {}", name_, what));
  }
  bool has(std::string_view key) const { return table_.contains(key); }

  std::string text(std::string_view key) const {
    const auto value = table_[key].value<std::string>();
    if (!value) fail(fmt::format("'{}' must be a text", key));
    return *value;
  }
  double number(std::string_view key) const { return as_number(table_.get(key), key); }

  std::vector<double> numbers(std::string_view key) const { return as_numbers(table_.get(key), key); }

  std::vector<std::array<double, 2>> pairs(std::string_view key) const {
    std::vector<std::array<double, 2>> all;
    for (const toml::node& node : array(table_.get(key), key)) {
      const auto pair = as_numbers(&node, key);
      if (pair.size() != 2) fail(fmt::format("'{}' must be a list of pairs [x, y]", key));
      all.push_back({pair[0], pair[1]});
    }
    return all;
  }

  void only(const std::vector<std::string>& known) const {
    for (const auto& [key, node] : table_) {
      if (std::find(known.begin(), known.end(), key.str()) == known.end())
        fail(fmt::format("unknown key '{}'; did you mean '{}'?", key.str(), nearest_name(key.str(), known)));
    }
  }

 private:
  double as_number(const toml::node* node, std::string_view key) const {
    const auto value = node == nullptr ? std::nullopt : node->value<double>();
    if (!value || !std::isfinite(*value)) fail(fmt::format("'{}' must be a finite number", key));
    return *value;
  }
  const toml::array& array(const toml::node* node, std::string_view key) const {
    if (node == nullptr || node->as_array() == nullptr) fail(fmt::format("'{}' must be a list", key));
    return *node->as_array();
  }
  std::vector<double> as_numbers(const toml::node* node, std::string_view key) const {
    std::vector<double> all;
    for (const toml::node& element : array(node, key)) all.push_back(as_number(&element, key));
    return all;
  }

  const toml::table& table_;
  std::string name_;
};

void read_rods(const Entry& entry, CalibrationPhantom& phantom) {
  const auto density = entry.numbers("density_mg_cm3");
  if (density.size() < 2) entry.fail("'density_mg_cm3' must have at least two values");
  phantom.rods.resize(density.size());
  for (std::size_t n = 0; n < density.size(); ++n) phantom.rods[n].density_mg_cm3 = density[n];
  if (*std::max_element(density.begin(), density.end()) == *std::min_element(density.begin(), density.end()))
    entry.fail("'density_mg_cm3' is the same for all rods");
  if (entry.has("water_mg_cm3")) {
    const auto water = entry.numbers("water_mg_cm3");
    if (water.size() != density.size())
      entry.fail(fmt::format("{} densities but {} values of 'water_mg_cm3'", density.size(), water.size()));
    for (std::size_t n = 0; n < water.size(); ++n) {
      if (!(water[n] > 500.0 && water[n] < 1500.0))
        entry.fail(fmt::format("'water_mg_cm3' = {} is not in 500..1500", water[n]));
      phantom.rods[n].water_mg_cm3 = water[n];
    }
  }
  if (!entry.has("hidden")) return;
  for (const double number : entry.numbers("hidden")) {
    if (!(number >= 1.0 && number <= static_cast<double>(density.size())) || number != std::floor(number))
      entry.fail(fmt::format("'hidden' = {} is no number of a rod", number));
    phantom.rods[static_cast<std::size_t>(number) - 1].hidden = true;
  }
}

void read_geometry(const Entry& entry, CalibrationPhantom& phantom) {
  phantom.rod_diameter_mm = entry.number("rod_diameter_mm");
  if (!(phantom.rod_diameter_mm >= 4.0 && phantom.rod_diameter_mm <= 60.0))
    entry.fail(fmt::format("'rod_diameter_mm' = {} is not in 4..60", phantom.rod_diameter_mm));
  if (entry.has("spacing_mm") == entry.has("position_mm"))
    entry.fail("needs either 'spacing_mm' or 'position_mm'");
  if (entry.has("spacing_mm")) {
    const double spacing_mm = entry.number("spacing_mm");
    for (std::size_t n = 0; n < phantom.rods.size(); ++n)
      phantom.rods[n].position_mm = {spacing_mm * static_cast<double>(n), 0.0};
  } else {
    const auto position = entry.pairs("position_mm");
    if (position.size() != phantom.rods.size())
      entry.fail(fmt::format("{} densities but {} positions", phantom.rods.size(), position.size()));
    for (std::size_t n = 0; n < position.size(); ++n)
      phantom.rods[n].position_mm = {position[n][0] - position[0][0], position[n][1] - position[0][1]};
  }
  for (std::size_t a = 0; a < phantom.rods.size(); ++a)
    for (std::size_t b = a + 1; b < phantom.rods.size(); ++b) {
      const auto& p = phantom.rods[a].position_mm;
      const auto& q = phantom.rods[b].position_mm;
      if (!(std::hypot(p[0] - q[0], p[1] - q[1]) >= phantom.rod_diameter_mm))
        entry.fail(fmt::format("rods {} and {} overlap", a + 1, b + 1));
    }
  const std::string geometry = entry.text("geometry");
  phantom.geometry_measured = geometry == "measured";
  if (!phantom.geometry_measured && geometry != "not verified")
    entry.fail(fmt::format("'geometry' is '{}', not \"measured\" or \"not verified\"", geometry));
  const double tolerance = entry.has("tolerance_percent") ? entry.number("tolerance_percent") / 100.0 : 0.05;
  if (!(tolerance > 0.0 && tolerance <= 0.3)) entry.fail("'tolerance_percent' is not in 0..30");
  phantom.scale_low = phantom.geometry_measured ? 1.0 - tolerance : kLooseLow;
  phantom.scale_high = phantom.geometry_measured ? 1.0 + tolerance : kLooseHigh;
}

CalibrationPhantom read_phantom(const toml::table& table) {
  CalibrationPhantom phantom;
  phantom.name = table["name"].value_or(std::string());
  const Entry entry(table, phantom.name);
  if (phantom.name.empty()) entry.fail("has no 'name'");
  entry.only({"name",
              "serial",
              "mineral",
              "density_mg_cm3",
              "water_mg_cm3",
              "density_sd_mg_cm3",
              "rod_diameter_mm",
              "spacing_mm",
              "position_mm",
              "geometry",
              "tolerance_percent",
              "hidden"});
  if (entry.has("serial")) phantom.serial = entry.text("serial");
  try {
    phantom.mineral = mineral_of(entry.text("mineral"));
  } catch (const Error& e) {
    throw e.within(fmt::format("phantom '{}'", phantom.name));
  }
  phantom.density_sd_mg_cm3 = entry.number("density_sd_mg_cm3");
  if (!(phantom.density_sd_mg_cm3 >= 0.0)) entry.fail("'density_sd_mg_cm3' is below 0");
  read_rods(entry, phantom);
  read_geometry(entry, phantom);
  return phantom;
}

}  // namespace

std::string_view name_of(Mineral mineral) noexcept {
  return mineral == Mineral::kHA ? "HA" : "K2HPO4";
}

Mineral mineral_of(std::string_view name) {
  if (name == "HA") return Mineral::kHA;
  if (name == "K2HPO4") return Mineral::kK2HPO4;
  throw Error(Errc::kFormat, fmt::format("mineral '{}' is neither \"K2HPO4\" nor \"HA\"", name));
}

double convert_density_mg_cm3(double density_mg_cm3, Mineral from, Mineral to) {
  if (from == to) return density_mg_cm3;
  return to == Mineral::kHA ? kFaulknerSlope * density_mg_cm3 + kFaulknerOffset
                            : (density_mg_cm3 - kFaulknerOffset) / kFaulknerSlope;
}

std::vector<CalibrationPhantom> read_phantoms(std::string_view toml_text) {
  toml::table root;
  try {
    root = toml::parse(toml_text);
  } catch (const toml::parse_error& e) {
    throw Error(Errc::kFormat, fmt::format("phantoms: line {}: {}", e.source().begin.line, e.description()));
  }
  const auto* entries = root["phantom"].as_array();
  require(
      entries != nullptr && root.size() == 1, Errc::kFormat, "phantoms: only [[phantom]] entries are legal");
  std::vector<CalibrationPhantom> phantoms;
  for (const toml::node& node : *entries) {
    require(node.is_table(), Errc::kFormat, "phantoms: a phantom must be a table, as in [[phantom]]");
    phantoms.push_back(read_phantom(*node.as_table()));
    const auto same = [&](const CalibrationPhantom& p) { return p.name == phantoms.back().name; };
    require(std::count_if(phantoms.begin(), phantoms.end(), same) == 1,
            Errc::kFormat,
            fmt::format("phantom '{}' stands there twice", phantoms.back().name));
  }
  return phantoms;
}

std::string_view known_phantoms_toml() {
  return kPhantomsToml;
}

const std::vector<CalibrationPhantom>& known_phantoms() {
  static const auto phantoms = read_phantoms(kPhantomsToml);
  return phantoms;
}

std::vector<CalibrationPhantom> with_own(std::vector<CalibrationPhantom> table,
                                         const std::vector<CalibrationPhantom>& own) {
  for (const CalibrationPhantom& mine : own) {
    const auto at = std::find_if(
        table.begin(), table.end(), [&](const CalibrationPhantom& p) { return p.name == mine.name; });
    if (at == table.end())
      table.push_back(mine);
    else
      *at = mine;
  }
  return table;
}

}  // namespace ledd
