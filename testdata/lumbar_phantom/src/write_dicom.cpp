#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "ledd/core/config.h"
#include "ledd/lumbar_phantom/lumbar_phantom.h"

#include "tissue.h"
#include "vec.h"

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

template <class P>
std::string text_of(const P& params) {
  std::string text;
  for (const auto& [name, value] : P::table().dump(params)) text += name + "=" + to_text(value) + "\n";
  return text;
}

/// A decimal string: at most 16 characters, as exact as that allows.
std::string decimal(double value) {
  if (std::fabs(value) < 1e-12) return "0";
  for (int digits = 15; digits > 1; --digits) {
    std::string s = fmt::format("{:.{}g}", value, digits);
    if (s.size() <= 16) return s;
  }
  throw Error(Errc::kInternal, fmt::format("{} does not fit a decimal string", value));
}

std::string decimals(std::initializer_list<double> values) {
  std::string s;
  for (const double v : values) s += (s.empty() ? "" : "\\") + decimal(v);
  return s;
}

class SeriesWriter {
 public:
  SeriesWriter(const LumbarPhantom::Result& result, const Params& params)
      : result_(result), params_(params), timing_(timing_of(params.scan)) {
    const std::string person =
        text_of(params.spine) + (params.muscle.drawn ? text_of(params.muscle) : std::string());
    study_ = uid_of("study\n" + person);
    frame_ = uid_of("frame of reference\n" + person);
    series_text_ = text_of(params);
    series_ = uid_of("series\n" + series_text_);
    const float* first = result.image->GetBufferPointer();
    const std::size_t n = result.image->GetBufferedRegion().GetNumberOfPixels();
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
    equipment_and_series(d);
    acquisition(d);
    geometry(d, slice);
    pixels(d, slice);
    check(file.saveFile(path.c_str(), EXS_LittleEndianExplicit), "writing " + path.string());
  }

 private:
  static void put(DcmDataset& d, const DcmTagKey& tag, const std::string& value) {
    check(d.putAndInsertString(tag, value.c_str()), "setting " + tag.toString());
  }
  static void put_us(DcmDataset& d, const DcmTagKey& tag, unsigned value) {
    check(d.putAndInsertUint16(tag, static_cast<Uint16>(value)), "setting " + tag.toString());
  }

  void identity(DcmDataset& d, std::size_t slice) const {
    put(d, DCM_SOPClassUID, UID_MRImageStorage);
    put(d, DCM_SOPInstanceUID, uid_of(fmt::format("image {}\n{}", slice, series_text_)));
    put(d, DCM_StudyInstanceUID, study_);
    put(d, DCM_SeriesInstanceUID, series_);
    put(d, DCM_FrameOfReferenceUID, frame_);
    put(d, DCM_PatientName, "Phantom^Lumbar");
    put(d, DCM_PatientID, "LEDD-PHANTOM");
    put(d, DCM_PatientBirthDate, "");
    put(d, DCM_PatientSex, "O");
    put(d, DCM_StudyID, "1");
    put(d, DCM_AccessionNumber, "");
    put(d, DCM_ReferringPhysicianName, "");
    put(d, DCM_StudyDescription, "Lumbar spine, digital phantom");
    for (const auto& tag : {DCM_StudyDate, DCM_SeriesDate, DCM_AcquisitionDate, DCM_ContentDate})
      put(d, tag, "20240101");
    for (const auto& tag : {DCM_StudyTime, DCM_SeriesTime, DCM_AcquisitionTime, DCM_ContentTime})
      put(d, tag, "120000");
    put(d, DCM_PositionReferenceIndicator, "");
    put(d, DCM_InstanceNumber, std::to_string(slice + 1));
    put(d, DCM_AcquisitionNumber, "1");
  }

  void equipment_and_series(DcmDataset& d) const {
    constexpr std::array<const char*, 5> kNames{"T1", "T2", "STIR", "DIXON W", "DIXON F"};
    const bool axial = params_.stack.plane == Plane::kAxial;
    const std::string name =
        std::string(kNames[static_cast<std::size_t>(params_.scan.contrast)]) + (axial ? " AX" : " SAG");
    const auto contrast = static_cast<std::size_t>(params_.scan.contrast);
    put(d, DCM_Modality, "MR");
    put(d, DCM_SeriesNumber, std::to_string(contrast + (axial ? 11 : 1)));
    put(d, DCM_SeriesDescription, name);
    put(d, DCM_ProtocolName, name);
    put(d, DCM_BodyPartExamined, "LSPINE");
    put(d, DCM_PatientPosition, "HFS");
    put(d, DCM_Manufacturer, "Ledd");
    put(d, DCM_ManufacturerModelName, "Digital lumbar phantom");
    put(d, DCM_DeviceSerialNumber, "0");
    put(d, DCM_SoftwareVersions, "1");
    put(d, DCM_InstitutionName, "Ledd test data");
    put(d, DCM_StationName, "PHANTOM");
  }

