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

std::string Object::with_uids(std::string_view pixels) {
  const std::string content = files::sha256(serialised(false)) + files::sha256(pixels);
  sop_instance_uid_ = uid_of(kind_.role, content);
  series_uid_ = uid_of("series", sop_instance_uid_);
  put(data(), DCM_SOPInstanceUID, sop_instance_uid_);
  put(data(), DCM_SeriesInstanceUID, series_uid_);
  return serialised(true);
}

std::string Object::finish() {
  return with_uids({});
}

std::string Object::finish(const Pixels& pixels) {
  const std::string_view bytes(reinterpret_cast<const char*>(pixels.bytes.data()), pixels.bytes.size());
  const std::size_t length = bytes.size() + bytes.size() % 2;
  require(length < 0xFFFFFFFFU,
          Errc::kInput,
          fmt::format("{} bytes of pixels are more than a DICOM attribute can hold", bytes.size()));
  std::string file = with_uids(bytes);
  // Behind what DCMTK has written, not through it: it would copy hundreds of megabytes several times.
  file.reserve(file.size() + 12 + length);
  const auto append = [&](std::uint32_t number, unsigned count) {
    for (unsigned i = 0; i < count; ++i) file += static_cast<char>(number >> (8 * i) & 0xFFU);
  };
  append(pixels.key.getGroup(), 2);
  append(pixels.key.getElement(), 2);
  file += pixels.vr;
  append(0, 2);
  append(static_cast<std::uint32_t>(length), 4);
  file += bytes;
  if (length != bytes.size()) file += '\0';
  return file;
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
