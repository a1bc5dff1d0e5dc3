#include "scanco_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "ledd/core/error.h"

namespace ledd::files {
namespace {

template <class T>
void copy(std::string_view bytes, std::span<float> voxels) {
  for (std::size_t n = 0; n < voxels.size(); ++n) {
    T value{};
    std::memcpy(&value, bytes.data() + n * sizeof(T), sizeof(T));
    voxels[n] = static_cast<float>(value);
  }
}

float signed_byte(char c) {
  return static_cast<float>(static_cast<signed char>(c));
}

/// The value of set bits stands behind them; 0 there means 127.
void unpack_bits(const ScancoData& data, std::span<float> voxels) {
  const std::size_t wide = (data.size[0] + 1) / 2, high = (data.size[1] + 1) / 2,
                    deep = (data.size[2] + 1) / 2;
  const float own = signed_byte(data.bytes[wide * high * deep]);
  const float value = own == 0.0F ? 127.0F : own;
  std::size_t n = 0;
  for (std::size_t z = 0; z < data.size[2]; ++z)
    for (std::size_t y = 0; y < data.size[1]; ++y)
      for (std::size_t x = 0; x < data.size[0]; ++x) {
        const auto byte = static_cast<unsigned char>(data.bytes[((z / 2) * high + y / 2) * wide + x / 2]);
        const std::size_t bit = (x & 1U) | (y & 1U) << 1U | (z & 1U) << 2U;
        voxels[n++] = (byte >> bit & 1U) != 0 ? value : 0.0F;
      }
}

class Runs {
 public:
  explicit Runs(std::span<float> voxels) : voxels_(voxels) {}
  bool full() const { return at_ == voxels_.size(); }
  void add(std::size_t length, float value) {
    require(length <= voxels_.size() - at_,
            Errc::kFormat,
            fmt::format("the runs go on beyond the {} voxels that the header claims", voxels_.size()));
    std::fill_n(voxels_.begin() + static_cast<std::ptrdiff_t>(at_), length, value);
    at_ += length;
  }
  void require_full() const {
    require(full(),
            Errc::kFormat,
            fmt::format("the runs end after {} of {} voxels: the file is cut off", at_, voxels_.size()));
  }

 private:
  std::span<float> voxels_;
  std::size_t at_ = 0;
};

/// A length of 255 is 254 voxels after which the value stays.
void unpack_bit_runs(std::string_view codes, std::span<float> voxels) {
  Runs runs(voxels);
  std::size_t which = 0;
  for (std::size_t n = 2; n < codes.size() && !runs.full(); ++n) {
    const auto length = static_cast<unsigned char>(codes[n]);
    runs.add(length == 255 ? 254 : length, signed_byte(codes[which]));
    if (length != 255) which = 1 - which;
  }
  runs.require_full();
}

void unpack_byte_runs(std::string_view codes, std::span<float> voxels) {
  Runs runs(voxels);
  for (std::size_t n = 0; n + 1 < codes.size() && !runs.full(); n += 2)
    runs.add(static_cast<unsigned char>(codes[n]), signed_byte(codes[n + 1]));
  runs.require_full();
}

/// The codes of a run-length kind: a length that counts itself, then the codes.
std::string_view codes_of(const ScancoData& data) {
  require(data.bytes.size() >= data.word, Errc::kFormat, "the file ends before its voxels");
  std::uint64_t length = 0;
  std::memcpy(&length, data.bytes.data(), data.word);
  require(length >= data.word && length <= data.bytes.size(),
          Errc::kFormat,
          fmt::format("the codes are said to be {} bytes long, {} are there: the file is cut off",
                      length,
                      data.bytes.size()));
  return data.bytes.substr(data.word, length - data.word);
}

std::size_t bytes_of(std::uint32_t type) {
  switch (type) {
    case kScanco8:
    case kScancoUnsigned8:
    case kScancoUnsigned8b: return 1;
    case kScanco16:
    case kScancoUnsigned16: return 2;
    default: break;
  }
  throw Error(Errc::kUnsupported, fmt::format("voxels of kind {:#010x} are not read", type));
}

}  // namespace

void require_scanco_data(std::string_view bytes,
                         std::uint32_t type,
                         const std::array<std::size_t, 3>& size,
                         std::size_t word) {
  const std::size_t count = size[0] * size[1] * size[2];
  std::size_t least = 0;
  if (type == kScancoBits)
    least = ((size[0] + 1) / 2) * ((size[1] + 1) / 2) * ((size[2] + 1) / 2) + 1;
  else if (type == kScancoBitRuns || type == kScancoByteRuns)
    least = word + count / 255 + 1;  // a code makes 255 voxels at most
  else
    least = count * bytes_of(type);
  require(bytes.size() >= least,
          Errc::kFormat,
          fmt::format("{} x {} x {} voxels need at least {} bytes, {} are there: the file is cut off",
                      size[0],
                      size[1],
                      size[2],
                      least,
                      bytes.size()));
}

void unpack_scanco(const ScancoData& data, std::span<float> voxels) {
  switch (data.type) {
    case kScanco8: return copy<signed char>(data.bytes, voxels);
    case kScancoUnsigned8:
    case kScancoUnsigned8b: return copy<unsigned char>(data.bytes, voxels);
    case kScanco16: return copy<std::int16_t>(data.bytes, voxels);
    case kScancoUnsigned16: return copy<std::uint16_t>(data.bytes, voxels);
    case kScancoBits: return unpack_bits(data, voxels);
    case kScancoBitRuns: return unpack_bit_runs(codes_of(data), voxels);
    case kScancoByteRuns: return unpack_byte_runs(codes_of(data), voxels);
    default: throw Error(Errc::kUnsupported, fmt::format("voxels of kind {:#010x} are not read", data.type));
  }
}

}  // namespace ledd::files
