#include "dicom_writer.h"

// clang-format off
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmdata/dcrlerp.h>
#include <dcmtk/dcmdata/dcrleerg.h>
#include <dcmtk/dcmjpeg/djencode.h>
#include <dcmtk/dcmjpeg/djrplol.h>
#include <dcmtk/dcmjpls/djencode.h>
#include <dcmtk/dcmjpls/djrparam.h>
// clang-format on
#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <mutex>
#include <stdexcept>

namespace ledd::testing {
namespace {

void check(const OFCondition& done, const std::string& doing) {
  if (done.bad()) throw std::runtime_error(doing + ": " + done.text());
}

void put(DcmItem& item, const DcmTagKey& key, const std::string& value) {
  check(item.putAndInsertString(DcmTag(key), value.c_str()), value);
}

std::string join(const Point& p) {
  return fmt::format("{:.12g}\\{:.12g}\\{:.12g}", p[0], p[1], p[2]);
}

void register_encoders() {
  static std::once_flag once;
  std::call_once(once, [] {
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    DJEncoderRegistration::registerCodecs();
    DJLSEncoderRegistration::registerCodecs();
    DcmRLEEncoderRegistration::registerCodecs();
  });
}

E_TransferSyntax xfer_of(Syntax syntax) {
  switch (syntax) {
    case Syntax::kExplicit: return EXS_LittleEndianExplicit;
    case Syntax::kImplicit: return EXS_LittleEndianImplicit;
    case Syntax::kBigEndian: return EXS_BigEndianExplicit;
    case Syntax::kDeflated: return EXS_DeflatedLittleEndianExplicit;
    case Syntax::kJpegLs: return EXS_JPEGLSLossless;
    case Syntax::kJpegLossless: return EXS_JPEGProcess14SV1;
    case Syntax::kRle: return EXS_RLELossless;
  }
  return EXS_Unknown;
}

void put_identity(DcmItem& d, const Picture& p, const char* sop_class) {
  put(d, DCM_SOPClassUID, sop_class);
  put(d, DCM_SOPInstanceUID, p.sop_uid);
  put(d, DCM_StudyInstanceUID, "1.2.3");
  put(d, DCM_SeriesInstanceUID, p.series_uid);
  put(d, DCM_FrameOfReferenceUID, "1.2.3.9");
  put(d, DCM_PatientID, "P1");
  put(d, DCM_Modality, "MR");
  put(d, DCM_Manufacturer, "Phantom");
  put(d, DCM_ImageType, "ORIGINAL\\PRIMARY\\M");
  put(d, DCM_SeriesNumber, "3");
  put(d, DCM_SeriesDescription, "made for a test");
}

void put_pixels(DcmItem& d, const Picture& p, const std::vector<std::uint16_t>& words) {
  check(d.putAndInsertUint16(DCM_Rows, static_cast<Uint16>(p.rows)), "Rows");
  check(d.putAndInsertUint16(DCM_Columns, static_cast<Uint16>(p.columns)), "Columns");
  check(d.putAndInsertUint16(DCM_SamplesPerPixel, 1), "SamplesPerPixel");
  put(d, DCM_PhotometricInterpretation, "MONOCHROME2");
  check(d.putAndInsertUint16(DCM_BitsAllocated, static_cast<Uint16>(p.bits_allocated)), "BitsAllocated");
  check(d.putAndInsertUint16(DCM_BitsStored, static_cast<Uint16>(p.bits_stored)), "BitsStored");
  check(d.putAndInsertUint16(DCM_HighBit, static_cast<Uint16>(p.bits_stored - 1)), "HighBit");
  check(d.putAndInsertUint16(DCM_PixelRepresentation, p.is_signed ? 1 : 0), "PixelRepresentation");
  if (p.bits_allocated == 8) {
    const std::vector<Uint8> bytes(words.begin(), words.end());
    check(d.putAndInsertUint8Array(DCM_PixelData, bytes.data(), bytes.size()), "PixelData");
  } else {
    check(d.putAndInsertUint16Array(DCM_PixelData, words.data(), words.size()), "PixelData");
  }
}

std::string cosines(const Picture& p) {
  return join(p.row_lps) + "\\" + join(p.column_lps);
}

std::string spacing(const Picture& p) {
  return fmt::format("{:.12g}\\{:.12g}", p.pixel_spacing_mm[1], p.pixel_spacing_mm[0]);
}

void put_attributes(DcmItem& d, const std::vector<Attribute>& attributes) {
  for (const auto& [name, value] : attributes) {
    DcmTag tag;
    check(DcmTag::findTagFromName(name.c_str(), tag), name);
    if (tag.isPrivate() && !tag.isPrivateReservation()) tag.setVR(DcmVR(EVR_DS));  // as GE writes numbers
    if (value == "-")
      delete d.remove(tag);
    else
      check(d.putAndInsertString(tag, value.c_str()), name);
  }
}

void save(DcmFileFormat& file, Syntax syntax, const std::filesystem::path& path) {
  register_encoders();
  const E_TransferSyntax xfer = xfer_of(syntax);
  const DJ_RPLossless jpeg;
  const DJLSRepresentationParameter jpeg_ls(0, OFTrue);
  const DcmRLERepresentationParameter rle;
  const DcmRepresentationParameter* how = nullptr;
  if (syntax == Syntax::kJpegLossless) how = &jpeg;
  if (syntax == Syntax::kJpegLs) how = &jpeg_ls;
  if (syntax == Syntax::kRle) how = &rle;
  check(file.getDataset()->chooseRepresentation(xfer, how), "encoding");
  check(file.saveFile(path.c_str(), xfer), "writing " + path.string());
}

DcmItem& macro(DcmItem& group, const DcmTagKey& sequence) {
  DcmItem* item = nullptr;
  check(group.findOrCreateSequenceItem(sequence, item, 0), "sequence");
  return *item;
}

void put_frame(DcmItem& group, const Enhanced& enhanced, std::size_t f) {
  const Picture& p = enhanced.frames[f];
  put(macro(group, DCM_PlanePositionSequence), DCM_ImagePositionPatient, join(p.position_lps_mm));
  put(macro(group, DCM_PlaneOrientationSequence), DCM_ImageOrientationPatient, cosines(p));
  DcmItem& content = macro(group, DCM_FrameContentSequence);
  put(content, DCM_StackID, "1");
  check(content.putAndInsertUint32(DCM_InStackPositionNumber, static_cast<Uint32>(f + 1)), "position number");
  if (!enhanced.temporal_index.empty())
    check(content.putAndInsertUint32(DCM_TemporalPositionIndex,
                                     static_cast<Uint32>(enhanced.temporal_index[f])),
          "temporal position");
  if (!enhanced.echo_ms.empty())
    check(macro(group, DCM_MREchoSequence).putAndInsertFloat64(DCM_EffectiveEchoTime, enhanced.echo_ms[f]),
          "echo");
  DcmItem& values = macro(group, DCM_PixelValueTransformationSequence);
  put(values, DCM_RescaleIntercept, "0");
  put(values, DCM_RescaleSlope, enhanced.slopes.empty() ? "1" : fmt::format("{:.12g}", enhanced.slopes[f]));
  put(values, DCM_RescaleType, "US");
}

}  // namespace

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "ledd-dicom-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Series oblique_series() {
  Series s;
  s.row_lps = {0.6, 0.8, 0.0};
  s.column_lps = {0.0, 0.0, -1.0};
  s.start_lps_mm = {-31.25, 17.5, 42.125};
  s.pixel_spacing_mm = {0.3, 0.7};
  s.gap_mm = 4.4;
  return s;
}

