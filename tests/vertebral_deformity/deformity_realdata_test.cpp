#include <gmock/gmock.h>
#include <itkImageFileReader.h>
#include <itkNiftiImageIOFactory.h>

#include <cstdio>
#include <map>

#include "ledd/anatomy/anatomy.h"
#include "ledd/vertebral_deformity/level_norms.h"
#include "ledd/vertebral_deformity/vertebral_deformity.h"

#include "realdata.h"
#include "sample_statistics.h"

namespace ledd {
namespace {

struct Case {
  std::string name;
  SpineResult spine;
  DeformityResult deformity;
};

Labels::Pointer read(const std::filesystem::path& path) {
  itk::NiftiImageIOFactory::RegisterOneFactory();
  const auto reader = itk::ImageFileReader<Labels>::New();
  reader->SetFileName(path.string());
  reader->Update();
  return reader->GetOutput();
}

/// All label maps of a set of healthy persons, one a person.
std::vector<Case> healthy(const std::string& prefix, const std::string& file) {
  std::vector<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::directory_iterator(realdata() / "spine"))
    if (entry.path().filename().string().starts_with(prefix)) folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end());
  std::vector<Case> cases;
  Context context;
  for (const auto& folder : folders) {
    const auto labels = read(folder / file);
    Case c{folder.filename().string(), SpineMorphometry()(*labels, context), {}};
    c.deformity = VertebralDeformity()(c.spine, *labels, context);
    cases.push_back(std::move(c));
  }
  return cases;
}

std::vector<Case> t2() {
  return healthy("vb2-", "labels_thick2mm.nii.gz");
}
std::vector<Case> water() {
  return healthy("vb3-", "labels_thick4mm.nii.gz");
}

/// What the table says of one set alone, as published.
struct Published {
  double ha_hp, ha_hp_sd, hm_hp, depth_mm;
};
const std::map<std::uint16_t, Published> kT2{{18, {.932, .078, .924, 32.3}},
                                             {19, {.971, .060, .932, 32.1}},
                                             {20, {.987, .049, .947, 33.1}},
                                             {21, {1.013, .056, .935, 34.3}},
                                             {22, {1.047, .061, .934, 34.7}},
                                             {23, {1.053, .070, .944, 34.8}},
                                             {24, {1.160, .086, .996, 34.0}}};
const std::map<std::uint16_t, Published> kWater{{20, {.983, .070, .944, 31.6}},
                                                {21, {1.030, .056, .950, 33.1}},
                                                {22, {1.055, .061, .948, 33.8}},
                                                {23, {1.077, .070, .962, 34.1}},
                                                {24, {1.216, .086, 1.041, 33.8}}};

struct Level {
  Sample ha_hp, hm_hp, six, hp, relative, beside, depth;
};

std::map<std::uint16_t, Level> levels_of(const std::vector<Case>& cases) {
  std::map<std::uint16_t, Level> levels;
  for (const Case& c : cases) {
    double l3 = 0.0;
    for (const auto& b : c.deformity.bodies)
      if (b.id == 22) l3 = b.bands.hp.value_mm;
    for (std::size_t i = 0; i < c.deformity.bodies.size(); ++i) {
      const auto& b = c.deformity.bodies[i];
      if (b.bands.slices == 0) continue;
      Level& level = levels[b.id];
      level.ha_hp.add(*b.ha_hp.value);
      level.hm_hp.add(*b.hm_hp.value);
      level.six.add(c.spine.bodies[i].ha.value_mm / c.spine.bodies[i].hp.value_mm);
      level.hp.add(b.bands.hp.value_mm);
      level.relative.add(b.bands.hp.value_mm / l3);
      level.depth.add(b.bands.depth.value_mm);
      if (b.hp_neighbours.value) level.beside.add(*b.hp_neighbours.value);
    }
  }
  return levels;
}

