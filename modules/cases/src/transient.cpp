#include "transient.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace ledd::cases {
namespace {

template <std::size_t n>
bool has_any(std::string_view text, const std::array<std::string_view, n>& words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return text.find(word) != std::string_view::npos;
  });
}

// The standard library, ITK, OpenCV.
constexpr std::array<std::string_view, 4> kNoMemory{
    "bad_alloc", "Failed to allocate memory", "Insufficient memory", "Unable to allocate"};
// Answer::failure of ledd::isolation.
constexpr std::array<std::string_view, 3> kEnded{
    "was ended by signal", "took longer than", "asked for more than"};

}  // namespace

Transient transience_of(const Error& error) {
  const std::string_view text = error.what();
  if (error.code() == Errc::kInternal) return has_any(text, kNoMemory) ? Transient::kMemory : Transient::kNo;
  if (error.code() == Errc::kIo) return Transient::kReading;
  const bool of_child = text.find("child process") != std::string_view::npos;
  return of_child && has_any(text, kEnded) ? Transient::kChild : Transient::kNo;
}

}  // namespace ledd::cases
