#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cmath>
#include <map>
#include <memory>
#include <set>

#include "ledd/cartilage_morphometry/knee_regions.h"
#include "ledd/cases/batch.h"
#include "ledd/cases/correct_case.h"
#include "ledd/cases/survey.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/knee_phantom/knee_phantom.h"
#include "ledd/relaxometry/dess_t2.h"

#include "folder.h"
#include "painted_knee.h"
#include "phantom.h"
#include "realdata.h"

namespace ledd {
namespace {

namespace fs = std::filesystem;

using anatomy::Side;
using cases::CaseInput;
using cases::SeriesRole;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Key;
using Json = nlohmann::json;

constexpr std::array<std::uint16_t, 4> kPlates{202, 204, 205, 207};

/// knee-t2 with the network whose answer is known.
struct WithNearest {
  Folder share;
  cases::Registry registry;
  WithNearest() {
    fs::create_directories(share / "models");
    for (const char* name : {"knee.onnx", "knee-cross.onnx", "spine.onnx"})
      fs::copy_file(LEDD_SOURCE_DIR "/testdata/networks/nearest.onnx", share / "models" / name);
    fs::copy_file(LEDD_SOURCE_DIR "/modules/knee_shape/model/knee_shape.bin",
                  share / "models" / "knee_shape.bin");
    registry = cases::builtin_pipelines({share.path()});
  }
  const cases::Pipeline& knee_t2() const { return cases::find_pipeline(registry, "knee-t2"); }
  Outcome run(const CaseInput& input, const ValueMap& parameters = {}) const {
    Context context({}, 2);
    return knee_t2().prepare(parameters).run(input, context);
  }
};

const Measurement* find(const Outcome& outcome, const std::string& region, const std::string& endpoint) {
  for (const auto& m : outcome.measurements)
    if (m.region == region && m.endpoint == endpoint) return &m;
  return nullptr;
}

double value_of(const Outcome& outcome, const std::string& region) {
  const auto* m = find(outcome, region, "T2");
  return m != nullptr && m->value ? *m->value : std::nan("");
}

std::string notes_of(const Outcome& outcome) {
  std::string all;
  for (const auto& note : outcome.notes) all += note + '\n';
  return all;
}

double dice(const Labels& a, const Labels& b, std::uint16_t id) {
  double both = 0.0, sum = 0.0;
  for (std::size_t v = 0; v < a.GetLargestPossibleRegion().GetNumberOfPixels(); ++v) {
    const bool in_a = a.GetBufferPointer()[v] == id, in_b = b.GetBufferPointer()[v] == id;
    both += in_a && in_b ? 1.0 : 0.0;
    sum += (in_a ? 1.0 : 0.0) + (in_b ? 1.0 : 0.0);
  }
  return 2.0 * both / sum;
}

Volume::Pointer times(const Volume& image, double factor) {
  auto product = Volume::New();
  product->CopyInformation(&image);
  product->SetRegions(image.GetLargestPossibleRegion());
  product->Allocate();
  for (std::size_t v = 0; v < image.GetLargestPossibleRegion().GetNumberOfPixels(); ++v)
    product->GetBufferPointer()[v] = static_cast<float>(factor) * image.GetBufferPointer()[v];
  return product;
}

MrWeighting weighting(double te_ms, double tr_ms) {
  MrWeighting w;
  w.echo_time_ms = te_ms;
  w.repetition_time_ms = tr_ms;
  return w;
}

/// A series of echoes that decay with one T2, and its header; as cases hands them over.
struct Echoes {
  Labels::Pointer truth;
  std::vector<Volume::Pointer> images;
  dicom::Stack header;
  CaseInput input;

  Echoes(const Volume& first, const std::vector<double>& times_ms, double tr_ms, double t2_ms) {
    header.frame_of_reference_uid = "1.2.9";
    for (const double te_ms : times_ms) {
      images.push_back(times(first, std::exp(-(te_ms - times_ms.front()) / t2_ms)));
      const auto w = weighting(te_ms, tr_ms);
      if (images.size() == 1) {
        input.scan = images[0];
        input.weighting = w;
      } else {
        cases::CompanionInput echo;
        echo.scan = images.back();
        echo.role = SeriesRole::kEcho;
        echo.weighting = w;
        input.companions.push_back(echo);
      }
    }
    input.header = &header;
  }
  Echoes(const Echoes&) = delete;
  Echoes& operator=(const Echoes&) = delete;

