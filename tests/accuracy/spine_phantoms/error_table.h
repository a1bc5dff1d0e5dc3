#pragma once
#include <optional>
#include <string>
#include <vector>

namespace ledd {

/// Errors of every measure, and what they amount to.
class ErrorTable {
 public:
  /// What an error of a measure is compared with.
  enum class Unit { kMm, kDeg, kPercent };

  /// @param se        Standard error that was given with the value.
  /// @param limit     What the error should stay within: half a pixel, one degree.
  void add(const std::string& measure, Unit unit, double error, double se, double limit);
  /// A value that was not given.
  void refused(const std::string& measure, Unit unit);
  /// A value that was given with a doubt.
  void doubted(const std::string& measure, Unit unit);

  /// One row a measure, in the order of their first appearance.
  void print() const;

 private:
  struct Entry {
    double error, se, limit;
  };
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
