// Prints how well spine-mri does on labelled scans that its network was not trained on.
//
//   spine_accuracy DATA MODELS [PICTURES]
//
// DATA: folders vb1-*, vb2-*, vb3-* (bodies) and ivd-* (discs) with image*.nii.gz and labels_thick*.nii.gz,
// and disc-labels-only/published_disc_volumes_cm3.csv. MODELS: fold*.onnx, each with its card fold*.json, as
// tools/train/spine/crossvalidate writes them: every case is judged by the network whose card leaves it out.
// PICTURES: where the mid-sagittal picture of every case goes. Fully automatic; what is missed counts as Dice
// 0.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/report/report.h"
#include "ledd/spine_mri/spine_mri.h"

#include "cases.h"
#include "heights.h"
#include "structures.h"

namespace {

using namespace ledd;  // NOLINT(google-build-using-namespace): a program of one file
using accuracy::file_in;
using accuracy::mean;
using accuracy::sd;
namespace fs = std::filesystem;

constexpr std::uint16_t kFirstBody = 1, kLastBody = anatomy::kL6;
constexpr std::uint16_t kFirstDisc = anatomy::kDiscOffset + kFirstBody,
                        kLastDisc = anatomy::kDiscOffset + kLastBody;

struct CaseScore {
  std::string name;
  std::vector<accuracy::StructureScore> structures;  // bodies of vb*, discs of ivd
  std::size_t extra = 0;
  bool certain = false, s1_seen = false;
  accuracy::Differences heights_mm;
  double seconds = 0.0;
};

bool has(const Labels& labels, std::uint16_t id) {
  const auto* begin = labels.GetBufferPointer();
  const auto* end = begin + labels.GetLargestPossibleRegion().GetNumberOfPixels();
  return std::find(begin, end, id) != end;
}

bool of_discs(const std::string& name) {
  return name.rfind("ivd", 0) == 0;
}

CaseScore score_of(const std::string& name, const Labels& truth, const SpineMri::Result& result) {
  const Labels& labels = *result.outcome.labels;
  const auto compared = of_discs(name) ? accuracy::compare(truth, labels, kFirstDisc, kLastDisc)
                                       : accuracy::compare(truth, labels, kFirstBody, kLastBody);
  CaseScore s;
  s.name = name;
  s.structures = compared.structures;
  s.certain = result.levels_certain;
  s.s1_seen = has(labels, anatomy::kS1);
  // What lies above the topmost labelled structure was never labelled: it is unknown, not false.
  double top_mm = 1e9;
  for (const auto& one : compared.structures) top_mm = std::min(top_mm, accuracy::inferior_mm(truth, one.id));
  for (const auto id : compared.extra) s.extra += accuracy::inferior_mm(labels, id) > top_mm ? 1U : 0U;
  return s;
}

/// The same measures on both segmentations, body by body where the levels agree.
void compare_heights(const Labels& truth, const SpineMri::Result& result, CaseScore& s) {
  Context context;
  const auto reference = SpineMorphometry()(truth, context);
  for (const auto& t : reference.bodies)
    for (const auto& f : result.geometry.bodies.bodies)
      if (t.id == f.id && t.id <= kLastBody) accuracy::add_differences(f, t, s.heights_mm);
}

/// Over structures: how many were missed and named rightly, and the Dice and surface distance of each.
struct Totals {
  std::size_t structures = 0, missed = 0, right = 0;
  std::vector<double> dice, asd_mm;

