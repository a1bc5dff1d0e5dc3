#include "ledd/core/error.h"

namespace ledd {

std::string_view name_of(Errc code) noexcept {
  switch (code) {
    case Errc::kParam: return "bad parameter";
    case Errc::kInput: return "bad input";
    case Errc::kNotFound: return "not found";
    case Errc::kFormat: return "malformed file";
    case Errc::kUnsupported: return "unsupported";
    case Errc::kNumeric: return "numerical failure";
    case Errc::kImplausible: return "implausible result";
    case Errc::kCreate: return "cannot create output";
    case Errc::kIo: return "I/O error";
    case Errc::kPermission: return "permission denied";
    case Errc::kCancelled: return "stopped";
    case Errc::kInternal: return "internal error";
  }
  return "internal error";
}

int exit_status(Errc code) noexcept {
  switch (code) {
    case Errc::kParam: return 2;
    case Errc::kInput:
    case Errc::kFormat:
    case Errc::kUnsupported: return 65;
    case Errc::kNotFound: return 66;
    case Errc::kNumeric:
    case Errc::kImplausible: return 70;
    case Errc::kCreate: return 73;
    case Errc::kIo: return 74;
    case Errc::kCancelled: return 75;
    case Errc::kPermission: return 77;
    case Errc::kInternal: return 1;
  }
  return 1;
}

Error Error::within(std::string_view where) const {
  return {code_, std::string(where) + ": " + what()};
}

}  // namespace ledd
