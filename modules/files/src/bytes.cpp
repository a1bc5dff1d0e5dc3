#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <functional>
#include <memory>

#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "temporary.h"

namespace ledd::files {
namespace {

class Digest {
 public:
  Digest() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    check(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
  }
  void add(std::string_view bytes) {
    check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
  }
  std::string hexadecimal() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> value{};
    unsigned length = 0;
    check(EVP_DigestFinal_ex(context_.get(), value.data(), &length) == 1);
    std::string text;
    for (unsigned n = 0; n < length; ++n) text += fmt::format("{:02x}", value[n]);
    return text;
  }

 private:
  static void check(bool ok) { require(ok, Errc::kInternal, "SHA-256 failed in the crypto library"); }
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

void read_pieces(const std::filesystem::path& path, const std::function<void(std::string_view)>& take) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail_for(errno, "read", path);
  const auto close = [](const int* d) { ::close(*d); };
  const std::unique_ptr<const int, decltype(close)> closer(&descriptor, close);
  std::string piece(std::size_t{1} << 18U, '\0');
  for (;;) {
    const ssize_t got = ::read(descriptor, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_for(errno, "read", path);
    if (got == 0) return;
    take(std::string_view(piece).substr(0, static_cast<std::size_t>(got)));
  }
}

}  // namespace

void write_bytes(std::string_view bytes, const std::filesystem::path& path) {
  Temporary temporary(path, ".bytes");
  temporary.write(bytes);
  temporary.sync();
  if (read_bytes(temporary.path()) != bytes) temporary.fail("what was read back differs");
  temporary.commit();
}

std::string read_bytes(const std::filesystem::path& path) {
  std::string bytes;
  read_pieces(path, [&](std::string_view piece) { bytes += piece; });
  return bytes;
}

std::string sha256(std::string_view bytes) {
  Digest digest;
  digest.add(bytes);
  return digest.hexadecimal();
}

std::string sha256_of_file(const std::filesystem::path& path) {
  Digest digest;
  read_pieces(path, [&](std::string_view piece) { digest.add(piece); });
  return digest.hexadecimal();
}

}  // namespace ledd::files
