#include <gmock/gmock.h>
#include <itkImageFileReader.h>
#include <itkNiftiImageIOFactory.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>

#include "ledd/anatomy/anatomy.h"
#include "ledd/spine_morphometry/spine_morphometry.h"

#include "realdata.h"

namespace ledd {
namespace {

Labels::Pointer read(const std::filesystem::path& path) {
  itk::NiftiImageIOFactory::RegisterOneFactory();
  const auto reader = itk::ImageFileReader<Labels>::New();
  reader->SetFileName(path.string());
  reader->Update();
  return reader->GetOutput();
}

std::vector<std::filesystem::path> cases(const std::string& prefix) {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(realdata() / "spine"))
    if (entry.path().filename().string().starts_with(prefix)) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

/// With LEDD_DUMP set to a folder: the lines of a case as "r,g,b,x,y,z;..." for a drawing program.
void dump(const std::string& name, const SpineResult& result, const Labels& labels) {
  const char* folder = std::getenv("LEDD_DUMP");
  if (folder == nullptr) return;
  std::ofstream out(std::filesystem::path(folder) / (name + ".csv"));
  const auto figure = mid_sagittal_figure(result, labels);
  if (!figure) return;
  out << figure->axis << ',' << figure->slice << '\n';
  for (const Polyline& line : figure->lines) {
    out << int{line.rgb[0]} << ',' << int{line.rgb[1]} << ',' << int{line.rgb[2]};
    for (const auto& p : line.points_lps_mm) {
      itk::ContinuousIndex<double, 3> index;
      labels.TransformPhysicalPointToContinuousIndex(Labels::PointType(p.data()), index);
      out << ';' << index[0] << ',' << index[1] << ',' << index[2];
    }
    out << '\n';
  }
}

class Sample {
 public:
  void add(double x) { values_.push_back(x); }
  std::size_t n() const { return values_.size(); }
  double mean() const {
    double sum = 0.0;
    for (const double v : values_) sum += v;
    return sum / static_cast<double>(n());
  }
  double sd() const {
    double squares = 0.0;
    for (const double v : values_) squares += (v - mean()) * (v - mean());
    return std::sqrt(squares / static_cast<double>(n() - 1));
  }

