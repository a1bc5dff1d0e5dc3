#pragma once
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ledd::store {

using Rows = std::vector<std::vector<std::string>>;

/// RFC 4180 as a state machine over characters, written apart from the product's.
inline Rows read_csv(const std::string& text) {
  Rows rows(1, std::vector<std::string>(1));
  bool quoted = false;
  for (std::size_t n = 0; n < text.size(); ++n) {
    const char c = text[n];
    if (c == '"' && quoted && n + 1 < text.size() && text[n + 1] == '"') {
      rows.back().back() += '"';
      ++n;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && c == ',') {
      rows.back().emplace_back();
    } else if (!quoted && c == '\r' && text[n + 1] == '\n') {
      rows.emplace_back(1);
      ++n;
    } else {
      rows.back().back() += c;
    }
  }
  EXPECT_FALSE(quoted);
  EXPECT_EQ(rows.back(), std::vector<std::string>(1)) << "the last line is not ended";
  rows.pop_back();
  return rows;
}

}  // namespace ledd::store
