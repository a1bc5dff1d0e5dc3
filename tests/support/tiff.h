#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// Writes TIFF files by hand, also ones that no program writes.
namespace ledd::testing {

struct TiffPages {
  std::uint32_t columns = 4, rows = 3;
  std::uint16_t bits = 8, samples = 1, format = 1,
                photometric = 1;     ///< format: 1 unsigned, 2 signed, 3 float
  std::vector<std::string> pages{};  ///< The bytes of each.
};

/// Little-endian, one strip a page, no compression.
inline std::string tiff_bytes(const TiffPages& file) {
  std::string bytes("II*\0\0\0\0\0", 8);
  const auto put = [&bytes](std::size_t at, std::uint32_t value, unsigned count) {
    if (bytes.size() < at + count) bytes.resize(at + count);
    for (unsigned n = 0; n < count; ++n) bytes[at + n] = static_cast<char>(value >> (8 * n) & 0xFFU);
  };
  std::size_t link = 4;
  for (const std::string& page : file.pages) {
    const std::size_t strip = bytes.size();
    bytes += page;
    if (bytes.size() % 2 != 0) bytes += '\0';
    const std::size_t directory = bytes.size();
    put(link, static_cast<std::uint32_t>(directory), 4);
    struct Tag {
      std::uint16_t tag, type;
      std::uint32_t value;
    };
    const std::vector<Tag> tags{{256, 4, file.columns},
                                {257, 4, file.rows},
                                {258, 3, file.bits},
                                {259, 3, 1},
                                {262, 3, file.photometric},
                                {273, 4, static_cast<std::uint32_t>(strip)},
                                {277, 3, file.samples},
                                {278, 4, file.rows},
                                {279, 4, static_cast<std::uint32_t>(page.size())},
                                {339, 3, file.format}};
    put(directory, static_cast<std::uint32_t>(tags.size()), 2);
    for (std::size_t n = 0; n < tags.size(); ++n) {
      const std::size_t at = directory + 2 + 12 * n;
      put(at, tags[n].tag, 2);
      put(at + 2, tags[n].type, 2);
      put(at + 4, 1, 4);
      put(at + 8, tags[n].value, 4);
    }
    link = directory + 2 + 12 * tags.size();
    put(link, 0, 4);
  }
  return bytes;
}

}  // namespace ledd::testing
