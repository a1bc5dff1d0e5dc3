#pragma once
#include <filesystem>
#include <string>
#include <string_view>

namespace ledd::files {

/// A new, empty file beside `final_path`, with the same extension. It disappears with this object unless
/// commit() was called: so an error at any point leaves nothing behind.
class Temporary {
 public:
  /// @throws Error{kCreate, kPermission, kIo}
  Temporary(std::filesystem::path final_path, std::string_view extension);
  ~Temporary();
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }

  /// @throws Error{kIo}
  void write(std::string_view bytes) const;
  /// The content is on the medium when this returns. @throws Error{kIo}
  void sync() const;
  /// Gives the file its final name, for good. @throws Error{kCreate, kPermission, kIo}
  void commit();

  /// Throws why writing failed: that the disk is full, when it is, else `otherwise`. Libraries that write for
  /// us do not say, so we try whether the file can still grow.
  [[noreturn]] void fail(const std::string& otherwise) const;

 private:
  std::filesystem::path final_path_;
  std::filesystem::path path_;
  int descriptor_ = -1;
  bool committed_ = false;
};

/// Throws the Error for a failed system call on `path`; `doing` is the verb: "read", "write".
[[noreturn]] void fail_for(int error_number, std::string_view doing, const std::filesystem::path& path);

}  // namespace ledd::files
