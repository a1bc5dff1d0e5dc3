#include "ledd/phantom_base/dicom_series.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "ledd/phantom_base/vec.h"

namespace ledd::phantom {
namespace {

void check(const OFCondition& status, const std::string& doing) {
  require(status.good(), Errc::kIo, doing + ": " + status.text());
}

/// 2.25.<a version 8 UUID as a decimal number>, the same for the same text.
std::string uid_of(const std::string& text) {
  __extension__ using Wide = unsigned __int128;
  const auto digest = [&](std::uint64_t state) {
    for (const char c : text) state = hash(state ^ static_cast<unsigned char>(c));
    return state;
  };
  const std::uint64_t high = (digest(1) & ~0xF000ULL) | 0x8000ULL;
  const std::uint64_t low = (digest(2) & ~(3ULL << 62U)) | (2ULL << 62U);
  Wide rest = (static_cast<Wide>(high) << 64U) | low;
  std::string digits;
  for (; rest > 0; rest /= 10) digits.push_back(static_cast<char>('0' + static_cast<int>(rest % 10)));
  std::reverse(digits.begin(), digits.end());
  return "2.25." + digits;
}

std::string decimals(std::initializer_list<double> values) {
  std::string s;
  for (const double v : values) s += (s.empty() ? "" : "\\") + decimal(v);
  return s;
}

class SeriesWriter {
 public:
  SeriesWriter(const Volume& image, const DicomSeries& series) : image_(image), series_(series) {
    study_uid_ = uid_of("study\n" + series.person);
    frame_uid_ = uid_of("frame of reference\n" + series.person);
    series_uid_ = uid_of("series\n" + series.content);
    const float* first = image.GetBufferPointer();
    const std::size_t n = image.GetBufferedRegion().GetNumberOfPixels();
    std::vector<float> values(first, first + n);
    const auto high = values.begin() + static_cast<long>(n - 1 - n / 100);
    std::nth_element(values.begin(), high, values.end());
    window_ = std::max(1.0, 1.1 * static_cast<double>(*high));
    largest_ = *std::max_element(values.begin(), values.end());
  }

  void write(std::size_t slice, const std::filesystem::path& path) const {
    DcmFileFormat file;
    DcmDataset& d = *file.getDataset();
    identity(d, slice);
    for (const auto& [keyword, value] : series_.attributes) put(d, tag_of(keyword), value);
    geometry(d, slice);
    pixels(d, slice);
    check(file.saveFile(path.c_str(), EXS_LittleEndianExplicit), "writing " + path.string());
  }

 private:
  static DcmTagKey tag_of(const std::string& keyword) {
    DcmTag tag;
    check(DcmTag::findTagFromName(keyword.c_str(), tag), "looking up " + keyword);
    return tag.getXTag();
  }
  static void put(DcmDataset& d, const DcmTagKey& tag, const std::string& value) {
    check(d.putAndInsertString(tag, value.c_str()), "setting " + tag.toString());
  }
  static void put_us(DcmDataset& d, const DcmTagKey& tag, unsigned value) {
    check(d.putAndInsertUint16(tag, static_cast<Uint16>(value)), "setting " + tag.toString());
  }

  void identity(DcmDataset& d, std::size_t slice) const {
    put(d, DCM_SOPClassUID, series_.ct ? UID_CTImageStorage : UID_MRImageStorage);
    put(d, DCM_SOPInstanceUID, uid_of(fmt::format("image {}\n{}{}", slice, series_.part, series_.content)));
    put(d, DCM_StudyInstanceUID, study_uid_);
    put(d, DCM_SeriesInstanceUID, series_uid_);
    put(d, DCM_FrameOfReferenceUID, frame_uid_);
    put(d, DCM_PatientBirthDate, "");
    put(d, DCM_PatientSex, "O");
    put(d, DCM_StudyID, "1");
    put(d, DCM_AccessionNumber, "");
    put(d, DCM_ReferringPhysicianName, "");
    for (const auto& tag : {DCM_StudyDate, DCM_SeriesDate, DCM_AcquisitionDate, DCM_ContentDate})
      put(d, tag, "20240101");
    for (const auto& tag : {DCM_StudyTime, DCM_SeriesTime, DCM_AcquisitionTime, DCM_ContentTime})
      put(d, tag, "120000");
    put(d, DCM_PositionReferenceIndicator, "");
    put(d, DCM_InstanceNumber, std::to_string(static_cast<int>(slice) + series_.first_instance));
    put(d, DCM_AcquisitionNumber, "1");
    put(d, DCM_Modality, series_.ct ? "CT" : "MR");
    put(d, DCM_Manufacturer, "Ledd");
    put(d, DCM_DeviceSerialNumber, "0");
    put(d, DCM_SoftwareVersions, "1");
    put(d, DCM_InstitutionName, "Ledd test data");
    put(d, DCM_StationName, "PHANTOM");
    if (series_.ct) {
      put(d, DCM_RescaleSlope, "1");
      put(d, DCM_RescaleIntercept, decimal(series_.intercept));
      put(d, DCM_RescaleType, "HU");
      return;
    }
    put(d, DCM_ImagedNucleus, "1H");
    put(d, DCM_NumberOfAverages, "1");
    put(d, DCM_InPlanePhaseEncodingDirection, "COL");
  }

