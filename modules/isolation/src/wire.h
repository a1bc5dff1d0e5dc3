#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace ledd::isolation {

constexpr int kChildSocket = 3;  ///< The child's end, by number.
constexpr std::uint64_t kMaxRequest = std::uint64_t{16} << 20U;

/// Before each request; `kind` and `bytes` follow.
struct RequestHead {
  std::uint32_t kind_bytes = 0;
  std::uint32_t cpu_s = 0;
  std::uint64_t bytes = 0;
};

/// What a piece of an answer is.
enum class Piece : std::uint32_t {
  kData,    ///< Bytes of the answer.
  kEnd,     ///< There are no more.
  kError,   ///< Error code in `code`, message in the bytes.
  kMemory,  ///< More memory was asked for than the child may have.
};

/// Before each piece of an answer; `bytes` bytes follow.
struct PieceHead {
  std::uint32_t piece = 0;
  std::uint32_t code = 0;
  std::uint64_t bytes = 0;
};

/// Blocking; false when the other end is gone.
bool send_all(int socket, const void* from, std::size_t count);
bool receive_all(int socket, void* to, std::size_t count);

}  // namespace ledd::isolation
