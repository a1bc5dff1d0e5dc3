#include "ledd/dicom_results/measurement_report.h"

#include <gmock/gmock.h>

// clang-format off
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
// clang-format on
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "ledd/core/error.h"

#include "made.h"

namespace ledd::dicom_results {
namespace {

using testing::definitions;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Made;
using testing::painted;
using testing::rows;

bool same(const Measurement& a, const Measurement& b) {
  const bool same_value =
      a.value == b.value && (!a.value || std::signbit(*a.value) == std::signbit(*b.value));
  return same_value && a.side == b.side && a.region == b.region && a.endpoint == b.endpoint &&
         a.statistic == b.statistic && a.unit == b.unit && a.quality == b.quality && a.reason == b.reason &&
         a.inherent == b.inherent;
}

std::string method_of(const std::string& endpoint) {
  for (const EndpointDefinition& d : definitions())
    if (d.key == endpoint) return d.method;
  return "none";
}

std::string error_of(const std::function<void()>& body, Errc code = Errc::kInput) {
  try {
    body();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), code) << e.what();
    return e.what();
  }
  return "no error";
}

TEST(MeasurementReport, EveryRowComesBackEqual) {
  const Made made;
  const Segmentation segments = segmentation(*painted(made.stack()), made.origin());
  const auto path = made.save(measurement_report(rows(), definitions(), &segments, made.origin()));
  const ReadMeasurementReport back = parse_measurement_report(path);
  EXPECT_THAT(back.notes, IsEmpty());
  EXPECT_EQ(back.measurements.size(), rows().size());
  for (const Measurement& wanted : rows()) {
    const auto found =
        std::find_if(back.measurements.begin(), back.measurements.end(), [&](const ReadMeasurement& row) {
          return same(row.measurement, wanted);
        });
    ASSERT_NE(found, back.measurements.end())
        << wanted.region << ' ' << wanted.endpoint << ' ' << wanted.statistic << ' ' << wanted.reason;
    EXPECT_EQ(found->method, method_of(wanted.endpoint));
  }
}

TEST(MeasurementReport, RegionsThatAreSegmentsReferToThem) {
  const Made made;
  Origin origin = made.origin();
  origin.side = "R";
  const Segmentation segments = segmentation(*painted(made.stack()), origin);
  const auto path = made.save(measurement_report(rows(), definitions(), &segments, origin));
  std::map<std::string, unsigned> number;
  for (const ReadMeasurement& row : parse_measurement_report(path).measurements) {
    number[row.measurement.side + row.measurement.region] = row.segment;
    EXPECT_EQ(row.segmentation_uid, row.segment == 0 ? "" : segments.sop_instance_uid);
    if (row.segment == 0) continue;
    EXPECT_EQ(row.tracking_uid, segments.segments.at(row.segment - 1).tracking_uid);
  }
  EXPECT_EQ(number["L1"], 1U);
  EXPECT_EQ(number["L1/L2"], 3U);
  EXPECT_EQ(number["RMT"], 4U);
  EXPECT_EQ(number["LMT"], 0U);  // the labels are of the other knee
  EXPECT_EQ(number["L1-S1"], 0U);
}

TEST(MeasurementReport, NeedsNoSegmentation) {
  const Made made(testing::SourceKind::kEnhanced);
  const auto path = made.save(measurement_report(rows(), definitions(), nullptr, made.origin()));
  const ReadMeasurementReport back = parse_measurement_report(path);
  EXPECT_EQ(back.measurements.size(), rows().size());
  EXPECT_EQ(back.source_uids, std::vector<std::string>{made.stack().slices.front().sop_instance_uid});
}

