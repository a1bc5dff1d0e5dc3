#include "ledd/dicom/handlers.h"

#include <filesystem>
#include <string>
#include <vector>

#include "ledd/dicom/structure.h"
#include "ledd/isolation/archive.h"

#include "dataset.h"
#include "duplicates.h"
#include "fields.h"
#include "requests.h"

namespace ledd::dicom {
namespace {

using isolation::Reply;

void scan_files(std::string_view request, Reply& reply) {
  set_up_dcmtk();
  std::vector<std::filesystem::path> paths;
  isolation::unpack(request, paths);
  std::vector<Scanned> files;
  files.reserve(paths.size());
  for (const std::filesystem::path& path : paths) files.push_back(scan(path));
  reply.send(isolation::packed(files));
}

void find_hint(std::string_view request, Reply& reply) {
  std::filesystem::path path;
  isolation::unpack(request, path);
  reply.send(isolation::packed(walk_structure(path).hint));
}

void compare(std::string_view request, Reply& reply) {
  set_up_dcmtk();
  std::filesystem::path a;
  std::filesystem::path b;
  isolation::unpack(request, a, b);
  reply.send(isolation::packed(same_content(a, b)));
}

void read_planes(std::string_view request, Reply& reply) {
  set_up_dcmtk();
  PlaneRequest wanted;
  isolation::unpack(request, wanted);
  const Planes planes(wanted);
  std::vector<float> plane(std::size_t{wanted.rows} * wanted.columns);
  for (std::size_t i = 0; i < wanted.planes.size(); ++i) {
    planes.read(i, plane.data());
    reply.send({reinterpret_cast<const char*>(plane.data()), plane.size() * sizeof(float)});
  }
}

}  // namespace

isolation::Handlers handlers() {
  return {{kScanRequest, scan_files},
          {kHintRequest, find_hint},
          {kSameRequest, compare},
          {kPlanesRequest, read_planes}};
}

}  // namespace ledd::dicom
