#include "ledd/files/tiff.h"

#include <fmt/format.h>
#include <tiffio.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <tuple>

#include "ledd/core/error.h"

#include "temporary.h"

namespace ledd::files {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostAcross = 65535, kMostPages = 65535;

/// The library's words about a file; it would print them.
int keep_error(TIFF*, void* words, const char*, const char* format, va_list arguments) {
  std::array<char, 400> text{};
  std::vsnprintf(text.data(), text.size(), format, arguments);
  auto& kept = *static_cast<std::string*>(words);
  if (kept.empty()) kept = text.data();
  return 1;
}
int drop_warning(TIFF*, void*, const char*, const char*, va_list) {
  return 1;
}

struct Page {
  std::size_t columns = 0, rows = 0;
  unsigned bits = 0;
  bool is_float = false, is_signed = false;
  bool operator==(const Page&) const = default;
};

/// An open file.
class Reader {
 public:
  explicit Reader(const fs::path& path) : path_(path) {
    std::error_code ignored;
    require(!fs::is_directory(path, ignored),
            Errc::kUnsupported,
            path.string() + " is a folder, not a TIFF file");
    if (std::FILE* file = std::fopen(path.c_str(), "rbe"); file != nullptr)
      std::fclose(file);
    else
      fail_for(errno, "read", path);
    const std::unique_ptr<TIFFOpenOptions, void (*)(TIFFOpenOptions*)> options(TIFFOpenOptionsAlloc(),
                                                                               TIFFOpenOptionsFree);
    TIFFOpenOptionsSetErrorHandlerExtR(options.get(), keep_error, &words_);
    TIFFOpenOptionsSetWarningHandlerExtR(options.get(), drop_warning, nullptr);
    tiff_ =
        TIFFOpenExt(path.c_str(), "rm", options.get());  // m: no memory map, which a file cut off would break
    if (tiff_ == nullptr) fail(Errc::kFormat, "not a TIFF file, or its head is damaged");
  }
  ~Reader() {
    if (tiff_ != nullptr) TIFFClose(tiff_);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  [[noreturn]] void fail(Errc code, const std::string& what) const {
    throw Error(code,
                fmt::format("{}: {}{}", path_.string(), what, words_.empty() ? "" : " (" + words_ + ")"));
  }

  /// To the next page; false after the last one.
  bool next() {
    words_.clear();
    require_link();
    if (TIFFLastDirectory(tiff_) != 0) return false;
    if (TIFFReadDirectory(tiff_) == 0)
      fail(Errc::kFormat, "a page cannot be found: the file is cut off or damaged");
    return true;
  }

  Page page() const {
    std::uint32_t columns = 0, rows = 0;
    std::uint16_t bits = 1, samples = 1, kind = SAMPLEFORMAT_UINT, grey = PHOTOMETRIC_MINISBLACK;
    require_tag(TIFFGetField(tiff_, TIFFTAG_IMAGEWIDTH, &columns) != 0, "width");
    require_tag(TIFFGetField(tiff_, TIFFTAG_IMAGELENGTH, &rows) != 0, "height");
    TIFFGetFieldDefaulted(tiff_, TIFFTAG_BITSPERSAMPLE, &bits);
    TIFFGetFieldDefaulted(tiff_, TIFFTAG_SAMPLESPERPIXEL, &samples);
    TIFFGetFieldDefaulted(tiff_, TIFFTAG_SAMPLEFORMAT, &kind);
    TIFFGetField(tiff_, TIFFTAG_PHOTOMETRIC, &grey);
    if (samples != 1 || grey != PHOTOMETRIC_MINISBLACK)
      fail(Errc::kUnsupported,
           grey == PHOTOMETRIC_MINISWHITE ? "white is 0: a picture, not measured values"
                                          : "colours or a palette: one grey value for each pixel is needed");
    if (TIFFIsTiled(tiff_) != 0)
      fail(Errc::kUnsupported, "pages in tiles are not read; write them in strips");
    if (columns == 0 || rows == 0 || columns > kMostAcross || rows > kMostAcross)
      fail(Errc::kFormat, fmt::format("a page of {} x {} pixels cannot be", columns, rows));
    require_data(static_cast<double>(columns) * rows * bits / 8.0);
    const bool is_float = kind == SAMPLEFORMAT_IEEEFP;
    const bool whole = kind == SAMPLEFORMAT_UINT || kind == SAMPLEFORMAT_INT;
    if (!(whole && (bits == 8 || bits == 16 || bits == 32)) && !(is_float && bits == 32))
      fail(Errc::kUnsupported,
           fmt::format("pixels of {} bits: 8, 16 or 32 whole or 32 float are read", bits));
    return {columns, rows, bits, is_float, kind == SAMPLEFORMAT_INT};
  }

  /// Decodes the page into `out`.
  void read(const Page& page, float* out) {
    const auto bytes = static_cast<std::size_t>(TIFFScanlineSize64(tiff_));
    if (bytes != page.columns * page.bits / 8)
      fail(Errc::kFormat, "rows have another length than the header says");
    row_.resize(bytes);
    for (std::size_t y = 0; y < page.rows; ++y) {
      words_.clear();
      if (TIFFReadScanline(tiff_, row_.data(), static_cast<std::uint32_t>(y), 0) != 1)
        fail(Errc::kFormat, fmt::format("row {} cannot be decoded: the file is cut off or damaged", y + 1));
      convert(page, out + y * page.columns);
    }
  }

 private:
  /// A file that ends before it says whether another page follows may have lost pages, which the library
  /// takes for the end.
  void require_link() const {
    const bool big = TIFFIsBigTIFF(tiff_) != 0;
    const std::size_t word = big ? 8 : 2, entry = big ? 20 : 12, link = big ? 8 : 4;
    const std::uint64_t at = TIFFCurrentDirOffset(tiff_);
    std::array<unsigned char, 8> bytes{};
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path_.c_str(), "rbe"), std::fclose);
    const bool counted = file && std::fseek(file.get(), static_cast<long>(at), SEEK_SET) == 0 &&
                         std::fread(bytes.data(), 1, word, file.get()) == word;
    std::uint64_t entries = 0;
    for (std::size_t n = 0; n < word; ++n)
      entries = entries << 8U | bytes.at(TIFFIsBigEndian(tiff_) != 0 ? n : word - 1 - n);
    std::error_code error;
    const std::uint64_t size = fs::file_size(path_, error);
    if (!counted || error || at + word + entries * entry + link > size)
      fail(Errc::kFormat, "the file is cut off at the end of a page's header");
  }