TEST(MeasurementReport, OfAReaderIsVerifiedAndRefersToTheOneBefore) {
  const Made made;
  Origin origin = made.origin();
  const auto before =
      report_uids(made.save(measurement_report(rows(), definitions(), nullptr, origin), "before.dcm"));
  origin.corrected = {"reader-1", "2024-05-31T10:15:02Z", before.sop_instance_uid, before.series_uid};
  DcmFileFormat file;
  ASSERT_TRUE(
      file.loadFile(made.save(measurement_report(rows(), definitions(), nullptr, origin)).c_str()).good());
  DcmDataset& d = *file.getDataset();
  const auto text = [](DcmItem& item, const DcmTagKey& key) {
    OFString value;
    item.findAndGetOFString(key, value, 0, OFTrue);
    return std::string(value.data(), value.size());
  };
  EXPECT_EQ(text(d, DCM_VerificationFlag), "VERIFIED");
  DcmItem *observer = nullptr, *predecessor = nullptr;
  ASSERT_TRUE(d.findAndGetSequenceItem(DCM_VerifyingObserverSequence, observer, 0).good());
  EXPECT_EQ(text(*observer, DCM_VerifyingObserverName), "reader-1^");
  EXPECT_EQ(text(*observer, DCM_VerificationDateTime), "20240531101502+0000");
  ASSERT_TRUE(d.findAndGetSequenceItem(DCM_PredecessorDocumentsSequence, predecessor, 0).good());
  EXPECT_EQ(text(*predecessor, DCM_SeriesInstanceUID), before.series_uid);
  EXPECT_EQ(text(*predecessor, DCM_ReferencedSOPInstanceUID), before.sop_instance_uid);
}

TEST(MeasurementReport, SameInputGivesTheSameBytes) {
  const Made made;
  EXPECT_TRUE(measurement_report(rows(), definitions(), nullptr, made.origin()) ==
              measurement_report(rows(), definitions(), nullptr, made.origin()));
}

TEST(MeasurementReport, RefusesRowsThatContradictThemselves) {
  const Made made;
  const auto error_with = [&](const std::function<void(Measurement&)>& spoil) {
    std::vector<Measurement> some{rows().at(1)};
    spoil(some[0]);
    return error_of([&] { measurement_report(some, definitions(), nullptr, made.origin()); });
  };
  EXPECT_THAT(error_with([](Measurement& m) { m.value.reset(); }), HasSubstr("is good but has no value"));
  EXPECT_THAT(error_with([](Measurement& m) { m.quality = Quality::kFailed; }),
              HasSubstr("is failed but has a value"));
  EXPECT_THAT(error_with([](Measurement& m) { m.value = std::numeric_limits<double>::quiet_NaN(); }),
              HasSubstr("not a finite number"));
  EXPECT_THAT(error_with([](Measurement& m) { m.unit.clear(); }), HasSubstr("has no unit"));
  EXPECT_THAT(error_with([](Measurement& m) { m.endpoint = "Hx"; }), HasSubstr("Hx of L1 has no definition"));
  EXPECT_THAT(error_of([&] { measurement_report({}, definitions(), nullptr, made.origin()); }),
              HasSubstr("no measurement"));
}

TEST(MeasurementReport, ReadingRefusesOtherObjects) {
  const Made made;
  const auto path = made.save(segmentation(*painted(made.stack()), made.origin()).bytes);
  EXPECT_THAT(error_of([&] { parse_measurement_report(path); }, Errc::kUnsupported),
              HasSubstr("a structured report is needed"));
  EXPECT_THAT(error_of([&] { parse_measurement_report(made / "none.dcm"); }, Errc::kNotFound),
              HasSubstr("no such file"));
  const auto text = made.save(std::string(200, 'x'), "text.dcm");
  EXPECT_THAT(error_of([&] { parse_measurement_report(text); }, Errc::kFormat),
              HasSubstr("is no DICOM file"));
}

TEST(MeasurementReport, TwoNumbersThatContradictEachOtherAreRefused) {
  const Made made;
  const auto path = made.save(measurement_report({rows().at(1)}, definitions(), nullptr, made.origin()));
  std::string bytes = testing::read_bytes(path);
  const std::size_t at = bytes.find("0.1 ");
  ASSERT_NE(at, std::string::npos);
  bytes.replace(at, 4, "0.2 ");
  made.save(bytes);
  EXPECT_THAT(error_of([&] { parse_measurement_report(path); }, Errc::kFormat), HasSubstr("contradict"));
}

}  // namespace
}  // namespace ledd::dicom_results
