#pragma once
#include <functional>
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
/// @param place  Changes the data set at the end: where the image lies, say. Tokens do not depend on it.
Canaries canaries(E_TransferSyntax syntax, const std::function<void(DcmDataset&)>& place = {});

}  // namespace ledd::deidentification
