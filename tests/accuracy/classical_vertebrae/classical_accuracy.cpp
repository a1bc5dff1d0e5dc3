// Prints how well classical_vertebrae does on labelled scans, and whether it refuses what is no spine.
//
//   classical_accuracy DATA [PICTURES] [-- CASE...]
//
// DATA: folders vb1-*, vb2-*, vb3-* with image*.nii.gz and labels_thick*.nii.gz, and beside it ../knee and
// ../bone. Without cases: all of them. "tuned" marks those that the method's constants were chosen on. Fully
// automatic, whole images; in a scan that is not refused a body that is missed counts as Dice 0. Every scan
// is judged as it is, with its contrast turned over and with its contrast folded, which no weighting looks
// like. Without cases, what is no upright spine is judged too: knees, scans laid down, scans whose voxels
// were shuffled; nothing may be found there.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>

#include "ledd/anatomy/anatomy.h"
#include "ledd/bias_field/bias_field.h"
#include "ledd/classical_vertebrae/classical_vertebrae.h"
#include "ledd/core/error.h"
#include "ledd/dicom/dicom.h"
#include "ledd/files/files.h"
#include "ledd/report/report.h"
#include "ledd/spine_morphometry/spine_morphometry.h"

#include "../spine_mri/cases.h"
#include "../spine_mri/heights.h"
#include "../spine_mri/structures.h"
#include "destroy.h"

