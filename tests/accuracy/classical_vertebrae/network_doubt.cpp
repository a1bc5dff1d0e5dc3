// Prints BodyFinder::doubt, in bits, of the spine network's answer on scans as they are and destroyed.
//
//   network_doubt DATA MODELS [CASE...]
//
// DATA: folders with image*.nii.gz. MODELS: fold*.onnx, each with its card fold*.json, as
// tools/train/spine/crossvalidate writes them: every case is judged by the network whose card leaves it out.
// Cases that are named are judged destroyed as well: contrast turned over; contrast folded; drowned in noise;
// lying (head where the back was); shuffled. Without names: all cases as they are.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <set>

#include "ledd/bias_field/bias_field.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/spine_mri/body_finder.h"

#include "../spine_mri/cases.h"
#include "destroy.h"

namespace {

using namespace ledd;  // NOLINT(google-build-using-namespace): a program of one file

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

void print_destroyed(const std::string& name,
                     const SpineSegmentation& network,
                     const std::filesystem::path& scan) {
  const std::pair<const char*, void (*)(Volume&)> ways[] = {{"turned over", accuracy::turn_over},
                                                            {"folded", accuracy::fold_contrast},
                                                            {"drowned", accuracy::drown},
                                                            {"lying", accuracy::lay_down},
                                                            {"shuffled", accuracy::shuffle}};
  for (const auto& [how, destroy] : ways) {
    const auto destroyed = files::read_volume(scan);
    destroy(*destroyed);
    print(name, how, network, *destroyed);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3) {
    fmt::print(stderr, "usage: network_doubt DATA MODELS [CASE...]\n");
    return 2;
  }
  const std::set<std::string> wanted(argv + 3, argv + argc);
  for (const auto& [name, model] : accuracy::models_by_case(argv[2])) {
    const auto folder = std::filesystem::path(argv[1]) / name;
    if (!(wanted.empty() ? exists(folder) : wanted.contains(name))) continue;
    const SpineSegmentation network({}, files::read_bytes(model));
    const auto scan = accuracy::file_in(folder, "image");
    print(name, "as it is", network, *files::read_volume(scan));
    if (!wanted.empty()) print_destroyed(name, network, scan);
  }
  return 0;
} catch (const std::exception& e) {
  fmt::print(stderr, "network_doubt: {}\n", e.what());
  return 1;
}
