#include "scanco.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/files/scanco.h"

#include "scanco_runs.h"

namespace ledd::files {
namespace {

constexpr std::string_view kIsq = "CTDATA-HEADER_V1", kAim30 = "AIMDATA_V030   ";
constexpr std::size_t kBlock = 512;

/// Where the voxels stand and how they are packed.
struct Layout {
  std::size_t data_at = 0;
  std::uint32_t type = 0;  ///< As in an AIM.
  std::size_t word = 4;    ///< Bytes of the length that leads a run-length code.
};

template <class T>
T number_at(std::string_view bytes, std::size_t at, const char* what) {
  require(at + sizeof(T) <= bytes.size(), Errc::kFormat, fmt::format("the file ends before its {}", what));
  T value{};
  std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

/// The F floating point of a VAX: its two 16-bit halves changed places, exponents larger by 2.
float vax_float_at(std::string_view bytes, std::size_t at) {
  const auto halves = number_at<std::uint32_t>(bytes, at, "voxel size");
  return std::bit_cast<float>(halves << 16U | halves >> 16U) / 4.0F;
}

void set_size(ScancoHeader& header, std::size_t axis, std::int64_t voxels) {
  constexpr std::int64_t kMost = 1 << 16;
  require(voxels >= 1 && voxels <= kMost,
          Errc::kFormat,
          fmt::format("the header claims {} voxels along axis {}; 1 to {} can be", voxels, axis, kMost));
  header.size[axis] = static_cast<std::size_t>(voxels);
}

void set_spacing(ScancoHeader& header, std::size_t axis, double spacing_mm) {
  require(spacing_mm > 1e-4 && spacing_mm < 10.0,
          Errc::kFormat,
          fmt::format("the header claims voxels of {} mm along axis {}", spacing_mm, axis));
  header.spacing_mm[axis] = spacing_mm;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  const auto last = text.find_last_not_of(" \r");
  return first == std::string_view::npos ? std::string_view() : text.substr(first, last - first + 1);
}

/// The value that stands behind `key` and at least two spaces at the beginning of a line of the log.
std::optional<std::string_view> entry(std::string_view log, std::string_view key) {
  while (!log.empty()) {
    const auto line = log.substr(0, log.find('\n'));
    if (line.starts_with(key) && line.substr(key.size()).starts_with("  "))
      return trimmed(line.substr(key.size()));
    log.remove_prefix(std::min(line.size() + 1, log.size()));
  }
  return std::nullopt;
}

template <class T = double>
std::optional<T> number(std::string_view log, std::string_view key) {
  const auto text = entry(log, key);
  T value{};
  if (!text || std::from_chars(text->data(), text->data() + text->size(), value).ec != std::errc())
    return std::nullopt;
  return value;
}

std::optional<double> thousandth(std::optional<double> value) {
  return value ? std::optional(*value * 1e-3) : std::nullopt;
}

void read_log(std::string_view log, ScancoHeader& header) {
  header.mu_scaling = number(log, "Mu_Scaling").value_or(1.0);
  header.density_slope = number(log, "Density: slope");
  header.density_intercept = number(log, "Density: intercept");
  header.density_unit = entry(log, "Density: unit").value_or("");
  header.mu_water_per_cm = number(log, "HU: mu water");
  header.energy_kv = thousandth(number(log, "Energy [V]"));
  header.intensity_ua = number(log, "Intensity [uA]");
  header.integration_ms = thousandth(number(log, "Integration time [us]"));
  header.scanner_id = number<long>(log, "Scanner ID");
  header.scanner_type = number<long>(log, "Scanner type");
  header.site = number<long>(log, "Site");
  header.patient_index = number<long>(log, "Index Patient");
  header.measurement_index = number<long>(log, "Index Measurement");
}

/// Offsets of an AIM's header; V020 counts in 32 bits and has the voxel's size as VAX floats in mm, V030 in
/// 64 bits and nm.
Layout read_aim(std::string_view bytes, ScancoHeader& header) {
  const bool wide = bytes.starts_with(kAim30);
  header.version = wide ? "AIM V030" : "AIM V020";
  const std::size_t word = wide ? 8 : 4;
  const std::size_t start = wide ? 16 : 0;
  const auto integer = [&](std::size_t at, const char* what) {
    return wide ? number_at<std::int64_t>(bytes, at, what) : number_at<std::int32_t>(bytes, at, what);
  };
  require(integer(start, "lengths") == static_cast<std::int64_t>(5 * word),
          Errc::kFormat,
          "the content is not an AIM file of version 020 or 030");
  const auto length = integer(start + word, "lengths");
  const auto log_length = integer(start + 2 * word, "lengths");
  const auto file = static_cast<std::int64_t>(bytes.size());
  require(
      length >= (wide ? 208 : 120) && length < file && log_length >= 0 && log_length < file,
      Errc::kFormat,
      fmt::format("the header claims lengths of {} and {} in a file of {} bytes", length, log_length, file));
  const std::size_t image = start + 5 * word;
  const std::size_t lists = image + (wide ? 16 : 24);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    set_size(header, axis, integer(lists + (3 + axis) * word, "size"));
    const std::size_t at = lists + (21 + axis) * word;
    set_spacing(header,
                axis,
                wide ? 1e-6 * static_cast<double>(integer(at, "voxel size"))
                     : static_cast<double>(vax_float_at(bytes, at)));
    header.first_voxel_mm[axis] =
        static_cast<double>(integer(lists + axis * word, "position")) * header.spacing_mm[axis];
  }
  const std::size_t log_at = image + static_cast<std::size_t>(length);
  require(log_at + static_cast<std::size_t>(log_length) <= bytes.size(),
          Errc::kFormat,
          "the file ends within its processing log");
  read_log(bytes.substr(log_at, static_cast<std::size_t>(log_length)), header);
  return {log_at + static_cast<std::size_t>(log_length),
          number_at<std::uint32_t>(bytes, image + (wide ? 12 : 20), "type"),
          word};
}

/// The calibration stands in one of up to four extra headers, if the scanner wrote them: 128 bytes each in a
/// directory with name and length in blocks, then the headers one after the other.
void read_calibration(std::string_view bytes, std::size_t end, ScancoHeader& header) {
  const auto name_at = [&](std::size_t at) { return trimmed(bytes.substr(at, 16)); };
  if (end < 4 * kBlock || end > bytes.size()) return;
  const bool multi = name_at(kBlock + 8) == "MultiHeader";
  const std::size_t directory = multi ? 2 * kBlock : kBlock;
  std::size_t at = directory + kBlock;
  for (std::size_t entry = directory; entry < directory + kBlock; entry += 128) {
    const std::size_t blocks = number_at<std::uint32_t>(bytes, entry + 24, "extra headers");
    if (blocks > end / kBlock || at + blocks * kBlock > end) return;
    if (name_at(entry + 8) == "Calibration" && blocks >= 2) {
      const auto unit = bytes.substr(at + 648, 16);
      header.density_unit = trimmed(unit.substr(0, unit.find('\0')));
      header.density_slope = number_at<double>(bytes, at + 664, "calibration");
      header.density_intercept = number_at<double>(bytes, at + 672, "calibration");
      header.mu_water_per_cm = number_at<double>(bytes, at + 688, "calibration");
    }
    at += blocks * kBlock;
  }
}

Layout read_isq(std::string_view bytes, ScancoHeader& header) {
  header.version = "ISQ";
  const auto integer = [&](std::size_t at) { return number_at<std::int32_t>(bytes, at, "header"); };
  require(integer(508) >= 0, Errc::kFormat, "the header claims a negative length of itself");
  require(
      integer(16) != 9 && integer(64) != 0, Errc::kUnsupported, "this is a scout view (RAD), not a volume");
  for (std::size_t axis = 0; axis < 3; ++axis) {
    set_size(header, axis, integer(44 + 4 * axis));
    set_spacing(header, axis, 1e-3 * integer(56 + 4 * axis) / static_cast<double>(header.size[axis]));
  }
  header.first_voxel_mm[2] = 1e-3 * integer(76);
  header.mu_scaling = integer(88);
  header.integration_ms = 1e-3 * integer(108);
  header.energy_kv = 1e-3 * integer(168);
  header.intensity_ua = integer(172);
  header.patient_index = integer(28);
  header.scanner_id = integer(32);
  header.scanner_type = integer(104);
  header.measurement_index = integer(112);
  header.site = integer(116);
  const Layout layout{(static_cast<std::size_t>(integer(508)) + 1) * kBlock, kScanco16, 4};
  read_calibration(bytes, layout.data_at, header);
  return layout;
}

Layout read_header(std::string_view bytes, ScancoHeader& header) {
  const Layout layout = bytes.starts_with(kIsq) ? read_isq(bytes, header) : read_aim(bytes, header);
  require(header.mu_scaling > 0.0 && std::isfinite(header.mu_scaling),
          Errc::kFormat,
          fmt::format("Mu_Scaling is {}; it must be above 0", header.mu_scaling));
  for (const auto& value : {header.density_slope, header.density_intercept, header.mu_water_per_cm})
    require(!value || std::isfinite(*value), Errc::kFormat, "the density equation is not finite");
  require(layout.data_at <= bytes.size(), Errc::kFormat, "the file ends within its header");
  return layout;
}

}  // namespace

bool is_scanco_file(const std::filesystem::path& path) {
  std::string name = path.filename().string();
  name = name.substr(0, name.find(';'));
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name.ends_with(".aim") || name.ends_with(".isq");
}

ScancoHeader read_scanco_header(const std::filesystem::path& path) {
  const std::string bytes = read_bytes(path);
  ScancoHeader header;
  try {
    read_header(bytes, header);
  } catch (const Error& e) {
    throw e.within(path.string());
  }
  return header;
}

Volume::Pointer read_scanco(const std::filesystem::path& path) {
  const std::string bytes = read_bytes(path);
  ScancoHeader header;
  const Layout layout = read_header(bytes, header);
  auto volume = Volume::New();
  volume->SetRegions(Volume::SizeType{header.size[0], header.size[1], header.size[2]});
  volume->SetSpacing(header.spacing_mm.data());
  volume->SetOrigin(header.first_voxel_mm.data());
  const std::size_t count = header.size[0] * header.size[1] * header.size[2];
  const auto data = std::string_view(bytes).substr(layout.data_at);
  require_scanco_data(data, layout.type, header.size, layout.word);
  volume->Allocate();
  unpack_scanco({data, layout.type, header.size, layout.word}, {volume->GetBufferPointer(), count});
  return volume;
}

}  // namespace ledd::files
