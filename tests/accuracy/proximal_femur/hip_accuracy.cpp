// Prints how well hips are found and outlined; with a scan and a folder, writes their labels there.
#include <fmt/core.h>

#include <chrono>
#include <exception>

#include "ledd/files/files.h"
#include "ledd/proximal_femur/proximal_femur.h"

int main(int argc, char** argv) {
  try {
    const auto hu = ledd::files::read_volume(argv[1]);
    ledd::Context context;
    const auto t = std::chrono::steady_clock::now();
    const auto r = ledd::ProximalFemur()(*hu, context);
    fmt::print("{:.2f} s\n", std::chrono::duration<double>(std::chrono::steady_clock::now() - t).count());
    for (const auto* f : {&r.right, &r.left}) {
      fmt::print("{} {} [{}] head {:.1f} {:.1f} {:.1f} r {:.1f} rms {:.2f} vol {:.1f}\n", f->side == ledd::anatomy::Side::kRight ? "R" : "L", f->found, f->refusal, f->head_lps_mm[0], f->head_lps_mm[1], f->head_lps_mm[2], f->head_radius_mm, f->head_residual_mm, f->volume_mm3 / 1e3);
      for (const auto& d : f->doubts) fmt::print("  {}\n", d);
    }
    if (argc > 2) ledd::files::write_labels(*r.labels, argv[2]);
  } catch (const std::exception& e) { fmt::print(stderr, "{}\n", e.what()); return 1; }
}
