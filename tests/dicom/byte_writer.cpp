#include "byte_writer.h"

#include <zlib.h>

#include <algorithm>
#include <stdexcept>
#include <string_view>

namespace ledd::testing {
namespace {

std::string little(std::uint64_t value, unsigned count) {
  std::string bytes;
  for (unsigned i = 0; i < count; ++i) bytes += static_cast<char>((value >> (8U * i)) & 0xFFU);
  return bytes;
}

bool has_long_length(const std::string& vr) {
  return vr == "OB" || vr == "OW" || vr == "SQ" || vr == "UN" || vr == "UT" || vr == "OF" || vr == "OD";
}

std::string item(const std::string& bytes) {
  return little(0xE000FFFE, 4) + little(bytes.size(), 4) + bytes;
}

class Deflater {
 public:
  Deflater() {
    if (deflateInit2(&stream_, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::runtime_error("deflateInit2");
  }
  ~Deflater() { deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  void add(std::string_view bytes, bool last) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    std::string block(65536, '\0');
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(block.data());
      stream_.avail_out = static_cast<uInt>(block.size());
      deflate(&stream_, last ? Z_FINISH : Z_NO_FLUSH);
      packed_.append(block, 0, block.size() - stream_.avail_out);
    } while (stream_.avail_out == 0);
  }
  std::string take() { return std::move(packed_); }

 private:
  z_stream stream_{};
  std::string packed_;
};

}  // namespace

std::string element_claiming(std::uint16_t group,
                             std::uint16_t number,
                             const std::string& vr,
                             const std::string& value,
                             std::uint32_t length) {
  const std::string head = little(group, 2) + little(number, 2) + vr;
  return head + (has_long_length(vr) ? little(0, 2) + little(length, 4) : little(length, 2)) + value;
}

std::string element(std::uint16_t group, std::uint16_t number, const std::string& vr, std::string value) {
  if (value.size() % 2 != 0) value += vr == "UI" || vr == "OB" ? '\0' : ' ';
  return element_claiming(group, number, vr, value, static_cast<std::uint32_t>(value.size()));
}

std::string element(std::uint16_t group, std::uint16_t number, std::uint16_t value) {
  return element(group, number, "US", little(value, 2));
}

std::string fragments(const std::vector<std::string>& items) {
  std::string bytes = element_claiming(0x7FE0, 0x0010, "OB", "", 0xFFFFFFFF) + item("");
  for (const std::string& fragment : items) bytes += item(fragment);
  return bytes + little(0xE0DDFFFE, 4) + little(0, 4);
}

std::string nested(unsigned depth) {
  const std::string open =
      element_claiming(0x0040, 0xA730, "SQ", "", 0xFFFFFFFF) + little(0xE000FFFE, 4) + little(0xFFFFFFFF, 4);
  const std::string close = little(0xE00DFFFE, 4) + little(0, 4) + little(0xE0DDFFFE, 4) + little(0, 4);
  std::string bytes;
  for (unsigned i = 0; i < depth; ++i) bytes += open;
  for (unsigned i = 0; i < depth; ++i) bytes += close;
  return bytes;
}

std::string meta(const std::string& transfer_syntax, const std::string& sop_uid) {
  const std::string rest = element(2, 1, "OB", std::string("\0\1", 2)) +
                           element(2, 2, "UI", "1.2.840.10008.5.1.4.1.1.4") + element(2, 3, "UI", sop_uid) +
                           element(2, 0x10, "UI", transfer_syntax) + element(2, 0x12, "UI", "1.2.3");
  return std::string(128, '\0') + "DICM" + element(2, 0, "UL", little(rest.size(), 4)) + rest;
}

std::string file_of(const Bytes& b) {
  std::string d = b.front;
  d += element(0x08, 0x16, "UI", "1.2.840.10008.5.1.4.1.1.4") + element(0x08, 0x18, "UI", b.sop_uid);
  d += element(0x08, 0x60, "CS", "MR") + element(0x08, 0x103E, "LO", b.description);
  d += element(0x10, 0x20, "LO", b.patient_id) + element(0x20, 0x0D, "UI", "1.2.3.6");
  d += element(0x20, 0x0E, "UI", b.series_uid) + element(0x20, 0x32, "DS", b.position);
  d += element(0x20, 0x37, "DS", "1\\0\\0\\0\\1\\0") + element(0x20, 0x52, "UI", "1.2.3.7");
  d += element(0x28, 0x02, 1) + element(0x28, 0x04, "CS", "MONOCHROME2");
  if (!b.frames.empty()) d += element(0x28, 0x08, "IS", b.frames);
  d += element(0x28, 0x10, b.rows) + element(0x28, 0x11, b.columns) + element(0x28, 0x30, "DS", b.spacing);
  d += element(0x28, 0x100, 16) + element(0x28, 0x101, 16) + element(0x28, 0x102, 15) +
       element(0x28, 0x103, 0);
  d += b.middle;
  d += b.pixels.empty() ? element(0x7FE0, 0x10, "OW", std::string(2U * b.rows * b.columns, '\0')) : b.pixels;
  return meta(b.transfer_syntax, b.sop_uid) +
         (b.transfer_syntax == "1.2.840.10008.1.2.1.99" ? deflated(d) : d);
}

std::string deflated(const std::string& bytes) {
  Deflater deflater;
  deflater.add(bytes, true);
  return deflater.take();
}

std::string deflated_bomb(const std::string& head, std::uint64_t zeros) {
  Deflater deflater;
  deflater.add(head, false);
  const std::string block(std::size_t{1} << 20U, '\0');
  for (std::uint64_t done = 0; done < zeros; done += block.size())
    deflater.add(std::string_view(block).substr(
                     0, static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), zeros - done))),
                 false);
  deflater.add({}, true);
  return deflater.take();
}

}  // namespace ledd::testing
