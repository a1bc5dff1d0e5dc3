// Prints how well classical_vertebrae does on labelled scans, and whether it refuses what is no spine.
//
//   classical_accuracy DATA [PICTURES] [-- CASE...]
//
// DATA: folders vb1-*, vb2-*, vb3-* with image*.nii.gz and labels_thick*.nii.gz, and beside it ../knee and
// ../bone. Without cases: all of them. "tuned" marks those that the method's constants were chosen on. Fully
// automatic, whole images; a body that is missed counts as Dice 0. Every scan is also judged after its pixels
// were shuffled, as noise with the same histogram, on which nothing may be found.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <random>
#include <set>

#include "ledd/anatomy/anatomy.h"
#include "ledd/bias_field/bias_field.h"
#include "ledd/classical_vertebrae/classical_vertebrae.h"
#include "ledd/core/error.h"
#include "ledd/dicom/dicom.h"
#include "ledd/files/files.h"
#include "ledd/report/report.h"

#include "../spine_mri/cases.h"
#include "../spine_mri/structures.h"

namespace {

using namespace ledd;
namespace fs = std::filesystem;

const std::set<std::string> kTuned{"vb1-AKs6",
                                   "vb1-AKs7",
                                   "vb2-04",
                                   "vb2-05",
                                   "vb2-06",
                                   "vb2-07",
                                   "vb2-08",
                                   "vb3-01",
                                   "vb3-03",
                                   "vb3-07",
                                   "vb3-09"};

struct Totals {
  std::size_t cases = 0, refused = 0, bodies = 0, missed = 0, extra = 0;
  std::vector<double> dice, asd_mm;
};

double mean(const std::vector<double>& x) {
  double sum = 0.0;
  for (const double v : x) sum += v;
  return x.empty() ? 0.0 : sum / static_cast<double>(x.size());
}

ClassicalVertebrae::Result found_in(const Volume& scan) {
  Context context;
  return ClassicalVertebrae()(*BiasField()(scan, context), context);
}

double inferior_mm(const Labels& labels, std::uint16_t id) {
  double sum = 0.0, n = 0.0;
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  for (std::size_t v = 0; v < size[0] * size[1] * size[2]; ++v)
    if (labels.GetBufferPointer()[v] == id) sum += static_cast<double>(v / size[0] % size[1]), n += 1.0;
  return sum / n * labels.GetSpacing()[1];
}

/// Found bodies between the topmost and the lowest labelled one that match none of them.
std::size_t extra_between(const Labels& truth, const Labels& found, const accuracy::SetScore& score) {
  double top_mm = 1e9, bottom_mm = -1e9;
  for (const auto& one : score.structures) {
    top_mm = std::min(top_mm, inferior_mm(truth, one.id));
    bottom_mm = std::max(bottom_mm, inferior_mm(truth, one.id));
  }
  std::size_t extra = 0;
  for (const auto id : score.extra) {
    const double at_mm = inferior_mm(found, id);
    extra += at_mm > top_mm && at_mm < bottom_mm ? 1U : 0U;
  }
  return extra;
}

void draw(const ClassicalVertebrae::Result& result, const Volume& scan, const fs::path& path) {
  Figure figure;
  figure.axis = 2;
  std::map<std::size_t, std::size_t> count;
  const auto size = scan.GetLargestPossibleRegion().GetSize();
  for (std::size_t n = 0; n < size[0] * size[1] * size[2]; ++n)
    if (result.instances->GetBufferPointer()[n] != 0) ++count[n / (size[0] * size[1])];
  double sum = 0.0, all = 0.0;
  for (const auto& [k, n] : count)
    sum += static_cast<double>(k) * static_cast<double>(n), all += static_cast<double>(n);
  figure.slice = std::lround(sum / all);
  figure.labels = true;
  files::write_bytes(report::render_png(figure, scan, result.instances.GetPointer()), path);
}

void judge(const fs::path& folder, const fs::path& pictures, Totals& totals) {
  const std::string name = folder.filename().string();
  const auto scan = files::read_volume(accuracy::file_in(folder, "image"));
  const auto truth = files::read_labels(accuracy::file_in(folder, "labels_thick"));
  const auto began = std::chrono::steady_clock::now();
  const auto result = found_in(*scan);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  const auto empty = Labels::New();
  empty->CopyInformation(truth);
  empty->SetRegions(truth->GetLargestPossibleRegion());
  empty->Allocate(true);
  const Labels& found = result.reason.empty() ? *result.instances : *empty;
  const auto score = accuracy::compare(*truth, found, 1, anatomy::kL6);
  std::vector<double> dice, size;
  std::size_t missed = 0;
  for (const auto& one : score.structures) {
    dice.push_back(one.dice);
    if (one.found_as == 0)
      ++missed;
    else {
      totals.asd_mm.push_back(one.asd_mm);
      size.push_back(one.volume_cm3 / one.truth_cm3);
    }
  }
  const std::size_t extra = extra_between(*truth, found, score);
  ++totals.cases, totals.refused += result.reason.empty() ? 0U : 1U;
  totals.bodies += dice.size(), totals.missed += missed, totals.extra += extra;
  totals.dice.insert(totals.dice.end(), dice.begin(), dice.end());
  fmt::print(
      "{:9} {:5} dice {:.3f} volume ratio {:.2f} missed {} of {} false {} found {} score {:.2f} likeness "
      "{:.2f} {:.1f} s {}\n",
      name,
      kTuned.contains(name) ? "tuned" : "",
      mean(dice),
      mean(size),
      missed,
      dice.size(),
      extra,
      result.bodies.size(),
      result.score,
      result.likeness,
      seconds,
      result.reason);
  std::fflush(stdout);
  if (!pictures.empty() && result.reason.empty()) draw(result, *scan, pictures / (name + ".png"));
}

/// Something that is no lumbar spine: a right answer is a reason.
void judge_negative(const std::string& name, const Volume& scan, std::size_t& fooled) {
  try {
    const auto result = found_in(scan);
    fooled += result.reason.empty() ? 1U : 0U;
    fmt::print("{:24} {} score {:.2f} likeness {:.2f} {}\n",
               name,
               result.reason.empty() ? fmt::format("FOOLED: {} bodies", result.bodies.size()) : "refused",
               result.score,
               result.likeness,
               result.reason);
  } catch (const Error& e) {
    fmt::print("{:24} refused: {}\n", name, e.what());
  }
  std::fflush(stdout);
}

void shuffle(Volume& scan) {
  std::mt19937_64 random(7);
  float* first = scan.GetBufferPointer();
  for (std::size_t n = scan.GetLargestPossibleRegion().GetNumberOfPixels(); n > 1; --n)
    std::swap(first[n - 1], first[random() % n]);
}

/// Head where the back was: bodies in the wrong place and turned by a right angle.
void relabel_axes(Volume& scan) {
  auto direction = scan.GetDirection();
  for (unsigned row = 0; row < 3; ++row) std::swap(direction(row, 0), direction(row, 1));
  scan.SetDirection(direction);
}

void judge_negatives(const fs::path& data, const std::vector<fs::path>& folders) {
  std::size_t fooled = 0;
  Context context;
  for (const char* part :
       {"knee/dess-dual-echo-dicom", "knee/t2-multi-echo-dicom", "bone/ct-phantom-qrm-dicom"}) {
    const auto path = data / ".." / part;
    if (!fs::exists(path)) continue;
    const auto index = dicom::index({path}, context);
    for (std::size_t n = 0; n < index.stacks.size(); ++n)
      if (index.stacks[n].problem.empty())
        judge_negative(fmt::format("{}:{}", fs::path(part).filename().string(), n),
                       *dicom::load(index.stacks[n], context),
                       fooled);
  }
  for (const auto& folder : folders) {
    const auto scan = files::read_volume(accuracy::file_in(folder, "image"));
    relabel_axes(*scan);
    judge_negative(folder.filename().string() + " lying", *scan, fooled);
    shuffle(*scan);
    judge_negative(folder.filename().string() + " shuffled", *scan, fooled);
  }
  fmt::print("taken for a spine: {}\n", fooled);
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const auto dashes = std::find(words.begin(), words.end(), "--");
  const std::set<std::string> wanted(dashes == words.end() ? dashes : dashes + 1, words.end());
  if (words.empty() || dashes == words.begin()) {
    fmt::print(stderr, "usage: classical_accuracy DATA [PICTURES] [-- CASE...]\n");
    return 2;
  }
  const fs::path data = words[0], pictures = dashes - words.begin() > 1 ? words[1] : "";
  if (!pictures.empty()) fs::create_directories(pictures);
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(data)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind("vb", 0) == 0 && (wanted.empty() || wanted.contains(name)))
      folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  std::map<std::string, Totals> sets;
  for (const auto& folder : folders) {
    const std::string name = folder.filename().string();
    judge(folder, pictures, sets[name.substr(0, 3) + (kTuned.contains(name) ? " tuned" : " held out")]);
  }
  for (const auto& [set, t] : sets)
    fmt::print("{}: {} cases, {} refused, {} bodies, dice {:.3f}, ASD {:.2f} mm, missed {}, false {}\n",
               set,
               t.cases,
               t.refused,
               t.bodies,
               mean(t.dice),
               mean(t.asd_mm),
               t.missed,
               t.extra);
  if (wanted.empty()) judge_negatives(data, folders);
  return 0;
} catch (const std::exception& e) {
  fmt::print(stderr, "classical_accuracy: {}\n", e.what());
  return 1;
}