  void acquisition(DcmDataset& d) const {
    const bool inversion = timing_.ti_ms > 0;
    const bool water = params_.scan.contrast == Contrast::kWater;
    const bool fat = params_.scan.contrast == Contrast::kFat;
    put(d, DCM_ImageType, std::string("ORIGINAL\\PRIMARY\\OTHER") + (water ? "\\WATER" : fat ? "\\FAT" : ""));
    put(d, DCM_ScanningSequence, inversion ? "SE\\IR" : timing_.density ? "GR" : "SE");
    put(d, DCM_SequenceVariant, "NONE");
    put(d, DCM_ScanOptions, "");
    put(d, DCM_MRAcquisitionType, "2D");
    put(d, DCM_RepetitionTime, decimal(timing_.tr_ms));
    put(d, DCM_EchoTime, decimal(timing_.te_ms));
    if (inversion) put(d, DCM_InversionTime, decimal(timing_.ti_ms));
    put(d, DCM_EchoTrainLength, "1");
    put(d, DCM_EchoNumbers, "1");
    put(d, DCM_FlipAngle, timing_.density ? "3" : "90");
    put(d, DCM_NumberOfAverages, "1");
    put(d, DCM_MagneticFieldStrength, "1.5");
    put(d, DCM_ImagingFrequency, "63.87");
    put(d, DCM_ImagedNucleus, "1H");
    put(d, DCM_ReceiveCoilName, "Spine");
    put(d, DCM_InPlanePhaseEncodingDirection, "COL");
    const std::array<Uint16, 4> matrix{
        0, static_cast<Uint16>(params_.stack.columns), static_cast<Uint16>(params_.stack.rows), 0};
    check(d.putAndInsertUint16Array(DCM_AcquisitionMatrix, matrix.data(), matrix.size()),
          "setting AcquisitionMatrix");
  }

  void geometry(DcmDataset& d, std::size_t slice) const {
    const Volume& v = *result_.image;
    const auto& m = v.GetDirection();
    Volume::IndexType index{};
    index[2] = static_cast<long>(slice);
    Volume::PointType p;
    v.TransformIndexToPhysicalPoint(index, p);
    put(d, DCM_ImagePositionPatient, decimals({p[0], p[1], p[2]}));
    put(d, DCM_ImageOrientationPatient, decimals({m[0][0], m[1][0], m[2][0], m[0][1], m[1][1], m[2][1]}));
    put(d, DCM_PixelSpacing, decimals({v.GetSpacing()[1], v.GetSpacing()[0]}));
    put(d, DCM_SliceThickness, decimal(params_.stack.thickness_mm));
    put(d, DCM_SpacingBetweenSlices, decimal(params_.stack.pitch_mm));
    const double along = m[0][2] * p[0] + m[1][2] * p[1] + m[2][2] * p[2];
    put(d, DCM_SliceLocation, decimal(along));
  }

  void pixels(DcmDataset& d, std::size_t slice) const {
    const auto columns = static_cast<std::size_t>(params_.stack.columns);
    const auto rows = static_cast<std::size_t>(params_.stack.rows);
    const bool twelve = largest_ < 4096.0F;
    put_us(d, DCM_SamplesPerPixel, 1);
    put(d, DCM_PhotometricInterpretation, "MONOCHROME2");
    put_us(d, DCM_Rows, static_cast<unsigned>(rows));
    put_us(d, DCM_Columns, static_cast<unsigned>(columns));
    put_us(d, DCM_BitsAllocated, 16);
    put_us(d, DCM_BitsStored, twelve ? 12 : 16);
    put_us(d, DCM_HighBit, twelve ? 11 : 15);
    put_us(d, DCM_PixelRepresentation, 0);
    put(d, DCM_WindowCenter, decimal(std::round(0.5 * window_)));
    put(d, DCM_WindowWidth, decimal(std::round(window_)));
    const float* from = result_.image->GetBufferPointer() + slice * rows * columns;
    std::vector<Uint16> values(rows * columns);
    std::transform(
        from, from + values.size(), values.begin(), [](float x) { return static_cast<Uint16>(x); });
    check(d.putAndInsertUint16Array(DCM_PixelData, values.data(), values.size()), "setting PixelData");
  }

  const LumbarPhantom::Result& result_;
  const Params& params_;
  Timing timing_;
  std::string study_, frame_, series_, series_text_;
  double window_ = 1.0;
  float largest_ = 0.0F;
};

}  // namespace

void write_dicom(const LumbarPhantom::Result& result,
                 const Params& params,
                 const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  require(!error, Errc::kCreate, fmt::format("cannot make {}: {}", folder.string(), error.message()));
  const auto n = static_cast<std::size_t>(params.stack.slices);
  std::vector<std::size_t> shuffled(n);
  std::iota(shuffled.begin(), shuffled.end(), std::size_t{0});
  std::sort(shuffled.begin(), shuffled.end(), [](std::size_t a, std::size_t b) { return hash(a) < hash(b); });
  const SeriesWriter writer(result, params);
  for (std::size_t i = 0; i < n; ++i) writer.write(shuffled[i], folder / fmt::format("IM{:04}.dcm", i + 1));
}

}  // namespace ledd::phantom
