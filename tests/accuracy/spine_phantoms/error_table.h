#pragma once
#include <optional>
#include <string>
#include <vector>

namespace ledd {

/// Errors of every measure, and what they amount to.
class ErrorTable {
 public:
  /// What an error of a measure is compared with.
  enum class Unit { kMm, kDeg, kPercent, kCm3 };

  struct Entry {
    double error = 0.0;
    double se = 0.0;     ///< Standard error that was given with the value.
    double limit = 0.0;  ///< What the error should stay within: half a pixel, one degree.
    std::string where;   ///< Phantom and level.
  };
  void add(const std::string& measure, Unit unit, Entry entry);
  /// A value that was not given.
  void refused(const std::string& measure, Unit unit);
  /// A value that was given with a doubt.
  void doubted(const std::string& measure, Unit unit);

  /// One row a measure, in the order of their first appearance.
  void print() const;
  /// One line an error: measure, phantom and level, error, standard error, limit.
  void print_entries() const;

 private:
  struct Row {
    std::string measure;
    Unit unit = Unit::kMm;
    std::vector<Entry> entries;
    int refused = 0, doubted = 0;
  };
  Row& row(const std::string& measure, Unit unit);
  static void print(const Row& row);
  std::vector<Row> rows_;
};

}  // namespace ledd
