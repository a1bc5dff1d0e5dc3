#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include "ledd/anatomy/anatomy.h"
#include "ledd/axspa_layout/axspa_layout.h"
#include "ledd/disc_signal/disc_signal.h"
#include "ledd/files/files.h"
#include "ledd/marrow_signal/marrow_signal.h"
#include "ledd/report/report.h"
#include "ledd/spine_morphometry/spine_morphometry.h"

#include "realdata.h"

// Nobody has read signal on these scans: all that can be asked is whether the results are plausible, and how
// often a change is found where people are healthy. LEDD_PICTURES names a folder for the figures.
namespace ledd {
namespace {

namespace fs = std::filesystem;
using spine_signal::Offset;

struct Case {
  std::string name;
  Volume::Pointer image;
  Labels::Pointer labels;
  SpineResult spine;
};

Case load(const std::string& name, const char* thick) {
  const auto folder = realdata() / "spine" / name;
  Case c;
  c.name = name;
  c.image = files::read_volume(folder / fmt::format("image_thick{}mm.nii.gz", thick));
  c.labels = files::read_labels(folder / fmt::format("labels_thick{}mm.nii.gz", thick));
  Context context;
  c.spine = SpineMorphometry()(*c.labels, context);
  return c;
}

std::vector<std::string> names(const std::string& prefix) {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(realdata() / "spine"))
    if (entry.path().filename().string().starts_with(prefix)) found.push_back(entry.path().filename());
  std::sort(found.begin(), found.end());
  return found;
}

void picture(const std::string& name,
             const std::optional<Figure>& figure,
             const Volume& image,
             const Labels* labels) {
  const char* folder = std::getenv("LEDD_PICTURES");
  if (folder == nullptr || !figure) return;
  files::write_bytes(report::render_png(*figure, image, labels), fs::path(folder) / (name + ".png"));
}

/// Without a change there is no figure: the middle slice, to see what was passed over.
Figure middle(const SpineResult& spine, const itk::ImageBase<3>& grid) {
  Figure figure = mid_sagittal_figure(spine, grid).value();
  figure.lines.clear();
  return figure;
}

double dot(const Point& a, const Point& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/// No sac is labelled in these data: a box behind the posterior walls stands for it.
void add_sac_behind_bodies(Case& c) {
  const auto s = spine_signal::slices_of(*c.labels);
  const Offset count = c.labels->GetLargestPossibleRegion().GetNumberOfPixels();
  for (Offset v = 0; v < count; ++v) {
    auto& label = c.labels->GetBufferPointer()[v];
    if (label != 0) continue;
    const Point p = s.centre_lps_mm(v);
    for (const auto& b : c.spine.bodies) {
      if (b.quality == Quality::kFailed || b.id == anatomy::kS1) continue;
      Point d = p;
      for (unsigned a = 0; a < 3; ++a) d[a] -= b.frame.centre_lps_mm[a];
      const double behind = dot(d, b.frame.posterior) - 0.5 * b.depth.value_mm;
      if (behind > 4.0 && behind < 14.0 && std::fabs(dot(d, b.frame.left)) < 6.0 &&
          std::fabs(dot(d, b.frame.superior)) < 19.0)
        label = anatomy::kCanal;
    }
  }
}

TEST(SpineSignalRealData, HealthyBodiesHaveNearlyNoEndplateChangeOnT2) {
  LEDD_NEEDS_REALDATA("spine/vb2-04/image_thick2mm.nii.gz");
  int endplates = 0, changed = 0, doubtful = 0;
  for (const auto& name : names("vb2-")) {
    const Case c = load(name, "2");
    Context context;
    const auto result = Modic()({c.image, nullptr}, *c.labels, c.spine, context);
    for (const auto& e : result.endplates) {
      if (e.quality == Quality::kFailed) continue;
      ++endplates;
      if (e.type != Modic::Type::kNone) ++changed;
      if (e.type == Modic::Type::kNone && e.quality == Quality::kUncertain) ++doubtful;
      if (e.quality != Quality::kGood)
        std::printf("%s %s: %.2f cm3, %.1f mm, %s\n",
                    name.c_str(),
                    e.region.c_str(),
                    e.volume_cm3,
                    e.depth_mm,
                    e.reason.c_str());
    }
    const auto figure = modic_figure(result, *c.image);
    picture(name + "-modic", figure ? figure : middle(c.spine, *c.image), *c.image, nullptr);
  }
  std::printf("endplates %d, changed %d (%.1f %%), doubtful without change %d\n",
              endplates,
              changed,
              100.0 * changed / endplates,
              doubtful);
  EXPECT_GE(endplates, 150);
  EXPECT_LT(changed, 0.10 * endplates);
}

void print_layout(const std::string& name, const AxspaLayout::Result& result) {
  for (const auto& d : result.dvus)
    std::printf("%s %s: %d (se %.1f) %s\n",
                name.c_str(),
                d.region.c_str(),
                d.score.value_or(-1),
                d.score_se,
                d.reason.c_str());
  std::printf("%s six: %d (se %.1f) %s\n",
              name.c_str(),
              result.six_dvu.value_or(-1),
              result.six_dvu_se,
              result.six_dvu_reason.c_str());
}

TEST(SpineSignalRealData, TheLayoutIsFilledOnTirm) {
  LEDD_NEEDS_REALDATA("spine/vb1-AKa4/image_thick4mm.nii.gz");
  for (const std::string name : {"vb1-AKa4", "vb1-AKs7"}) {
    Case c = load(name, "4");
    add_sac_behind_bodies(c);
    Context context;
    const auto result =
        AxspaLayout()({c.image, nullptr, {MrContrast::kStir, {}, {}, false}}, *c.labels, c.spine, context);
    EXPECT_GE(result.dvus.size(), 8U);
    print_layout(name, result);
    picture(name + "-layout", axspa_figure(result, *c.image), *c.image, nullptr);
  }
}

TEST(SpineSignalRealData, MarrowIsBrighterThanFluidOnT1AndUnknownTimesAreInDoubt) {
  LEDD_NEEDS_REALDATA("spine/vb1-AKa3/image_thick4mm.nii.gz");
  for (const std::string name : {"vb1-AKa3", "vb1-AKs6", "vb1-AKs8"}) {
    Case c = load(name, "4");
    add_sac_behind_bodies(c);
    Context context;
    const auto result = Vbq()(*c.image, *c.labels, c.spine, {{MrContrast::kT1, {}, {}, false}, {}}, context);
    std::printf("%s VBQ %.2f se %.2f csf %.0f:",
                name.c_str(),
                result.score.value.value_or(-1),
                result.score.se,
                result.csf);
    for (const auto& b : result.bodies) std::printf(" %s %.2f", b.region.c_str(), b.value.value_or(-1));
    std::printf(" | %s\n", result.score.reason.c_str());
    ASSERT_TRUE(result.score.value.has_value());
    EXPECT_GT(*result.score.value, 1.0);
    EXPECT_LT(*result.score.value, 5.0);
    EXPECT_EQ(result.score.quality, Quality::kUncertain);
    Figure figure = middle(c.spine, *c.image);
    figure.name = "vbq";
    picture(name + "-sac", figure, *c.image, c.labels.GetPointer());
  }
}

/// A box behind each disc stands for the sac.
void add_sac_behind_discs(Case& c) {
  const auto s = spine_signal::slices_of(*c.labels);
  std::vector<Offset> sac;
  for (std::uint16_t id = 120; id <= 124; ++id) {
    const auto voxels = spine_signal::voxels_of(*c.labels, id);
    Point centre{};
    double back = -1e9;
    for (const Offset v : voxels)
      for (unsigned a = 0; a < 3; ++a)
        centre[a] += s.centre_lps_mm(v)[a] / static_cast<double>(voxels.size());
    for (const Offset v : voxels) back = std::max(back, s.centre_lps_mm(v)[1]);
    const Offset count = c.labels->GetLargestPossibleRegion().GetNumberOfPixels();
    for (Offset v = 0; v < count; ++v) {
      const Point p = s.centre_lps_mm(v);
      if (c.labels->GetBufferPointer()[v] == 0 && p[1] > back + 2 && p[1] < back + 14 &&
          std::fabs(p[0] - centre[0]) < 6 && std::fabs(p[2] - centre[2]) < 12)
        sac.push_back(v);
    }
  }
  for (const Offset v : sac) c.labels->GetBufferPointer()[v] = anatomy::kCanal;
}

TEST(SpineSignalRealData, DiscsOfVolunteersLieBetweenDarkAndFluid) {
  LEDD_NEEDS_REALDATA("spine/ivd-11/image_thick4mm.nii.gz");
  for (const auto& name : names("ivd-")) {
    Case c = load(name, "4");
    add_sac_behind_discs(c);
    Context context;
    const auto result =
        DiscSignal()(*c.image, *c.labels, c.spine, {{MrContrast::kT2, {}, {}, false}, {}}, context);
    ASSERT_EQ(result.discs.size(), 5U);
    for (const auto& d : result.discs) {
      std::printf("%s %s DSI %.3f se %.3f contrast %.2f eta %.2f csf %.0f grade %d %s\n",
                  name.c_str(),
                  d.region.c_str(),
                  d.dsi.value_or(-1),
                  d.dsi_se,
                  d.contrast.value_or(-9),
                  d.separability.value_or(-1),
                  d.csf,
                  d.grade.value_or(0),
                  d.reason.c_str());
      ASSERT_TRUE(d.dsi.has_value());
      EXPECT_GT(*d.dsi, 0.02);
      EXPECT_LT(*d.dsi, 1.0);
    }
    picture(name + "-dsi", disc_signal_figure(result, *c.image), *c.image, c.labels.GetPointer());
  }
}

}  // namespace
}  // namespace ledd
