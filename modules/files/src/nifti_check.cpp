#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "ledd/core/error.h"

#include "content_check.h"

namespace ledd::files {
namespace {

// Byte offsets of the NIfTI-1 header (nifti1.h of the NIfTI Data Format Working Group, 2007).
constexpr std::size_t kHeaderBytes = 348;
constexpr std::size_t kDim = 40;
constexpr std::size_t kDatatype = 70;
constexpr std::size_t kBitpix = 72;
constexpr std::size_t kPixdim = 76;
constexpr std::size_t kVoxOffset = 108;
constexpr std::size_t kSlope = 112;
constexpr std::size_t kIntercept = 116;
constexpr std::size_t kXyztUnits = 123;
constexpr std::size_t kQformCode = 252;
constexpr std::size_t kSformCode = 254;
constexpr std::size_t kQuaternion = 256;  // b, c, d and the three offsets
constexpr std::size_t kSrow = 280;        // three rows of four
constexpr std::size_t kMagic = 344;       // "n+1": the voxels are in this file

constexpr int kUnsigned8 = 2;  // values of datatype
constexpr int kFloat32 = 16;
constexpr int kFloat64 = 64;
constexpr int kUnsigned16 = 512;
constexpr std::uint64_t kMostBits = std::uint64_t{1} << 40U;

/// A file that is read the same whether compressed or not.
class Stream {
 public:
  explicit Stream(const std::filesystem::path& path) : file_(gzopen(path.c_str(), "rb"), gzclose) {
    require(file_ != nullptr, Errc::kFormat, "cannot be opened");
    gzbuffer(file_.get(), 1U << 18U);
  }
  /// Number of bytes read: fewer than asked for at the end, or where the file is damaged.
  std::size_t read(void* into, std::size_t bytes) const {
    const int got = gzread(file_.get(), into, static_cast<unsigned>(bytes));
    return got < 0 ? 0 : static_cast<std::size_t>(got);
  }
  /// False when the compressed stream is damaged or ends too early.
  bool intact() const {
    int code = Z_OK;
    gzerror(file_.get(), &code);
    return code == Z_OK || code == Z_STREAM_END;
  }

 private:
  std::unique_ptr<gzFile_s, decltype(&gzclose)> file_;
};

class Header {
 public:
  explicit Header(const Stream& stream) {
    require(stream.read(bytes_.data(), kHeaderBytes) == kHeaderBytes,
            Errc::kFormat,
            "the file ends within its header of 348 bytes");
    const auto size = at<std::int32_t>(0);
    swapped_ = size != 348 && at<std::int32_t>(0, true) == 348;
    require(size != 540 && at<std::int32_t>(0, true) != 540,
            Errc::kUnsupported,
            "NIfTI-2 is not read; convert it to NIfTI-1");
    require(size == 348 || swapped_, Errc::kFormat, "the content is not NIfTI-1");
  }

  bool swapped() const { return swapped_; }

  template <class T>
  T get(std::size_t offset) const {
    return at<T>(offset, swapped_);
  }

 private:
  template <class T>
  T at(std::size_t offset, bool swap = false) const {
    std::array<char, sizeof(T)> raw{};
    std::copy_n(bytes_.data() + offset, sizeof(T), raw.data());
    if (swap) std::reverse(raw.begin(), raw.end());
    T value{};
    std::memcpy(&value, raw.data(), sizeof(T));
    return value;
  }

