#include "ledd/dicom/structure.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>

#include "byte_source.h"
#include "header.h"

namespace ledd::dicom {
namespace {

using Form = Structure::Form;

constexpr unsigned kMaxDepth = 32;
constexpr std::uint64_t kMaxFileBytes = std::uint64_t{1} << 31U;
constexpr std::uint64_t kMaxElements = 200'000;
constexpr std::uint64_t kElementsPerFrame =
    400;  // more for each frame: what real objects say of one is far less
constexpr std::uint64_t kMaxValueBytes = std::uint64_t{16} << 20U;
constexpr std::uint32_t kUndefined = 0xFFFFFFFFU;
constexpr std::uint32_t kItem = 0xFFFEE000U;
constexpr std::uint32_t kItemEnd = 0xFFFEE00DU;
constexpr std::uint32_t kSequenceEnd = 0xFFFEE0DDU;
constexpr std::uint32_t kPixelData = 0x7FE00010U;
constexpr std::uint32_t kSeriesUid = 0x0020000EU;
constexpr std::uint32_t kPosition = 0x00200032U;
constexpr std::uint32_t kPerFrameGroups = 0x52009230U;

struct Encoding {
  bool explicit_vr = true;
  bool big_endian = false;
};

struct Element {
  std::uint32_t tag = 0;
  std::array<char, 2> vr{};  // zero when implicit
  std::uint32_t length = 0;
  std::uint64_t value_offset = 0;
  bool vr_is(std::string_view other) const { return vr[0] == other[0] && vr[1] == other[1]; }
};

struct Fault {
  Form form;
  std::string text;
};

std::string print(std::uint32_t tag) {
  return fmt::format("({:04X},{:04X})", tag >> 16U, tag & 0xFFFFU);
}

std::uint32_t number(const std::uint8_t* bytes, unsigned count, bool big_endian) {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < count; ++i)
    value |= std::uint32_t{bytes[i]} << (8U * (big_endian ? count - 1 - i : i));
  return value;
}

bool is_upper(std::uint8_t byte) {
  return byte >= 'A' && byte <= 'Z';
}

bool has_short_length(const std::array<char, 2>& vr) {
  static constexpr std::string_view kShort =
      "AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US ";
  for (std::size_t i = 0; i < kShort.size(); i += 3)
    if (vr[0] == kShort[i] && vr[1] == kShort[i + 1]) return true;
  // Letters of a VR that is not known yet have a long length field; what are no letters has a short one.
  return !is_upper(static_cast<std::uint8_t>(vr[0])) || !is_upper(static_cast<std::uint8_t>(vr[1]));
}

std::string trimmed(const std::uint8_t* bytes, std::size_t count) {
  std::string text(reinterpret_cast<const char*>(bytes), count);
  while (!text.empty() && (text.back() == '\0' || text.back() == ' ')) text.pop_back();
  return text;
}

class Walker {
 public:
  Walker(ByteSource& source, Structure& found) : source_(source), found_(found) {}

  Element element(std::uint64_t at, Encoding encoding) {
    if (++elements_ > most_elements_)
      throw Fault{Form::kBroken,
                  fmt::format("has more than {} elements; at most {} and {} for each frame are read",
                              most_elements_,
                              kMaxElements,
                              kElementsPerFrame)};
    const std::uint8_t* head = source_.at(at, 8);
    if (head == nullptr) throw Fault{Form::kTruncated, fmt::format("ends within an element at byte {}", at)};
    Element e;
    e.tag = (number(head, 2, encoding.big_endian) << 16U) | number(head + 2, 2, encoding.big_endian);
    e.value_offset = at + 8;
    if ((e.tag >> 16U) == 0xFFFEU || !encoding.explicit_vr) {
      e.length = number(head + 4, 4, encoding.big_endian);
      return e;
    }
    e.vr = {static_cast<char>(head[4]), static_cast<char>(head[5])};
    if (has_short_length(e.vr)) {
      e.length = number(head + 6, 2, encoding.big_endian);
      return e;
    }
    const std::uint8_t* tail = source_.at(at + 8, 4);
    if (tail == nullptr) throw Fault{Form::kTruncated, "ends within the header of element " + print(e.tag)};
    e.length = number(tail, 4, encoding.big_endian);
    e.value_offset = at + 12;
    return e;
  }

