// Prints what VertebraLevels has to decide from, and the truth, for labelled scans that the network was not
// trained on: whole, and with the lower end cut off at several heights, so that often no sacrum is in view.
//
//   spine_levels DATA MODELS > LEVELS.jsonl
//
// DATA and MODELS as for spine_accuracy. One JSON object a line; tools/train/spine/fit_levels.py reads them.
#include <fmt/format.h>
#include <itkRegionOfInterestImageFilter.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>

#include "ledd/anatomy/anatomy.h"
#include "ledd/bias_field/bias_field.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/spine_segmentation/spine_segmentation.h"

#include "../spine_mri/cases.h"

namespace {

using namespace ledd;
using accuracy::file_in;
namespace fs = std::filesystem;

/// The first `rows` rows along the axis that runs inferior (axis 1 of the files).
template <class Image>
typename Image::Pointer upper_part(const Image& image, std::size_t rows) {
  auto region = image.GetLargestPossibleRegion();
  region.SetSize(1, rows);
  auto cut = itk::RegionOfInterestImageFilter<Image, Image>::New();
  cut->SetInput(&image);
  cut->SetRegionOfInterest(region);
  cut->Update();
  return cut->GetOutput();
}

/// Rows at which a label begins and ends; none when it is not there.
std::pair<long, long> rows_of(const Labels& labels, std::uint16_t id) {
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  long first = -1, last = -1;
  for (std::size_t v = 0; v < size[0] * size[1] * size[2]; ++v) {
    if (labels.GetBufferPointer()[v] != id) continue;
    const auto row = static_cast<long>(v / size[0] % size[1]);
    first = first < 0 ? row : std::min(first, row);
    last = std::max(last, row);
  }
  return {first, last};
}

/// The label of the truth that holds most of an instance; 0 when less than a third of it is labelled.
std::uint16_t true_id(const Labels& instances, std::uint16_t instance, const Labels& truth) {
  std::map<std::uint16_t, std::size_t> votes;
  std::size_t all = 0;
  for (std::size_t n = 0; n < truth.GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
    if (instances.GetBufferPointer()[n] == instance) ++all, ++votes[truth.GetBufferPointer()[n]];
  votes.erase(0);
  const auto most = std::max_element(
      votes.begin(), votes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == votes.end() || 3 * most->second < all ? std::uint16_t{0} : most->first;
}

void describe(const std::string& name,
              const std::string& cut,
              const Volume& scan,
              const Labels& truth,
              const std::string& onnx) {
  Context context;
  nlohmann::json line{{"case", name}, {"cut", cut}};
  try {
    const auto found = SpineSegmentation({}, onnx)(*BiasField()(scan, context), context);
    for (std::size_t n = 0; n < found.bodies.size(); ++n) {
      const auto& body = found.bodies[n];
      line["bodies"].push_back(
          {{"centre", body.centre_lps_mm},
           {"last", body.last_lumbar},
           {"s1", body.s1},
           {"cm3", body.volume_cm3},
           {"cut", body.cut},
           {"truth", true_id(*found.instances, static_cast<std::uint16_t>(n + 1), truth)}});
    }
    if (found.s1)
      line["s1"] = {
          {"centre", found.s1->centre_lps_mm}, {"cm3", found.s1->volume_cm3}, {"cut", found.s1->cut}};
  } catch (const Error& e) {
    line["error"] = e.what();
  }
  fmt::print("{}\n", line.dump());
  std::fflush(stdout);
}

void describe_all(const fs::path& folder, const std::string& model) {
  const std::string name = folder.filename().string(), onnx = files::read_bytes(model);
  const auto scan = files::read_volume(file_in(folder, "image"));
  const auto truth = files::read_labels(file_in(folder, "labels_thick"));
  describe(name, "none", *scan, *truth, onnx);
  const auto [l5_first, l5_last] = rows_of(*truth, anatomy::kL5);
  const auto [l4_first, l4_last] = rows_of(*truth, anatomy::vertebra_above(anatomy::kL5));
  if (l5_first < 0 || l4_first < 0) return;
  const long height = l5_last - l5_first;
  const auto end = static_cast<long>(scan->GetLargestPossibleRegion().GetSize(1));
  for (const auto& [cut, row] : {std::pair{"below S1", l5_last + height},
                                 std::pair{"through S1", l5_last + height / 3},
                                 std::pair{"below L5", l5_last + 4},
                                 std::pair{"through L5", (l5_first + l5_last) / 2},
                                 std::pair{"below L4", l4_last + 3}})
    if (row > 0 && row < end)
      describe(name,
               cut,
               *upper_part(*scan, static_cast<std::size_t>(row)),
               *upper_part(*truth, static_cast<std::size_t>(row)),
               onnx);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) {
    fmt::print(stderr, "usage: spine_levels DATA MODELS > LEVELS.jsonl\n");
    return 2;
  }
  for (const auto& [name, model] : accuracy::models_by_case(argv[2]))
    if (name.rfind("vb", 0) == 0) describe_all(fs::path(argv[1]) / name, model);
  return 0;
} catch (const std::exception& e) {
  fmt::print(stderr, "spine_levels: {}\n", e.what());
  return 1;
}