  /// Before memory is taken: no packing makes so little of a scan with its noise.
  void require_data(double bytes) const {
    double stored = 0.0;
    for (std::uint32_t n = 0; n < TIFFNumberOfStrips(tiff_); ++n)
      stored += static_cast<double>(TIFFRawStripSize64(tiff_, n));
    std::error_code error;
    stored =
        std::min(stored, static_cast<double>(fs::file_size(path_, error)));  // a wrong count is guessed anew
    std::uint16_t compression = COMPRESSION_NONE;
    TIFFGetFieldDefaulted(tiff_, TIFFTAG_COMPRESSION, &compression);
    const double most = compression == COMPRESSION_NONE ? 1.0 : 5000.0;
    if (error || !(stored * most >= bytes))
      fail(Errc::kFormat, fmt::format("a page of {:.0f} bytes, of which {:.0f} are stored", bytes, stored));
  }

  void require_tag(bool there, const char* name) const {
    if (!there) fail(Errc::kFormat, fmt::format("the header has no {}", name));
  }

  template <class Number>
  void copy(std::size_t count, float* out) const {
    for (std::size_t n = 0; n < count; ++n) {
      Number value{};
      std::memcpy(&value, row_.data() + n * sizeof(Number), sizeof(Number));
      out[n] = static_cast<float>(value);
    }
  }
  void convert(const Page& page, float* out) const {
    if (page.is_float) return copy<float>(page.columns, out);
    if (page.bits == 8)
      return page.is_signed ? copy<std::int8_t>(page.columns, out) : copy<std::uint8_t>(page.columns, out);
    if (page.bits == 16)
      return page.is_signed ? copy<std::int16_t>(page.columns, out) : copy<std::uint16_t>(page.columns, out);
    return page.is_signed ? copy<std::int32_t>(page.columns, out) : copy<std::uint32_t>(page.columns, out);
  }

  const fs::path& path_;
  std::string words_;
  TIFF* tiff_ = nullptr;
  std::vector<unsigned char> row_;
};

std::string words(const Page& page) {
  return fmt::format("{} x {} pixels of {} bits{}",
                     page.columns,
                     page.rows,
                     page.bits,
                     page.is_float    ? " (float)"
                     : page.is_signed ? " (signed)"
                                      : "");
}

