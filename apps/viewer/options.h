#pragma once
#include <optional>
#include <string>

#include "session.h"

namespace ledd::viewer {

/// What the command line asks for. Nothing: it was --help or --version, and is answered.
struct Options {
  SessionOptions session;
  std::vector<std::string> repeat;  ///< The words that another window of this reader gets beside its folder.
};

/// @throws Error{kParam}     an unknown option, or a reader's name that cannot be signed with.
/// @throws Error{kNotFound}  what is to be opened is not there.
std::optional<Options> parse_options(int argc, char** argv);

}  // namespace ledd::viewer