  /// All elements from `at` to `end`, or to the item's delimiter when `delimited`. Returns where it stopped.
  std::uint64_t elements(std::uint64_t at, std::uint64_t end, Encoding encoding, unsigned depth) {
    const bool delimited = depth > 0 && end == source_.size();
    while (at < end) {
      if (depth == 0 && only_zeros_from(at)) return end;
      const Element e = element(at, encoding);
      if (e.tag == kItemEnd && delimited) return e.value_offset;
      if (depth == 0) take_hint(e);
      if (depth == 0 && e.tag == kPixelData)
        at = pixel_data(e, encoding);
      else
        at = value(e, end, encoding, depth);
    }
    return at;
  }

 private:
  void take_hint(const Element& e) {
    if (e.tag == kPosition) has_position_ = true;
    if (e.tag == kPixelData) found_.hint.image_plane = has_position_;
    if (e.tag != kSeriesUid || e.length == 0 || e.length > 64) return;
    const std::uint8_t* bytes = source_.at(e.value_offset, e.length);
    if (bytes != nullptr) found_.hint.series_uid = trimmed(bytes, e.length);
  }

  /// Files padded with zeros at the end are common (tapes, old archives).
  bool only_zeros_from(std::uint64_t at) {
    const std::uint64_t left = source_.size() - at;
    if (left >= 256) return false;
    const std::uint8_t* bytes = source_.at(at, static_cast<std::size_t>(left));
    return bytes != nullptr && std::all_of(bytes, bytes + left, [](std::uint8_t b) { return b == 0; });
  }

  std::uint64_t end_of(const Element& e, std::uint64_t end) const {
    if (e.length > source_.size() - std::min(source_.size(), e.value_offset))
      throw Fault{Form::kTruncated,
                  fmt::format("element {} claims {} bytes, but the file ends {} bytes after its start",
                              print(e.tag),
                              e.length,
                              source_.size() - e.value_offset)};
    if (e.value_offset + e.length > end)
      throw Fault{Form::kBroken, fmt::format("element {} reaches beyond its sequence item", print(e.tag))};
    return e.value_offset + e.length;
  }

  std::uint64_t value(const Element& e, std::uint64_t end, Encoding encoding, unsigned depth) {
    if (depth == 0) in_frames_ = e.tag == kPerFrameGroups;
    if (e.length == kUndefined) {
      // UN of undefined length is a sequence in implicit VR little endian (PS3.5 6.2.2 note 2).
      if (e.vr_is("UN")) return sequence(e.value_offset, source_.size(), {false, false}, depth + 1);
      if (encoding.explicit_vr && !e.vr_is("SQ") && !e.vr_is("OB") && !e.vr_is("OW"))
        throw Fault{Form::kBroken, fmt::format("element {} has an undefined length", print(e.tag))};
      return sequence(e.value_offset, source_.size(), encoding, depth + 1);
    }
    const std::uint64_t next = end_of(e, end);
    if (e.vr_is("SQ")) {
      sequence(e.value_offset, next, encoding, depth + 1);
      return next;
    }
    const bool maybe_sequence = (!encoding.explicit_vr || e.vr_is("UN")) && e.length >= 8;
    if (maybe_sequence &&
        try_sequence(e, next, {false, encoding.explicit_vr ? false : encoding.big_endian}, depth))
      return next;
    if (e.length > kMaxValueBytes && (e.tag >> 16U) != 0x7FE0U && found_.excess.empty())
      found_.excess = fmt::format(
          "element {} has a value of {} bytes; at most {} are read", print(e.tag), e.length, kMaxValueBytes);
    return next;
  }

  /// Without a VR, a value that starts with an item may be a sequence; one that then cannot be walked is not.
  bool try_sequence(const Element& e, std::uint64_t next, Encoding encoding, unsigned depth) {
    const std::uint8_t* head = source_.at(e.value_offset, 4);
    if (head == nullptr || number(head, 2, false) != 0xFFFEU || number(head + 2, 2, false) != 0xE000U)
      return false;
    try {
      sequence(e.value_offset, next, encoding, depth + 1);
      return true;
    } catch (const Fault&) {
      if (too_deep_ || elements_ > most_elements_) throw;
      return false;
    }
  }

