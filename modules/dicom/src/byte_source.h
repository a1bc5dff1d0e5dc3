#pragma once
#include <cstdint>
#include <filesystem>
#include <vector>

namespace ledd::dicom {

/// The bytes of a file, read through one sliding window: a walk over headers touches no pixel data.
class ByteSource {
 public:
  explicit ByteSource(const std::filesystem::path& path);
  /// Bytes that are already in memory.
  explicit ByteSource(std::vector<std::uint8_t> bytes);
  ~ByteSource();
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  bool is_open() const noexcept { return descriptor_ >= 0 || in_memory_; }
  int open_error() const noexcept { return open_error_; }  ///< errno of the failed open, else 0.
  std::uint64_t size() const noexcept { return size_; }

  /// `count` (at most 256) bytes from `offset`; nullptr when the file does not hold them.
  const std::uint8_t* at(std::uint64_t offset, std::size_t count);

 private:
  std::vector<std::uint8_t> window_;
  std::uint64_t window_offset_ = 0;
  std::uint64_t size_ = 0;
  int descriptor_ = -1;
  int open_error_ = 0;
  bool in_memory_ = false;
};

/// The whole file when it ends in a deflated data set: the plain part unchanged, then the inflated rest.
/// Empty when the stream is corrupt or grows beyond 100 times its size (a decompression bomb).
std::vector<std::uint8_t> inflated_copy(ByteSource& source, std::uint64_t dataset_offset);

}  // namespace ledd::dicom
