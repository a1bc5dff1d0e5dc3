#pragma once
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "ledd/core/error.h"

namespace ledd::isolation {

/// Throws Error{kInternal}: what came from the other process is not what was to come.
[[noreturn]] void answered_nonsense(const std::string& what);

/// Such an error as Answer::failure puts it: "answered nonsense: ...".
std::string as_failure(const Error& nonsense);

template <class T>
concept Number = std::is_arithmetic_v<T> && !std::same_as<T, bool>;

/// Values to bytes, in the byte order of this machine: both ends run on it. A type of one's own is written by
/// a function `fields(archive, value)` beside it, which calls `archive(value.a, value.b, ...)`; the same
/// function reads it.
class ArchiveWriter {
 public:
  template <class... T>
  void operator()(const T&... values) {
    (put(values), ...);
  }
  std::string take() { return std::move(bytes_); }

 private:
  template <Number T>
  void put(T value) {
    const auto raw = std::bit_cast<std::array<char, sizeof(T)>>(value);
    bytes_.append(raw.data(), raw.size());
  }
  void put(bool value) { put(static_cast<std::uint8_t>(value ? 1 : 0)); }
  void put(std::string_view text) {
    put(std::uint64_t{text.size()});
    bytes_.append(text);
  }
  void put(const std::string& text) { put(std::string_view(text)); }
  void put(const std::filesystem::path& path) { put(std::string_view(path.native())); }
  template <class A, class B>
  void put(const std::pair<A, B>& both) {
    (*this)(both.first, both.second);
  }
  template <class T>
  void put(const std::optional<T>& value) {
    put(value.has_value());
    if (value) put(*value);
  }
  template <class T, std::size_t kCount>
  void put(const std::array<T, kCount>& values) {
    for (const T& value : values) put(value);
  }
  template <class T>
  void put(const std::vector<T>& values) {
    put(std::uint64_t{values.size()});
    for (const T& value : values) put(value);
  }
  template <class T>
  requires requires(ArchiveWriter& archive, T& value) { fields(archive, value); }
  void put(const T& value) {
    fields(*this, const_cast<T&>(value));  // reads only: one function describes both directions
  }

  std::string bytes_;
};

/// Bytes to values. The other process is not trusted: nothing is read beyond the end, no count is believed
/// before its elements are there.
/// @throws Error{kInternal}  the bytes are not such values, or some are left over.
class ArchiveReader {
 public:
  explicit ArchiveReader(std::string_view bytes) : left_(bytes) {}

  template <class... T>
  void operator()(T&... values) {
    (get(values), ...);
  }
  void require_end() const {
    if (!left_.empty()) answered_nonsense("bytes behind the last value");
  }

 private:
  std::string_view next(std::uint64_t count) {
    if (count > left_.size()) answered_nonsense("a value that ends beyond the message");
    const std::string_view bytes = left_.substr(0, static_cast<std::size_t>(count));
    left_.remove_prefix(bytes.size());
    return bytes;
  }
  template <Number T>
  void get(T& value) {
    std::memcpy(&value, next(sizeof(T)).data(), sizeof(T));
  }
  void get(bool& value) {
    const auto byte = static_cast<unsigned char>(next(1)[0]);
    if (byte > 1) answered_nonsense("a truth value that is neither 0 nor 1");
    value = byte == 1;
  }
  void get(std::string& text) {
    std::uint64_t count = 0;
    get(count);
    text = next(count);
  }
  void get(std::filesystem::path& path) {
    std::string text;
    get(text);
    path = text;
  }
  template <class A, class B>
  void get(std::pair<A, B>& both) {
    (*this)(both.first, both.second);
  }
  template <class T>
  void get(std::optional<T>& value) {
    bool there = false;
    get(there);
    value.reset();
    if (there) get(value.emplace());
  }
  template <class T, std::size_t kCount>
  void get(std::array<T, kCount>& values) {
    for (T& value : values) get(value);
  }
  template <class T>
  void get(std::vector<T>& values) {
    std::uint64_t count = 0;
    get(count);
    if (count > left_.size()) answered_nonsense("more values than bytes");
    values.clear();
    for (std::uint64_t i = 0; i < count; ++i) get(values.emplace_back());
  }
  template <class T>
  requires requires(ArchiveReader& archive, T& value) { fields(archive, value); }
  void get(T& value) { fields(*this, value); }

  std::string_view left_;
};

/// The bytes of some values, and back.
template <class... T>
std::string packed(const T&... values) {
  ArchiveWriter archive;
  archive(values...);
  return archive.take();
}

template <class... T>
void unpack(std::string_view bytes, T&... values) {
  ArchiveReader archive(bytes);
  archive(values...);
  archive.require_end();
}

}  // namespace ledd::isolation