  std::uint64_t sequence(std::uint64_t at, std::uint64_t end, Encoding encoding, unsigned depth) {
    if (depth > kMaxDepth) {
      too_deep_ = true;
      throw Fault{Form::kBroken,
                  fmt::format("nests sequences more than {} deep; no real object does", kMaxDepth)};
    }
    while (at < end) {
      const Element item = element(at, encoding);
      if (item.tag == kSequenceEnd) return item.value_offset;
      if (item.tag != kItem)
        throw Fault{Form::kBroken,
                    fmt::format("has element {} where a sequence item belongs", print(item.tag))};
      if (depth == 1 && in_frames_ && frames_ < kMaxFrames) {
        ++frames_;
        most_elements_ += kElementsPerFrame;
      }
      if (item.length == kUndefined) {
        at = elements(item.value_offset, source_.size(), encoding, depth);
      } else {
        const std::uint64_t next = end_of(item, end);
        walk_item(item.value_offset, next, encoding, depth);
        at = next;
      }
    }
    return at;
  }

  void walk_item(std::uint64_t at, std::uint64_t end, Encoding encoding, unsigned depth) {
    while (at < end) {
      const Element e = element(at, encoding);
      if (e.tag == kItemEnd) return;
      at = value(e, end, encoding, depth);
    }
  }

  std::uint64_t pixel_data(const Element& e, Encoding encoding) {
    found_.has_pixel_data = true;
    if (e.length != kUndefined) {
      found_.pixel_bytes = e.length;
      return end_of(e, source_.size());
    }
    found_.encapsulated = true;
    std::uint64_t at = e.value_offset;
    for (std::uint64_t count = 0;; ++count) {
      const Element item = element(at, encoding);
      if (item.tag == kSequenceEnd) {
        found_.fragments = count == 0 ? 0 : count - 1;
        return item.value_offset;
      }
      if (item.tag != kItem || item.length == kUndefined)
        throw Fault{Form::kBroken, "PixelData (7FE0,0010) has a fragment that is no item"};
      at = end_of(item, source_.size());
      if (count > 0) found_.pixel_bytes += item.length;
    }
  }

