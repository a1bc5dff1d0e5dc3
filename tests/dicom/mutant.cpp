#include "mutant.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "byte_writer.h"

namespace ledd::testing {
namespace {

using Random = std::mt19937_64;

constexpr const char* kUid = "1.2.3.7000000";
constexpr const char* kDeflatedSyntax = "1.2.840.10008.1.2.1.99";
constexpr const char* kExplicitSyntax = "1.2.840.10008.1.2.1";

std::size_t below(Random& random, std::size_t count) {
  return static_cast<std::size_t>(random() % count);
}

template <class T, std::size_t kCount>
const T& one_of(Random& random, const std::array<T, kCount>& values) {
  return values[below(random, kCount)];
}

std::uint32_t number_at(const std::string& bytes, std::size_t at, unsigned count) {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < count; ++i)
    value |= std::uint32_t{static_cast<std::uint8_t>(bytes[at + i])} << (8U * i);
  return value;
}

std::size_t dataset_of(const std::string& file) {
  return 144 + number_at(file, 140, 4);  // FileMetaInformationGroupLength (0002,0000) counts from here
}

struct Found {
  std::size_t at = 0, value = 0, end = 0;
  bool long_length = false;
};

/// The elements of a sound file's data set, sequences as a whole.
std::vector<Found> elements_of(const std::string& file) {
  static const std::string long_ones = "OB OW SQ UN UT OF OD";
  std::vector<Found> all;
  for (std::size_t at = dataset_of(file); at + 12 <= file.size();) {
    Found e{at, at + 8, 0, long_ones.find(file.substr(at + 4, 2)) != std::string::npos};
    std::uint32_t length = number_at(file, at + 6, 2);
    if (e.long_length) {
      e.value = at + 12;
      length = number_at(file, at + 8, 4);
    }
    e.end = length == 0xFFFFFFFF ? file.size() : e.value + length;
    all.push_back(e);
    at = e.end;
  }
  return all;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

std::size_t find_tag(const std::string& file, std::uint16_t group, std::uint16_t number, const char* vr) {
  return file.find(element(group, number, vr, "").substr(0, 6));
}

/// Gives an element with a short length field another value, wherever it stands.
void set_value(
    std::string& file, std::uint16_t group, std::uint16_t number, const char* vr, const std::string& value) {
  const std::size_t at = find_tag(file, group, number, vr);
  if (at == std::string::npos) return;
  file.replace(at, 8 + number_at(file, at + 6, 2), element(group, number, vr, value));
}

void flip(std::string& file, Random& random) {
  const std::size_t pixels = std::min(file.find(std::string("\xE0\x7F\x10\x00", 4)), file.size());
  const std::size_t end = below(random, 8) == 0 ? file.size() : pixels;
  for (std::size_t i = 1 + below(random, 3); i > 0; --i) {
    const std::size_t at = 128 + below(random, end - 128);
    file[at] = static_cast<char>(file[at] ^ (1 << below(random, 8)));
  }
}

void lie_about_length(std::string& file, Random& random) {
  const std::vector<Found> all = elements_of(file);
  const Found& e = all[below(random, all.size())];
  const auto length = static_cast<std::uint32_t>(e.end - e.value);
  const std::array<std::uint32_t, 9> lies{
      0, 1, 2, length - 2, length + 2, length + 8, 0x7FFFFFFF, 0xFFFFFFF0, 0xFFFFFFFF};
  const std::uint32_t lie = one_of(random, lies);
  const unsigned count = e.long_length ? 4 : 2;
  const std::size_t at = e.long_length ? e.at + 8 : e.at + 6;
  for (unsigned i = 0; i < count; ++i) file[at + i] = static_cast<char>((lie >> (8U * i)) & 0xFFU);
}

void lie_about_representation(std::string& file, Random& random) {
  static constexpr std::array<const char*, 14> kVrs{
      "DS", "IS", "US", "UL", "FL", "FD", "SQ", "UN", "OB", "OW", "UT", "AT", "ZZ", "\x01\x02"};
  const std::vector<Found> all = elements_of(file);
  file.replace(all[below(random, all.size())].at + 4, 2, one_of(random, kVrs));
}

void nest(std::string& file, Random& random) {
  static constexpr std::array<unsigned, 8> kDepths{10, 32, 33, 64, 1000, 5000, 10000, 20000};
  file.insert(dataset_of(file), nested(one_of(random, kDepths)));
}

void spoil_geometry(std::string& file, Random& random) {
  static constexpr std::array<const char*, 12> kPositions{"nan\\nan\\nan",
                                                          "inf\\0\\0",
                                                          "0\\-inf\\0",
                                                          "1e400\\0\\0",
                                                          "",
                                                          "0\\0",
                                                          "0\\0\\0\\0",
                                                          "a\\b\\c",
                                                          "0x10\\0\\0",
                                                          "1e39\\0\\0",
                                                          "-1e308\\1e308\\0",
                                                          "1,5\\2\\3"};
  static constexpr std::array<const char*, 11> kSpacings{"-1\\0",
                                                         "0\\0",
                                                         "nan\\1",
                                                         "1\\inf",
                                                         "1",
                                                         "1\\1\\1",
                                                         "",
                                                         "-0.3\\-0.7",
                                                         "1e-400\\1",
                                                         "1e300\\1e300",
                                                         "0.3000001e1\\0.7"};
  static constexpr std::array<const char*, 9> kCosines{"1\\0\\0\\1\\0\\0",
                                                       "0\\0\\0\\0\\0\\0",
                                                       "nan\\0\\0\\0\\1\\0",
                                                       "1\\0\\0\\0\\1",
                                                       "2\\0\\0\\0\\2\\0",
                                                       "1\\0\\0\\0.5\\0.8\\0",
                                                       "",
                                                       "-1\\0\\0\\0\\1\\0",
                                                       "1e200\\0\\0\\0\\1e-200\\0"};
  switch (below(random, 3)) {
    case 0: set_value(file, 0x20, 0x32, "DS", one_of(random, kPositions)); break;
    case 1: set_value(file, 0x28, 0x30, "DS", one_of(random, kSpacings)); break;
    default: set_value(file, 0x20, 0x37, "DS", one_of(random, kCosines)); break;
  }
}

void spoil_size(std::string& file, Random& random) {
  static constexpr std::array<std::uint16_t, 6> kSides{65535, 8193, 8192, 0, 1, 32768};
  static constexpr std::array<const char*, 6> kFrames{"2147483647", "2147483648", "-1", "20001", "0", "1e9"};
  const std::size_t frames = find_tag(file, 0x28, 0x08, "IS");
  if (below(random, 2) == 0) {
    set_value(file, 0x28, 0x10, "US", element(0x28, 0x10, one_of(random, kSides)).substr(8));
    if (below(random, 2) == 0)
      set_value(file, 0x28, 0x11, "US", element(0x28, 0x11, one_of(random, kSides)).substr(8));
  } else if (frames != std::string::npos) {
    set_value(file, 0x28, 0x08, "IS", one_of(random, kFrames));
  } else {
    file.insert(find_tag(file, 0x28, 0x10, "US"), element(0x28, 0x08, "IS", one_of(random, kFrames)));
  }
}

void lengthen(std::string& file, Random& random, bool longest) {
  if (longest) {
    file.insert(dataset_of(file),
                element(0x0009, 0x1010, "OB", std::string((std::size_t{16} << 20U) + 2, 'x')));
    return;
  }
  const std::array<std::size_t, 4> counts{65, 1025, 16384, 65534};
  set_value(file, 0x10, 0x20, "LO", std::string(one_of(random, counts), below(random, 2) == 0 ? '\\' : 'x'));
}

void change_syntax(std::string& file, Random& random) {
  static constexpr std::array<const char*, 9> kSyntaxes{"1.2.840.10008.1.2",
                                                        "1.2.840.10008.1.2.2",
                                                        kDeflatedSyntax,
                                                        "1.2.840.10008.1.2.4.50",
                                                        "1.2.840.10008.1.2.4.90",
                                                        "1.2.840.10008.1.2.5",
                                                        "1.2.3.99.99",
                                                        "",
                                                        "garbage"};
  const std::size_t dataset = dataset_of(file);
  file = meta(one_of(random, kSyntaxes), "1.2.3.4") + file.substr(dataset);
}

void spoil_pixels(std::string& file, Random& random) {
  const std::size_t pixels = file.find(std::string("\xE0\x7F\x10\x00", 4));
  if (pixels == std::string::npos) return;
  for (std::size_t i = 1 + below(random, 40); i > 0; --i)
    file[pixels + below(random, file.size() - pixels)] = static_cast<char>(random());
}

std::string bomb(const std::string& file) {
  static const std::string packed = deflated_bomb(file.substr(dataset_of(file)), std::uint64_t{80} << 20U);
  return meta(kDeflatedSyntax, "1.2.3.4") + packed;
}

void damage_file(std::string& file, Damage damage, unsigned number, Random& random) {
  switch (damage) {
    case Damage::kFlips: flip(file, random); break;
    case Damage::kCut: file.resize(file.size() * (1 + number % 99) / 100); break;
    case Damage::kLength: lie_about_length(file, random); break;
    case Damage::kRepresentation: lie_about_representation(file, random); break;
    case Damage::kNesting: nest(file, random); break;
    case Damage::kGeometry: spoil_geometry(file, random); break;
    case Damage::kSize: spoil_size(file, random); break;
    case Damage::kLongValue: lengthen(file, random, number % 400 == 0); break;
    case Damage::kSyntax: change_syntax(file, random); break;
    case Damage::kPixels: spoil_pixels(file, random); break;
    case Damage::kBomb: file = bomb(file); break;
    case Damage::kCopy:
    case Damage::kMissing: break;
  }
}

/// Half of all are flipped bits; bombs are few, since each inflates megabytes.
Damage damage_of(unsigned number) {
  if (number % 1000 == 7) return Damage::kBomb;
  if (number % 2 == 0) return Damage::kFlips;
  if (number % 10 == 1) return Damage::kCut;
  static constexpr std::array<Damage, 10> kOthers{Damage::kLength,
                                                  Damage::kRepresentation,
                                                  Damage::kGeometry,
                                                  Damage::kSize,
                                                  Damage::kPixels,
                                                  Damage::kSyntax,
                                                  Damage::kNesting,
                                                  Damage::kLongValue,
                                                  Damage::kCopy,
                                                  Damage::kMissing};
  return kOthers[(number / 2) % kOthers.size()];
}

std::string deflate_file(const std::string& file, const std::string& sop_uid) {
  return meta(kDeflatedSyntax, sop_uid) + deflated(file.substr(dataset_of(file)));
}

bool touches_spacing(const std::string& before, const std::string& after) {
  const std::size_t at = find_tag(before, 0x28, 0x30, "DS");
  return at != std::string::npos && before.compare(at, 24, after, std::min(at, after.size()), 24) != 0;
}

/// Damages inner files when the file as a whole is exchanged: that the last one is not there shows nowhere.
void damage_series(Mutant& m, unsigned number, Random& random) {
  std::vector<std::string>& files = m.files;
  const bool whole = m.damage == Damage::kCopy || m.damage == Damage::kMissing;
  if (whole && files.size() > 2) {
    const std::size_t inner = 1 + below(random, files.size() - 2);
    if (m.damage == Damage::kMissing) {
      files.erase(files.begin() + static_cast<std::ptrdiff_t>(inner));
    } else {
      const std::string uid = fmt::format("{}.{}", kUid, inner);
      files[inner] = files[inner - 1];
      if (below(random, 2) == 0) replace_all(files[inner], uid, fmt::format("{}.{}", kUid, 9));
    }
    return;
  }
  std::string& file = files[below(random, files.size())];
  const std::string before = file;
  damage_file(file, m.damage, number, random);
  m.touches_spacing = touches_spacing(before, file);
}

Original read_back(std::string name, const Series& series, const std::filesystem::path& folder) {
  Original original{std::move(name), series, {}};
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  for (const auto& path : paths) original.files.push_back(read_bytes(path));
  return original;
}

Original single_frames(std::string name,
                       Series series,
                       Syntax syntax,
                       const std::vector<Attribute>& attributes) {
  const Folder folder;
  std::vector<Picture> all = pictures(series);
  for (Picture& picture : all) {
    picture.syntax = syntax;
    picture.attributes = attributes;
  }
  write(all, folder.path());
  return read_back(std::move(name), series, folder.path());
}

}  // namespace

std::vector<Original> originals() {
  // One millimetre apart, since a thousandth of a stack's length and a hundredth of its spacing are what the
  // checks of geometry let pass: with these numbers less than 0.01 mm.
  Series series = oblique_series();
  series.uid = kUid;
  series.gap_mm = 1.0;
  series.slices = 6;
  Series compressible = series;
  compressible.columns = 40;
  compressible.rows = 12;
  const std::vector<Attribute> mr{{"EchoTime", "4.92"}, {"RepetitionTime", "500"}, {"InstanceNumber", "1"}};
  const std::vector<Attribute> ct{{"SOPClassUID", "1.2.840.10008.5.1.4.1.1.2"},
                                  {"Modality", "CT"},
                                  {"KVP", "120"},
                                  {"RescaleSlope", "1"},
                                  {"RescaleIntercept", "-1024"}};
  std::vector<Original> all;
  all.push_back(single_frames("MR", series, Syntax::kExplicit, mr));
  all.push_back(single_frames("JPEG-LS", compressible, Syntax::kJpegLs, mr));
  all.push_back(single_frames("deflated", series, Syntax::kExplicit, mr));
  all.back().deflated = true;
  all.push_back(single_frames("CT", series, Syntax::kExplicit, ct));
  const Folder folder;
  write(Enhanced{pictures(series)}, folder / "enhanced.dcm");
  all.push_back(read_back("enhanced", series, folder.path()));
  all.back().one_object = true;
  return all;
}

Mutant mutant(const std::vector<Original>& originals, unsigned number) {
  Random random(number);
  Mutant m;
  m.original = &originals[below(random, originals.size())];
  m.damage = damage_of(number);
  m.files = m.original->files;
  const bool packed_first = m.original->deflated && m.damage != Damage::kBomb && below(random, 2) == 0;
  const auto pack = [&] {
    for (std::string& file : m.files)
      if (file.size() > 144 && dataset_of(file) < file.size()) file = deflate_file(file, kUid);
  };
  const std::string uid = fmt::format("1.2.3.7{:06}", number);
  for (std::string& file : m.files) replace_all(file, kUid, uid);
  const bool bytes_only = m.damage == Damage::kFlips || m.damage == Damage::kCut;
  if (packed_first && bytes_only) pack();
  damage_series(m, number, random);
  for (std::string& file : m.files) replace_all(file, kUid, uid);
  if (m.original->deflated && m.damage != Damage::kBomb && !(packed_first && bytes_only)) pack();
  return m;
}

}  // namespace ledd::testing
