#include "digest.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/sha.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "ledd/audit/audit.h"
#include "ledd/core/error.h"

namespace ledd::audit {
namespace {

Errc code_of(int error) {
  switch (error) {
    case EACCES:
    case EPERM:
    case EROFS: return Errc::kPermission;
    case ENOENT:
    case ENOTDIR: return Errc::kNotFound;
    default: return Errc::kIo;
  }
}

}  // namespace

void fail(const std::string& path, int error) {
  throw Error(code_of(error), fmt::format("{}: {}", path, std::generic_category().message(error)));
}

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  std::string hex;
  for (const unsigned char byte : digest) hex += fmt::format("{:02x}", byte);
  return hex;
}

std::string read_file(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail(path, errno);
  std::string bytes;
  std::array<char, 65536> buffer{};
  ssize_t count = 0;
  do {
    count = ::read(descriptor, buffer.data(), buffer.size());
    if (count > 0) bytes.append(buffer.data(), static_cast<std::size_t>(count));
  } while (count > 0 || (count < 0 && errno == EINTR));
  const int error = errno;
  ::close(descriptor);
  if (count < 0) fail(path, error);
  return bytes;
}

std::optional<std::string> sha256_of_file(const std::filesystem::path& file) {
  try {
    return sha256(read_file(file.string()));
  } catch (const Error& e) {
    if (e.code() == Errc::kNotFound) return std::nullopt;
    throw;
  }
}

}  // namespace ledd::audit