  void add_anatomy(const Volume& scan, const dicom::Stack& of) {
    cases::CompanionInput anatomy;
    anatomy.scan = &scan;
    anatomy.role = SeriesRole::kAnatomy;
    anatomy.description = "series 3 \"SAG 3D\"";
    anatomy.header = &of;
    input.companions.push_back(anatomy);
  }
};

Labels::Pointer drawn(const knee_phantom::Params& params) {
  Context context({}, 2);
  return KneePhantom(params).draw(context).labels;
}

TEST(KneeT2Cases, ADessIsSegmentedByItself) {
  const WithNearest pipelines;
  const auto truth = drawn(testing::knee_for_the_network(Side::kLeft));
  Echoes dess(*testing::painted_knee(*truth), {7.5, 42.5}, 25.0, 33.0);
  const double ratio = DessT2().ratio({25.0, 7.5, 30.0}, 33.0);
  const auto second = times(*dess.images[0], ratio);
  dess.input.companions[0].scan = second;
  dess.header.flip_angle_deg = 30.0;
  dess.header.laterality = "L";
  const auto outcome = pipelines.run(dess.input);
  for (const char* region : {"FC", "MT", "LT", "PC", "cMT", "TrF", "pLF", "mP", "cMF", "cLF", "P"}) {
    EXPECT_NEAR(value_of(outcome, region), 33.0, 0.01) << region;
    EXPECT_EQ(find(outcome, region, "T2")->side, "L") << region;
  }
  for (const std::uint16_t id : kPlates) EXPECT_GT(dice(*outcome.labels, *truth, id), 0.9) << id;
  EXPECT_THAT(notes_of(outcome), HasSubstr("knee-mri made the segmentation from the echoes themselves."));
}

/// Echoes in thick slices of a patient who moved, beside a fine scan of the left knee.
struct Moved {
  WithNearest pipelines;
  Labels::Pointer truth;
  Volume::Pointer fine;
  dicom::Stack fine_header;
  std::unique_ptr<Echoes> echoes;

