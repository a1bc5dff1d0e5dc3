#pragma once
#include <stdexcept>
#include <string>
#include <string_view>

namespace ledd {

/// What went wrong, from the caller's point of view.
enum class Errc {
  kParam,        ///< A parameter is unknown, of the wrong type, or out of range.
  kInput,        ///< The data violate a documented precondition (empty mask, grids differ, ...).
  kNotFound,     ///< There is no such input, or none of the wanted kind.
  kFormat,       ///< A file was read but its content is malformed.
  kUnsupported,  ///< Legal input that this version does not handle.
  kNumeric,      ///< The computation left its domain (no convergence, singular system, NaN).
  kImplausible,  ///< A result failed its own plausibility check.
  kCreate,       ///< An output file or folder cannot be created.
  kIo,           ///< Reading or writing failed half way (disk full, device error).
  kPermission,   ///< The system denied access.
  kCancelled,    ///< The caller asked to stop; the work can be resumed.
  kInternal,     ///< A bug in this suite or in a library below it.
};

std::string_view name_of(Errc code) noexcept;

/// The exit status of a program that ends with this error: 2 usage, 65 unusable input, 66 not found,
/// 70 implausible result, 73/74 output, 75 stopped early, 77 permission, 1 a bug (BSD sysexits.h numbers).
int exit_status(Errc code) noexcept;

/// The one exception type that crosses a module border.
class Error : public std::runtime_error {
 public:
  Error(Errc code, const std::string& message) : std::runtime_error(message), code_(code) {}
  Errc code() const noexcept { return code_; }

  /// The same error with `where: ` put before its message; outer frames are added last.
  Error within(std::string_view where) const;

 private:
  Errc code_;
};

/// Throws Error{code, message} unless `ok`. `ok` must be true for valid data, so that NaN fails.
inline void require(bool ok, Errc code, const std::string& message) {
  if (!ok) throw Error(code, message);
}

}  // namespace ledd
