#pragma once
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "ledd/mesh/mesh.h"

namespace ledd::testing {

/// Triangles and the values at their points, from a legacy VTK text file.
struct VtkMesh {
  TriangleMesh mesh;
  std::map<std::string, std::vector<double>> scalars;
};

inline VtkMesh read_vtk(const std::filesystem::path& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  VtkMesh file;
  std::string word;
  while (in >> word) {
    std::size_t count = 0, numbers = 0;
    if (word == "POINTS") {
      in >> count >> word;
      file.mesh.points_lps_mm.resize(count);
      for (auto& p : file.mesh.points_lps_mm) in >> p[0] >> p[1] >> p[2];
    } else if (word == "POLYGONS") {
      in >> count >> numbers;
      file.mesh.triangles.resize(count);
      for (auto& t : file.mesh.triangles) {
        in >> numbers >> t[0] >> t[1] >> t[2];
        if (numbers != 3) throw std::runtime_error("not a triangle in " + path.string());
      }
    } else if (word == "SCALARS") {
      std::string name, rest;
      in >> name;
      std::getline(in, rest);
      in >> word >> word;  // LOOKUP_TABLE default
      auto& values = file.scalars[name];
      values.resize(file.mesh.points_lps_mm.size());
      for (double& v : values) in >> v;
    } else if (word == "FIELD") {
      std::size_t arrays = 0;
      in >> word >> arrays;
      for (std::size_t a = 0; a < arrays; ++a) {
        std::string name;
        in >> name >> numbers >> count >> word;
        if (word == "string") break;
        auto& values = file.scalars[name];
        values.resize(numbers * count);
        for (double& v : values) in >> v;
      }
    }
  }
  return file;
}

}  // namespace ledd::testing