/// Runs body(reader, page, slice) over all pages, which are of one size and kind.
template <class Body>
TiffHeader each_page(const std::vector<fs::path>& files, const Body& body) {
  require(!files.empty(), Errc::kInput, "no TIFF file");
  std::optional<Page> first;
  std::size_t slices = 0;
  for (const fs::path& path : files) {
    Reader reader(path);
    std::size_t pages = 0;
    do {
      const Page page = reader.page();
      if (!first) first = page;
      if (page != *first)
        reader.fail(Errc::kFormat, fmt::format("{}, but the first slice has {}", words(page), words(*first)));
      if (++pages > 1 && files.size() > 1)
        reader.fail(
            Errc::kFormat,
            "it has more than one page, and there are other files of the same name and another number");
      if (pages > kMostPages) reader.fail(Errc::kFormat, fmt::format("more than {} pages", kMostPages));
      body(reader, page, slices++);
    } while (reader.next());
  }
  return {first->columns, first->rows, slices, first->bits, first->is_float, first->is_signed};
}

/// A name cut at its last number.
struct Numbered {
  std::string before, after;
  unsigned long number = 0;
};

std::optional<Numbered> numbered(const fs::path& path) {
  const std::string stem = path.stem().string();
  const auto last = stem.find_last_of("0123456789");
  if (last == std::string::npos) return std::nullopt;
  const auto at = stem.find_last_not_of("0123456789", last);
  const std::size_t first = at == std::string::npos ? 0 : at + 1;
  const std::string digits = stem.substr(first, last - first + 1);
  if (digits.size() > 9) return std::nullopt;  // a date with a time, or the like
  return Numbered{
      stem.substr(0, first), stem.substr(last + 1) + path.extension().string(), std::stoul(digits)};
}

TiffStack ordered(std::vector<std::pair<unsigned long, fs::path>> files) {
  std::sort(files.begin(), files.end());
  TiffStack stack;
  stack.files.reserve(files.size());
  for (const auto& [number, path] : files) stack.files.push_back(path);
  for (std::size_t n = 1; n < files.size() && stack.problem.empty(); ++n) {
    const auto before = files[n - 1].first, here = files[n].first;
    if (here == before)
      stack.problem = fmt::format("{} and {} have the same number",
                                  files[n - 1].second.filename().string(),
                                  files[n].second.filename().string());
    else if (here != before + 1)
      stack.problem = fmt::format("after {} the numbers {} to {} are missing",
                                  files[n - 1].second.filename().string(),
                                  before + 1,
                                  here - 1);
  }
  return stack;
}

}  // namespace

bool is_tiff_file(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return extension == ".tif" || extension == ".tiff";
}

std::vector<TiffStack> tiff_stacks(const std::vector<fs::path>& files) {
  std::map<std::tuple<std::string, std::string, std::string>, std::vector<std::pair<unsigned long, fs::path>>>
      groups;
  for (const fs::path& path : files) {
    const auto name = numbered(path);
    if (name)
      groups[{path.parent_path().string(), name->before, name->after}].emplace_back(name->number, path);
    else
      groups[{path.string(), "", ""}].emplace_back(0, path);
  }
  std::vector<TiffStack> stacks;
  stacks.reserve(groups.size());
  for (auto& [key, group] : groups) stacks.push_back(ordered(std::move(group)));
  return stacks;
}

TiffHeader read_tiff_header(const std::vector<fs::path>& files) {
  return each_page(files, [](Reader&, const Page&, std::size_t) {});
}

Volume::Pointer read_tiff(const std::vector<fs::path>& files, double voxel_mm) {
  require(voxel_mm > 0.0 && std::isfinite(voxel_mm),
          Errc::kParam,
          fmt::format("voxel_mm = {} must be > 0", voxel_mm));
  const TiffHeader header = read_tiff_header(files);
  auto volume = Volume::New();
  volume->SetRegions(Volume::SizeType{header.columns, header.rows, header.slices});
  Volume::SpacingType spacing;
  spacing.Fill(voxel_mm);
  volume->SetSpacing(spacing);
  try {
    volume->Allocate();
  } catch (const std::exception&) {  // bad_alloc, or ITK's own
    throw Error(Errc::kFormat, files.front().string() + ": the slices do not fit into memory");
  }
  const std::size_t count = header.columns * header.rows;
  each_page(files, [&](Reader& reader, const Page& page, std::size_t slice) {
    float* const out = volume->GetBufferPointer() + slice * count;
    reader.read(page, out);
    if (!std::all_of(out, out + count, [](float value) { return std::isfinite(value); }))
      reader.fail(Errc::kFormat, "a pixel is not finite");
  });
  return volume;
}

}  // namespace ledd::files
