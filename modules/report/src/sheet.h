#pragma once
#include <array>
#include <memory>
#include <string>

namespace ledd::report {

/// UTF-8 in Windows' code page 1252, which the standard fonts of PDF have; '?' for what that lacks.
std::string latin_text(const std::string& utf8);

/// One sheet of A4 that is filled from above; lengths in points (1/72 inch), text in UTF-8.
class Sheet {
 public:
  enum class Face { kPlain, kBold };
  struct Style {
    Face face = Face::kPlain;
    double size_pt = 8.5;
    std::array<double, 3> rgb{0.1, 0.1, 0.1};  ///< 0 to 1.
  };
  static constexpr double kWidth = 595.0, kHeight = 842.0, kMargin = 36.0;

  explicit Sheet(const std::string& title);
  ~Sheet();
  Sheet(const Sheet&) = delete;
  Sheet& operator=(const Sheet&) = delete;

  double y() const { return y_; }  ///< Where the next line goes, from above.
  double left() const { return kHeight - kMargin - kFooter - y_; }
  void skip(double height) { y_ += height; }

  /// Writes words from `x` on, broken to `width`, and moves down below them.
  void paragraph(const std::string& text, double x, double width, const Style& style);
  /// Writes without moving down; longer text is cut with "...".
  void cell(const std::string& text, double x, double width, const Style& style);
  double text_width(const std::string& text, const Style& style);
  /// Draws a picture with its upper left corner at (x, y()), as large as fits; returns the height it takes.
  double picture(const std::string& png, double x, double width, double height);
  void rule();  ///< A thin line across the sheet.
  /// At the foot, whatever stands above.
  void footer(const std::string& text, const Style& style);

  std::string bytes();  ///< @throws Error{kInternal}

 private:
  static constexpr double kFooter = 18.0;
  struct Impl;
  std::unique_ptr<Impl> impl_;
  double y_ = kMargin;
};

}  // namespace ledd::report
