// How often the levels are right, and how often VertebraLevels says so: labelled scans that the network was
// not trained on, whole, and with the lower end cut off at several heights, so that often no sacrum is in
// view.
//
//   spine_levels DATA MODELS
//
// DATA and MODELS as for spine_accuracy.
#include <fmt/format.h>
#include <itkRegionOfInterestImageFilter.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>

#include "ledd/anatomy/anatomy.h"
#include "ledd/bias_field/bias_field.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/spine_segmentation/spine_segmentation.h"
#include "ledd/vertebra_levels/vertebra_levels.h"

#include "../spine_mri/cases.h"

namespace {

using namespace ledd;  // NOLINT(google-build-using-namespace): a program of one file
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

/// Views of one stated probability.
struct Row {
  std::size_t views = 0, right = 0, alternative_right = 0;
  std::set<std::string> persons;
};
using Table = std::map<std::string, Row>;

std::string person_of(const std::string& name) {
  return name.rfind("vb1-AK", 0) == 0 ? "vb1-AK" : name;
}

/// A case, and where its image ends.
struct View {
  std::string name, cut;
};

void judge(const View& view, const Volume& scan, const Labels& truth, const std::string& onnx, Table& table) {
  Context context;
  const auto found = SpineSegmentation({}, onnx)(*BiasField()(scan, context), context);
  std::vector<VertebraLevels::Seen> seen;
  seen.reserve(found.bodies.size());
  for (const auto& body : found.bodies)
    seen.push_back({body.centre_lps_mm, body.last_lumbar, body.volume_cm3});
  const auto levels =
      VertebraLevels()(seen, found.s1 ? std::optional(found.s1->centre_lps_mm) : std::nullopt, context);
  std::size_t known = 0, right = 0, alternative = 0;
  double probability = 1.0;
  for (std::size_t n = 0; n < seen.size(); ++n) {
    const auto id = true_id(*found.instances, static_cast<std::uint16_t>(n + 1), truth);
    const auto& level = levels.levels[n];
    if (id == 0) continue;
    ++known;
    right += level.id == id;
    alternative += level.alternative == id;
    probability = std::min(probability, level.probability);
  }
  const std::string doubt = levels.notes.empty() ? "certain" : levels.notes.front();
  fmt::print("{:9} cut {:10} right {} of {}, probability {:.2f}: {}\n",
             view.name,
             view.cut,
             right,
             known,
             probability,
             doubt);
  std::fflush(stdout);
  if (known == 0) return;
  Row& row = table[fmt::format("{:.2f}", probability)];
  ++row.views;
  row.right += right == known;
  row.alternative_right += alternative == known;
  row.persons.insert(person_of(view.name));
}

void judge_all(const fs::path& folder, const std::string& model, Table& table) {
  const std::string name = folder.filename().string(), onnx = files::read_bytes(model);
  const auto scan = files::read_volume(file_in(folder, "image"));
  const auto truth = files::read_labels(file_in(folder, "labels_thick"));
  judge({name, "none"}, *scan, *truth, onnx, table);
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
      judge({name, cut},
            *upper_part(*scan, static_cast<std::size_t>(row)),
            *upper_part(*truth, static_cast<std::size_t>(row)),
            onnx,
            table);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) {
    fmt::print(stderr, "usage: spine_levels DATA MODELS\n");
    return 2;
  }
  Table table;
  for (const auto& [name, model] : accuracy::models_by_case(argv[2]))
    if (name.rfind("vb", 0) == 0) judge_all(fs::path(argv[1]) / name, model, table);
  fmt::print("\nstated probability: views (persons), all levels right, all levels as the alternative\n");
  for (const auto& [probability, row] : table)
    fmt::print("{}: {} ({}), {}, {}\n",
               probability,
               row.views,
               row.persons.size(),
               row.right,
               row.alternative_right);
  return 0;
} catch (const std::exception& e) {
  fmt::print(stderr, "spine_levels: {}\n", e.what());
  return 1;
}