  Moved() {
    auto params = testing::knee_for_the_network(Side::kLeft);
    fine = testing::painted_knee(*drawn(params));
    fine_header.frame_of_reference_uid = "1.2.9";
    params.knee.shift_posterior_mm += 1.5;
    params.knee.shift_superior_mm += 1.0;
    params.stack.pixel_mm = 0.6;
    params.stack.columns = params.stack.rows = 240;
    params.stack.slices = 30;
    params.stack.pitch_mm = params.stack.thickness_mm = 3.0;
    truth = drawn(params);
    echoes =
        std::make_unique<Echoes>(*testing::painted_knee(*truth), std::vector{10.0, 25.0, 40.0}, 1500.0, 40.0);
    echoes->add_anatomy(*fine, fine_header);
  }
};

TEST(KneeT2Cases, TheSegmentationOfAnotherSeriesIsBroughtOntoTheEchoes) {
  Moved study;
  const auto outcome = study.pipelines.run(study.echoes->input);
  for (const char* region : {"FC", "MT", "LT", "PC", "cMT", "TrF"}) {
    EXPECT_NEAR(value_of(outcome, region), 40.0, 0.01) << region;
    EXPECT_EQ(find(outcome, region, "T2")->side, "L") << region;
  }
  for (const std::uint16_t id : kPlates) EXPECT_GT(dice(*outcome.labels, *study.truth, id), 0.75) << id;
  EXPECT_THAT(
      notes_of(outcome),
      AllOf(HasSubstr("knee-mri made the segmentation from series 3 \"SAG 3D\"."), HasSubstr("moved by 1.")));
}

TEST(KneeT2Cases, RegionsAreThoseOfKneeMriEachOnce) {
  const WithNearest pipelines;
  const auto truth = drawn(testing::knee_for_the_network(Side::kLeft));
  Echoes dess(*testing::painted_knee(*truth), {7.5, 42.5}, 25.0, 33.0);
  dess.header.flip_angle_deg = 30.0;
  const auto outcome = pipelines.run(dess.input);
  std::multiset<std::string> rows;
  for (const auto& m : outcome.measurements)
    if (m.endpoint == "T2_voxels") rows.insert(m.region);
  for (const auto& set : knee::region_sets()) EXPECT_EQ(rows.count(std::string(set.name)), 1U) << set.name;
  EXPECT_EQ(rows.size(), knee::region_sets().size() + 2) << "beside FC and PC";
  const auto voxels = [&](const char* region) { return *find(outcome, region, "T2_voxels")->value; };
  EXPECT_EQ(voxels("cMF"), voxels("ecMF") + voxels("ccMF") + voxels("icMF"));
  EXPECT_EQ(voxels("P"), voxels("mP") + voxels("lP"));
}

TEST(KneeT2Cases, SlicesTooFarApartForTheSegmentationMarkEveryValue) {
  const WithNearest pipelines;
  auto params = testing::knee_for_the_network(Side::kLeft);
  params.stack.slices = 45;
  params.stack.pitch_mm = params.stack.thickness_mm = 2.0;
  const auto truth = drawn(params);
  Echoes dess(*testing::painted_knee(*truth), {7.5, 42.5}, 25.0, 33.0);
  dess.header.flip_angle_deg = 30.0;
  const auto outcome = pipelines.run(dess.input);
  std::size_t values = 0;
  for (const auto& m : outcome.measurements) {
    if (!m.value) continue;
    ++values;
    EXPECT_EQ(m.quality, Quality::kUncertain) << m.region << ' ' << m.endpoint;
    EXPECT_THAT(m.reason, HasSubstr("slices 2 mm apart")) << m.region << ' ' << m.endpoint;
  }
  EXPECT_GT(values, 100U);
}

TEST(KneeT2Cases, ASideThatTheEchoesContradictLeavesMapsOnly) {
  Moved study;
  study.echoes->header.laterality = "R";
  const auto outcome = study.pipelines.run(study.echoes->input);
  EXPECT_FALSE(outcome.labels);
  ASSERT_NE(find(outcome, "FC", "T2"), nullptr);
  EXPECT_THAT(find(outcome, "FC", "T2")->reason,
              HasSubstr("shows a left knee, the echoes are of a right one"));
  EXPECT_TRUE(needs_eyes(*find(outcome, "FC", "T2")));
  EXPECT_EQ(find(outcome, "FC", "T2")->side, "");
}

/// Nothing but a square that decays.
struct NoKnee {
  Volume::Pointer image = phantom::blank<Volume>({64, 64, 10}, {0.6, 0.6, 3.0}, 10.0F);
  Labels::Pointer labels = phantom::blank<Labels>({64, 64, 10}, {0.6, 0.6, 3.0}, 0);
  NoKnee() {
    for (std::size_t v = 0; v < std::size_t{64} * 64 * 10; ++v) {
      if (v % 64 < 16) image->GetBufferPointer()[v] = 200.0F;
      if (v % 64 < 8) labels->GetBufferPointer()[v] = 202;
    }
  }
};

void expect_maps_only(const Outcome& outcome, const std::string& reason, bool for_a_reader) {
  EXPECT_THAT(outcome.maps, Contains(Key("T2")));
  EXPECT_FALSE(outcome.labels);
  std::set<std::string> regions;
  for (const auto& m : outcome.measurements) {
    regions.insert(m.region);
    EXPECT_EQ(m.quality, Quality::kFailed) << m.region << ' ' << m.endpoint;
    EXPECT_THAT(m.reason, HasSubstr(reason));
    EXPECT_EQ(needs_eyes(m), for_a_reader);
  }
  EXPECT_THAT(regions, ::testing::ElementsAre("FC", "LT", "MT", "PC"));
}

TEST(KneeT2Cases, ARefusedSegmentationLeavesMapsAndTheReason) {
  const WithNearest pipelines;
  const NoKnee nothing;
  Echoes echoes(*nothing.image, {10, 20, 30}, 1500.0, 40.0);
  dicom::Stack header;
  echoes.add_anatomy(*nothing.image, header);
  const auto outcome = pipelines.run(echoes.input);
  expect_maps_only(outcome, "no segmentation: knee-mri refuses series 3 \"SAG 3D\": ", true);
  EXPECT_THAT(notes_of(outcome), HasSubstr("No regions: no segmentation: knee-mri refuses"));
  Echoes dess(*nothing.image, {7.5, 42.5}, 25.0, 30.0);
  dess.header.flip_angle_deg = 30.0;
  expect_maps_only(pipelines.run(dess.input), "knee-mri refuses the echoes themselves: ", true);
}

TEST(KneeT2Cases, AStudyWithoutAnotherSeriesLeavesMapsAndTheReason) {
  const WithNearest pipelines;
  const NoKnee nothing;
  Echoes echoes(*nothing.image, {10, 20, 30}, 1500.0, 40.0);
  echoes.input.no_anatomy = "the study holds no other series";
  const auto outcome = pipelines.run(echoes.input);
  expect_maps_only(outcome, "no segmentation: the study holds no other series", false);
  EXPECT_THAT(notes_of(outcome), HasSubstr("No regions: "));
}

TEST(KneeT2Cases, GivenLabelsWinOverAnotherSeriesAndOverTheDessItself) {
  const WithNearest pipelines;
  const NoKnee nothing;
  Echoes echoes(*nothing.image, {10, 20, 30}, 1500.0, 40.0);
  const dicom::Stack header;
  echoes.add_anatomy(*nothing.image, header);
  echoes.input.labels = nothing.labels;
  EXPECT_NEAR(value_of(pipelines.run(echoes.input), "FC"), 40.0, 0.01);
  Echoes dess(*nothing.image, {7.5, 42.5}, 25.0, 30.0);
  dess.header.flip_angle_deg = 30.0;
  dess.input.labels = nothing.labels;
  const auto outcome = pipelines.run(dess.input);
  EXPECT_TRUE(std::isfinite(value_of(outcome, "FC")));
  EXPECT_THAT(notes_of(outcome), ::testing::Not(HasSubstr("knee-mri")));
}

TEST(KneeT2Cases, SwitchedOffNothingIsSegmented) {
  const WithNearest pipelines;
  const NoKnee nothing;
  const ValueMap off{{"segment", false}};
  const auto prepared = pipelines.knee_t2().prepare(off);
  EXPECT_THAT(prepared.unused, ::testing::ElementsAre(SeriesRole::kAnatomy));
  EXPECT_EQ(std::get<bool>(prepared.effective.at("segment")), false);
  EXPECT_TRUE(pipelines.knee_t2().prepare({}).unused.empty());
  Echoes dess(*nothing.image, {7.5, 42.5}, 25.0, 30.0);
  dess.header.flip_angle_deg = 30.0;
  const auto outcome = pipelines.run(dess.input, off);
  expect_maps_only(outcome, "no segmentation", false);
  EXPECT_EQ(find(outcome, "FC", "T2")->reason, "no segmentation");
}

TEST(KneeT2Cases, TheNetworkIsAModelOfThePipeline) {
  const WithNearest pipelines;
  ASSERT_EQ(pipelines.knee_t2().models.size(), 3U);
  EXPECT_EQ(pipelines.knee_t2().models[0].filename(), "knee.onnx");
  fs::remove(pipelines.knee_t2().models[0]);
  EXPECT_THROW(pipelines.knee_t2().prepare({}), Error);
  EXPECT_NO_THROW(pipelines.knee_t2().prepare({{"segment", false}}));
  EXPECT_THROW(pipelines.knee_t2().prepare({{"segment", 2.5}}), Error);
  EXPECT_THROW(pipelines.knee_t2().prepare({{"segments", true}}), Error);
}

/// From DICOM to case folders.
struct Night {
  Folder in, out;
  std::vector<fs::path> inputs{in.path()};

