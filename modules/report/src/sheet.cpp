#include "sheet.h"

#include <fmt/format.h>
#include <hpdf.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "ledd/core/error.h"

namespace ledd::report {
namespace {

/// Code page 1252 has these of the block 0x80 to 0x9F; above that it is Unicode's first page.
char high_control(std::uint32_t point) {
  struct Pair {
    std::uint32_t point;
    unsigned char code;
  };
  static constexpr std::array<Pair, 14> kPairs{{{0x20AC, 0x80},
                                                {0x2026, 0x85},
                                                {0x2030, 0x89},
                                                {0x0160, 0x8A},
                                                {0x0152, 0x8C},
                                                {0x017D, 0x8E},
                                                {0x2018, 0x91},
                                                {0x2019, 0x92},
                                                {0x201C, 0x93},
                                                {0x201D, 0x94},
                                                {0x2022, 0x95},
                                                {0x2013, 0x96},
                                                {0x2014, 0x97},
                                                {0x2122, 0x99}}};
  for (const Pair& pair : kPairs)
    if (pair.point == point) return static_cast<char>(pair.code);
  return 0;
}

std::string written(std::uint32_t point) {
  if (point >= 0x20 && point < 0x7F) return {static_cast<char>(point)};
  if (point >= 0xA0 && point <= 0xFF) return {static_cast<char>(point)};
  if (const char code = high_control(point); code != 0) return {code};
  switch (point) {
    case 0x03BC: return {static_cast<char>(0xB5)};  // Greek mu for the micro sign
    case 0x2264: return "<=";
    case 0x2265: return ">=";
    case 0x2212: return "-";
    case 0x0394: return "delta ";
    case '\n':
    case '\t': return " ";
    default: return "?";
  }
}

/// The character at `at`, which moves behind it; U+FFFD for what is no UTF-8.
std::uint32_t next_point(const std::string& text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at++]);
  const unsigned more = lead < 0x80 ? 0 : lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 4;
  if (more == 0) return lead;
  if (more == 4 || at + more > text.size()) return 0xFFFD;
  std::uint32_t point = lead & (0x3FU >> more);
  for (unsigned i = 0; i < more; ++i)
    point = (point << 6U) | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
  at += more;
  return point;
}

}  // namespace

std::string latin_text(const std::string& utf8) {
  std::string latin;
  for (std::size_t at = 0; at < utf8.size();) latin += written(next_point(utf8, at));
  return latin;
}

struct Sheet::Impl {
  HPDF_Doc document = HPDF_New(nullptr, nullptr);
  HPDF_Page page = nullptr;
  HPDF_Font plain = nullptr, bold = nullptr;