  void add(const accuracy::StructureScore& one) {
    ++structures;
    dice.push_back(one.dice);
    if (one.found_as == 0) {
      ++missed;
      return;
    }
    right += one.found_as == one.id ? 1 : 0;
    asd_mm.push_back(one.asd_mm);
  }
  double least() const { return dice.empty() ? 0.0 : *std::min_element(dice.begin(), dice.end()); }
};

CaseScore judge(const fs::path& folder, const std::string& model, const fs::path& pictures) {
  const auto scan = files::read_volume(file_in(folder, "image"));
  const auto truth = files::read_labels(file_in(folder, "labels_thick"));
  const SpineMri pipeline({}, files::read_bytes(model));
  Context context;
  const auto began = std::chrono::steady_clock::now();
  const auto result = pipeline(*scan, context);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  CaseScore s = score_of(folder.filename().string(), *truth, result);
  s.seconds = seconds;
  if (!of_discs(s.name)) compare_heights(*truth, result, s);
  for (const auto& note : result.outcome.notes) fmt::print("#   {}: {}\n", s.name, note);
  if (!pictures.empty())
    for (const Figure& figure : result.outcome.figures)
      files::write_bytes(report::render_png(figure, *scan, result.outcome.labels.GetPointer()),
                         pictures / fmt::format("{}-{}.png", s.name, figure.name));
  return s;
}

void print(const CaseScore& s) {
  Totals t;
  for (const auto& one : s.structures) t.add(one);
  fmt::print(
      "{:10} dice {:.3f} (least {:.3f})  ASD {:.2f} mm  missed {} of {}  false {}  levels right {}  {}  {} "
      " "
      "{:.1f} s\n",
      s.name,
      mean(t.dice),
      t.least(),
      mean(t.asd_mm),
      t.missed,
      t.structures,
      s.extra,
      t.right,
      s.s1_seen ? "S1 seen" : "no S1",
      s.certain ? "certain" : "uncertain",
      s.seconds);
  std::fflush(stdout);
}

/// The sum over the labelled discs of every case beside the published table.
void print_disc_volumes(const std::vector<CaseScore>& cases, const fs::path& table) {
  std::ifstream in(table);
  std::string line;
  std::getline(in, line);  // case,L5S1,L4L5,L3L4,L2L3,L1L2
  std::map<std::string, std::vector<double>> published;
  while (std::getline(in, line)) {
    std::stringstream fields(line);
    std::string field;
    std::getline(fields, field, ',');
    auto& row = published[field];
    while (std::getline(fields, field, ',')) row.push_back(std::stod(field));
  }
  for (const CaseScore& s : cases) {
    const auto row = published.find(s.name.substr(s.name.find('-') + 1));
    if (row == published.end()) continue;
    double sum = 0.0, reference = 0.0;
    fmt::print("{} volumes, cm3 (automatic / published):", s.name);
    for (const auto& one : s.structures) {  // L1/2 = 120 is the last column, L5/S1 = 124 the first
      const double value =
          row->second.at(static_cast<std::size_t>(anatomy::kDiscOffset + anatomy::kL5 - one.id));
      fmt::print(" {} {:.1f} / {:.1f}", anatomy::short_name(one.id), one.volume_cm3, value);
      sum += one.volume_cm3, reference += value;
    }
    fmt::print("; all {:+.1f} %\n", 100.0 * (sum - reference) / reference);
  }
}

void print_set(const std::string& set, const std::vector<CaseScore>& cases) {
  Totals t;
  accuracy::Differences heights_mm;
  std::size_t extra = 0, certain = 0;
  for (const CaseScore& s : cases) {
    for (const auto& one : s.structures) t.add(one);
    for (const auto& [name, values] : s.heights_mm)
      heights_mm[name].insert(heights_mm[name].end(), values.begin(), values.end());
    extra += s.extra, certain += s.certain ? 1 : 0;
  }
  fmt::print(
      "\n{}: {} cases, {} structures. Dice of each {:.3f} +- {:.3f}, least {:.3f}; ASD {:.2f} +- {:.2f} "
      "mm; "
      "missed {}; "
      "false {}; levels right {} of {}; levels certain in {} cases\n",
      set,
      cases.size(),
      t.structures,
      mean(t.dice),
      sd(t.dice),
      t.least(),
      mean(t.asd_mm),
      sd(t.asd_mm),
      t.missed,
      extra,
      t.right,
      t.structures,
      certain);
  accuracy::print(set, heights_mm);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3) {
    fmt::print(stderr, "usage: spine_accuracy DATA MODELS [PICTURES]\n");
    return 2;
  }
  const auto model_of = accuracy::models_by_case(argv[2]);
  const fs::path pictures = argc > 3 ? argv[3] : "";
  if (!pictures.empty()) fs::create_directories(pictures);
  std::map<std::string, std::vector<CaseScore>> sets;
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(argv[1]))
    if (model_of.contains(entry.path().filename().string())) folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end());
  for (const auto& folder : folders) {
    const std::string name = folder.filename().string();
    try {
      const CaseScore s = judge(folder, model_of.at(name), pictures);
      print(s);
      sets[name.substr(0, 3)].push_back(s);
    } catch (const Error& e) {
      fmt::print("{:10} FAILED: {}\n", name, e.what());
    }
  }
  for (const auto& [set, cases] : sets) print_set(set, cases);
  print_disc_volumes(sets["ivd"], fs::path(argv[1]) / "disc-labels-only" / "published_disc_volumes_cm3.csv");
  return 0;
} catch (const std::exception& e) {
  fmt::print(stderr, "spine_accuracy: {}\n", e.what());
  return 1;
}