 private:
  std::vector<double> values_;
};

struct Norm {
  double ha_hp, ha_hp_sd, hm_hp, hm_mm, depth_mm, depth_sd;
};

TEST(SpineMorphometryRealData, HealthyGroupMeansAreThoseOfTheTable) {
  LEDD_NEEDS_REALDATA("spine/vb2-04/labels_thick2mm.nii.gz");
  // Published readings of the same kind of healthy subjects by a band estimator; SDs are between subjects.
  const std::map<std::uint16_t, Norm> norms{{18, {.932, .078, .924, 24.3, 32.3, 2.3}},
                                            {19, {.971, .060, .932, 26.0, 32.1, 2.0}},
                                            {20, {.987, .049, .947, 27.6, 33.1, 2.3}},
                                            {21, {1.013, .056, .935, 27.5, 34.3, 2.3}},
                                            {22, {1.047, .061, .934, 27.5, 34.7, 2.3}},
                                            {23, {1.053, .070, .944, 27.4, 34.8, 2.3}},
                                            {24, {1.160, .086, .996, 27.7, 34.0, 2.3}}};
  struct Level {
    Sample ha, hm, hp, ha_hp, hm_hp, depth, width, volume, tilt, sd, residual;
  };
  std::map<std::uint16_t, Level> levels;
  Context context;
  for (const auto& folder : cases("vb2-")) {
    const auto labels = read(folder / "labels_thick2mm.nii.gz");
    const auto start = std::chrono::steady_clock::now();
    const auto result = SpineMorphometry()(*labels, context);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::printf("%s: %.3f s, LL_L1_L5 %.1f deg\n",
                folder.filename().c_str(),
                seconds,
                result.angles.at(1).value_deg.value_or(-999));
    dump(folder.filename(), result, *labels);
    ASSERT_EQ(result.bodies.size(), 7U);
    for (const auto& b : result.bodies) {
      if (b.quality != Quality::kGood)
        std::printf("  %s: %s\n", anatomy::short_name(b.id).c_str(), b.reason.c_str());
      if (b.quality == Quality::kFailed) continue;
      if (std::getenv("LEDD_DUMP"))
        std::printf("  %s left %.2f %.2f %.2f sup %.2f %.2f %.2f rms %.2f\n",
                    anatomy::short_name(b.id).c_str(),
                    b.frame.left[0],
                    b.frame.left[1],
                    b.frame.left[2],
                    b.frame.superior[0],
                    b.frame.superior[1],
                    b.frame.superior[2],
                    b.residual_mm);
      Level& level = levels[b.id];
      level.ha.add(b.ha.value_mm);
      level.hm.add(b.hm.value_mm);
      level.hp.add(b.hp.value_mm);
      level.ha_hp.add(b.ha.value_mm / b.hp.value_mm);
      level.hm_hp.add(b.hm.value_mm / b.hp.value_mm);
      level.depth.add(b.depth.value_mm);
      level.width.add(b.width_mm.value_or(0));
      level.volume.add(b.volume_cm3.value_or(0));
      level.tilt.add(b.tilt_deg);
      level.sd.add(b.ha.slice_sd_mm);
      level.residual.add(b.residual_mm);
    }
  }
  std::printf(
      "level  n   Ha    Hm    Hp   Ha/Hp (norm)        Hm/Hp (norm)  depth (norm)  width  cm3  tilt  sd  "
      "rms\n");
  for (auto& [id, l] : levels) {
    const Norm& norm = norms.at(id);
    std::printf(
        "%-5s %2zu %5.1f %5.1f %5.1f  %.3f+-%.3f (%.3f)  %.3f (%.3f)  %4.1f (%4.1f)  %4.1f  %4.1f %5.1f  "
        "%.2f %.2f\n",
        anatomy::short_name(id).c_str(),
        l.ha.n(),
        l.ha.mean(),
        l.hm.mean(),
        l.hp.mean(),
        l.ha_hp.mean(),
        l.ha_hp.sd(),
        norm.ha_hp,
        l.hm_hp.mean(),
        norm.hm_hp,
        l.depth.mean(),
        norm.depth_mm,
        l.width.mean(),
        l.volume.mean(),
        l.tilt.mean(),
        l.sd.mean(),
        l.residual.mean());
    EXPECT_GE(l.ha.n(), 11U);
    EXPECT_NEAR(l.ha_hp.mean(), norm.ha_hp, norm.ha_hp_sd);
    EXPECT_NEAR(l.hm_hp.mean(), norm.hm_hp, 0.07);
    EXPECT_NEAR(l.depth.mean(), norm.depth_mm, norm.depth_sd);
  }
}

TEST(SpineMorphometryRealData, ThickAndNativeLabelsAgree) {
  LEDD_NEEDS_REALDATA("spine/vb2-04/labels_native_1.25x1.25x2.nii.gz");
  Context context;
  std::array<Sample, 5> errors;
  for (const auto& folder : cases("vb2-")) {
    const auto thick = SpineMorphometry()(*read(folder / "labels_thick2mm.nii.gz"), context);
    const auto native = SpineMorphometry()(*read(folder / "labels_native_1.25x1.25x2.nii.gz"), context);
    ASSERT_EQ(thick.bodies.size(), native.bodies.size());
    for (std::size_t i = 0; i < thick.bodies.size(); ++i) {
      const auto& a = thick.bodies[i];
      const auto& b = native.bodies[i];
      if (a.quality == Quality::kFailed || b.quality == Quality::kFailed) continue;
      errors[0].add(a.ha.value_mm - b.ha.value_mm);
      errors[1].add(a.hm.value_mm - b.hm.value_mm);
      errors[2].add(a.hp.value_mm - b.hp.value_mm);
      errors[3].add(a.depth.value_mm - b.depth.value_mm);
      errors[4].add(a.tilt_deg - b.tilt_deg);
    }
  }
  const std::array<const char*, 5> names{"Ha mm", "Hm mm", "Hp mm", "depth mm", "tilt deg"};
  for (std::size_t i = 0; i < 5; ++i) {
    std::printf(
        "%-9s n %zu  bias %+.3f  SD %.3f\n", names[i], errors[i].n(), errors[i].mean(), errors[i].sd());
    EXPECT_LT(std::abs(errors[i].mean()), 0.3);
    EXPECT_LT(errors[i].sd(), 0.7);
  }
}

TEST(SpineMorphometryRealData, FourMillimetreClinicalLabelsAreMeasured) {
  LEDD_NEEDS_REALDATA("spine/vb1-AKa3/labels_thick4mm.nii.gz");
  Context context;
  int bodies = 0;
  int measured_bodies = 0;
  for (const char* prefix : {"vb1-", "vb3-"})
    for (const auto& folder : cases(prefix)) {
      const auto labels = read(folder / "labels_thick4mm.nii.gz");
      const auto result = SpineMorphometry()(*labels, context);
      dump(folder.filename(), result, *labels);
      const auto text = [](const SpineResult::Angle& a) {
        return a.value_deg ? std::to_string(*a.value_deg) : a.reason;
      };
      std::printf("%s: L1-S1 %s, L1-L5 %s\n",
                  folder.filename().c_str(),
                  text(result.angles.at(0)).c_str(),
                  text(result.angles.at(1)).c_str());
      for (const auto& b : result.bodies) {
        ++bodies;
        if (b.quality != Quality::kFailed) ++measured_bodies;
        if (b.quality != Quality::kGood)
          std::printf("  %s: %s\n", anatomy::short_name(b.id).c_str(), b.reason.c_str());
      }
    }
  std::printf("%d of %d bodies measured\n", measured_bodies, bodies);
  EXPECT_GT(measured_bodies, bodies * 9 / 10);
}

}  // namespace
}  // namespace ledd