/// The persons are part of those behind the table (`persons`): their mean departs from it by the SE of a
/// part.
void compare(const std::vector<Case>& cases,
             const std::map<std::uint16_t, Published>& table,
             double persons) {
  std::printf(
      "level  n  Ha/Hp bands (table)           six points    Hm/Hp bands (table)    depth (table)  Hp    ");
  std::printf("Hp/L3          Hp/neighbours\n");
  double squares = 0.0;
  const auto levels = levels_of(cases);
  for (const auto& [id, norm] : table) {
    const Level& l = levels.at(id);
    std::printf(
        "%-4s %3zu  %.3f+-%.3f (%.3f+-%.3f)  %.3f+-%.3f  %.3f+-%.3f (%.3f)  %.1f (%.1f)  %.1f  %.3f+-%.3f  "
        "%.3f+-%.3f\n",
        anatomy::short_name(id).c_str(),
        l.ha_hp.n(),
        l.ha_hp.mean(),
        l.ha_hp.sd(),
        norm.ha_hp,
        norm.ha_hp_sd,
        l.six.mean(),
        l.six.sd(),
        l.hm_hp.mean(),
        l.hm_hp.sd(),
        norm.hm_hp,
        l.depth.mean(),
        norm.depth_mm,
        l.hp.mean(),
        l.relative.mean(),
        l.relative.sd(),
        l.beside.mean(),
        l.beside.sd());
    const double n = static_cast<double>(l.ha_hp.n());
    const double se = norm.ha_hp_sd * std::sqrt(1.0 / n - 1.0 / persons);
    squares += std::pow((l.ha_hp.mean() - norm.ha_hp) / se, 2.0) / static_cast<double>(table.size());
    EXPECT_NEAR(l.ha_hp.mean(), norm.ha_hp, 3.0 * se) << anatomy::short_name(id);
    EXPECT_NEAR(l.hm_hp.mean(), norm.hm_hp, 0.035) << anatomy::short_name(id);
    EXPECT_NEAR(l.depth.mean(), norm.depth_mm, 1.5) << anatomy::short_name(id);
  }
  std::printf("RMS departure of Ha/Hp from the table: %.2f of its SE\n", std::sqrt(squares));
  EXPECT_LT(std::sqrt(squares), 1.6);
}

TEST(VertebralDeformityRealData, BandHeightsReadTheNormsOfTheTable) {
  LEDD_NEEDS_REALDATA("spine/vb2-04/labels_thick2mm.nii.gz");
  compare(t2(), kT2, 17.0);
  compare(water(), kWater, 54.0);
}

/// 1 - min / max of Ha, Hm, Hp at least 20 %, whatever the level.
bool flat_rule(const DeformityResult::BandHeights& b) {
  const auto [low, high] = std::minmax({b.ha.value_mm, b.hm.value_mm, b.hp.value_mm});
  return low / high <= 0.8;
}

TEST(VertebralDeformityRealData, HealthyBodiesAreNotCalledDeformed) {
  LEDD_NEEDS_REALDATA("spine/vb2-04/labels_thick2mm.nii.gz");
  struct Count {
    int n = 0, called = 0, flat = 0, uncertain = 0;
  };
  std::map<std::uint16_t, Count> counts;
  Sample z;
  for (const auto& cases : {t2(), water()})
    for (const Case& c : cases)
      for (const auto& b : c.deformity.bodies) {
        if (!b.grade.value) continue;
        Count& count = counts[b.id];
        ++count.n;
        count.called += *b.grade.value > 0.0 ? 1 : 0;
        count.flat += flat_rule(b.bands) ? 1 : 0;
        count.uncertain += b.grade.quality == Quality::kUncertain ? 1 : 0;
        if (b.ha_hp_z.value) z.add(*b.ha_hp_z.value);
        if (*b.grade.value > 0.0 || b.grade.quality != Quality::kGood)
          std::printf("%s %s: grade %.0f, loss %.1f %%: %s\n",
                      c.name.c_str(),
                      anatomy::short_name(b.id).c_str(),
                      *b.grade.value,
                      *b.loss_percent.value,
                      b.grade.reason.c_str());
      }
  std::printf("level   n  called  flat 20 %%  uncertain\n");
  int called = 0;
  for (const auto& [id, c] : counts) {
    std::printf(
        "%-5s %3d  %6d  %9d  %9d\n", anatomy::short_name(id).c_str(), c.n, c.called, c.flat, c.uncertain);
    called += c.called;
  }
  std::printf("Ha/Hp z-scores: mean %.2f, SD %.2f of %zu\n", z.mean(), z.sd(), z.n());
  EXPECT_EQ(called, 0);
  EXPECT_GE(counts.at(24).flat, 6);
  EXPECT_NEAR(z.mean(), 0.0, 0.25);
  EXPECT_NEAR(z.sd(), 1.0, 0.25);
}

}  // namespace
}  // namespace ledd
