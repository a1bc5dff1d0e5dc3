#pragma once
#include <string>
#include <vector>

#include "ledd/measurement/measurement.h"

namespace ledd::report {

/// One value as a reader sees it.
struct Cell {
  std::string text;  ///< "25.4"; "—" where it failed; "" where it was never asked for.
  Quality quality = Quality::kGood;
  bool inherent = false;   ///< As Measurement::inherent.
  std::size_t reason = 0;  ///< Number of its reason in ReadingTables::reasons, from 1; 0 for none.
};

struct Column {
  std::string key;    ///< Of the definition.
  std::string label;  ///< The key, with the statistic where that is not "value".
  std::string title;  ///< In full, for those who rest the pointer on it.
  std::string unit;   ///< As people write it: "mm", "°", "".
};

struct Row {
  std::string region;
  std::vector<Cell> cells;
};

/// Endpoints that were measured at about the same regions.
struct Table {
  std::string method;  ///< Of their definitions, "six-point/1"; empty when it is not known.
  std::vector<Column> columns;
  std::vector<Row> rows;
};

/// An endpoint of a single region.
struct Single {
  Column column;
  std::string region;
  Cell cell;
};

struct Reason {
  std::string text;
  std::string where;  ///< "Ha, Hm of L5; Hp of L4".
  bool failed = false;
  bool inherent = false;
};

struct ReadingTables {
  std::vector<Single> singles;
  std::vector<Table> tables;
  std::vector<Reason> reasons;                      ///< Each once, in the order of the table.
  std::size_t good = 0, uncertain = 0, failed = 0;  ///< Values; their errors are not counted.
  std::size_t eyes = 0;                             ///< Of the uncertain and failed, those that need eyes.
};

/// Turns the list of measurements into what is read: regions as rows, endpoints as columns.
ReadingTables reading_tables(const std::vector<Measurement>& measurements,
                             const std::vector<EndpointDefinition>& definitions);

/// One decimal for lengths and angles, three for ratios, four significant digits for the rest.
std::string shown_value(double value, const std::string& unit);
/// "deg" -> "°", "mm2" -> "mm²", "1" -> "".
std::string shown_unit(const std::string& unit);

}  // namespace ledd::report