  cases::Summary run(const cases::Registry& registry, bool join = true) const {
    Context context({}, 2);
    const auto& pipeline = cases::find_pipeline(registry, "knee-t2");
    const auto seen = cases::survey(inputs, out.path(), registry, context);
    cases::PlanRequest request;
    request.join = join;
    const auto prepared = pipeline.prepare({});
    request.unused = prepared.unused;
    cases::BatchOptions options;
    options.out = out.path();
    options.threads = 2;
    cases::Stop stop;
    return cases::run_batch(cases::plan(seen, pipeline, request), {pipeline, prepared}, options, {}, stop);
  }
  /// Of the only case.
  fs::path folder() const { return fs::directory_iterator(out / "cases")->path(); }
  Json json(const std::string& name) const { return Json::parse(files::read_bytes(folder() / name)); }
};

void write_phantom(knee_phantom::Params params, knee_phantom::Sequence sequence, const fs::path& folder) {
  Context context({}, 2);
  params.scan.sequence = sequence;
  params.scan.echoes = 3;
  const auto result = KneePhantom(params)(context);
  knee_phantom::write_dicom(result, params, folder);
}

TEST(KneeT2Cases, FromDicomTheOtherSeriesIsOnRecordAndARefusalCostsNoCase) {
  const WithNearest pipelines;
  const Night night;
  knee_phantom::Params params;
  params.stack.columns = params.stack.rows = 64;
  params.stack.pixel_mm = 2.0;
  params.stack.slices = 12;
  params.stack.pitch_mm = params.stack.thickness_mm = 8.0;
  write_phantom(params, knee_phantom::Sequence::kMultiEcho, night.in / "t2");
  params.stack.pixel_mm = 1.0;
  params.stack.columns = params.stack.rows = 128;
  params.stack.slices = 24;
  params.stack.pitch_mm = params.stack.thickness_mm = 4.0;
  write_phantom(params, knee_phantom::Sequence::kDess, night.in / "dess");
  fs::remove_all(night.in / "dess" / "echo2");  // one echo is no series for knee-t2
  const auto summary = night.run(pipelines.registry);
  ASSERT_EQ(summary.done, 1U);
  EXPECT_EQ(summary.exit, 0);
  const auto record = night.json("provenance.json");
  ASSERT_EQ(record["series_used"].size(), 4U);
  EXPECT_EQ(record["series_used"][3]["role"], "anatomy");
  EXPECT_THAT(record["series_used"][3]["description"].get<std::string>(), HasSubstr("DESS WE SAG"));
  EXPECT_EQ(record["models"][0]["name"], "knee.onnx");
  EXPECT_THAT(files::read_bytes(night.folder() / "report.html"),
              AllOf(HasSubstr("for anatomy"), HasSubstr("knee-mri refuses series 1")));
  EXPECT_THAT(files::read_bytes(night.folder() / "endpoints.json"), HasSubstr("knee-mri refuses series 1"));
  const auto t2_ms = files::read_volume(night.folder() / "maps" / "T2.nii.gz");
  const auto quality = files::read_volume(night.folder() / "maps" / "T2-quality.nii.gz");
  std::array<std::size_t, 2> voxels{};
  for (std::size_t v = 0; v < t2_ms->GetLargestPossibleRegion().GetNumberOfPixels(); ++v) {
    const float q = quality->GetBufferPointer()[v];
    const bool has_value = q != 0.0F && q != 4.0F && q != 5.0F;
    ++voxels[has_value ? 1 : 0];
    ASSERT_EQ(t2_ms->GetBufferPointer()[v] != 0.0F, has_value) << "0 must mean that there is no value";
  }
  EXPECT_GT(voxels[0], 0U);
  EXPECT_GT(voxels[1], 0U);
  EXPECT_EQ(night.run(pipelines.registry).cached, 1U);
  EXPECT_EQ(night.run(pipelines.registry, false).done, 1U) << "its input is another";
  EXPECT_EQ(night.json("provenance.json")["series_used"].size(), 3U);
  EXPECT_THAT(files::read_bytes(night.folder() / "endpoints.json"), HasSubstr("--no-companions"));
}

TEST(KneeT2Cases, ACorrectionIsMeasuredOnAllEchoesWithoutTheSeriesThatWasSegmented) {
  const WithNearest pipelines;
  const Night night;
  knee_phantom::Params params;
  params.stack.columns = params.stack.rows = 64;
  params.stack.pixel_mm = 2.0;
  params.stack.slices = 12;
  params.stack.pitch_mm = params.stack.thickness_mm = 8.0;
  write_phantom(params, knee_phantom::Sequence::kMultiEcho, night.in / "t2");
  knee_phantom::Params fine = params;
  fine.stack.pixel_mm = 1.0;
  fine.stack.columns = fine.stack.rows = 128;
  fine.stack.slices = 24;
  fine.stack.pitch_mm = fine.stack.thickness_mm = 4.0;
  write_phantom(fine, knee_phantom::Sequence::kDess, night.in / "dess");
  fs::remove_all(night.in / "dess" / "echo2");
  ASSERT_EQ(night.run(pipelines.registry).done, 1U);
  ASSERT_EQ(night.json("provenance.json")["series_used"].size(), 4U);
  Context context({}, 2);
  files::write_labels(*KneePhantom(params)(context).labels, night.in / "mine.nii.gz");
  cases::Stop stop;
  const std::string id = night.folder().filename();
  const auto report = cases::correct_case({night.out.path(),
                                           id,
                                           {"reader-1", cases::standing_result(night.out.path(), id)},
                                           night.in / "mine.nii.gz",
                                           {}},
                                          pipelines.registry,
                                          {},
                                          stop);
  ASSERT_EQ(report.exit, 0) << report.reason;
  const auto record = night.json("provenance.json");
  EXPECT_EQ(record["series_used"].size(), 3U);
  for (const auto& used : record["series_used"]) EXPECT_NE(used["role"], "anatomy");
  EXPECT_EQ(record["correction"]["reader"], "reader-1");
  fs::remove(night.in / "mine.nii.gz");
  EXPECT_EQ(night.run(pipelines.registry).cached, 1U)
      << "the series that was segmented is not needed any more";
}

TEST(KneeT2Cases, RealDessGivesFemoralT2WithoutAnySegmentationGiven) {
  LEDD_NEEDS_REALDATA("knee/dess-dual-echo-dicom/01");
  LEDD_NEEDS_REALDATA("knee/dess-dual-echo-dicom/02");
  const Folder share;
  fs::create_directories(share / "models");
  for (const char* learned : {"knee_segmentation/model/knee.onnx",
                              "knee_segmentation/model/knee-cross.onnx",
                              "knee_shape/model/knee_shape.bin"}) {
    const auto from = fs::path(LEDD_SOURCE_DIR "/modules") / learned;
    fs::copy_file(from, share / "models" / from.filename());
  }
  const auto registry = cases::builtin_pipelines({share.path()});
  Night night;
  const auto root = realdata() / "knee/dess-dual-echo-dicom";
  night.inputs = {root / "01", root / "02"};
  const auto summary = night.run(registry);
  ASSERT_EQ(summary.done, 1U);
  std::map<std::string, double> means;
  std::string reasons;
  const Json endpoints = night.json("endpoints.json");
  for (const auto& row : endpoints["measurements"]) {
    if (row["endpoint"] == "T2" && row["value"].is_null())
      reasons += row["region"].get<std::string>() + ": " + row["reason"].get<std::string>() + '\n';
    if (row["endpoint"] == "T2" && row["statistic"] == "mean" && row["value"].is_number()) {
      means[row["region"].get<std::string>()] = row["value"].get<double>();
      EXPECT_EQ(row["side"], "R");
    }
  }
  for (const char* region : {"FC", "MT", "LT", "PC", "cMT", "cLT", "ccMF", "ccLF", "TrF", "mP", "lP"}) {
    ASSERT_TRUE(means.contains(region)) << region << " is not there\n" << reasons;
    EXPECT_GT(means[region], 10.0) << region;
    EXPECT_LT(means[region], 60.0) << region;
  }
  RecordProperty("FC_T2_ms", std::to_string(means["FC"]));
  EXPECT_GT(means["FC"], 25.0);
  EXPECT_LT(means["FC"], 40.0);
}

}  // namespace
}  // namespace ledd
