// Five thousand series, each with one file damaged: the reader lives, every file has a row, and no series is
// read with another geometry than it had.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <chrono>
#include <cmath>
#include <map>
#include <string>

#include "ledd/core/error.h"
#include "ledd/dicom/dicom.h"

#include "mutant.h"

namespace ledd::dicom {
namespace {

using testing::Folder;
using testing::Mutant;

constexpr unsigned kMutants = 5000;
constexpr unsigned kAtOnce = 500;
constexpr unsigned kLoadOneOf = 20;  // each load starts a child
constexpr double kToleranceMm = 0.01;
constexpr double kCosineTolerance = 0.001;

struct Counts {
  unsigned files = 0, used = 0, ignored = 0, refused = 0, crashes = 0, loaded = 0, not_loaded = 0;
  unsigned uncontradicted = 0;  ///< PixelSpacing of a volume in one object: nothing else tells it.
  unsigned short_beside_refused = 0;
  double slowest_call_s = 0.0;
};

bool near(const Point& a, const Point& b, double tolerance) {
  for (unsigned i = 0; i < 3; ++i)
    if (!(std::abs(a[i] - b[i]) <= tolerance)) return false;
  return true;
}

/// What differs from the geometry that the series was made with; empty when nothing does.
std::string difference(const Stack& stack, const testing::Series& series) {
  if (stack.columns != series.columns || stack.rows != series.rows) return "matrix";
  if (!near(stack.row_lps, series.row_lps, kCosineTolerance)) return "row";
  if (!near(stack.column_lps, series.column_lps, kCosineTolerance)) return "column";
  for (unsigned i = 0; i < 2; ++i)
    if (!(std::abs(stack.pixel_spacing_mm[i] - series.pixel_spacing_mm[i]) <= kToleranceMm)) return "pixels";
  if (!(std::abs(stack.slice_spacing_mm - series.gap_mm) <= kToleranceMm)) return "spacing";
  return {};
}

bool loads(const Stack& stack, Counts& counts) {
  Context context({}, 2);
  try {
    load(stack, context);
    ++counts.loaded;
    return true;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::kInput) << error.what();
    ++counts.not_loaded;
    return false;
  }
}

struct Neighbours {
  unsigned refused = 0;
  std::string reasons;  ///< Of all that is not used.
};

void check_stack(const Stack& stack, const Mutant& m, const Neighbours& beside, Counts& counts) {
  const unsigned refused = beside.refused;
  std::string wrong = difference(stack, m.original->series);
  if (wrong == "pixels" && m.original->one_object && m.touches_spacing) {
    ++counts.uncontradicted;
    wrong.clear();
  }
  const std::size_t slices = m.original->series.slices;
  if (stack.slices.size() < slices && refused > 0) {
    ++counts.short_beside_refused;
    fmt::print("{} slices of {} with damage {}, beside:{}\n",
               stack.slices.size(),
               m.original->name,
               static_cast<int>(m.damage),
               beside.reasons);
  }
  if (stack.slices.size() != slices && refused == 0)
    wrong += fmt::format(" {} slices, not {}", stack.slices.size(), slices);
  const Point& start = stack.slices.front().position_lps_mm;
  if (stack.slices.size() == slices && !near(start, m.original->series.start_lps_mm, kToleranceMm))
    wrong += " start";
  if (!wrong.empty() && loads(stack, counts))
    ADD_FAILURE() << wrong << " of " << m.original->name << " with damage " << static_cast<int>(m.damage)
                  << " was accepted; beside it: " << beside.reasons;
}

void write_mutant(const Mutant& m, const std::filesystem::path& folder) {
  std::filesystem::create_directory(folder);
  for (std::size_t f = 0; f < m.files.size(); ++f)
    testing::write_bytes(folder / fmt::format("{}.dcm", f), m.files[f]);
}

void count_files(const Index& found, std::map<std::string, Neighbours>& neighbours, Counts& counts) {
  for (const FileEntry& file : found.files) {
    ++counts.files;
    counts.used += file.decision == Decision::kUsed ? 1U : 0U;
    counts.ignored += file.decision == Decision::kIgnored ? 1U : 0U;
    counts.refused += file.decision == Decision::kRefused ? 1U : 0U;
    counts.crashes += file.reason.find("the child process") != std::string::npos ? 1U : 0U;
    EXPECT_EQ(file.reason.find("took longer than"), std::string::npos) << file.reason;
    EXPECT_EQ(file.reason.empty(), file.decision == Decision::kUsed) << file.path;
    Neighbours& beside = neighbours[file.path.parent_path().filename()];
    beside.refused += file.decision == Decision::kRefused ? 1U : 0U;
    if (file.decision != Decision::kUsed) beside.reasons += "\n  " + file.reason;
  }
}

void check_some(const std::vector<testing::Original>& originals, unsigned first, Counts& counts) {
  const Folder folder;
  std::map<std::string, Mutant> mutants;
  std::size_t files = 0;
  for (unsigned n = first; n < first + kAtOnce; ++n) {
    const Mutant& m = mutants[std::to_string(n)] = testing::mutant(originals, n);
    write_mutant(m, folder / std::to_string(n));
    files += m.files.size();
  }
  Context context({}, 2);
  const auto begun = std::chrono::steady_clock::now();
  const Index found = index({folder.path()}, context);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  counts.slowest_call_s = std::max(counts.slowest_call_s, took.count());
  EXPECT_EQ(found.files.size(), files);
  std::map<std::string, Neighbours> neighbours;
  count_files(found, neighbours, counts);
  for (std::size_t i = 0; i < found.stacks.size(); ++i) {
    const Stack& stack = found.stacks[i];
    if (!stack.problem.empty()) continue;
    const std::string name = stack.slices.front().path.parent_path().filename();
    check_stack(stack, mutants[name], neighbours[name], counts);
    if (i % kLoadOneOf == 0) loads(stack, counts);
  }
}

TEST(Mutants, NoDamageIsReadAsAnotherGeometry) {
  const std::vector<testing::Original> originals = testing::originals();
  Counts counts;
  for (unsigned first = 0; first < kMutants; first += kAtOnce) check_some(originals, first, counts);
  fmt::print(
      "{} series with one file damaged: {} files, {} used, {} ignored, {} refused ({} by the end of a "
      "child); "
      "{} stacks loaded, {} failed to load; {} used without the file that was refused beside them; {} with a "
      "PixelSpacing that nothing contradicts; slowest call for {} series {:.1f} s\n",
      kMutants,
      counts.files,
      counts.used,
      counts.ignored,
      counts.refused,
      counts.crashes,
      counts.loaded,
      counts.not_loaded,
      counts.short_beside_refused,
      counts.uncontradicted,
      kAtOnce,
      counts.slowest_call_s);
  EXPECT_GT(counts.used, 0U);
  EXPECT_GT(counts.refused, 0U);
}

}  // namespace
}  // namespace ledd::dicom
