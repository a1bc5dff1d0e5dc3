#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/lumbar_phantom/lumbar_phantom.h"
#include "ledd/spine_mri/spine_mri.h"

#include "realdata.h"
#include "spoil.h"

/// The table of docs/spine-mri.md, row by row: each input is refused with a reason, or measured so that no
/// number that is wrong is good.
namespace ledd {
namespace {

using phantom::Contrast;
using spoil::Ellipsoid;
using ::testing::Contains;
using ::testing::HasSubstr;

/// A body as it is.
struct TrueBody {
  Point centre_lps_mm{};
  std::map<std::string, double> heights_mm;  ///< As readers draw them.
};

struct Input {
  Volume::Pointer scan;
  std::map<std::string, TrueBody> truth;
  MrContrast header = MrContrast::kUnknown;  ///< What a header says of it.
};

/// What must come out.
struct Decision {
  std::string refusal{};                      ///< Part of the sentence; empty: measured.
  std::optional<bool> levels_certain = true;  ///< The name of every body is a fact; empty: either.
  std::set<std::string> flagged{};            ///< Bodies with no good height; kAll: nothing at all is good.
  std::set<std::string> good{};               ///< Bodies with good heights: flags do not fall on everything.
  std::string note{};                         ///< Part of a note.
};

const std::string kAll = "all";
constexpr double kToleranceMm = 2.5;
// The phantom's truth counts the cortical shell, the readers the network learned from draw about its middle.
constexpr double kShellMm = 1.5;

struct Row {
  std::string name;
  std::function<Input()> make;
  Decision decision;
  std::string needs{};  ///< Of the real data.
};

void PrintTo(const Row& row, std::ostream* out) {  // NOLINT(readability-identifier-naming): gtest's name
  *out << row.name;
}

const SpineMri& pipeline() {
  static const SpineMri instance(
      {}, files::read_bytes(LEDD_SOURCE_DIR "/modules/spine_segmentation/model/spine.onnx"));
  return instance;
}

bool is_height(const Measurement& m) {
  return m.statistic == "value" && (m.endpoint == "Ha" || m.endpoint == "Hm" || m.endpoint == "Hp");
}

double distance_mm(const Point& a, const Point& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/// A body with good heights is the one it is named after.
void expect_true_names(const SpineMri::Result& result, const Input& input) {
  std::set<std::string> facts;
  for (const auto& m : result.outcome.measurements)
    if (is_height(m) && m.quality == Quality::kGood) facts.insert(m.region);
  for (const auto& body : result.geometry.bodies.bodies) {
    const auto truth = input.truth.find(anatomy::short_name(body.id));
    if (truth == input.truth.end() || !facts.contains(truth->first)) continue;
    EXPECT_LT(distance_mm(body.frame.centre_lps_mm, truth->second.centre_lps_mm), 12.0) << truth->first;
  }
}

void expect_no_good_height_wrong(const SpineMri::Result& result, const Input& input) {
  for (const auto& m : result.outcome.measurements) {
    const auto truth = input.truth.find(m.region);
    if (!is_height(m) || m.quality != Quality::kGood || truth == input.truth.end()) continue;
    const auto height = truth->second.heights_mm.find(m.endpoint);
    if (height == truth->second.heights_mm.end()) continue;
    EXPECT_NEAR(*m.value, height->second, kToleranceMm) << m.region << ' ' << m.endpoint;
  }
}

void expect_flags(const SpineMri::Result& result, const Decision& decision) {
  std::map<std::string, int> good, all;
  for (const auto& m : result.outcome.measurements) {
    if (!is_height(m)) continue;
    ++all[m.region];
    good[m.region] += m.quality == Quality::kGood ? 1 : 0;
    EXPECT_EQ(m.reason.empty(), m.quality == Quality::kGood) << m.region << ' ' << m.endpoint;
  }
  EXPECT_FALSE(all.empty());
  for (const auto& [region, count] : good)
    if (decision.flagged.contains(region)) {
      EXPECT_EQ(count, 0) << region << " is not flagged";
    }
  for (const auto& region : decision.good) EXPECT_EQ(good[region], 3) << region;
}

void expect_nothing_good(const SpineMri::Result& result) {
  std::vector<std::string> good;
  for (const auto& m : result.outcome.measurements)
    if (m.quality == Quality::kGood) good.push_back(m.region + ' ' + m.endpoint);
  EXPECT_THAT(good, ::testing::IsEmpty());
}

class BadInput : public ::testing::TestWithParam<Row> {};

TEST_P(BadInput, IsFlaggedOrRefusedAndNeverPlausiblyWrong) {
  const Row& row = GetParam();
  if (!row.needs.empty()) {
    LEDD_NEEDS_REALDATA("spine/" + row.needs);
  }
  const Input input = row.make();
  const Decision& decision = row.decision;
  Context context;
  try {
    MrWeighting header;
    header.contrast = input.header;
    const auto result = pipeline()({{input.scan, header, ""}, {}, {}}, context);
    ASSERT_EQ(decision.refusal, "") << "was accepted";
    EXPECT_EQ(result.levels_certain, decision.levels_certain.value_or(result.levels_certain));
    expect_true_names(result, input);
    if (decision.flagged.contains(kAll)) expect_nothing_good(result);
    expect_no_good_height_wrong(result, input);
    expect_flags(result, decision);
    if (!decision.note.empty()) {
      EXPECT_THAT(result.outcome.notes, Contains(HasSubstr(decision.note)));
    }
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kInput) << e.what();
    ASSERT_NE(decision.refusal, "") << "was refused: " << e.what();
    EXPECT_THAT(std::string(e.what()), HasSubstr(decision.refusal));
  }
}

// ---------------------------------------------------------------- phantoms

using Change = std::function<void(phantom::Params&)>;

/// A coarse lumbar stack, changed.
LumbarPhantom::Result drawn(const Change& change) {
  LumbarPhantom::Params params;
  params.stack = {
      .columns = 200, .rows = 270, .pixel_mm = 1.0, .slices = 13, .pitch_mm = 5.0, .thickness_mm = 4.5};
  change(params);
  Context context({}, 2);
  return LumbarPhantom(params)(context);
}

Input input_of(const LumbarPhantom::Result& phantom, Volume::Pointer scan) {
  Input input{std::move(scan), {}};
  for (const auto& b : phantom.truth.bodies)
    input.truth[b.name] = {
        b.centre_lps_mm,
        {{"Ha", b.ha_mm - kShellMm}, {"Hm", b.hm_mm - kShellMm}, {"Hp", b.hp_mm - kShellMm}}};
  return input;
}

Input phantom_input(const Change& change) {
  const auto phantom = drawn(change);
  return input_of(phantom, phantom.image);
}

Input metal(const std::string& level, const Point& shift_mm, const Point& radii_mm, Contrast contrast) {
  const auto phantom = drawn([&](auto& p) { p.scan.contrast = contrast; });
  Input input = input_of(phantom, phantom.image);
  Ellipsoid metal{input.truth.at(level).centre_lps_mm, radii_mm};
  for (unsigned a = 0; a < 3; ++a) metal.centre_lps_mm[a] += shift_mm[a];
  input.scan = spoil::with_metal(*input.scan, metal);
  return input;
}

const std::string kNoSacrum = "no sacrum in view";

std::vector<Row> bent_and_metal_rows() {
  return {
      {"Scoliosis",
       [] {
         return phantom_input([](auto& p) {
           p.spine.scoliosis_deg = 30;
           p.spine.rotation_deg = 15;
           p.stack.slices = 15;
         });
       },
       {}},
      {"MetalInPlaceOfL4",
       [] {
         return metal("L4", {0, 0, 0}, {30, 28, 22}, Contrast::kT2);
       },
       {.flagged = {"L3", "L4", "L5"}, .good = {"L1"}}},
      {"MetalBehindL4",
       [] {
         return metal("L4", {0, 22, 0}, {30, 22, 18}, Contrast::kT2);
       },
       {.flagged = {"L3", "L4", "L5"}, .good = {"L1"}}},
      {"MetalOverTheUpperHalfOfL4",
       [] {
         return metal("L4", {0, 0, 14}, {25, 22, 10}, Contrast::kT2);
       },
       {.flagged = {"L3", "L4"}, .good = {"L1", "L2"}}},
  };
}

std::vector<Row> view_rows() {
  return {
      {"NoSacrum",
       [] {
         return phantom_input([](auto& p) {
           p.stack.rows = 230;
           p.stack.offset_superior_mm = 62;
         });
       },
       {.levels_certain = false, .flagged = {kAll}, .note = kNoSacrum}},
      {"L5AsFlatAsS1",
       [] {
         return phantom_input([](auto& p) {
           p.spine.fracture_level = phantom::Level::kL5;
           p.spine.fracture_type = phantom::Deformity::kCrush;
           p.spine.fracture_loss_percent = 34;
         });
       },
       {.levels_certain = false, .flagged = {kAll}, .note = "transitional"}},
      {"Thoracic",
       [] {
         return phantom_input([](auto& p) {
           p.spine.top = phantom::Top::kC3;
           p.stack.rows = 300;
           p.stack.offset_superior_mm = 240;
         });
       },
       {.levels_certain = false, .flagged = {kAll}, .note = kNoSacrum}},
      {"WholeSpine",
       [] {
         return phantom_input([](auto& p) {
           p.spine.top = phantom::Top::kC3;
           p.stack.pixel_mm = 1.5;
           p.stack.columns = 150;
           p.stack.rows = 440;
           p.stack.offset_superior_mm = 170;
         });
       },
       {.flagged = {"T3", "T4", "T5", "T6", "T7", "T8", "T9"}, .good = {"L2", "L3"}}},
      {"Cervical",
       [] {
         return phantom_input([](auto& p) {
           p.spine.top = phantom::Top::kC3;
           p.stack.rows = 220;
           p.stack.offset_superior_mm = 440;
         });
       },
       {.refusal = "thoracic or lumbar spine"}},
  };
}

std::vector<Row> contrast_and_slice_rows() {
  return {
      {"InvertedStir",
       [] {
         auto input = phantom_input([](auto& p) { p.scan.contrast = Contrast::kStir; });
         input.scan = spoil::inverted(*input.scan);
         input.header = MrContrast::kStir;
         return input;
       },
       {.levels_certain = std::nullopt, .flagged = {kAll}}},
      {"TwoSlices",
       [] {
         auto input = phantom_input([](auto&) {});
         input.scan = spoil::kept(*input.scan, Toward::kLeft, 6, 2);
         return input;
       },
       {.refusal = "2 sagittal slice(s); at least 5 are needed"}},
      {"FiveSlices",
       [] {
         auto input = phantom_input([](auto&) {});
         input.scan = spoil::kept(*input.scan, Toward::kLeft, 4, 5);
         return input;
       },
       {.flagged = {"T12", "L1", "L2", "L3", "L4", "L5"}}},
  };
}

std::vector<Row> phantom_rows() {
  std::vector<Row> rows;
  for (const auto& part : {bent_and_metal_rows(), view_rows(), contrast_and_slice_rows()})
    rows.insert(rows.end(), part.begin(), part.end());
  return rows;
}

std::string name_of_row(const ::testing::TestParamInfo<Row>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Phantoms, BadInput, ::testing::ValuesIn(phantom_rows()), name_of_row);

// ---------------------------------------------------------------- people

/// A scan with the middle heights its readers drew; their corners differ from the network's on good scans
/// too.
Input person(const std::string& name, const std::string& thickness) {
  const auto folder = realdata() / "spine" / name;
  Input input{files::read_volume(folder / ("image_" + thickness + ".nii.gz")), {}};
  const auto labels = files::read_labels(folder / ("labels_" + thickness + ".nii.gz"));
  Context context;
  for (const auto& b : SpineMorphometry()(*labels, context).bodies)
    if (b.id != anatomy::kS1 && b.quality != Quality::kFailed)
      input.truth[anatomy::short_name(b.id)] = {b.frame.centre_lps_mm, {{"Hm", b.hm.value_mm}}};
  return input;
}

/// Rows whose middle lies above this height.
Volume::Pointer above(const Volume& scan, double z_lps_mm) {
  const auto size = scan.GetLargestPossibleRegion().GetSize();
  std::size_t rows = 0;
  for (std::size_t j = 0; j < size[1]; ++j) {
    Volume::PointType p;
    scan.TransformIndexToPhysicalPoint(
        {{static_cast<long>(size[0] / 2), static_cast<long>(j), static_cast<long>(size[2] / 2)}}, p);
    rows += p[2] > z_lps_mm ? 1U : 0U;
  }
  return spoil::kept(scan, Toward::kInferior, 0, rows);
}

std::vector<Row> person_rows() {
  const auto row = [](const std::string& name,
                      const std::string& folder,
                      auto spoil,
                      const Decision& decision,
                      MrContrast header = MrContrast::kUnknown) {
    return Row{name,
               [=] {
                 auto input = person(folder, folder.starts_with("vb2") ? "thick2mm" : "thick4mm");
                 input.scan = spoil(input);
                 input.header = header;
                 return input;
               },
               decision,
               folder};
  };
  return {
      row("SacrumCutOff",
          "vb2-04",
          [](const Input& i) { return above(*i.scan, i.truth.at("L5").centre_lps_mm[2] - 16.0); },
          {.levels_certain = false, .flagged = {kAll}, .note = kNoSacrum}),
      row("CutThroughL5",
          "vb2-04",
          [](const Input& i) { return above(*i.scan, i.truth.at("L5").centre_lps_mm[2]); },
          {.levels_certain = false, .flagged = {kAll}, .note = "cut by the lower border"}),
      row("UpperHalf",
          "vb1-AKa3",
          [](const Input& i) { return above(*i.scan, i.truth.at("L3").centre_lps_mm[2]); },
          {.levels_certain = false, .flagged = {kAll}, .note = kNoSacrum}),
      row("TwoSlicesOfAPerson",
          "vb1-S01",
          [](const Input& i) {
            const auto slices = i.scan->GetLargestPossibleRegion().GetSize()[2];
            return spoil::kept(*i.scan, Toward::kLeft, slices / 2, 2);
          },
          {.refusal = "2 sagittal slice(s); at least 5 are needed"}),
      row(
          "InvertedWaterImage",
          "vb3-01",
          [](const Input& i) { return spoil::inverted(*i.scan); },
          {.flagged = {kAll}},
          MrContrast::kWater),
      row("HoleInL3",
          "vb2-10",
          [](const Input& i) {
            Point centre = i.truth.at("L3").centre_lps_mm;
            centre[2] += 6.0;
            return spoil::blanked(*i.scan, {centre, {16, 14, 9}});
          },
          {.flagged = {"L3"}, .good = {"L1"}}),
  };
}

INSTANTIATE_TEST_SUITE_P(People, BadInput, ::testing::ValuesIn(person_rows()), name_of_row);

}  // namespace
}  // namespace ledd