Series compressible_series() {
  Series s = oblique_series();
  s.slices = 2;
  s.columns = 40;
  s.rows = 12;
  return s;
}

std::vector<Picture> pictures(const Series& series) {
  const Point& r = series.row_lps;
  const Point& c = series.column_lps;
  const Point normal{r[1] * c[2] - r[2] * c[1], r[2] * c[0] - r[0] * c[2], r[0] * c[1] - r[1] * c[0]};
  std::vector<Picture> all;
  for (unsigned k = 0; k < series.slices; ++k) {
    Picture p;
    p.columns = series.columns;
    p.rows = series.rows;
    p.row_lps = r;
    p.column_lps = c;
    p.pixel_spacing_mm = series.pixel_spacing_mm;
    p.series_uid = series.uid;
    p.sop_uid = fmt::format("{}.{}", series.uid, k + 1);
    for (unsigned a = 0; a < 3; ++a)
      p.position_lps_mm[a] = series.start_lps_mm[a] + k * series.gap_mm * normal[a];
    for (unsigned j = 0; j < p.rows; ++j)
      for (unsigned i = 0; i < p.columns; ++i)
        p.words.push_back(static_cast<std::uint16_t>(100 * k + 10 * j + i));
    all.push_back(p);
  }
  return all;
}

void write(const Picture& p, const std::filesystem::path& path) {
  DcmFileFormat file;
  DcmDataset& d = *file.getDataset();
  put_identity(d, p, UID_MRImageStorage);
  put(d, DCM_ImagePositionPatient, join(p.position_lps_mm));
  put(d, DCM_ImageOrientationPatient, cosines(p));
  put(d, DCM_PixelSpacing, spacing(p));
  put(d, DCM_SliceThickness, "1");  // never the distance between slices
  put_pixels(d, p, p.words);
  put_attributes(d, p.attributes);
  save(file, p.syntax, path);
}

void write(const std::vector<Picture>& all, const std::filesystem::path& folder) {
  for (std::size_t k = 0; k < all.size(); ++k) write(all[k], folder / fmt::format("{:04}.dcm", k));
}

void write(const Enhanced& enhanced, const std::filesystem::path& path) {
  DcmFileFormat file;
  DcmDataset& d = *file.getDataset();
  const Picture& first = enhanced.frames.front();
  put_identity(d, first, UID_EnhancedMRImageStorage);
  put(d, DCM_NumberOfFrames, std::to_string(enhanced.frames.size()));
  DcmItem& shared = macro(d, DCM_SharedFunctionalGroupsSequence);
  put(macro(shared, DCM_PixelMeasuresSequence), DCM_PixelSpacing, spacing(first));
  put(macro(shared, DCM_PixelMeasuresSequence), DCM_SliceThickness, "1");
  put(macro(shared, DCM_MRImageFrameTypeSequence), DCM_FrameType, "ORIGINAL\\PRIMARY\\M\\NONE");
  std::vector<std::uint16_t> words;
  for (std::size_t f = 0; f < enhanced.frames.size(); ++f) {
    DcmItem* group = nullptr;
    check(d.findOrCreateSequenceItem(DCM_PerFrameFunctionalGroupsSequence, group, static_cast<long>(f)),
          "frame");
    put_frame(*group, enhanced, f);
    words.insert(words.end(), enhanced.frames[f].words.begin(), enhanced.frames[f].words.end());
  }
  put_pixels(d, first, words);
  put_attributes(d, first.attributes);
  save(file, first.syntax, path);
}

std::string read_bytes(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace ledd::testing
