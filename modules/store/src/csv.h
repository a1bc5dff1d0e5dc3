#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace ledd::store {

/// A table in RFC 4180, built row by row.
class Csv {
 public:
  explicit Csv(const std::vector<std::string_view>& columns);

  Csv& text(std::string_view cell);  ///< Made safe for spreadsheets: see store.h.
  Csv& number(double cell);
  Csv& fixed(double cell);  ///< Without an exponent, which not every program reads.
  Csv& empty();
  void end_row();
  void reserve(std::size_t bytes) { text_.reserve(bytes); }

  const std::string& str() const { return text_; }

 private:
  void put(std::string_view cell);
  std::string text_;
  bool row_begun_ = false;
};

/// The rows of an RFC 4180 text, the header first; lines may end in LF alone. Cells as they stand in the
/// file.
/// @throws Error{kFormat}
std::vector<std::vector<std::string>> parse_csv(std::string_view text);

/// Takes off what Csv::text put in front.
std::string plain_text(const std::string& cell);

}  // namespace ledd::store
