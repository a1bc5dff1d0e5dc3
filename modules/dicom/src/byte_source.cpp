#include "byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace ledd::dicom {
namespace {

// The header of a single-frame image fits in one window; a larger one would read pixel data for nothing.
constexpr std::size_t kWindow = 16384;
constexpr std::uint64_t kMaxInflation = 100;
constexpr std::uint64_t kMaxInflatedBytes = std::uint64_t{1} << 31U;

std::size_t read_fully(int descriptor, std::uint8_t* to, std::size_t count, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < count) {
    const ssize_t got = ::pread(descriptor, to + done, count - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

}  // namespace

ByteSource::ByteSource(const std::filesystem::path& path)
    : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (descriptor_ < 0) {
    open_error_ = errno;
    return;
  }
  struct stat info {};
  if (::fstat(descriptor_, &info) == 0 && info.st_size > 0) size_ = static_cast<std::uint64_t>(info.st_size);
}

ByteSource::ByteSource(std::vector<std::uint8_t> bytes)
    : window_(std::move(bytes)), size_(window_.size()), in_memory_(true) {}

ByteSource::~ByteSource() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

const std::uint8_t* ByteSource::at(std::uint64_t offset, std::size_t count) {
  if (offset > size_ || size_ - offset < count) return nullptr;
  const bool inside = offset >= window_offset_ && offset + count <= window_offset_ + window_.size();
  if (!inside) {
    if (in_memory_) return nullptr;
    window_.resize(kWindow);
    window_offset_ = offset;
    window_.resize(read_fully(descriptor_, window_.data(), kWindow, offset));
    if (window_.size() < count) return nullptr;  // the file shrank while it was read
  }
  return window_.data() + (offset - window_offset_);
}

std::vector<std::uint8_t> inflated_copy(ByteSource& source, std::uint64_t dataset_offset) {
  std::vector<std::uint8_t> packed;
  for (std::uint64_t at = 0; at < source.size();) {
    const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(256, source.size() - at));
    const std::uint8_t* bytes = source.at(at, count);
    if (bytes == nullptr) return {};
    packed.insert(packed.end(), bytes, bytes + count);
    at += count;
  }
  std::vector<std::uint8_t> all(packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(dataset_offset));
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return {};  // PS3.5 A.5: RFC 1951, without zlib's header
  stream.next_in = packed.data() + dataset_offset;
  stream.avail_in = static_cast<uInt>(packed.size() - dataset_offset);
  const std::uint64_t limit =
      std::min(dataset_offset + kMaxInflation * (packed.size() - dataset_offset), kMaxInflatedBytes);
  std::array<std::uint8_t, kWindow> block{};
  int status = Z_OK;
  while (status == Z_OK && all.size() <= limit) {
    stream.next_out = block.data();
    stream.avail_out = static_cast<uInt>(block.size());
    status = inflate(&stream, Z_NO_FLUSH);
    all.insert(all.end(), block.begin(), block.end() - static_cast<std::ptrdiff_t>(stream.avail_out));
  }
  inflateEnd(&stream);
  if (status != Z_STREAM_END || all.size() > limit) return {};
  return all;
}

}  // namespace ledd::dicom
