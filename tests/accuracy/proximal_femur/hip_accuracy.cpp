// Prints how well drawn hips of known shape are found and outlined; with a scan, what is found in it, and
// with a second name writes its labels there, and beside them those of the regions.
#include <fmt/core.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <string>

#include "ledd/files/files.h"
#include "ledd/proximal_femur/femur_regions.h"
#include "ledd/proximal_femur/proximal_femur.h"

#include "drawn_hip.h"

namespace {

using ledd::ProximalFemur;
using ledd::testing::DrawnHip;
using ledd::testing::HipScan;

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void print_found(const ProximalFemur::Femur& f) {
  fmt::print(
      "{}: {} head ({:.1f}, {:.1f}, {:.1f}) mm, radius {:.2f} mm, off the ball {:.2f} mm, {:.1f} cm3\n",
      f.side == ledd::anatomy::Side::kRight ? "R" : "L",
      f.found ? "found;" : "refused: " + f.refusal + ";",
      f.head_lps_mm[0],
      f.head_lps_mm[1],
      f.head_lps_mm[2],
      f.head_radius_mm,
      f.head_residual_mm,
      f.volume_mm3 / 1e3);
  for (const auto& doubt : f.doubts) fmt::print("  {}\n", doubt);
}

/// Divides one femur and gives its voxels the numbers of its regions, 1 to 4.
void print_regions(const ProximalFemur::Femur& f, ledd::Labels& labels) {
  if (!f.found) return;
  const std::uint16_t id = f.side == ledd::anatomy::Side::kRight ? 211 : 212;
  auto mask = ledd::Mask::New();
  mask->CopyInformation(&labels);
  mask->SetRegions(labels.GetLargestPossibleRegion());
  mask->Allocate();
  const std::size_t count = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t n = 0; n < count; ++n)
    mask->GetBufferPointer()[n] = labels.GetBufferPointer()[n] == id ? 1 : 0;
  ledd::Context context;
  const auto r = ledd::FemurRegions()(*mask, f.side, context);
  for (const auto& text : {r.refusal, r.doubts.empty() ? std::string() : r.doubts.front()})
    if (!text.empty()) fmt::print("  regions: {}\n", text);
  fmt::print(
      "  head {:.1f} mm, neck {:.0f} mm2, {:.1f} mm from the head's centre, neck and shaft {:.1f} deg\n",
      r.frame.head_radius_mm,
      r.frame.neck_mm2,
      r.frame.neck_end_mm - 7.5,
      r.frame.neck_shaft_deg);
  for (std::size_t n = 0; n < count; ++n)
    if (mask->GetBufferPointer()[n] != 0) labels.GetBufferPointer()[n] = r.regions->GetBufferPointer()[n];
}

void print_scan(const std::string& from, const std::string& to) {
  const auto hu = ledd::files::read_volume(from);
  ledd::Context context;
  const double start_s = now_s();
  const auto found = ProximalFemur()(*hu, context);
  fmt::print("{:.2f} s\n", now_s() - start_s);
  print_found(found.right);
  print_found(found.left);
  if (!to.empty()) ledd::files::write_labels(*found.labels, to);
  print_regions(found.right, *found.labels);
  print_regions(found.left, *found.labels);
  if (!to.empty()) ledd::files::write_labels(*found.labels, to + ".regions.nii.gz");
}

void print_row(const std::string& name, const DrawnHip& hip, const HipScan& scan) {
  const auto hu = ledd::testing::drawn_scan(scan, {hip, ledd::testing::left_of(hip)});
  ledd::Context context;
  const double start_s = now_s();
  const auto found = ProximalFemur()(*hu, context);
  const double took_s = now_s() - start_s;
  for (const bool right : {true, false}) {
    const auto& f = right ? found.right : found.left;
    const auto one = right ? hip : ledd::testing::left_of(hip);
    const auto truth = ledd::testing::true_femur(scan, one);
    double off2 = 0, in = 0, out = 0, hu_in = 0, hu_out = 0;
    for (unsigned a = 0; a < 3; ++a) off2 += std::pow(f.head_lps_mm[a] - one.head_lps_mm[a], 2);
    const std::uint16_t id = right ? 211 : 212;
    for (std::size_t n = 0; n < truth->GetLargestPossibleRegion().GetNumberOfPixels(); ++n) {
      const double mine = found.labels->GetBufferPointer()[n] == id ? 1 : 0,
                   value = hu->GetBufferPointer()[n];
      in += truth->GetBufferPointer()[n];
      out += mine;
      hu_in += value * truth->GetBufferPointer()[n];
      hu_out += value * mine;
    }
    fmt::print("| {} | {} | {} | {:.2f} | {:+.2f} | {:.3f} | {:+.1f} | {:.0f}, {:.0f} | {:.1f} |\n",
               name,
               right ? "R" : "L",
               f.found ? "yes" : "no: " + f.refusal,
               std::sqrt(off2),
               f.head_radius_mm - one.radius_mm,
               ledd::testing::dice(*truth, *found.labels, id),
               100.0 * (out / in - 1.0),
               out > 0 ? hu_out / out : 0.0,
               hu_in / in,
               took_s);
    if (!f.doubts.empty()) fmt::print(stderr, "{}: {}\n", name, f.doubts.front());
    std::fflush(stdout);
  }
}

void print_table() {
  fmt::print(
      "| hips | side | found | head's centre off (mm) | radius off (mm) | Dice | volume off (%) | mean HU, "
      "true | s |\n"
      "|---|---|---|---|---|---|---|---|---|\n");
  const DrawnHip usual;
  const HipScan scan;
  print_row("usual, 0.9 x 0.9 x 1.25 mm", usual, scan);
  HipScan coarse = scan;
  coarse.spacing_mm = {3, 3, 3};
  coarse.blur_mm = 1.0;
  print_row("3 mm voxels", usual, coarse);
  DrawnHip narrow = usual;
  narrow.gap_mm = 2.0;
  print_row("gap of 2 mm", narrow, scan);
  print_row("Gap of 2 mm in 3 mm voxels", narrow, coarse);
  DrawnHip low = usual;
  low.marrow_hu = 20;
  low.head_hu = 130;
  low.cortex_mm = 2.0;
  low.neck_cortex_mm = 0.8;
  low.shell_mm = 0.6;
  print_row("low density, thin cortex", low, scan);
  print_row("Low density in 3 mm voxels", low, coarse);
  HipScan fine = scan;
  fine.spacing_mm = {0.7, 0.7, 1.25};
  fine.noise_hu = 60;
  print_row("0.7 mm, noise 60 HU", usual, fine);
  HipScan turned = scan;
  turned.turn = {17, 11, false};
  turned.extent_mm = {330, 240, 260};
  print_row("oblique grid", usual, turned);
  DrawnHip small = usual;
  small.radius_mm = 20.5;
  print_row("small person", small, scan);
  DrawnHip big = usual;
  big.radius_mm = 28;
  HipScan wide = scan;
  wide.extent_mm[0] = 380;
  print_row("big person", big, wide);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc > 1)
      print_scan(argv[1], argc > 2 ? argv[2] : "");
    else
      print_table();
    return 0;
  } catch (const std::exception& e) {
    fmt::print(stderr, "{}\n", e.what());
    return 1;
  }
}