  std::array<char, kHeaderBytes> bytes_{};
  bool swapped_ = false;
};

void check_spacing(const Header& header) {
  const int dimensions = header.get<std::int16_t>(kDim);
  require(dimensions >= 1 && dimensions <= 7, Errc::kFormat, fmt::format("dim[0] is {}", dimensions));
  for (std::size_t axis = 1; axis <= 3 && static_cast<int>(axis) <= dimensions; ++axis) {
    const auto spacing = header.get<float>(kPixdim + 4 * axis);
    require(spacing > 0.0F && std::isfinite(spacing),
            Errc::kFormat,
            fmt::format("the spacing pixdim[{}] is {} mm; it must be above 0", axis, spacing));
  }
}

void check_orientation(const Header& header) {
  const auto qform = header.get<std::int16_t>(kQformCode);
  const auto sform = header.get<std::int16_t>(kSformCode);
  require(
      qform != 0 || sform != 0,
      Errc::kFormat,
      "the NIfTI file says nothing of its orientation (qform_code = 0 and sform_code = 0); left and right "
      "would be a guess. Set one of them to 1 or more with the true matrix");
  const auto finite = [&](std::size_t offset, std::size_t count) {
    bool all = true;
    for (std::size_t n = 0; n < count; ++n) all = all && std::isfinite(header.get<float>(offset + 4 * n));
    return all;
  };
  require(finite(kQuaternion, 6), Errc::kFormat, "the quaternion or its offset is not finite");
  require(finite(kSrow, 12), Errc::kFormat, "the matrix srow_x, srow_y, srow_z is not finite");
}

void check_unit(const Header& header) {
  constexpr std::array<const char*, 4> names{"unknown", "metre", "millimetre", "micrometre"};
  const unsigned unit = header.get<std::uint8_t>(kXyztUnits) & 7U;
  require(unit == 0 || unit == 2,
          Errc::kUnsupported,
          fmt::format("the NIfTI file gives lengths in {} (xyzt_units); only millimetre is read",
                      unit < names.size() ? names[unit] : "an unknown unit"));
}

/// Throws when voxel number `n`, which begins at `bytes`, is of type T and not finite.
template <class T>
void check_voxel(const Header& header, const char* bytes, std::int64_t n) {
  std::array<char, sizeof(T)> raw{};
  std::copy_n(bytes, sizeof(T), raw.data());
  if (header.swapped()) std::reverse(raw.begin(), raw.end());
  T value{};
  std::memcpy(&value, raw.data(), sizeof(T));
  if (std::isfinite(value)) return;
  const auto nx = std::max<std::int64_t>(1, header.get<std::int16_t>(kDim + 2));
  const auto ny = std::max<std::int64_t>(1, header.get<std::int16_t>(kDim + 4));
  throw Error(Errc::kFormat,
              fmt::format("the voxel ({}, {}, {}) is {}", n % nx, n / nx % ny, n / nx / ny, value));
}

std::uint64_t bytes_of_voxels(const Header& header) {
  std::uint64_t bits = static_cast<std::uint64_t>(std::max<int>(0, header.get<std::int16_t>(kBitpix)));
  for (std::size_t axis = 1; axis <= static_cast<std::size_t>(header.get<std::int16_t>(kDim)); ++axis) {
    const int length = header.get<std::int16_t>(kDim + 2 * axis);
    require(length >= 1, Errc::kFormat, fmt::format("dim[{}] is {}", axis, length));
    require(bits <= kMostBits, Errc::kFormat, "the header claims more voxels than any scan has");
    bits *= static_cast<std::uint64_t>(length);
  }
  return bits / 8;
}

/// Puts voxels of 8 or 16 bits, as they come, where they are kept.
class Keeper {
 public:
  Keeper(const Header& header, std::uint64_t bytes, KeptVoxels* keep)
      : swapped_(header.swapped()), wide_(header.get<std::int16_t>(kDatatype) == kUnsigned16) {
    if (keep == nullptr || !fits(header)) return;
    const std::size_t count = bytes / (wide_ ? 2 : 1);
    // A header may claim whatever it likes: then nothing is kept, and the file is found to be too short.
    keep->voxels.reset(new (std::nothrow) std::uint16_t[count]);
    keep->count = count;
    to_ = keep->voxels.get();
  }

  void add(const char* bytes, std::size_t count) {
    if (to_ == nullptr) return;
    const auto* const first = reinterpret_cast<const unsigned char*>(bytes);
    if (!wide_) {
      to_ = std::copy_n(first, count, to_);
      return;
    }
    // Blocks hold whole voxels; an odd byte can only be the file's last, and then the file is refused.
    std::memcpy(to_, bytes, count);
    if (swapped_)
      std::transform(to_, to_ + count / 2, to_, [](std::uint16_t voxel) {
        return static_cast<std::uint16_t>(voxel << 8U | voxel >> 8U);
      });
    to_ += count / 2;
  }

 private:
  bool fits(const Header& header) const {
    const auto bits = header.get<std::int16_t>(kBitpix);
    const bool whole = wide_ ? bits == 16 : header.get<std::int16_t>(kDatatype) == kUnsigned8 && bits == 8;
    const auto slope = header.get<float>(kSlope);
    const bool scaled = header.get<float>(kIntercept) != 0.0F || (slope != 0.0F && slope != 1.0F);
    return whole && !scaled && header.get<std::uint8_t>(kMagic) == 'n' &&
           header.get<std::uint8_t>(kMagic + 1) == '+';
  }

  std::uint16_t* to_ = nullptr;
  bool swapped_, wide_;
};

void check_voxels(const Stream& stream, const Header& header, KeptVoxels* keep) {
  const auto datatype = header.get<std::int16_t>(kDatatype);
  const std::uint64_t wanted = bytes_of_voxels(header);
  std::vector<char> block(std::size_t{1} << 18U);  // a multiple of every voxel size that is looked into
  Keeper keeper(header, wanted, keep);
  std::uint64_t done = 0;
  while (done < wanted) {
    const std::size_t got = stream.read(block.data(), std::min<std::uint64_t>(block.size(), wanted - done));
    require(
        got > 0,
        Errc::kFormat,
        fmt::format("the file is cut off or damaged: {} of {} bytes of voxels can be read", done, wanted));
    for (std::size_t at = 0; datatype == kFloat32 && at + 4 <= got; at += 4)
      check_voxel<float>(header, block.data() + at, static_cast<std::int64_t>((done + at) / 4));
    for (std::size_t at = 0; datatype == kFloat64 && at + 8 <= got; at += 8)
      check_voxel<double>(header, block.data() + at, static_cast<std::int64_t>((done + at) / 8));
    keeper.add(block.data(), got);
    done += got;
  }
  // The checksum of a compressed file stands after its last byte.
  while (stream.read(block.data(), block.size()) > 0) continue;
  require(stream.intact(), Errc::kFormat, "the compressed file is cut off or damaged");
}

}  // namespace

void check_nifti(const std::filesystem::path& path, KeptVoxels* keep) {
  const Stream stream(path);
  const Header header(stream);
  check_spacing(header);
  check_orientation(header);
  check_unit(header);
  const auto offset = header.get<float>(kVoxOffset);
  require(offset >= 352.0F && offset < 1e8F, Errc::kFormat, fmt::format("vox_offset is {}", offset));
  std::string skipped(static_cast<std::size_t>(offset) - kHeaderBytes, '\0');
  stream.read(skipped.data(), skipped.size());
  check_voxels(stream, header, keep);
}

}  // namespace ledd::files
