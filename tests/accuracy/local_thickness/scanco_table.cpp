#include "scanco_table.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "ledd/local_thickness/local_thickness.h"

namespace ledd::accuracy {
namespace {

/// "F_CYL_OUTR_5_LEN_22...": the two numbers, the second 0 where there is none.
std::array<int, 2> numbers_of(const std::string& name) {
  std::array<int, 2> found{};
  std::size_t count = 0;
  for (std::size_t i = 0; i < name.size() && count < 2; ++i) {
    const bool starts = std::isdigit(static_cast<unsigned char>(name[i])) != 0 && i > 0 && name[i - 1] == '_';
    if (starts) found[count++] = std::stoi(name.substr(i));
  }
  return found;
}

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells(1);
  for (const char c : line) {
    if (c == ',')
      cells.emplace_back();
    else if (c != '\r')
      cells.back() += c;
  }
  return cells;
}

/// By the two numbers: the values of the columns asked for.
std::map<std::array<int, 2>, std::vector<double>> table(const std::filesystem::path& file,
                                                        const std::vector<std::size_t>& columns) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  std::map<std::array<int, 2>, std::vector<double>> rows;
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    const auto cells = cells_of(line);
    std::vector<double> values;
    for (const std::size_t c : columns)
      values.push_back(c < cells.size() && !cells[c].empty() ? std::stod(cells[c]) : std::nan(""));
    if (cells.size() > 1) rows[numbers_of(cells[0])] = values;
  }
  return rows;
}

/// The published recipe: voxel centres nearer than D / 2 to the middle voxel, ten voxels of margin.
Mask::Pointer solid(const std::string& kind, int diameter, int length) {
  const bool ball = kind == "F_SPH", plate = kind == "PLATE";
  const std::array<int, 3> extent{
      plate ? length : diameter, plate ? length : diameter, ball ? diameter : (plate ? diameter : length)};
  auto mask = Mask::New();
  Mask::SizeType size;
  for (unsigned a = 0; a < 3; ++a) size[a] = static_cast<itk::SizeValueType>(extent[a] + 20);
  mask->SetRegions(size);
  mask->Allocate();
  auto* out = mask->GetBufferPointer();
  for (int z = 0; z < static_cast<int>(size[2]); ++z)
    for (int y = 0; y < static_cast<int>(size[1]); ++y)
      for (int x = 0; x < static_cast<int>(size[0]); ++x) {
        const int dx = x - static_cast<int>(size[0]) / 2, dy = y - static_cast<int>(size[1]) / 2;
        const int dz = z - static_cast<int>(size[2]) / 2;
        const double square = dx * dx + dy * dy + (ball ? dz * dz : 0);
        const auto in = [](int at, int n, int full) { return at >= 10 && at < full - 10 && n > 0; };
        bool inside = square < 0.25 * diameter * diameter;
        if (plate)
          inside = in(x, length, static_cast<int>(size[0])) && in(y, length, static_cast<int>(size[1]));
        if (!ball) inside = inside && in(z, 1, static_cast<int>(size[2]));
        *out++ = inside ? 1 : 0;
      }
  return mask;
}

}  // namespace

void print_scanco(const std::filesystem::path& folder) {
  fmt::print(
      "\nPublished shapes of full size, mean error in voxels by diameter: IPL in three versions, the Python "
      "program published with them, Ledd (binary input)\n\n");
  fmt::print(
      "| shape | diameters | shapes | IPL 1 | IPL 2 | IPL 3 | Python | Ledd "
      "|\n|---|---|---|---|---|---|---|---|\n");
  for (const std::string kind : {"F_SPH", "F_CYL", "PLATE"}) {
    const auto ipl = table(folder / (kind + "_JSW_THICKNESS_IPL.csv"), {2, 8, 14});
    const auto python = table(folder / (kind + "_OVERSAMPLE_SKEL_DT_THICKNESS_PY.csv"), {1});
    for (const auto& [low, high] :
         {std::pair{2, 5}, std::pair{6, 10}, std::pair{11, 20}, std::pair{21, 30}}) {
      std::array<double, 5> sums{};
      int count = 0;
      for (const auto& [key, values] : ipl) {
        const auto other = python.find(key);
        const int length = key[1];
        // A short rod or a small plate is thinner than its diameter in truth.
        if (key[0] < low || key[0] > high || other == python.end()) continue;
        if (kind != "F_SPH" && (length < 3 * key[0] || length > 3 * key[0] + 20)) continue;
        Context context;
        const double ours = LocalThickness()(*solid(kind, key[0], length), context).all.mean_mm;
        for (std::size_t i = 0; i < 3; ++i) sums[i] += values[i] - key[0];
        sums[3] += other->second[0] - key[0];
        sums[4] += ours - key[0];
        ++count;
      }
      if (count == 0) continue;
      fmt::print("| {} | {}-{} | {} |", kind, low, high, count);
      for (const double sum : sums) fmt::print(" {:+.2f} |", sum / count);
      fmt::print("\n");
    }
  }
}

}  // namespace ledd::accuracy
