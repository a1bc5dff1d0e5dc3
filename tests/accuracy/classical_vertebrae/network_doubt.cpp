// Prints BodyFinder::doubt, in bits, of the spine network's answer on scans as they are and destroyed.
//
//   network_doubt DATA ONNX CASE...
//
// DATA: folders with image*.nii.gz. Destroyed: contrast turned over; drowned in noise; lying (head where the
// back was); shuffled.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <random>

#include "ledd/bias_field/bias_field.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/spine_mri/body_finder.h"

#include "../spine_mri/cases.h"

namespace {

using namespace ledd;

std::size_t count_of(const Volume& scan) {
  return scan.GetLargestPossibleRegion().GetNumberOfPixels();
}

void print(const std::string& name, const char* how, const SpineSegmentation& network, const Volume& scan) {
  Context context;
  try {
    const auto found = network(*BiasField()(scan, context), context);
    fmt::print(
        "{:10} {:14} {} bodies, doubt {:.3f}\n", name, how, found.bodies.size(), BodyFinder::doubt(found));
  } catch (const Error& e) {
    fmt::print("{:10} {:14} refused: {}\n", name, how, e.what());
  }
  std::fflush(stdout);
}

void turn_over(Volume& scan) {
  float* first = scan.GetBufferPointer();
  const float highest = *std::max_element(first, first + count_of(scan));
  for (std::size_t n = 0; n < count_of(scan); ++n) first[n] = highest - first[n];
}

/// Rician, as strong as the signal.
void drown(Volume& scan) {
  float* first = scan.GetBufferPointer();
  double sum = 0.0;
  for (std::size_t n = 0; n < count_of(scan); ++n) sum += static_cast<double>(first[n]);
  std::mt19937_64 random(5);
  std::normal_distribution<float> normal(
      0.0F, 2.0F * static_cast<float>(sum / static_cast<double>(count_of(scan))));
  for (std::size_t n = 0; n < count_of(scan); ++n)
    first[n] = std::hypot(first[n] + normal(random), normal(random));
}

void lay_down(Volume& scan) {
  auto direction = scan.GetDirection();
  for (unsigned row = 0; row < 3; ++row) std::swap(direction(row, 0), direction(row, 1));
  scan.SetDirection(direction);
}

void shuffle(Volume& scan) {
  std::mt19937_64 random(7);
  float* first = scan.GetBufferPointer();
  for (std::size_t n = count_of(scan); n > 1; --n) std::swap(first[n - 1], first[random() % n]);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 4) {
    fmt::print(stderr, "usage: network_doubt DATA ONNX CASE...\n");
    return 2;
  }
  const SpineSegmentation network({}, files::read_bytes(argv[2]));
  for (int n = 3; n < argc; ++n) {
    const auto scan = [&] {
      return files::read_volume(accuracy::file_in(std::filesystem::path(argv[1]) / argv[n], "image"));
    };
    print(argv[n], "as it is", network, *scan());
    const std::pair<const char*, void (*)(Volume&)> ways[] = {
        {"turned over", turn_over}, {"drowned", drown}, {"lying", lay_down}, {"shuffled", shuffle}};
    for (const auto& [how, destroy] : ways) {
      const auto destroyed = scan();
      destroy(*destroyed);
      print(argv[n], how, network, *destroyed);
    }
  }
  return 0;
} catch (const std::exception& e) {
  fmt::print(stderr, "network_doubt: {}\n", e.what());
  return 1;
}
