// Prints how well spine-mri does on labelled scans that its network was not trained on.
//
//   spine_accuracy DATA MODELS [PICTURES]
//
// DATA: folders vb1-*, vb2-*, vb3-* with image*.nii.gz and labels_thick*.nii.gz. MODELS: fold*.onnx, each
// with its card fold*.json, as tools/train/spine/crossvalidate writes them: every case is judged by the
// network whose card leaves it out. PICTURES: where the mid-sagittal picture of every case goes. Fully
// automatic; a missed body counts as Dice 0.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/report/report.h"
#include "ledd/spine_mri/spine_mri.h"

namespace {

using namespace ledd;
namespace fs = std::filesystem;

bool is_presacral(std::uint16_t id) {
  return (id >= 1 && id <= anatomy::kL6) || id == anatomy::kT13;
}

/// Voxel counts of every pair of labels that meet.
struct Overlap {
  std::map<std::uint16_t, std::size_t> truth, found;
  std::map<std::pair<std::uint16_t, std::uint16_t>, std::size_t> both;
};

Overlap overlap_of(const Labels& truth, const Labels& found) {
  Overlap o;
  const std::size_t count = truth.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t n = 0; n < count; ++n) {
    const auto t = truth.GetBufferPointer()[n], f = found.GetBufferPointer()[n];
    if (t != 0) ++o.truth[t];
    if (f != 0) ++o.found[f];
    if (t != 0 && f != 0) ++o.both[{t, f}];
  }
  return o;
}

struct CaseScore {
  std::string name;
  std::size_t bodies = 0, missed = 0, extra = 0, right_levels = 0;
  bool certain = false, s1_seen = false;
  std::vector<double> dice;        // per body of the truth, 0 when missed
  std::vector<double> ha, hm, hp;  // automatic minus measured on the reference labels, mm
  double seconds = 0.0;
};

double inferior_mm(const Labels& labels, std::uint16_t id) {
  double sum = 0.0, n = 0.0;
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  for (std::size_t v = 0; v < size[0] * size[1] * size[2]; ++v)
    if (labels.GetBufferPointer()[v] == id) sum += static_cast<double>(v / size[0] % size[1]), n += 1.0;
  return sum / n * labels.GetSpacing()[1];
}

CaseScore score_of(const std::string& name, const Labels& truth, const SpineMri::Result& result) {
  CaseScore s;
  s.name = name;
  s.certain = result.levels_certain;
  const Labels& labels = *result.outcome.labels;
  const Overlap o = overlap_of(truth, labels);
  std::set<std::uint16_t> matched;
  double top_mm = 1e9;
  for (const auto& [id, size] : o.truth) {
    if (!is_presacral(id)) continue;
    top_mm = std::min(top_mm, inferior_mm(truth, id));
    ++s.bodies;
    std::uint16_t best = 0;
    std::size_t common = 0;
    for (const auto& [pair, n] : o.both)
      if (pair.first == id && is_presacral(pair.second) && n > common && !matched.contains(pair.second))
        best = pair.second, common = n;
    const double dice =
        best == 0 ? 0.0 : 2.0 * static_cast<double>(common) / static_cast<double>(size + o.found.at(best));
    if (dice < 0.5) {
      ++s.missed;
      s.dice.push_back(0.0);
      continue;
    }
    matched.insert(best);
    s.dice.push_back(dice);
    s.right_levels += best == id ? 1 : 0;
  }
  // What lies above the topmost labelled body was never labelled: it is unknown, not false.
  for (const auto& [id, size] : o.found)
    if (is_presacral(id) && !matched.contains(id) && inferior_mm(labels, id) > top_mm) ++s.extra;
  s.s1_seen = o.found.contains(anatomy::kS1);
  return s;
}

void compare_heights(const Labels& truth, const SpineMri::Result& result, CaseScore& s) {
  Context context;
  const auto reference = SpineMorphometry()(truth, context);
  for (const auto& t : reference.bodies)
    for (const auto& f : result.geometry.bodies)
      if (t.id == f.id && is_presacral(t.id) && t.quality != Quality::kFailed &&
          f.quality != Quality::kFailed) {
        s.ha.push_back(f.ha.value_mm - t.ha.value_mm);
        s.hm.push_back(f.hm.value_mm - t.hm.value_mm);
        s.hp.push_back(f.hp.value_mm - t.hp.value_mm);
      }
}

