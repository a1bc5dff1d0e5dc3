#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "ledd/core/error.h"

#include "content_check.h"

namespace ledd::files {
namespace {

using Fields = std::map<std::string, std::string, std::less<>>;

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// The lines `name = value` up to and with ElementDataFile, after which the voxels follow.
Fields read_fields(std::istream& in) {
  constexpr std::size_t kMostLines = 1000;
  Fields fields;
  std::string line;
  for (std::size_t n = 0; n < kMostLines && std::getline(in, line); ++n) {
    const auto equals = line.find('=');
    if (equals == std::string::npos) break;
    const std::string name = trimmed(line.substr(0, equals));
    fields[name] = trimmed(line.substr(equals + 1));
    if (name == "ElementDataFile") return fields;
  }
  throw Error(Errc::kFormat, "the header has no ElementDataFile: this is no MetaImage, or it is cut off");
}

std::string field(const Fields& fields, std::string_view name, const std::string& otherwise) {
  const auto found = fields.find(name);
  return found == fields.end() ? otherwise : found->second;
}

std::uint64_t bytes_of_type(const std::string& type) {
  static const std::map<std::string, std::uint64_t, std::less<>> known{{"MET_CHAR", 1},
                                                                       {"MET_UCHAR", 1},
                                                                       {"MET_SHORT", 2},
                                                                       {"MET_USHORT", 2},
                                                                       {"MET_INT", 4},
                                                                       {"MET_UINT", 4},
                                                                       {"MET_LONG", 4},
                                                                       {"MET_ULONG", 4},
                                                                       {"MET_FLOAT", 4},
                                                                       {"MET_DOUBLE", 8},
                                                                       {"MET_LONG_LONG", 8},
                                                                       {"MET_ULONG_LONG", 8}};
  const auto found = known.find(type);
  require(found != known.end(), Errc::kUnsupported, "ElementType is '" + type + "', which is not read");
  return found->second;
}

std::uint64_t bytes_of_voxels(const Fields& fields) {
  std::uint64_t bytes = bytes_of_type(field(fields, "ElementType", ""));
  std::istringstream lengths(field(fields, "DimSize", "") + " " +
                             field(fields, "ElementNumberOfChannels", "1"));
  for (std::int64_t length = 0; lengths >> length;) {
    require(length >= 1 && bytes < (std::uint64_t{1} << 37U),
            Errc::kFormat,
            "DimSize = " + field(fields, "DimSize", "") + " cannot be");
    bytes *= static_cast<std::uint64_t>(length);
  }
  return bytes;
}

/// The number of bytes that the rest of the stream inflates to; 0 when it is damaged or ends too early.
std::uint64_t inflated_bytes(std::istream& in) {
  z_stream zip{};
  if (inflateInit2(&zip, 15 + 32) != Z_OK) return 0;  // 32: zlib or gzip, as the data say
  std::vector<char> packed(std::size_t{1} << 18U);
  std::vector<unsigned char> plain(std::size_t{1} << 20U);
  int state = Z_OK;
  while (state == Z_OK &&
         (in.read(packed.data(), static_cast<std::streamsize>(packed.size())), in.gcount() > 0)) {
    // zlib's own type asks for bytes without sign
    zip.next_in = reinterpret_cast<unsigned char*>(packed.data());
    zip.avail_in = static_cast<unsigned>(in.gcount());
    while (state == Z_OK && (zip.avail_in > 0 || zip.avail_out == 0)) {
      zip.next_out = plain.data();
      zip.avail_out = static_cast<unsigned>(plain.size());
      state = inflate(&zip, Z_NO_FLUSH);
    }
    if (state == Z_BUF_ERROR) state = Z_OK;  // all input used up, nothing more to give: not an error
  }
  const std::uint64_t total = zip.total_out;
  inflateEnd(&zip);
  return state == Z_STREAM_END ? total : 0;
}

std::uint64_t plain_bytes(std::istream& in, const std::string& header_size) {
  const auto here = in.tellg();
  in.seekg(0, std::ios::end);
  const auto rest = static_cast<std::uint64_t>(in.tellg() - here);
  std::int64_t skipped = 0;
  std::istringstream(header_size) >> skipped;  // -1: the voxels are the file's last bytes
  return rest - std::min(rest, static_cast<std::uint64_t>(std::max<std::int64_t>(0, skipped)));
}

}  // namespace

void check_meta(const std::filesystem::path& path) {
  std::ifstream header(path, std::ios::binary);
  const Fields fields = read_fields(header);
  const std::string data = field(fields, "ElementDataFile", "");
  const std::uint64_t wanted = bytes_of_voxels(fields);
  require(data != "LIST" && data.find('%') == std::string::npos,
          Errc::kUnsupported,
          "the voxels are spread over several files (ElementDataFile = " + data + ")");
  std::ifstream apart;
  if (data != "LOCAL") {
    apart.open(path.parent_path() / data, std::ios::binary);
    require(apart.good(), Errc::kFormat, "its data file " + data + " cannot be read");
  }
  std::istream& voxels = data == "LOCAL" ? header : apart;
  const std::string packed = field(fields, "CompressedData", "False");
  const bool compressed = !packed.empty() && (packed[0] == 'T' || packed[0] == 't' || packed[0] == '1');
  const std::uint64_t got =
      compressed ? inflated_bytes(voxels) : plain_bytes(voxels, field(fields, "HeaderSize", "0"));
  require(got >= wanted,
          Errc::kFormat,
          fmt::format("the file is cut off or damaged: {} of {} bytes of voxels can be read", got, wanted));
}

}  // namespace ledd::files
