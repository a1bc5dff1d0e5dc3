#include <fmt/format.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <map>

#include "ledd/cartilage_morphometry/cartilage_morphometry.h"
#include "ledd/files/files.h"

#include "oai_knee.h"
#include "tables.h"

namespace ledd::accuracy {
namespace {

namespace fs = std::filesystem;

/// A flat map as a picture: 0..4 mm in colours, denuded bone white, no bone black; regions as grey lines.
void write_picture(const FlatMap& map, const FlatMap& regions, const fs::path& path) {
  const auto size = map.image->GetLargestPossibleRegion().GetSize();
  const int width = static_cast<int>(size[0]), height = static_cast<int>(size[1]);
  cv::Mat grey(height, width, CV_8U), colour;
  const auto at = [&](const FlatMap& m, int i, int j) { return m.image->GetPixel({{i, height - 1 - j, 0}}); };
  for (int j = 0; j < height; ++j)
    for (int i = 0; i < width; ++i) {
      const float t = at(map, i, j);
      grey.at<std::uint8_t>(j, i) =
          std::isnan(t) ? 0 : static_cast<std::uint8_t>(std::clamp(t / 4.0F, 0.0F, 1.0F) * 255);
    }
  cv::applyColorMap(grey, colour, cv::COLORMAP_JET);
  for (int j = 0; j < height; ++j)
    for (int i = 0; i < width; ++i) {
      const float t = at(map, i, j);
      auto& pixel = colour.at<cv::Vec3b>(j, i);
      if (std::isnan(t))
        pixel = {0, 0, 0};
      else if (t == 0.0F)
        pixel = {255, 255, 255};
      if (i == 0 || j == 0) continue;
      const auto here = std::lround(at(regions, i, j));
      if (!std::isnan(t) &&
          (here != std::lround(at(regions, i - 1, j)) || here != std::lround(at(regions, i, j - 1))))
        pixel = {90, 90, 90};
    }
  cv::resize(colour, colour, {}, 4, 4, cv::INTER_NEAREST);
  cv::imwrite(path.string(), colour);
}

void write_pictures(const CartilageResult& result, const fs::path& folder, const std::string& name) {
  for (std::size_t n = 0; n < result.layers.size(); ++n) {
    const std::vector<double> regions(result.regions[n].begin(), result.regions[n].end());
    const FlatMap map = flat_map(result, n, result.layers[n].thickness_mm);
    write_picture(map, flat_map(result, n, regions), folder / (name + "-" + map.name + ".png"));
  }
}

struct Row {
  double sum = 0, squares = 0, least = 1e9, most = 0, dab = 0, volume_ratio = 0, laplace = 0;
  int count = 0;
};

}  // namespace

void print_knees(const fs::path& folder, const fs::path& pictures) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::map<std::string, Row> rows;
  int doubtful = 0, picture = 0;
  double seconds = 0;
  for (const auto& file : files) {
    auto labels = files::read_labels(file);
    testing::use_ledd_ids(*labels);
    Context context;
    const auto start = std::chrono::steady_clock::now();
    const auto result = CartilageMorphometry()(*labels, {}, anatomy::Side::kRight, context);
    seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    for (const auto& m : measurements(result))
      if (m.quality != Quality::kGood && m.endpoint == "ThCtAB" && m.statistic == "mean") {
        ++doubtful;
        fmt::print(stderr, "{} {}: {}\n", file.filename().string(), m.region, m.reason);
      }
    for (const auto& [name, v] : result.values) {
      Row& r = rows[name];
      r.sum += v.mean_mm;
      r.squares += v.mean_mm * v.mean_mm;
      r.least = std::min(r.least, v.mean_mm);
      r.most = std::max(r.most, v.mean_mm);
      r.dab += 100 * (1 - v.cab_mm2 / v.tab_mm2);
      r.volume_ratio += v.volume_mm3 / (v.mean_mm * v.tab_mm2);
      r.laplace += v.laplace_mean_mm;
      ++r.count;
    }
    if (!pictures.empty() && picture++ % 8 == 0)
      write_pictures(result, pictures, file.stem().stem().string());
  }
  fmt::print(
      "| region | knees | ThCtAB mean (mm) | SD | least | most | Laplace (mm) | dAB (%) | VC / (ThCtAB tAB) "
      "|\n|---|---|---|---|---|---|---|---|---|\n");
  for (const auto& set : knee::region_sets()) {
    const Row& r = rows[std::string(set.name)];
    const double n = r.count, mean = r.sum / n;
    fmt::print("| {} | {} | {:.2f} | {:.2f} | {:.2f} | {:.2f} | {:.2f} | {:.1f} | {:.3f} |\n",
               set.name,
               r.count,
               mean,
               std::sqrt(std::max(0.0, r.squares / n - mean * mean)),
               r.least,
               r.most,
               r.laplace / n,
               r.dab / n,
               r.volume_ratio / n);
  }
  fmt::print("\n{} knees, {:.1f} s each; {} doubtful values of ThCtAB\n",
             files.size(),
             seconds / static_cast<double>(files.size()),
             doubtful);
}

}  // namespace ledd::accuracy
