#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <string>

#include "ledd/anatomy/anatomy.h"
#include "ledd/dicom_results/document.h"
#include "ledd/dicom_results/measurement_report.h"
#include "ledd/dicom_results/parametric_map.h"
#include "ledd/dicom_results/segmentation.h"

#include "made.h"

/// Other programs read what Ledd writes.
namespace ledd::dicom_results {
namespace {

using testing::Made;
using testing::painted;
using testing::rows;

/// Ends a test as skipped when a program is not there.
#define LEDD_NEEDS_PROGRAM(name) \
  if (!testing::has_program(name)) GTEST_SKIP() << "needs the program " << (name)

/// What dciodvfy warns of although it is meant.
constexpr std::array<const char*, 1> kAllowedWarnings{
    // The validator knows no private scheme; the object declares it.
    "Unrecognized defined term <99LEDD>"};

void expect_valid(const std::filesystem::path& path) {
  const testing::Said said = testing::run("dciodvfy '" + path.string() + "'");
  for (const std::string& line : testing::lines_of(said.text)) {
    EXPECT_FALSE(line.starts_with("Error")) << line;
    const bool allowed = std::any_of(kAllowedWarnings.begin(), kAllowedWarnings.end(), [&](const char* text) {
      return line.find(text) != std::string::npos;
    });
    EXPECT_FALSE(line.starts_with("Warning") && !allowed) << line;
  }
  EXPECT_EQ(said.status, 0) << said.text;
}

TEST(Validator, FindsNoFaultInAnyObjectOfAnySource) {
  LEDD_NEEDS_PROGRAM("dciodvfy");
  for (const auto kind : testing::kSourceKinds) {
    SCOPED_TRACE(name_of(kind));
    const Made made(kind);
    Origin origin = made.origin();
    origin.side = "R";
    const Segmentation segments = segmentation(*painted(made.stack()), origin);
    const Volume::Pointer map = testing::mapped(made.stack());
    expect_valid(made.save(segments.bytes, "seg.dcm"));
    expect_valid(made.save(measurement_report(rows(), testing::definitions(), &segments, origin), "sr.dcm"));
    expect_valid(made.save(parametric_map(*map, {"T2", "ms"}, origin), "t2.dcm"));
    expect_valid(made.save(parametric_map(*map, {"vBMD", "mg/cm3"}, origin), "vbmd.dcm"));
    expect_valid(made.save(encapsulated_pdf("%PDF-1.4\n", "Report", origin), "pdf.dcm"));
  }
}

TEST(Validator, FindsNoFaultInWhatAReaderCorrected) {
  LEDD_NEEDS_PROGRAM("dciodvfy");
  for (const auto kind : testing::kSourceKinds) {
    SCOPED_TRACE(name_of(kind));
    const Made made(kind);
    Origin origin = made.origin();
    origin.maker = Maker::kSemiautomatic;
    origin.corrected = {"reader-1@site", "2024-05-31T10:15:02Z", "2.25.1", "2.25.2"};
    const Segmentation segments = segmentation(*painted(made.stack()), origin);
    expect_valid(made.save(segments.bytes, "seg.dcm"));
    expect_valid(made.save(measurement_report(rows(), testing::definitions(), &segments, origin), "sr.dcm"));
  }
}

TEST(Validator, FindsNoFaultInASegmentationOfAllStructures) {
  LEDD_NEEDS_PROGRAM("dciodvfy");
  const Made made;
  const Labels::Pointer labels = painted(made.stack());
  std::size_t voxel = 0;
  for (const anatomy::Structure& s : anatomy::structures()) labels->GetBufferPointer()[voxel++] = s.id;
  for (const Maker maker : {Maker::kAutomatic, Maker::kManual}) {
    Origin origin = made.origin();
    origin.maker = maker;
    origin.parameters = std::string(30000, 'p');
    expect_valid(made.save(segmentation(*labels, origin).bytes));
  }
}

std::map<std::uint16_t, std::size_t> voxels_of(const Labels& labels) {
  std::map<std::uint16_t, std::size_t> count;
  for (std::size_t n = 0; n < labels.GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
    ++count[labels.GetBufferPointer()[n]];
  return count;
}

/// "segment 1 L1 532", ...
std::vector<std::string> expected_segments(const Segmentation& segments, const Labels& labels) {
  const auto count = voxels_of(labels);
  std::vector<std::string> lines;
  for (const Segment& s : segments.segments)
    lines.push_back(fmt::format("segment {} {} {}", s.number, anatomy::short_name(s.id), count.at(s.id)));
  return lines;
}

/// "value|L1|Ha|value|27.123456789012345|mm|UNCERTAIN": numbers apart, since languages print them
/// differently.
void expect_values(const std::vector<std::string>& lines) {
  std::size_t matched = 0;
  for (const Measurement& m : rows()) {
    const std::string head = fmt::format("value|{}|{}|", m.region, m.endpoint);
    for (const std::string& line : lines) {
      if (!line.starts_with(head)) continue;
      const std::size_t from = line.find('|', head.size()) + 1;
      const std::string number = line.substr(from, line.find('|', from) - from);
      if (m.value ? number != "-" && std::strtod(number.c_str(), nullptr) == *m.value : number == "-") {
        EXPECT_NE(line.find("|" + m.unit + "|"), std::string::npos) << line;
        ++matched;
        break;
      }
    }
  }
  EXPECT_EQ(matched, rows().size());
  EXPECT_EQ(lines.size(), rows().size());
}

constexpr const char* kPython = "/usr/bin/python3 " LEDD_DICOM_RESULTS_TESTS "/read_with_pydicom.py ";

bool has_pydicom() {
  return testing::run("/usr/bin/python3 -c 'import pydicom, numpy'").status == 0;
}

TEST(Pydicom, ReadsEverySegmentWithItsVoxels) {
  if (!has_pydicom()) GTEST_SKIP() << "needs /usr/bin/python3 with pydicom and numpy";
  const Made made;
  const Labels::Pointer labels = painted(made.stack());
  const Segmentation segments = segmentation(*labels, made.origin());
  const testing::Said said = testing::run(kPython + made.save(segments.bytes).string());
  EXPECT_EQ(testing::lines_of(said.text), expected_segments(segments, *labels));
}

TEST(Pydicom, ReadsEveryMeasurement) {
  if (!has_pydicom()) GTEST_SKIP() << "needs /usr/bin/python3 with pydicom and numpy";
  const Made made;
  const auto path = made.save(measurement_report(rows(), testing::definitions(), nullptr, made.origin()));
  const testing::Said said = testing::run(kPython + path.string());
  SCOPED_TRACE(said.text);
  expect_values(testing::lines_of(said.text));
}

bool has_node_modules() {
  return testing::has_program("node") &&
         std::filesystem::exists(LEDD_NODE_MODULES "/node_modules/installed.sha256");
}

/// Runs the script beside the modules: node looks for them from where a script lies.
testing::Said read_in_node(const std::filesystem::path& path, const dicom::Stack* sources = nullptr) {
  std::error_code failed;
  std::filesystem::copy_file(LEDD_DICOM_RESULTS_TESTS "/node/read.mjs",
                             LEDD_NODE_MODULES "/read.mjs",
                             std::filesystem::copy_options::overwrite_existing,
                             failed);
  std::string command = "node " LEDD_NODE_MODULES "/read.mjs '" + path.string() + "'";
  if (sources != nullptr)
    for (const dicom::Slice& slice : sources->slices) command += " '" + slice.path.string() + "'";
  return testing::run(command);
}

TEST(NodeReaders, ReadEverySegmentWithItsVoxels) {
  if (!has_node_modules()) GTEST_SKIP() << "needs node, npm and the network to install dcmjs";
  for (const auto kind : testing::kSourceKinds) {
    SCOPED_TRACE(name_of(kind));
    const Made made(kind);
    const Labels::Pointer labels = painted(made.stack());
    const Segmentation segments = segmentation(*labels, made.origin());
    const testing::Said said = read_in_node(made.save(segments.bytes));
    EXPECT_EQ(testing::lines_of(said.text), expected_segments(segments, *labels));
  }
}

TEST(NodeReaders, PutEveryVoxelOntoTheSourceImages) {
  if (!has_node_modules())
    GTEST_SKIP() << "needs node, npm and the network to install @cornerstonejs/adapters";
  if (testing::run("node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)'").status != 0)
    GTEST_SKIP() << "needs node 20 or later, as @cornerstonejs/adapters does";
  for (const auto kind :
       {testing::SourceKind::kMr, testing::SourceKind::kOblique, testing::SourceKind::kCt}) {
    SCOPED_TRACE(name_of(kind));
    const Made made(kind);
    const Labels::Pointer labels = painted(made.stack());
    const Segmentation segments = segmentation(*labels, made.origin());
    const testing::Said said = read_in_node(made.save(segments.bytes), &made.stack());
    EXPECT_EQ(testing::lines_of(said.text), expected_segments(segments, *labels));
  }
}

TEST(NodeReaders, ReadEveryMeasurement) {
  if (!has_node_modules()) GTEST_SKIP() << "needs node, npm and the network to install dcmjs";
  const Made made;
  const auto path = made.save(measurement_report(rows(), testing::definitions(), nullptr, made.origin()));
  const testing::Said said = read_in_node(path);
  SCOPED_TRACE(said.text);
  expect_values(testing::lines_of(said.text));
}

TEST(Dcmtk, RendersTheReport) {
  LEDD_NEEDS_PROGRAM("dsr2html");
  const Made made;
  const Segmentation segments = segmentation(*painted(made.stack()), made.origin());
  const auto path = made.save(measurement_report(rows(), testing::definitions(), &segments, made.origin()));
  const testing::Said said = testing::run("dsr2html '" + path.string() + "'");
  EXPECT_EQ(said.status, 0);
  EXPECT_NE(said.text.find("Anterior vertebral body height"), std::string::npos);
  EXPECT_EQ(said.text.find("E: "), std::string::npos) << said.text.substr(0, 2000);
}

}  // namespace
}  // namespace ledd::dicom_results
