#pragma once
#include <string>
#include <vector>

#include "support.h"

namespace ledd::deidentification {

/// A file full of unique tokens: in every attribute of the profile's table, and wherever else a name can be.
struct Canaries {
  std::string bytes;  ///< Of the file.
  std::string patient_id;
  std::vector<std::string> dead;  ///< Tokens that must not come through.
  std::vector<std::string> kept;  ///< Of devices, which the options retain.
};
Canaries canaries(E_TransferSyntax syntax);

}  // namespace ledd::deidentification