double mean(const std::vector<double>& x) {
  double sum = 0.0;
  for (const double v : x) sum += v;
  return x.empty() ? 0.0 : sum / static_cast<double>(x.size());
}

double sd(const std::vector<double>& x) {
  const double m = mean(x);
  double sum = 0.0;
  for (const double v : x) sum += (v - m) * (v - m);
  return x.size() < 2 ? 0.0 : std::sqrt(sum / static_cast<double>(x.size() - 1));
}

fs::path file_in(const fs::path& folder, const std::string& start) {
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().filename().string().rfind(start, 0) == 0 && entry.path().extension() == ".gz")
      return entry.path();
  throw Error(Errc::kNotFound, fmt::format("no {}*.nii.gz in {}", start, folder.string()));
}

/// The network that never saw each case.
std::map<std::string, std::string> models_by_case(const fs::path& folder) {
  std::map<std::string, std::string> model_of;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    const auto card = nlohmann::json::parse(files::read_bytes(entry.path()));
    auto onnx = entry.path();
    for (const auto& name : card.at("left_out")) model_of[name] = onnx.replace_extension(".onnx").string();
  }
  return model_of;
}

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
  compare_heights(*truth, result, s);
  for (const auto& note : result.outcome.notes) fmt::print("#   {}: {}\n", s.name, note);
  if (!pictures.empty())
    for (const Figure& figure : result.outcome.figures)
      files::write_bytes(report::render_png(figure, *scan, result.outcome.labels.GetPointer()),
                         pictures / fmt::format("{}-{}.png", s.name, figure.name));
  return s;
}

void print(const CaseScore& s) {
  fmt::print(
      "{:10} dice {:.3f} (least {:.3f})  missed {} of {}  extra {}  levels right {}  {}  {}  {:.1f} s\n",
      s.name,
      mean(s.dice),
      *std::min_element(s.dice.begin(), s.dice.end()),
      s.missed,
      s.bodies,
      s.extra,
      s.right_levels,
      s.s1_seen ? "S1 seen" : "no S1",
      s.certain ? "certain" : "uncertain",
      s.seconds);
  std::fflush(stdout);
}

void print_set(const std::string& set, const std::vector<CaseScore>& cases) {
  std::vector<double> dice, ha, hm, hp;
  std::size_t bodies = 0, missed = 0, extra = 0, right = 0, certain = 0;
  for (const CaseScore& s : cases) {
    dice.insert(dice.end(), s.dice.begin(), s.dice.end());
    ha.insert(ha.end(), s.ha.begin(), s.ha.end());
    hm.insert(hm.end(), s.hm.begin(), s.hm.end());
    hp.insert(hp.end(), s.hp.begin(), s.hp.end());
    bodies += s.bodies, missed += s.missed, extra += s.extra, right += s.right_levels;
    certain += s.certain ? 1 : 0;
  }
  if (cases.empty()) return;
  fmt::print(
      "\n{}: {} cases, {} bodies. Dice per body {:.3f} +- {:.3f}, least {:.3f}; missed {}; false {}; levels "
      "right {} of {}; "
      "levels certain in {} cases\n",
      set,
      cases.size(),
      bodies,
      mean(dice),
      sd(dice),
      *std::min_element(dice.begin(), dice.end()),
      missed,
      extra,
      right,
      bodies,
      certain);
  fmt::print(
      "{}: automatic minus reference labels, mm, mean +- SD: Ha {:.2f} +- {:.2f}, Hm {:.2f} +- {:.2f}, Hp "
      "{:.2f} +- {:.2f}\n\n",
      set,
      mean(ha),
      sd(ha),
      mean(hm),
      sd(hm),
      mean(hp),
      sd(hp));
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3) {
    fmt::print(stderr, "usage: spine_accuracy DATA MODELS [PICTURES]\n");
    return 2;
  }
  const auto model_of = models_by_case(argv[2]);
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
  return 0;
} catch (const std::exception& e) {
  fmt::print(stderr, "spine_accuracy: {}\n", e.what());
  return 1;
}
