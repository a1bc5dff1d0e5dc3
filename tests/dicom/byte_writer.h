#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace ledd::testing {

// DICOM files byte by byte, explicit VR little endian: also such as no library would write.

/// One element; the value is padded to an even length unless `length` says what to claim instead.
std::string element(std::uint16_t group, std::uint16_t number, const std::string& vr, std::string value);
std::string element_claiming(std::uint16_t group,
                             std::uint16_t number,
                             const std::string& vr,
                             const std::string& value,
                             std::uint32_t length);
/// An unsigned short.
std::string element(std::uint16_t group, std::uint16_t number, std::uint16_t value);

/// The fragments of compressed pixel data, with an empty offset table.
std::string fragments(const std::vector<std::string>& items);

/// A sequence of undefined length within another, `depth` times.
std::string nested(unsigned depth);

/// Preamble, prefix and file meta information.
std::string meta(const std::string& transfer_syntax, const std::string& sop_uid);

/// What a small MR image says; the defaults are sound.
struct Bytes {
  std::string transfer_syntax = "1.2.840.10008.1.2.1";
  std::string sop_uid = "1.2.3.4", series_uid = "1.2.3.5", patient_id = "P1", description = "made for a test";
  std::string position = "0\\0\\0", spacing = "1\\1", frames = {};
  std::uint16_t rows = 8, columns = 8;
  std::string front = {};   ///< Elements before those of the image.
  std::string middle = {};  ///< Elements before the pixel data.
  std::string pixels = {};  ///< The whole element; 16 bits of zeros for each pixel when empty.
};
std::string file_of(const Bytes& bytes);

/// Raw deflate, as PS3.5 A.5 has it.
std::string deflated(const std::string& bytes);
/// The deflated form of `head` and of `zeros` bytes of 0.
std::string deflated_bomb(const std::string& head, std::uint64_t zeros);

}  // namespace ledd::testing