namespace {

using namespace ledd;  // NOLINT(google-build-using-namespace): a program of one file
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

/// Over the scans of one set that were not refused.
struct Totals {
  std::size_t cases = 0, refused = 0, missed = 0, extra = 0;
  std::size_t right = 0;  ///< Bodies named rightly when the lowest one found is called L5.
  std::vector<double> dice, asd_mm;
  accuracy::Differences heights_mm;
};

/// A scan and what its readers drew.
struct Case {
  std::string name;
  Volume::Pointer scan;
  Labels::Pointer truth;
};

ClassicalVertebrae::Result found_in(const Volume& scan) {
  Context context;
  return ClassicalVertebrae()(*BiasField()(scan, context), context);
}

/// Found bodies between the topmost and the lowest labelled one that match none of them.
std::size_t extra_between(const Labels& truth, const Labels& found, const accuracy::SetScore& score) {
  double top_mm = 1e9, bottom_mm = -1e9;
  for (const auto& one : score.structures) {
    top_mm = std::min(top_mm, accuracy::inferior_mm(truth, one.id));
    bottom_mm = std::max(bottom_mm, accuracy::inferior_mm(truth, one.id));
  }
  return static_cast<std::size_t>(std::count_if(score.extra.begin(), score.extra.end(), [&](auto id) {
    const double at_mm = accuracy::inferior_mm(found, id);
    return at_mm > top_mm && at_mm < bottom_mm;
  }));
}

/// Heights of the bodies that were found, as the pipeline measures them, beside those on the drawn labels.
void compare_heights(const Labels& truth,
                     const ClassicalVertebrae::Result& result,
                     const accuracy::SetScore& score,
                     accuracy::Differences& all_mm) {
  Context context;
  const auto found = Labels::New();
  found->CopyInformation(&truth);
  found->SetRegions(truth.GetLargestPossibleRegion());
  found->Allocate(true);
  const std::size_t count = truth.GetLargestPossibleRegion().GetNumberOfPixels();
  for (const auto& one : score.structures)
    for (std::size_t n = 0; n < count; ++n)
      if (one.found_as != 0 && result.instances->GetBufferPointer()[n] == one.found_as)
        found->GetBufferPointer()[n] = one.id;
  const auto reference = SpineMorphometry()(truth, context);
  for (const auto& f : SpineMorphometry()(*found, result.body_probability, context).bodies)
    for (const auto& t : reference.bodies)
      if (t.id == f.id) accuracy::add_differences(f, t, all_mm);
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

void print(const Case& one, const ClassicalVertebrae::Result& result, const Totals& own, double seconds) {
  fmt::print("{:20} {:5} ", one.name, kTuned.contains(one.name) ? "tuned" : "");
  if (!result.reason.empty())
    fmt::print("refused: {}", result.reason);
  else
    fmt::print("dice {:.3f} missed {} of {} false {} found {} named rightly {}",
               accuracy::mean(own.dice),
               own.missed,
               own.dice.size(),
               own.extra,
               result.bodies.size(),
               own.right);
  fmt::print(" score {:.2f} likeness {:.2f} unevenness {:+.2f} {:.1f} s\n",
             result.score,
             result.likeness,
             result.unevenness,
             seconds);
  std::fflush(stdout);
}

void add(const Totals& one, Totals& all) {
  all.cases += one.cases, all.refused += one.refused, all.missed += one.missed, all.extra += one.extra,
      all.right += one.right;
  all.dice.insert(all.dice.end(), one.dice.begin(), one.dice.end());
  all.asd_mm.insert(all.asd_mm.end(), one.asd_mm.begin(), one.asd_mm.end());
  for (const auto& [name, values] : one.heights_mm)
    all.heights_mm[name].insert(all.heights_mm[name].end(), values.begin(), values.end());
}

void judge(const Case& one, const fs::path& pictures, Totals& totals) {
  const auto began = std::chrono::steady_clock::now();
  const auto result = found_in(*one.scan);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  Totals own;
  own.cases = 1, own.refused = result.reason.empty() ? 0 : 1;
  if (result.reason.empty()) {
    const auto score = accuracy::compare(*one.truth, *result.instances, 1, anatomy::kL6);
    for (const auto& body : score.structures) {
      own.dice.push_back(body.dice);
      if (body.found_as == 0)
        ++own.missed;
      else
        own.asd_mm.push_back(body.asd_mm);
      const auto above_last = result.bodies.size() - body.found_as;
      own.right += body.found_as != 0 && body.id + above_last == anatomy::kL5 ? 1U : 0U;
    }
    own.extra = extra_between(*one.truth, *result.instances, score);
    compare_heights(*one.truth, result, score, own.heights_mm);
    if (!pictures.empty()) draw(result, *one.scan, pictures / (one.name + ".png"));
  }
  print(one, result, own, seconds);
  add(own, totals);
}

void print_set(const std::string& set, const Totals& t) {
  fmt::print(
      "{}: {} cases, {} refused; in the others {} bodies, Dice {:.3f} +- {:.3f}, ASD {:.2f} mm, missed {}, "
      "false {}, named rightly {}\n",
      set,
      t.cases,
      t.refused,
      t.dice.size(),
      accuracy::mean(t.dice),
      accuracy::sd(t.dice),
      accuracy::mean(t.asd_mm),
      t.missed,
      t.extra,
      t.right);
  accuracy::print(set, t.heights_mm);
  std::fflush(stdout);
}

/// What is done to a scan before it is judged, by name.
struct Way {
  std::string name;
  void (*destroy)(Volume&) = nullptr;
};

/// All scans in one way, and the figures of each set.
void judge_all(const std::vector<fs::path>& folders, const fs::path& pictures, const Way& way) {
  std::map<std::string, Totals> sets;
  for (const auto& folder : folders) {
    const std::string name = folder.filename().string();
    const Case one{name + way.name,
                   files::read_volume(accuracy::file_in(folder, "image")),
                   files::read_labels(accuracy::file_in(folder, "labels_thick"))};
    if (way.destroy != nullptr) way.destroy(*one.scan);
    judge(
        one, pictures, sets[name.substr(0, 3) + way.name + (kTuned.contains(name) ? " tuned" : " held out")]);
  }
  for (const auto& [set, t] : sets) print_set(set, t);
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
    accuracy::lay_down(*scan);
    judge_negative(folder.filename().string() + " lying", *scan, fooled);
    accuracy::shuffle(*scan);
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
  judge_all(folders, pictures, {});
  judge_negatives(data, folders);
  judge_all(folders, pictures, {" turned over", accuracy::turn_over});
  judge_all(folders, pictures, {" folded", accuracy::fold_contrast});
  return 0;
} catch (const std::exception& e) {
  fmt::print(stderr, "classical_accuracy: {}\n", e.what());
  return 1;
}
