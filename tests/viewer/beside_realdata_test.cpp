#include <gmock/gmock.h>

#include <QHBoxLayout>
#include <QtTest/QtTest>
#include <ctime>
#include <iostream>

#include "beside_panel.h"
#include "dicom_writer.h"
#include "drawn_visits.h"
#include "oai_knee.h"
#include "plane_widget.h"
#include "realdata.h"
#include "screenshot.h"

namespace ledd::viewer {
namespace {

using testing::Drawn;
using testing::Folder;
using ::testing::HasSubstr;

constexpr int kLong_ms = 280000;

/// Twice the common volume of a structure over the sum of both, on the first one's grid.
double dice(const Labels& a, const Labels& b, std::uint16_t id) {
  double both = 0, sum = 0;
  double voxel_ratio = 1.0;
  for (unsigned k = 0; k < 3; ++k) voxel_ratio *= b.GetSpacing()[k] / a.GetSpacing()[k];
  for (std::size_t n = 0; n < a.GetLargestPossibleRegion().GetNumberOfPixels(); ++n) {
    if (a.GetBufferPointer()[n] != id) continue;
    ++sum;
    Labels::PointType p;
    a.TransformIndexToPhysicalPoint(a.ComputeIndex(static_cast<long>(n)), p);
    Labels::IndexType index;
    if (b.TransformPhysicalPointToIndex(p, index) && b.GetPixel(index) == id) ++both;
  }
  for (std::size_t n = 0; n < b.GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
    if (b.GetBufferPointer()[n] == id) sum += voxel_ratio;
  return 2.0 * both / sum;
}

/// Label maps without their images: the structures in greys.
Volume::Pointer greys_of(const Labels& labels) {
  auto image = Volume::New();
  image->CopyInformation(&labels);
  image->SetRegions(labels.GetLargestPossibleRegion());
  image->Allocate();
  for (std::size_t n = 0; n < labels.GetLargestPossibleRegion().GetNumberOfPixels(); ++n) {
    const auto id = labels.GetBufferPointer()[n];
    image->GetBufferPointer()[n] = id == 0 ? 10.0F : 40.0F + 20.0F * static_cast<float>(id % 10);
  }
  return image;
}

struct Window {
  Scene main;
  std::array<PlaneWidget*, 3> leaders{new PlaneWidget(main, plane_view::View::kSagittal),
                                      new PlaneWidget(main, plane_view::View::kCoronal),
                                      new PlaneWidget(main, plane_view::View::kAxial)};
  BesidePanel* panel = new BesidePanel(main, leaders);
  QWidget window;

  Window() {
    auto* const row = new QHBoxLayout(&window);
    auto* const column = new QVBoxLayout;
    for (PlaneWidget* leader : leaders) column->addWidget(leader, 1);
    row->addLayout(column, 1);
    row->addWidget(panel, 1);
    window.resize(1000, 1150);
    window.show();
  }
  ~Window() { delete panel; }
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  void show(const CasePlace& place, const char* picture) {
    ASSERT_TRUE(QTest::qWaitForWindowExposed(&window));
    Context context;
    const auto opened = cases::open_case(place.folder(), {}, context);
    ASSERT_TRUE(opened.scan) << opened.problems.front();
    Content content;
    content.scan = opened.scan;
    content.labels = opened.labels;
    main.show(content);
    panel->set_on(true);
    QSignalSpy settled(panel, &BesidePanel::settled);
    const std::clock_t before = std::clock();
    panel->show_case(place, opened, BesidePanel::Names::kShown);
    ASSERT_TRUE(settled.wait(kLong_ms));
    std::cout << picture << ": " << panel->words().toStdString() << "; found, opened and registered in "
              << static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC << " s of processor time\n";
    testing::keep_screenshot(window, picture);
  }
};

Drawn knee(const std::string& name) {
  Drawn drawn;
  drawn.labels = files::read_labels(realdata() / "knee/labels-only" / name);
  testing::use_ledd_ids(*drawn.labels);
  drawn.scan = greys_of(*drawn.labels);
  return drawn;
}

TEST(BesideRealData, BonesOfAKneeYearsLaterFit) {
  LEDD_NEEDS_REALDATA("knee/labels-only");
  for (const auto& [first, second] : {std::pair("akoa-9014797-00m.nii.gz", "akoa-9014797-72m.nii.gz"),
                                      {"akoa-9031930-00m.nii.gz", "akoa-9031930-36m.nii.gz"},
                                      {"akoa-9055361-00m.nii.gz", "akoa-9055361-96m.nii.gz"}}) {
    const auto main = testing::open(knee(first)), partner = testing::open(knee(second));
    Context context;
    const auto found = register_visits(main, partner, context);
    ASSERT_EQ(found.frames.size(), 3U) << first << ": " << found.refusal;
    Content content;
    content.scan = partner.scan;
    content.labels = partner.labels;
    const std::array<std::uint16_t, 3> bones{201, 203, 206};
    for (unsigned n = 0; n < 3; ++n) {
      const auto laid = moved(content, found.frames[n].main_from_partner);
      const double before = dice(*main.labels, *partner.labels, bones[n]),
                   after = dice(*main.labels, *laid.labels, bones[n]);
      std::cout << first << ": " << found.frames[n].words << ", turn "
                << found.frames[n].main_from_partner.turn_deg() << " deg, Dice " << before << " -> " << after
                << "\n";
      EXPECT_GE(after, 0.9) << bones[n];
      EXPECT_GT(after, before) << bones[n];
    }
  }
}

TEST(BesideRealData, AnotherPersonsKneeIsNotTakenForAVisit) {
  LEDD_NEEDS_REALDATA("knee/labels-only");
  const auto main = testing::open(knee("akoa-9014797-00m.nii.gz")),
             other = testing::open(knee("akoa-9055361-00m.nii.gz"));
  Context context;
  const auto found = register_visits(main, other, context);
  std::cout << "another knee: " << found.refusal << "\n";
  EXPECT_THAT(found.refusal, HasSubstr("mm apart"));
}

TEST(BesideRealData, KneesOfTwoVisitsStandBeside) {
  LEDD_NEEDS_REALDATA("knee/labels-only");
  const Folder root;
  testing::write({"c1", "A", "2004-01-01"}, knee("akoa-9014797-00m.nii.gz"), root.path());
  testing::write({"c2", "A", "2010-01-01"}, knee("akoa-9014797-72m.nii.gz"), root.path());
  Window window;
  window.show({root / "out", "c1"}, "beside-real-knee");
  EXPECT_TRUE(window.panel->linked());
}

TEST(BesideRealData, BodiesOfASpineFitBetweenItsSeries) {
  LEDD_NEEDS_REALDATA("spine/vb1-AKs6");
  const auto spine = [](const std::string& name) {
    Drawn drawn;
    drawn.scan = files::read_volume(realdata() / "spine" / name / "image_thick4mm.nii.gz");
    drawn.labels = files::read_labels(realdata() / "spine" / name / "labels_thick4mm.nii.gz");
    return drawn;
  };
  const Folder root;
  testing::write({"c1", "A", "2020-01-01", "spine-mri"}, spine("vb1-AKa3"), root.path());
  testing::write({"c2", "A", "2021-01-01", "spine-mri"}, spine("vb1-AKs6"), root.path());
  Window window;
  window.show({root / "out", "c1"}, "beside-real-spine");
  EXPECT_TRUE(window.panel->linked());
}

TEST(BesideRealData, EchoesOfOneStudyStandBeside) {
  LEDD_NEEDS_REALDATA("knee/dess-dual-echo-dicom");
  const Folder root;
  Context context;
  const auto index = dicom::index({realdata() / "knee/dess-dual-echo-dicom/01"}, context);
  const CasePlace place{root / "out", "c1"};
  testing::write_case_of(index.stacks.at(0), place.folder());
  Window window;
  window.show(place, "beside-real-series");
  EXPECT_TRUE(window.panel->linked());
  EXPECT_THAT(window.panel->words().toStdString(), HasSubstr("frame of reference"));
}

}  // namespace
}  // namespace ledd::viewer
