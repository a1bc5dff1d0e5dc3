#include "judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "ledd/core/error.h"

namespace ledd::knee {
namespace {

struct Range {
  const char* name;
  const char* unit;
  double low, high;
};

#include "ranges.inc"

constexpr double kLeastBoneMm3 = 15000.0, kLeastPatellaMm3 = 2000.0, kLeastCartilageMm3 = 300.0;
constexpr double kSecondBone = 0.3;        // of the largest part: there may be two knees
constexpr double kCutBone = 0.2;           // of the fullest slice, in an end slice
constexpr double kCutCartilageMm2 = 15.0;  // in an end slice
constexpr double kHalfKneeWidthMm = 48.0;
constexpr double kBeyond = 0.1;  // outside the range by more than this share: flagged
constexpr double kCondylesMm = 35.0, kPlateauMm = 25.0;
constexpr std::array<const char*, kClasses> kNames{"",
                                                   "femur",
                                                   "femoral cartilage",
                                                   "tibia",
                                                   "tibial cartilage",
                                                   "patella",
                                                   "patellar cartilage",
                                                   "menisci"};

/// Voxels of each class, by slice, and where they lie on the mean.
struct Census {
  std::array<std::vector<double>, kClasses> per_slice;
  std::array<double, kClasses> count{};
  std::array<std::array<double, 3>, kClasses> mean{};
  std::array<long, kClasses> top{}, bottom{};
};

Census census_of(const Grid& g) {
  Census c;
  c.top.fill(g.ny);
  c.bottom.fill(-1);
  for (auto& slices : c.per_slice) slices.assign(static_cast<std::size_t>(g.nz), 0.0);
  for (long z = 0; z < g.nz; ++z)
    for (long y = 0; y < g.ny; ++y)
      for (long x = 0; x < g.nx; ++x) {
        const std::uint8_t k = g.classes[g.at(x, y, z)];
        if (k == kAir) continue;
        c.per_slice[k][static_cast<std::size_t>(z)] += 1.0;
        c.count[k] += 1.0;
        const std::array<double, 3> at{
            static_cast<double>(x), static_cast<double>(y), static_cast<double>(z)};
        for (unsigned a = 0; a < 3; ++a) c.mean[k][a] += at[a];
        c.top[k] = std::min(c.top[k], y);
        c.bottom[k] = std::max(c.bottom[k], y);
      }
  for (std::size_t k = 1; k < kClasses; ++k)
    for (double& m : c.mean[k]) m = c.count[k] > 0 ? m / c.count[k] : 0.0;
  return c;
}

/// Between the slices that hold 98 % of a bone within some rows.
double width_mm(const Grid& g, std::uint8_t bone, long first_row, long end_row) {
  std::vector<double> sum(static_cast<std::size_t>(g.nz));
  double total = 0.0;
  for (long z = 0; z < g.nz; ++z) {
    for (long y = std::max(0L, first_row); y < std::min(g.ny, end_row); ++y)
      for (long x = 0; x < g.nx; ++x) total += g.classes[g.at(x, y, z)] == bone ? 1.0 : 0.0;
    sum[static_cast<std::size_t>(z)] = total;
  }
  const auto reach = [&](double share) {
    return std::lower_bound(sum.begin(), sum.end(), share * total) - sum.begin();
  };
  return static_cast<double>(reach(0.99) - reach(0.01)) * g.mm[2];
}

void require_knee(const Grid& g, const Census& c) {
  const auto mm3 = [&](std::uint8_t k) { return c.count[k] * g.voxel_mm3(); };
  for (const std::uint8_t bone : {kFemur, kTibia})
    require(mm3(bone) >= kLeastBoneMm3,
            Errc::kInput,
            fmt::format("{:.1f} cm3 of {} was found; a knee has at least {:.0f} cm3 in view: is this a knee?",
                        mm3(bone) / 1000.0,
                        kNames[bone],
                        kLeastBoneMm3 / 1000.0));
  require(mm3(kFemoral) >= kLeastCartilageMm3 || mm3(kTibial) >= kLeastCartilageMm3,
          Errc::kInput,
          fmt::format("{:.0f} mm3 of femoral and {:.0f} mm3 of tibial cartilage were found: no joint of a "
                      "knee is in view",
                      mm3(kFemoral),
                      mm3(kTibial)));
  const double above_mm = (c.mean[kTibia][1] - c.mean[kFemur][1]) * g.mm[1];
  require(
      above_mm > 15.0,
      Errc::kInput,
      fmt::format("the femur's centre lies {:.0f} mm above the tibia's; a knee has tens of mm: the image's "
                  "orientation is wrong, or it shows no knee",
                  above_mm));
  if (mm3(kPatella) < kLeastPatellaMm3) return;
  const double before_mm = (c.mean[kTibia][0] - c.mean[kPatella][0]) * g.mm[0];
  require(
      before_mm > 5.0,
      Errc::kInput,
      fmt::format("the patella's centre lies {:.0f} mm in front of the tibia's; in a knee it is clearly in "
                  "front: the image's orientation is wrong, or it shows no knee",
                  before_mm));
}

void require_whole(const Grid& g, const Census& c, std::vector<std::string>& reasons) {
  const double pixel_mm2 = g.mm[0] * g.mm[1];
  for (const std::uint8_t k : {kFemur, kTibia, kPatella, kFemoral, kTibial, kPatellar}) {
    if (c.count[k] == 0.0) continue;
    const double end = std::max(c.per_slice[k].front(), c.per_slice[k].back());
    const double most = *std::max_element(c.per_slice[k].begin(), c.per_slice[k].end());
    const bool bone = k == kFemur || k == kTibia || k == kPatella;
    const bool cut = bone ? end > kCutBone * most : end * pixel_mm2 > kCutCartilageMm2;
    if (!cut) continue;
    const std::string text =
        fmt::format("{:.0f} mm2 of {} in the first or last slice: the image ends within the knee",
                    end * pixel_mm2,
                    kNames[k]);
    require(bone && end <= 2.0 * kCutBone * most, Errc::kInput, text);
    reasons.push_back(text);
  }
}

void require_one(const std::array<double, kClasses>& second) {
  for (const std::uint8_t bone : {kFemur, kTibia})
    require(second[bone] <= kSecondBone,
            Errc::kInput,
            fmt::format("two parts of {}, one {:.0f} % of the other: two knees, or no knee",
                        kNames[bone],
                        100.0 * second[bone]));
}

void compare(const Range& range, double found, std::vector<std::string>& reasons) {
  if (found >= range.low * (1.0 - kBeyond) && found <= range.high * (1.0 + kBeyond)) return;
  reasons.push_back(fmt::format("{}: {:.0f} {}, where manual labels of 57 knees have {:.0f} to {:.0f}",
                                range.name,
                                found,
                                range.unit,
                                range.low,
                                range.high));
}

}  // namespace

std::vector<std::string> judge(const Grid& grid, const std::array<double, kClasses>& second) {
  const Census c = census_of(grid);
  require_knee(grid, c);
  require_one(second);
  std::vector<std::string> reasons;
  require_whole(grid, c, reasons);
  const long condyles = c.bottom[kFemur] - static_cast<long>(kCondylesMm / grid.mm[1]);
  const double femur_mm = width_mm(grid, kFemur, condyles, c.bottom[kFemur] + 1);
  const double tibia_mm =
      width_mm(grid, kTibia, c.top[kTibia], c.top[kTibia] + static_cast<long>(kPlateauMm / grid.mm[1]));
  for (const auto& [name, mm] :
       {std::pair{"femoral condyles", femur_mm}, std::pair{"tibial plateau", tibia_mm}})
    require(mm >= kHalfKneeWidthMm,
            Errc::kInput,
            fmt::format("the {} are {:.0f} mm wide; a knee has at least {:.0f} mm: half a knee, or no knee",
                        name,
                        mm,
                        kHalfKneeWidthMm));
  const auto mm3 = [&](std::uint8_t k) { return c.count[k] * grid.voxel_mm3(); };
  const std::array<double, 6> found{
      mm3(kPatella), mm3(kFemoral), mm3(kTibial), mm3(kPatellar), femur_mm, tibia_mm};
  for (std::size_t n = 0; n < found.size(); ++n) compare(kRanges[n], found[n], reasons);
  return reasons;
}

}  // namespace ledd::knee
