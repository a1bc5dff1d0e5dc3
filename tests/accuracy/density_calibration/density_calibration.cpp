// What the calibration of CT to mineral density is worth:
//
//   density_accuracy phantoms [SEEDS] [PHANTOM] [DISTORTION]   every phantom of the table, distorted
//   density_accuracy time                                      a scan of 512 x 512 x 300
//   density_accuracy cardiac FOLDER                            a DICOM series of a cardiac phantom
//   density_accuracy scan FILE                                 what is found in any scan
//   density_accuracy tissues                                   calibration by tissues of scenes of known
//   energy density_accuracy patient SCAN [VESSEL]                     calibration by the tissues of a scan
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <string_view>

#include "ledd/density_calibration/find_calibration_phantom.h"

#include "real_scan.h"
#include "scenes.h"
#include "tissues_table.h"

namespace ledd::accuracy {
namespace {

/// What one phantom and distortion came to, over the seeds.
struct Cell {
  int calibrated = 0, refused = 0, wrong = 0;
  double worst_line = 0, worst_vbmd = 0, sum_vbmd = 0, worst_centre_mm = 0, worst_se = 0;
};

double centre_error_mm(const FindCalibrationPhantom::Result& found, const CtPhantom::Result& truth) {
  double worst = 0;
  for (std::size_t n = 0; n < found.rods.size(); ++n) {
    const Point &p = found.rods[n].point_lps_mm, &q = truth.rods[n].point_lps_mm,
                &d = truth.rods[n].direction_lps;
    const Point e{p[0] - q[0], p[1] - q[1], p[2] - q[2]};
    const double along = e[0] * d[0] + e[1] * d[1] + e[2] * d[2];
    worst =
        std::max(worst, std::sqrt(std::max(0.0, e[0] * e[0] + e[1] * e[1] + e[2] * e[2] - along * along)));
  }
  return worst;
}

double vertebra_hu(const CtPhantom::Result& truth) {
  const auto voxels = truth.scan->GetLargestPossibleRegion().GetNumberOfPixels();
  double sum = 0, count = 0;
  for (std::size_t n = 0; n < voxels; ++n)
    if (truth.vertebra->GetBufferPointer()[n] != 0) {
      sum += static_cast<double>(truth.scan->GetBufferPointer()[n]);
      count += 1;
    }
  return sum / count;
}

/// Two rods changed are the phantom laid the other way round.
bool means_nothing(const CalibrationPhantom& phantom, const Distortion& distortion) {
  return phantom.rods.size() == 2 && distortion.name == "two rods changed";
}

/// A calibration is wrong when the scan must not be calibrated, the phantom or a rod is another one, or the
/// density of the bone is off by more than 5 mg/cm3 and more than twice the error that the line states. Where
/// the bone itself holds metal, the line is judged instead.
void try_one(const CalibrationPhantom& phantom,
             const Distortion& distortion,
             std::uint64_t seed,
             bool talk,
             Cell& cell) {
  const CtPhantom::Params params = scene(phantom, distortion.name, seed);
  Context context;
  const auto truth = CtPhantom(params)(context);
  const bool named = phantom.rods.size() == 2;
  const auto found =
      FindCalibrationPhantom()(*truth.scan,
                               named ? std::vector<CalibrationPhantom>{phantom} : known_phantoms(),
                               std::nullopt,
                               context);
  if (!found.line) {
    ++cell.refused;
    if (talk) fmt::print(stderr, "  {} / {} / {}: {}\n", phantom.name, distortion.name, seed, found.refusal);
    return;
  }
  ++cell.calibrated;
  const DensityLine& line = *found.line;
  const double true_hu = params.beta_hu + params.sigma_hu * params.vbmd_mg_cm3;
  const double off = line.density_mg_cm3(true_hu) - params.vbmd_mg_cm3;
  const double vbmd = line.density_mg_cm3(vertebra_hu(truth)) - params.vbmd_mg_cm3;
  const double centre_mm = found.phantom == phantom.name ? centre_error_mm(found, truth) : 1e9;
  const double judged = params.metal ? off : vbmd, se = line.density_se_mg_cm3(true_hu);
  const bool wrong = !distortion.may_calibrate || found.phantom != phantom.name || centre_mm > 1.5 ||
                     !(std::fabs(judged) <= std::max(5.0, 2.0 * se));
  cell.wrong += wrong ? 1 : 0;
  cell.worst_line = std::max(cell.worst_line, std::fabs(off));
  cell.worst_vbmd = std::max(cell.worst_vbmd, std::fabs(vbmd));
  cell.sum_vbmd += vbmd;
  cell.worst_se = std::max(cell.worst_se, se);
  if (centre_mm < 1e8) cell.worst_centre_mm = std::max(cell.worst_centre_mm, centre_mm);
  if (talk || wrong)
    fmt::print(
        stderr,
        "  {} / {} / {}: {} as {}, line {:+.2f} (SE {:.2f}), vBMD {:+.2f}, centre {:.2f} mm, matrix spread "
        "{:.1f}, field {:.1f}\n",
        phantom.name,
        distortion.name,
        seed,
        wrong ? "WRONG" : "right",
        found.phantom,
        off,
        se,
        vbmd,
        centre_mm,
        found.matrix_spread_hu,
        found.field_hu.value_or(-999));
}

void print_phantoms(int seeds, std::string_view only_phantom, std::string_view only_distortion) {
  fmt::print(
      "| phantom | distortion | calibrated | refused | WRONG | line off (mg/cm3) | vBMD off: mean, worst | "
      "centre off (mm) |\n");
  fmt::print("|---|---|---|---|---|---|---|---|---|\n");
  int wrong = 0;
  double seconds = 0;
  int scans = 0;
  for (const auto& phantom : known_phantoms())
    for (const auto& distortion : distortions()) {
      if (!only_phantom.empty() && phantom.name != only_phantom) continue;
      if (!only_distortion.empty() && distortion.name != only_distortion) continue;
      if (means_nothing(phantom, distortion)) continue;
      Cell cell;
      const auto start = std::chrono::steady_clock::now();
      for (int seed = 1; seed <= seeds; ++seed)
        try_one(phantom, distortion, static_cast<std::uint64_t>(seed), !only_distortion.empty(), cell);
      seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      scans += seeds;
      wrong += cell.wrong;
      fmt::print("| {} | {} | {} | {} | {} | {:.2f} | {:+.2f}, {:.2f} | {:.2f} | {:.2f} |\n",
                 phantom.name,
                 distortion.name,
                 cell.calibrated,
                 cell.refused,
                 cell.wrong,
                 cell.worst_line,
                 cell.calibrated > 0 ? cell.sum_vbmd / cell.calibrated : 0.0,
                 cell.worst_vbmd,
                 cell.worst_se,
                 cell.worst_centre_mm);
      std::fflush(stdout);
    }
  fmt::print("\n{} scans, {} wrong; {:.2f} s each, drawing included\n", scans, wrong, seconds / scans);
}

/// A scan of the size that a clinic sends.
void print_time() {
  CtPhantom::Params params = scene(known_phantoms().front(), "noise 20 HU", 1);
  params.columns = params.rows = 512;
  params.pixel_mm = 0.7;
  params.slices = 300;
  params.pitch_mm = 1.0;
  Context context;
  const auto truth = CtPhantom(params)(context);
  const auto start = std::chrono::steady_clock::now();
  const auto found = FindCalibrationPhantom()(*truth.scan, known_phantoms(), std::nullopt, context);
  fmt::print("512 x 512 x 300: {:.2f} s, {}\n",
             std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
             found.line ? found.phantom : found.refusal);
}

}  // namespace
}  // namespace ledd::accuracy

int main(int argc, char** argv) {
  const auto word = [&](int n) { return argc > n ? std::string_view(argv[n]) : std::string_view(); };
  try {
    if (word(1) == "phantoms") {
      ledd::accuracy::print_phantoms(argc > 2 ? std::stoi(argv[2]) : 3, word(3), word(4));
    } else if (word(1) == "time") {
      ledd::accuracy::print_time();
    } else if (word(1) == "cardiac" && argc == 3) {
      ledd::accuracy::print_cardiac(argv[2]);
    } else if (word(1) == "tissues") {
      ledd::accuracy::print_tissues();
    } else if (word(1) == "patient" && argc >= 3) {
      ledd::accuracy::print_patient(argv[2], word(3));
    } else if (word(1) == "scan" && argc == 3) {
      ledd::accuracy::print_scan(argv[2]);
    } else {
      fmt::print(stderr,
                 "density_accuracy phantoms [SEEDS] [PHANTOM] [DISTORTION] | time | cardiac FOLDER | scan "
                 "FILE | tissues | patient SCAN [VESSEL]\n");
      return 2;
    }
  } catch (const std::exception& e) {
    fmt::print(stderr, "{}\n", e.what());
    return 1;
  }
  return 0;
}
