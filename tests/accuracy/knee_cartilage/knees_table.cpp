#include <fmt/format.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <numeric>
#include <set>

#include "ledd/cartilage_morphometry/cartilage_morphometry.h"
#include "ledd/core/error.h"
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

/// What people report of a region.
constexpr std::array<const char*, 4> kEndpoints{"ThCtAB", "VC", "tAB", "dAB"};

/// One endpoint of one region over several knees.
struct Spread {
  std::vector<double> values;

  std::string text(int decimals) const {
    if (values.empty()) return "none";
    const auto n = static_cast<double>(values.size());
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
    double squares = 0.0;
    for (const double v : values) squares += (v - mean) * (v - mean);
    const double sd = values.size() > 1 ? std::sqrt(squares / (n - 1.0)) : 0.0;
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    return fmt::format("{:.{}f} ± {:.{}f} ({:.{}f} to {:.{}f})",
                       mean,
                       decimals,
                       sd,
                       decimals,
                       *least,
                       decimals,
                       *most,
                       decimals);
  }
};

/// `akoa-9014797-00m.nii.gz` -> `akoa-9014797`
std::string person_of(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.substr(0, name.rfind('-'));
}

using Table = std::map<std::pair<std::string, std::string>, Spread>;  // by region and endpoint

/// The reported rows; what is no good value is said on stderr.
void take(
    const std::vector<Measurement>& rows, const fs::path& file, Table* table, int& failed, int& doubtful) {
  for (const Measurement& m : rows) {
    const bool wanted = std::find(kEndpoints.begin(), kEndpoints.end(), m.endpoint) != kEndpoints.end();
    if (!wanted || (m.endpoint == "ThCtAB" && m.statistic != "mean")) continue;
    if (m.quality != Quality::kGood)
      fmt::print(stderr,
                 "{} {} {} {}: {}\n",
                 file.filename().string(),
                 m.region,
                 m.endpoint,
                 name_of(m.quality),
                 m.reason);
    failed += m.value ? 0 : 1;
    doubtful += m.value && m.quality != Quality::kGood ? 1 : 0;
    if (table != nullptr && m.value) (*table)[{m.region, m.endpoint}].values.push_back(*m.value);
  }
}

void print(const Table& table) {
  fmt::print("| region | n | ThCtAB (mm) | VC (mm3) | tAB (mm2) | dAB (%) |\n|---|---|---|---|---|---|\n");
  for (const auto& set : knee::region_sets()) {
    const auto text = [&](const char* endpoint, int decimals) {
      const auto at = table.find({std::string(set.name), endpoint});
      return at == table.end() ? std::string("none") : at->second.text(decimals);
    };
    const auto at = table.find({std::string(set.name), "ThCtAB"});
    fmt::print("| {} | {} | {} | {} | {} | {} |\n",
               set.name,
               at == table.end() ? 0 : at->second.values.size(),
               text("ThCtAB", 2),
               text("VC", 0),
               text("tAB", 0),
               text("dAB", 1));
  }
}

}  // namespace

void print_knees(const fs::path& folder, const fs::path& pictures) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  CartilageMorphometry::Params params;
  params.thickness.laplace = false;
  const CartilageMorphometry morphometry(params);
  Table table;
  std::set<std::string> persons;
  int refused = 0, failed = 0, doubtful = 0, drawn = 0;
  for (const auto& file : files) {
    const bool first = persons.insert(person_of(file)).second;
    try {
      auto labels = files::read_labels(file);
      testing::use_ledd_ids(*labels);
      Context context;
      const auto result = morphometry(*labels, {}, anatomy::Side::kRight, context);
      take(measurements(result), file, first ? &table : nullptr, failed, doubtful);
      if (!pictures.empty() && drawn++ % 8 == 0)
        write_pictures(result, pictures, file.stem().stem().string());
    } catch (const Error& e) {
      ++refused;
      fmt::print(stderr, "{} refused: {}\n", file.filename().string(), e.what());
    }
  }
  print(table);
  fmt::print(
      "\nFirst volume of each of {} persons. Of all {} volumes {} were refused; of their values {} failed "
      "and {} "
      "were uncertain.\n",
      persons.size(),
      files.size(),
      refused,
      failed,
      doubtful);
}

}  // namespace ledd::accuracy