  Impl() = default;
  ~Impl() { HPDF_Free(document); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void set(const Style& style) const {
    HPDF_Page_SetFontAndSize(
        page, style.face == Face::kBold ? bold : plain, static_cast<HPDF_REAL>(style.size_pt));
    const auto rgb = [&](std::size_t i) { return static_cast<HPDF_REAL>(style.rgb.at(i)); };
    HPDF_Page_SetRGBFill(page, rgb(0), rgb(1), rgb(2));
  }
  double width_of(const std::string& latin) const { return HPDF_Page_TextWidth(page, latin.c_str()); }
  void write(const std::string& latin, double x, double y_from_above, double size_pt) const {
    HPDF_Page_BeginText(page);
    HPDF_Page_TextOut(page,
                      static_cast<HPDF_REAL>(x),
                      static_cast<HPDF_REAL>(kHeight - y_from_above - size_pt),
                      latin.c_str());
    HPDF_Page_EndText(page);
  }
};

Sheet::Sheet(const std::string& title) : impl_(std::make_unique<Impl>()) {
  require(impl_->document != nullptr, Errc::kInternal, "the PDF library cannot start");
  HPDF_SetCompressionMode(impl_->document, HPDF_COMP_ALL);
  HPDF_SetInfoAttr(impl_->document, HPDF_INFO_TITLE, latin_text(title).c_str());
  HPDF_SetInfoAttr(impl_->document, HPDF_INFO_PRODUCER, "Ledd");
  impl_->page = HPDF_AddPage(impl_->document);
  HPDF_Page_SetSize(impl_->page, HPDF_PAGE_SIZE_A4, HPDF_PAGE_PORTRAIT);
  impl_->plain = HPDF_GetFont(impl_->document, "Helvetica", "WinAnsiEncoding");
  impl_->bold = HPDF_GetFont(impl_->document, "Helvetica-Bold", "WinAnsiEncoding");
}

Sheet::~Sheet() = default;

double Sheet::text_width(const std::string& text, const Style& style) {
  impl_->set(style);
  return impl_->width_of(latin_text(text));
}

void Sheet::paragraph(const std::string& text, double x, double width, const Style& style) {
  impl_->set(style);
  const double line_height = 1.25 * style.size_pt;
  const std::string latin = latin_text(text);
  std::string line;
  const auto end_line = [&] {
    impl_->write(line, x, y_, style.size_pt);
    y_ += line_height;
    line.clear();
  };
  for (std::size_t at = 0; at < latin.size();) {
    const std::size_t end = std::min(latin.find(' ', at), latin.size());
    const std::string word = latin.substr(at, end - at);
    std::string longer = line;
    if (!line.empty()) longer += ' ';
    longer += word;
    if (!line.empty() && impl_->width_of(longer) > width) {
      end_line();
      line = word;
    } else {
      line = std::move(longer);
    }
    at = end + 1;
  }
  if (!line.empty()) end_line();
}

void Sheet::cell(const std::string& text, double x, double width, const Style& style) {
  impl_->set(style);
  std::string latin = latin_text(text);
  if (impl_->width_of(latin) > width) {
    while (!latin.empty() && impl_->width_of(latin + "...") > width) latin.pop_back();
    latin += "...";
  }
  impl_->write(latin, x, y_, style.size_pt);
}

double Sheet::picture(const std::string& png, double x, double width, double height) {
  const HPDF_Image image = HPDF_LoadPngImageFromMem(
      impl_->document, reinterpret_cast<const HPDF_BYTE*>(png.data()), static_cast<HPDF_UINT>(png.size()));
  require(
      image != nullptr,
      Errc::kInternal,
      fmt::format("the PDF library cannot read a picture (error 0x{:04x})", HPDF_GetError(impl_->document)));
  const double columns = HPDF_Image_GetWidth(image);
  const double rows = HPDF_Image_GetHeight(image);
  const double scale = std::min(width / columns, height / rows);
  HPDF_Page_DrawImage(impl_->page,
                      image,
                      static_cast<HPDF_REAL>(x),
                      static_cast<HPDF_REAL>(kHeight - y_ - scale * rows),
                      static_cast<HPDF_REAL>(scale * columns),
                      static_cast<HPDF_REAL>(scale * rows));
  return scale * rows;
}

void Sheet::rule() {
  HPDF_Page_SetLineWidth(impl_->page, 0.5F);
  HPDF_Page_SetRGBStroke(impl_->page, 0.6F, 0.6F, 0.6F);
  HPDF_Page_MoveTo(impl_->page, kMargin, static_cast<HPDF_REAL>(kHeight - y_));
  HPDF_Page_LineTo(impl_->page, kWidth - kMargin, static_cast<HPDF_REAL>(kHeight - y_));
  HPDF_Page_Stroke(impl_->page);
  y_ += 4.0;
}

void Sheet::footer(const std::string& text, const Style& style) {
  impl_->set(style);
  impl_->write(latin_text(text), kMargin, kHeight - kMargin - style.size_pt, style.size_pt);
}

std::string Sheet::bytes() {
  HPDF_SaveToStream(impl_->document);
  require(HPDF_GetError(impl_->document) == HPDF_OK,
          Errc::kInternal,
          fmt::format("the PDF library failed (error 0x{:04x})", HPDF_GetError(impl_->document)));
  HPDF_UINT32 size = HPDF_GetStreamSize(impl_->document);
  std::vector<HPDF_BYTE> buffer(size);
  HPDF_ReadFromStream(impl_->document, buffer.data(), &size);
  return {buffer.begin(), buffer.begin() + size};
}

}  // namespace ledd::report
