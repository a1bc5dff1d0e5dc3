#include "made.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <sstream>
#include <stdexcept>

namespace ledd::testing {
namespace {

std::vector<Attribute> study_attributes(SourceKind kind) {
  std::vector<Attribute> all{{"SpecificCharacterSet", "ISO_IR 192"},
                             {"StudyDate", "20240102"},
                             {"StudyTime", "101112"},
                             {"StudyInstanceUID", "1.2.826.0.1.3680043.10.999.7"},
                             {"FrameOfReferenceUID", "1.2.826.0.1.3680043.10.999.9"},
                             {"PatientName", "T\xC3\xA6st^Knee"},
                             {"PatientID", "P1"},
                             {"PatientBirthDate", "19700101"},
                             {"PatientSex", "F"},
                             {"StudyID", "7"},
                             {"AccessionNumber", "A1"},
                             {"PositionReferenceIndicator", ""}};
  if (kind == SourceKind::kCt) {
    all.emplace_back("SOPClassUID", "1.2.840.10008.5.1.4.1.1.2");
    all.emplace_back("Modality", "CT");
    all.emplace_back("RescaleSlope", "1");
    all.emplace_back("RescaleIntercept", "-1024");
  }
  return all;
}

Series series_of(SourceKind kind) {
  Series series = kind == SourceKind::kOblique ? oblique_series() : Series{};
  series.slices = 6;
  series.columns = 19;  // 19 x 13 is no multiple of 8: frames begin within bytes
  series.rows = 13;
  series.uid = "1.2.826.0.1.3680043.10.999.7.1";
  return series;
}

EndpointDefinition definition(const std::string& key, const std::string& title, const std::string& method) {
  return {key, title, "mm", method, "", "", ""};
}

}  // namespace

std::string name_of(SourceKind kind) {
  constexpr std::array<const char*, 4> kNames{"MR", "oblique MR", "enhanced MR", "CT"};
  return kNames.at(static_cast<std::size_t>(kind));
}

Made::Made(SourceKind kind) {
  std::vector<Picture> all = pictures(series_of(kind));
  for (Picture& p : all) p.attributes = study_attributes(kind);
  if (kind == SourceKind::kEnhanced)
    write(Enhanced{.frames = {all[3], all[0], all[5], all[1], all[4], all[2]}}, series_ / "enhanced.dcm");
  else
    write(all, series_.path());
  Context context;
  index_ = dicom::index({series_.path()}, context);
  if (index_.stacks.size() != 1 || !index_.stacks[0].problem.empty())
    throw std::runtime_error("the source of this test is no stack");
}

std::filesystem::path Made::save(const std::string& bytes, const std::string& name) const {
  write_bytes(results_ / name, bytes);
  return results_ / name;
}

Labels::Pointer painted(const dicom::Stack& stack) {
  Context context;
  const Volume::Pointer volume = dicom::load(stack, context);
  auto labels = Labels::New();
  labels->CopyInformation(volume);
  labels->SetRegions(volume->GetLargestPossibleRegion());
  labels->Allocate(true);
  const auto size = labels->GetLargestPossibleRegion().GetSize();
  for (long k = 1; k < static_cast<long>(size[2]); ++k)
    for (long j = 1; j < static_cast<long>(size[1]); ++j)
      for (long i = 2; i < static_cast<long>(size[0]); ++i) {
        std::uint16_t id = 0;
        if (i < 6 && j < 5 + k) id = 20;
        if (i >= 6 && i < 9 && (i + j) % 3 == 0 && (k == 1 || k == 4)) id = 120;
        if (i == 12 && j > 3) id = 61;
        if (i > 14 && (i * j + k) % 2 == 0 && k < 4) id = 204;
        if (k == 5 && id != 61) id = 0;
        labels->SetPixel({{i, j, k}}, id);
      }
  return labels;
}

Volume::Pointer mapped(const dicom::Stack& stack) {
  Context context;
  const Volume::Pointer map = dicom::load(stack, context);
  const std::size_t count = map->GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t i = 0; i < count; ++i)
    map->GetBufferPointer()[i] =
        i % 3 == 0 ? std::numeric_limits<float>::quiet_NaN() : 20.0F + 0.125F * static_cast<float>(i % 200);
  return map;
}

std::vector<EndpointDefinition> definitions() {
  return {definition("Ha", "Anterior vertebral body height", "six-point/1"),
          definition("disc_volume", "Volume of the intervertebral disc", "label-volume/1"),
          definition("VC", "Cartilage volume", "bone-and-body surfaces/1"),
          definition("T2", "T2 of cartilage", "cartilage-relaxometry/1"),
          definition("a_key_that_is_longer_than_any_code_value",
                     "A title with so many words that it can never fit into the meaning of any code",
                     "a method whose name alone is longer than sixty-four characters, with \\ in it/1"),
          definition("LL_L1_S1", "Lumbar lordosis L1-S1", "endplate-angle/1")};
}

std::vector<Measurement> rows() {
  const std::string far = "a_key_that_is_longer_than_any_code_value";
  Measurement doubt{"", "L1", "Ha", "value", 27.123456789012345, "mm", Quality::kUncertain, "cut \xC3\xA6t "};
  doubt.reason += "the \xE2\x89\xA4 edge\nsecond line, back\\slash, <tag> & \"quotes\"";
  Measurement gap{"", "L1/L2", "disc_volume", "value", std::nullopt, "cm3", Quality::kFailed, "no disc"};
  gap.inherent = true;
  return {doubt,
          {"", "L1", "Ha", "sd", 0.1, "mm", Quality::kGood, ""},
          gap,
          {"", "L1/L2", "disc_volume", "se", 5e-324, "cm3", Quality::kGood, ""},
          {"R", "MT", "VC", "value", 1502.1, "mm3", Quality::kGood, ""},
          {"R", "MT", "VC", "max", 1.7976931348623157e308, "mm3", Quality::kGood, ""},
          {"L", "MT", "VC", "value", -1.7976931348623157e308, "mm3", Quality::kGood, ""},
          {"R", "MT", "T2", "mean", 1.0 / 3.0, "ms", Quality::kGood, ""},
          {"R", "MT", "T2", "a statistic of one's own", -0.0, "ms", Quality::kGood, ""},
          {"", "L1-S1", "LL_L1_S1", "value", -1e-17, "deg", Quality::kGood, ""},
          {"",
           "a region that has a name far longer than a code value",
           far,
           "max",
           1e22,
           "mm/(ms.kg.[hnsf'U])",
           Quality::kUncertain,
           std::string(2000, 'x')},
          {"", "L1-S1", far, "value", std::nullopt, "deg", Quality::kFailed, "\xE6\xAD\xA3 unicode reason"}};
}

Said run(const std::string& command) {
  Said said;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return said;
  std::array<char, 4096> buffer{};
  for (std::size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    said.text.append(buffer.data(), n);
  const int ended = ::pclose(pipe);
  said.status = WIFEXITED(ended) ? WEXITSTATUS(ended) : -1;
  return said;
}

bool has_program(const std::string& name) {
  return run("command -v " + name).status == 0;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace ledd::testing
