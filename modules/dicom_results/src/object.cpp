#include "object.h"

#include <dcmtk/dcmdata/dcostrmb.h>
#include <fmt/format.h>

#include <vector>

#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "origin.h"

namespace ledd::dicom_results {
namespace {

void check(const OFCondition& done, const char* doing) {
  if (done.bad()) throw Error(Errc::kInternal, fmt::format("{} a DICOM object: {}", doing, done.text()));
}

}  // namespace

Object::Object(const Origin& origin, Kind kind) : kind_(std::move(kind)) {
  require_usable(origin);
  dicom::set_up_dcmtk();
  DcmItem& d = data();
  put(d, DCM_SpecificCharacterSet, "ISO_IR 192");
  put(d, DCM_SOPClassUID, kind_.sop_class);
  put_patient_and_study(origin, d);
  put_dates(origin, d);
  put_equipment(origin, d);
  declare_own_scheme(d);
  put(d, DCM_Modality, kind_.modality);
  put(d, DCM_SeriesNumber, std::to_string(kind_.series_number));
  put(d, DCM_SeriesDescription, fitted(fmt::format("Ledd {} {}", origin.pipeline, kind_.role), kLongBytes));
  put(d, DCM_InstanceNumber, "1");
}

std::string Object::finish(const DcmTagKey& bulk_key, std::span<const std::uint8_t> bulk) {
  const std::string_view bytes(reinterpret_cast<const char*>(bulk.data()), bulk.size());
  const std::string content = files::sha256(serialised(false)) + files::sha256(bytes);
  sop_instance_uid_ = uid_of(kind_.role, content);
  series_uid_ = uid_of("series", sop_instance_uid_);
  put(data(), DCM_SOPInstanceUID, sop_instance_uid_);
  put(data(), DCM_SeriesInstanceUID, series_uid_);
  if (bulk_key == DCM_FloatPixelData)
    check(data().putAndInsertFloat32Array(
              DcmTag(bulk_key), reinterpret_cast<const Float32*>(bulk.data()), bulk.size() / sizeof(Float32)),
          "filling");
  else if (!bulk.empty())
    check(data().putAndInsertUint8Array(DcmTag(bulk_key), bulk.data(), bulk.size()), "filling");
  return serialised(true);
}

std::string Object::serialised(bool whole_file) {
  std::vector<char> buffer(std::size_t{1} << 20U);
  DcmOutputBufferStream stream(buffer.data(), static_cast<offile_off_t>(buffer.size()));
  std::string bytes;
  const auto write = [&] {
    return whole_file ? file_.write(stream, EXS_LittleEndianExplicit, EET_ExplicitLength, nullptr)
                      : data().write(stream, EXS_LittleEndianExplicit, EET_ExplicitLength, nullptr);
  };
  file_.transferInit();
  OFCondition done;
  do {
    done = write();
    void* from = nullptr;
    offile_off_t count = 0;
    stream.flushBuffer(from, count);
    bytes.append(static_cast<const char*>(from), static_cast<std::size_t>(count));
  } while (done == EC_StreamNotifyClient);
  file_.transferEnd();
  check(done, "writing");
  return bytes;
}

}  // namespace ledd::dicom_results
