// What the thickness of cartilage is worth:
//
//   knee_cartilage shells           layers of known thickness
//   knee_cartilage poses            the same on hard labels, over positions of the grid
//   knee_cartilage meshes FOLDER    published surfaces with published thickness
//   knee_cartilage knees FOLDER     label volumes of whole knees
#include <fmt/format.h>

#include <exception>
#include <string_view>

#include "tables.h"

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  try {
    if (what == "shells") {
      ledd::accuracy::print_shells();
    } else if (what == "poses") {
      ledd::accuracy::print_poses();
    } else if (what == "meshes" && argc == 3) {
      ledd::accuracy::print_mesh_pairs(argv[2]);
    } else if (what == "knees" && (argc == 3 || argc == 4)) {
      ledd::accuracy::print_knees(argv[2], argc == 4 ? argv[3] : "");
    } else {
      fmt::print(stderr, "knee_cartilage shells | poses | meshes FOLDER | knees FOLDER [PICTURES]\n");
      return 2;
    }
  } catch (const std::exception& e) {
    fmt::print(stderr, "{}\n", e.what());
    return 1;
  }
  return 0;
}
