#include "realdata.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "support.h"

namespace ledd::deidentification {
namespace {

/// Some public scans were published without any ID: these get one.
void give_id(const std::filesystem::path& path) {
  DcmFileFormat file;
  OFString id;
  if (file.loadFile(path.c_str()).bad()) return;
  DcmDataset& dataset = *file.getDataset();
  dataset.findAndGetOFString(DCM_PatientID, id);
  if (!id.empty() || !dataset.tagExists(DCM_SOPInstanceUID)) return;
  file.loadAllDataIntoMemory();
  dataset.putAndInsertString(DCM_PatientID, "P1");
  file.saveFile(path.c_str(), dataset.getOriginalXfer());
}

/// Copies of the first files of a real series, so that its folder stays as it is.
std::filesystem::path copies(const std::string& relative,
                             const Folder& folder,
                             std::size_t most,
                             bool identify) {
  std::vector<std::filesystem::path> all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(realdata() / relative))
    if (entry.is_regular_file()) all.push_back(entry.path());
  std::sort(all.begin(), all.end());
  std::filesystem::create_directories(folder / "in");
  for (std::size_t i = 0; i < std::min(most, all.size()); ++i) {
    const auto copy = folder / fmt::format("in/{:04}", i);
    std::filesystem::copy_file(all[i], copy);
    std::filesystem::permissions(copy, std::filesystem::perms(0644));
    if (identify) give_id(copy);
  }
  return folder / "in";
}

void expect_same_geometry(const dicom::Stack& a, const dicom::Stack& b) {
  EXPECT_EQ(a.columns, b.columns);
  EXPECT_EQ(a.rows, b.rows);
  EXPECT_EQ(a.pixel_spacing_mm, b.pixel_spacing_mm);
  EXPECT_EQ(a.slice_spacing_mm, b.slice_spacing_mm);
  EXPECT_EQ(a.row_lps, b.row_lps);
  EXPECT_EQ(a.column_lps, b.column_lps);
  EXPECT_EQ(a.echo_time_ms, b.echo_time_ms);
  EXPECT_EQ(a.spoiler_area_g_us_per_cm, b.spoiler_area_g_us_per_cm);
  EXPECT_EQ(a.manufacturer, b.manufacturer);
  EXPECT_EQ(a.problem.empty(), b.problem.empty());
  ASSERT_EQ(a.slices.size(), b.slices.size());
  for (std::size_t k = 0; k < a.slices.size(); ++k) {
    EXPECT_EQ(a.slices[k].position_lps_mm, b.slices[k].position_lps_mm);
    EXPECT_EQ(a.slices[k].rescale_slope, b.slices[k].rescale_slope);
    EXPECT_EQ(a.slices[k].rescale_intercept, b.slices[k].rescale_intercept);
  }
}

/// Sorted by what de-identification leaves.
std::vector<dicom::Stack> stacks_in(const std::filesystem::path& folder) {
  Context context({}, 2);
  auto stacks = dicom::index({folder}, context).stacks;
  std::sort(stacks.begin(), stacks.end(), [](const auto& a, const auto& b) {
    return std::pair(a.echo_time_ms, a.slices.size()) < std::pair(b.echo_time_ms, b.slices.size());
  });
  return stacks;
}

struct Site {
  Folder folder;
  std::vector<Row> rows;
};

void deidentify_site(const std::string& relative, Site& site, std::size_t most, bool identify) {
  const auto in = copies(relative, site.folder, most, identify);
  auto key = SubjectKey::create(site.folder / "site.key");
  site.rows = run(in, key, {.out = site.folder / "out", .allow_secondary = true});
}

class RealSeries : public ::testing::TestWithParam<const char*> {};

TEST_P(RealSeries, KeepsGeometryAndPixels) {
  LEDD_NEEDS_REALDATA(GetParam());
  Site site;
  deidentify_site(GetParam(), site, 60, true);
  std::size_t written = 0;
  for (const auto& row : site.rows) written += row.decision == Decision::kWritten ? 1 : 0;
  EXPECT_GT(written, 0U) << site.rows[0].reason;
  const auto before = stacks_in(site.folder / "in");
  const auto after = stacks_in(site.folder / "out");
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    expect_same_geometry(before[i], after[i]);
    if (!before[i].problem.empty()) continue;
    Context context;
    const auto x = dicom::load(before[i], context);
    const auto y = dicom::load(after[i], context);
    EXPECT_TRUE(std::equal(x->GetBufferPointer(),
                           x->GetBufferPointer() + x->GetBufferedRegion().GetNumberOfPixels(),
                           y->GetBufferPointer()));
  }
}

TEST_P(RealSeries, HasNoErrorThatItsSourceHasNot) {
  LEDD_NEEDS_REALDATA(GetParam());
  if (!has_program("dciodvfy")) GTEST_SKIP() << "needs the program dciodvfy";
  Site site;
  deidentify_site(GetParam(), site, 6, true);
  for (const auto& row : site.rows) {
    if (row.decision != Decision::kWritten) continue;
    const unsigned before = validation_errors(row.source);
    EXPECT_LE(validation_errors(site.folder / "out" / row.name), before) << row.source;
  }
}

INSTANTIATE_TEST_SUITE_P(All,
                         RealSeries,
                         ::testing::Values("knee/dess-dual-echo-dicom/01",
                                           "knee/t2-multi-echo-dicom",
                                           "bone/ct-phantom-qrm-dicom"));

TEST(RealFiles, AwkwardOnesEndAsARow) {
  LEDD_NEEDS_REALDATA("dicom-tricky");
  Site site;
  deidentify_site("dicom-tricky", site, 2000, false);
  const bool check = has_program("dciodvfy");
  for (const auto& row : site.rows) {
    EXPECT_EQ(row.decision == Decision::kWritten, row.reason.empty()) << row.source;
    if (row.decision != Decision::kWritten || !check) continue;
    EXPECT_LE(validation_errors(site.folder / "out" / row.name), validation_errors(row.source)) << row.name;
  }
}

}  // namespace
}  // namespace ledd::deidentification
