#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "ledd/deidentification/subject_key.h"

namespace ledd::deidentification {

struct KeyContent {
  Secret secret{};
  std::vector<Subject> subjects;
};

/// The key as JSON, closed by a code over all of it that shows any change.
std::string key_text(const KeyContent& content);

/// @throws Error{kFormat, kUnsupported}  says what is wrong, but nothing of what the key holds.
KeyContent parse_key(const std::string& text);

/// 1 to 16 of A-Z a-z 0-9 - _ . and no dot at the start: it becomes a folder's name.
bool is_pseudonym(const std::string& text);

}  // namespace ledd::deidentification