  void geometry(DcmDataset& d, std::size_t slice) const {
    const auto& m = image_.GetDirection();
    Volume::IndexType index{};
    index[2] = static_cast<long>(slice);
    Volume::PointType p;
    image_.TransformIndexToPhysicalPoint(index, p);
    put(d, DCM_ImagePositionPatient, decimals({p[0], p[1], p[2]}));
    put(d, DCM_ImageOrientationPatient, decimals({m[0][0], m[1][0], m[2][0], m[0][1], m[1][1], m[2][1]}));
    put(d, DCM_PixelSpacing, decimals({image_.GetSpacing()[1], image_.GetSpacing()[0]}));
    put(d, DCM_SliceThickness, decimal(series_.thickness_mm));
    put(d, DCM_SpacingBetweenSlices, decimal(series_.pitch_mm));
    const double along = m[0][2] * p[0] + m[1][2] * p[1] + m[2][2] * p[2];
    put(d, DCM_SliceLocation, decimal(along));
  }

  void pixels(DcmDataset& d, std::size_t slice) const {
    const auto size = image_.GetLargestPossibleRegion().GetSize();
    const std::size_t columns = size[0], rows = size[1];
    if (!series_.ct) {
      const std::array<Uint16, 4> matrix{0, static_cast<Uint16>(columns), static_cast<Uint16>(rows), 0};
      check(d.putAndInsertUint16Array(DCM_AcquisitionMatrix, matrix.data(), matrix.size()),
            "setting AcquisitionMatrix");
    }
    const auto offset = static_cast<float>(series_.ct ? series_.intercept : 0.0);
    const bool twelve = largest_ - offset < 4096.0F;
    put_us(d, DCM_SamplesPerPixel, 1);
    put(d, DCM_PhotometricInterpretation, "MONOCHROME2");
    put_us(d, DCM_Rows, static_cast<unsigned>(rows));
    put_us(d, DCM_Columns, static_cast<unsigned>(columns));
    put_us(d, DCM_BitsAllocated, 16);
    put_us(d, DCM_BitsStored, twelve ? 12 : 16);
    put_us(d, DCM_HighBit, twelve ? 11 : 15);
    put_us(d, DCM_PixelRepresentation, 0);
    put(d, DCM_WindowCenter, series_.ct ? "150" : decimal(std::round(0.5 * window_)));
    put(d, DCM_WindowWidth, series_.ct ? "700" : decimal(std::round(window_)));
    const float* from = image_.GetBufferPointer() + slice * rows * columns;
    std::vector<Uint16> values(rows * columns);
    std::transform(from, from + values.size(), values.begin(), [offset](float x) {
      return static_cast<Uint16>(x - offset);
    });
    check(d.putAndInsertUint16Array(DCM_PixelData, values.data(), values.size()), "setting PixelData");
  }

  const Volume& image_;
  const DicomSeries& series_;
  std::string study_uid_, frame_uid_, series_uid_;
  double window_ = 1.0;
  float largest_ = 0.0F;
};

}  // namespace

std::string decimal(double value) {
  if (std::fabs(value) < 1e-12) return "0";
  for (int digits = 15; digits > 1; --digits) {
    std::string s = fmt::format("{:.{}g}", value, digits);
    if (s.size() <= 16) return s;
  }
  throw Error(Errc::kInternal, fmt::format("{} does not fit a decimal string", value));
}

void write_dicom_series(const Volume& image, const DicomSeries& series, const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  require(!error, Errc::kCreate, fmt::format("cannot make {}: {}", folder.string(), error.message()));
  const std::size_t n = image.GetLargestPossibleRegion().GetSize(2);
  std::vector<std::size_t> shuffled(n);
  std::iota(shuffled.begin(), shuffled.end(), std::size_t{0});
  std::sort(shuffled.begin(), shuffled.end(), [](std::size_t a, std::size_t b) { return hash(a) < hash(b); });
  const SeriesWriter writer(image, series);
  for (std::size_t i = 0; i < n; ++i)
    if (shuffled[i] != series.left_out) writer.write(shuffled[i], folder / fmt::format("IM{:04}.dcm", i + 1));
}

}  // namespace ledd::phantom