  ByteSource& source_;
  Structure& found_;
  std::uint64_t elements_ = 0;
  std::uint64_t most_elements_ = kMaxElements;
  unsigned frames_ = 0;
  bool too_deep_ = false;
  bool in_frames_ = false;  ///< Directly below PerFrameFunctionalGroupsSequence.
  bool has_position_ = false;
};

/// How the first element at `at` is encoded; false when nothing there looks like group 0002 or 0008.
bool guess_encoding(ByteSource& source, std::uint64_t at, Encoding& encoding) {
  const std::uint8_t* head = source.at(at, 8);
  if (head == nullptr) return false;
  const auto plausible = [](std::uint32_t group) { return group == 0x0002U || group == 0x0008U; };
  if (plausible(number(head, 2, false))) {
    encoding.big_endian = false;
  } else if (plausible(number(head, 2, true))) {
    encoding.big_endian = true;
  } else {
    return false;
  }
  encoding.explicit_vr = is_upper(head[4]) && is_upper(head[5]);
  return true;
}

/// Two elements in ascending order, both inside the file: text and other formats do not look like that.
bool starts_like_dicom(ByteSource& source, Structure& found) {
  Encoding encoding;
  if (!guess_encoding(source, 0, encoding)) return false;
  try {
    Walker walker(source, found);
    const Element first = walker.element(0, encoding);
    if (first.length > 4096) return false;
    const Element second = walker.element(first.value_offset + first.length, encoding);
    const std::uint32_t group = second.tag >> 16U;
    return second.tag > first.tag && (group == 0x0002U || group == 0x0008U) && second.length <= 65536;
  } catch (const Fault&) {
    return false;
  }
}

/// Walks the file meta information (group 0002, always explicit little endian).
std::uint64_t walk_meta(ByteSource& source, Structure& found, std::uint64_t at) {
  Walker walker(source, found);
  while (const std::uint8_t* head = source.at(at, 8)) {
    if (number(head, 2, false) != 0x0002U) break;
    const Element e = walker.element(at, {true, false});
    if (e.length > source.size() - std::min(source.size(), e.value_offset))
      throw Fault{Form::kTruncated, fmt::format("file meta element {} is cut off", print(e.tag))};
    if (e.tag == 0x00020010U && e.length <= 64)
      found.transfer_syntax = trimmed(source.at(e.value_offset, e.length), e.length);
    at = e.value_offset + e.length;
  }
  return at;
}

Encoding encoding_of(ByteSource& source, const Structure& found) {
  Encoding encoding;
  if (found.transfer_syntax.empty()) {
    if (!guess_encoding(source, found.dataset_offset, encoding))
      throw Fault{Form::kBroken,
                  "has no TransferSyntaxUID (0002,0010), and its data set starts with no known element"};
    return encoding;
  }
  encoding.explicit_vr = found.transfer_syntax != "1.2.840.10008.1.2";
  encoding.big_endian = found.transfer_syntax == "1.2.840.10008.1.2.2";
  return encoding;
}

void walk_dataset(ByteSource& source, Structure& found) {
  static constexpr std::string_view kDeflated = "1.2.840.10008.1.2.1.99";
  if (source.size() <= found.dataset_offset) throw Fault{Form::kTruncated, "has no data set"};
  if (found.transfer_syntax != kDeflated) {
    Walker(source, found).elements(found.dataset_offset, source.size(), encoding_of(source, found), 0);
    return;
  }
  std::vector<std::uint8_t> bytes = inflated_copy(source, found.dataset_offset);
  if (bytes.empty())
    throw Fault{
        Form::kBroken,
        "has a deflated data set that is corrupt, or inflates to more than 100 times its size or 2 GB"};
  ByteSource inflated(std::move(bytes));
  Walker(inflated, found).elements(found.dataset_offset, inflated.size(), {true, false}, 0);
}

/// What a file that was DICOM, and of which only the first bytes are damaged or left, is like; empty when it
/// never was.
std::string damaged_start(ByteSource& source, const std::filesystem::path& path) {
  static constexpr std::uint64_t kPreamble = 132;
  if (source.size() == 0 && path.extension() == ".dcm") return "is empty";
  if (source.size() > 0 && source.size() < kPreamble && path.extension() == ".dcm")
    return fmt::format("ends after {} bytes, within the preamble of a DICOM file", source.size());
  const std::uint8_t* meta = source.at(kPreamble, 8);
  if (meta == nullptr || number(meta, 2, false) != 0x0002U || !is_upper(meta[4]) || !is_upper(meta[5]))
    return {};
  return "has file meta information (group 0002) at byte 132, but not the prefix 'DICM' before it";
}

}  // namespace

Structure walk_structure(const std::filesystem::path& path) {
  Structure found;
  ByteSource source(path);
  if (!source.is_open()) {
    found.form = Form::kUnreadable;
    found.fault = fmt::format("cannot be opened: {}", std::strerror(source.open_error()));
    return found;
  }
  const std::uint8_t* prefix = source.at(128, 4);
  const bool has_prefix = prefix != nullptr && std::memcmp(prefix, "DICM", 4) == 0;
  const std::string damage = has_prefix ? "" : damaged_start(source, path);
  if (!has_prefix && damage.empty() && !starts_like_dicom(source, found)) return found;
  try {
    if (source.size() > kMaxFileBytes)
      throw Fault{Form::kBroken,
                  fmt::format("is {} bytes long; at most {} (2 GB) are read", source.size(), kMaxFileBytes)};
    found.dataset_offset = walk_meta(source, found, has_prefix || !damage.empty() ? 132 : 0);
    walk_dataset(source, found);
    found.form = Form::kSound;
  } catch (const Fault& fault) {
    found.form = fault.form;
    found.fault = fault.text;
  }
  if (!damage.empty()) {
    found.form = Form::kBroken;
    found.fault = damage;
  }
  return found;
}

}  // namespace ledd::dicom
