// Files made to harm their reader, each in a folder of its own, beside nothing.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <functional>

#include "ledd/core/error.h"
#include "ledd/dicom/dicom.h"

#include "byte_writer.h"
#include "dicom_writer.h"

namespace ledd::dicom {
namespace {

using testing::Bytes;
using testing::element;
using testing::element_claiming;
using testing::file_of;
using testing::Folder;
using testing::fragments;
using ::testing::HasSubstr;
using testing::nested;

struct Hostile {
  std::string name;
  std::function<std::string()> bytes;
  Decision decision;
  std::string reason;     ///< Part of it.
  std::string load = {};  ///< Two such files are a stack, and loading it fails with this.
};

std::string without_pixels(const std::string& file) {
  return file.substr(0, file.size() - 12 - 2 * 8 * 8);
}

std::string preamble_only() {
  std::string bytes(132, '\0');
  return bytes.replace(128, 4, "DICM");
}

/// Valid at its beginning, then not.
std::string bad_jpeg() {
  return std::string("\xFF\xD8\xFF\xC0", 4) + std::string(196, '\x5A');
}

/// Fifteen segments that all begin far outside.
std::string bad_rle() {
  std::string header("\x0F\0\0\0", 4);
  for (int i = 0; i < 15; ++i) header += "\xFF\xFF\xFF\x7F";
  return header + std::string(16, '\x11');
}

std::string huge_value() {
  return file_of({.middle = element(0x0029, 0x1010, "OB", std::string((std::size_t{16} << 20U) + 2, 'x'))});
}

std::string many_elements() {
  std::string items;
  for (unsigned i = 0; i < 200'000; ++i) items += element(0x0008, 0x0060, "CS", "MR");
  return file_of({.front = items});
}

/// Twelve bytes that are three numbers whichever way they are read.
std::string position_as_floats() {
  std::string bytes = file_of({.position = "1.5\\2.5\\3.5 "});
  const std::string tag("\x20\x00\x32\x00", 4);
  return bytes.replace(bytes.find(tag) + tag.size(), 2, "FL");
}

const std::vector<Hostile>& table() {
  using D = Decision;
  static const std::vector<Hostile> rows{
      {"sound", [] { return file_of({}); }, D::kRefused, "only slice"},
      {"pixels cut",
       [] { return file_of({.rows = 256, .columns = 256}).substr(0, 80000); },
       D::kRefused,
       "(7FE0,0010) claims 131072 bytes"},
      {"65535 rows, 64 bytes",
       [] {
         return file_of(
             {.rows = 65535, .columns = 65535, .pixels = element(0x7FE0, 0x10, "OW", std::string(64, 'x'))});
       },
       D::kRefused,
       "Rows (0028,0010) is '65535'; a whole number from 1 to 8192 is needed"},
      {"pixels claim 4 GB",
       [] {
         return file_of({.pixels = element_claiming(0x7FE0, 0x10, "OW", std::string(64, 'x'), 0xFFFFFFF0)});
       },
       D::kRefused,
       "claims 4294967280 bytes"},
      {"text claims 65535 bytes",
       [] { return file_of({.front = element_claiming(0x0008, 0x0008, "CS", "lie", 0xFFFF)}); },
       D::kRefused,
       "(0008,0018) is missing"},
      {"noise", [] { return std::string(4096, '\xA7'); }, D::kIgnored, "not DICOM"},
      {"preamble only", preamble_only, D::kRefused, "has no data set"},
      {"empty", [] { return std::string(); }, D::kIgnored, "not DICOM"},
      {"nested 33 deep",
       [] { return file_of({.front = nested(33)}); },
       D::kRefused,
       "nests sequences more than 32 deep"},
      {"nested 1,000 deep",
       [] { return file_of({.front = nested(1000)}); },
       D::kRefused,
       "nests sequences more than 32 deep"},
      {"nested 20,000 deep",
       [] { return file_of({.front = nested(20000)}); },
       D::kRefused,
       "nests sequences more than 32 deep"},
      {"nested 200,000 deep",
       [] { return file_of({.front = nested(200000)}); },
       D::kRefused,
       "nests sequences more than 32 deep"},
      {"deflate bomb of 1.5 GB",
       [] {
         return testing::meta("1.2.840.10008.1.2.1.99", "1.2.3.4") +
                testing::deflated_bomb(without_pixels(file_of({}))
                                           .substr(testing::meta("1.2.840.10008.1.2.1", "1.2.3.4").size()),
                                       std::uint64_t{1500} << 20U);
       },
       D::kRefused,
       "inflates to more than 100 times its size"},
      {"no deflate stream",
       [] { return testing::meta("1.2.840.10008.1.2.1.99", "1.2.3.4") + std::string(500, '\x7E'); },
       D::kRefused,
       "deflated data set that is corrupt"},
      {"unknown transfer syntax",
       [] { return file_of({.transfer_syntax = "1.2.3.99.99"}); },
       D::kRefused,
       "TransferSyntaxUID (0002,0010) is '1.2.3.99.99'"},
      {"position NaN, inf, 1e400",
       [] { return file_of({.position = "nan\\inf\\1e400"}); },
       D::kRefused,
       "ImagePositionPatient (0020,0032) is 'nan\\inf\\1e400'; three finite numbers"},
      {"negative spacing",
       [] { return file_of({.spacing = "-1\\0"}); },
       D::kRefused,
       "PixelSpacing (0028,0030) is '-1\\0'; two finite numbers above 0"},
      {"path as patient",
       [] { return file_of({.patient_id = "../../../../var/pwn", .description = "../../x;rm -rf $HOME"}); },
       D::kRefused,
       "only slice"},
      {"NUL in the patient",
       [] {
         return file_of(
             {.patient_id = std::string("ok\0/../../x", 11), .description = "<script>alert(1)</script>"});
       },
       D::kRefused,
       "only slice"},
      {"JPEG with native pixels",
       [] { return file_of({.transfer_syntax = "1.2.840.10008.1.2.4.50"}); },
       D::kRefused,
       "only slice",
       "reading PixelData"},
      {"bad JPEG",
       [] {
         return file_of({.transfer_syntax = "1.2.840.10008.1.2.4.50", .pixels = fragments({bad_jpeg()})});
       },
       D::kRefused,
       "only slice",
       "decoding PixelData"},
      {"bad JPEG-LS",
       [] {
         return file_of({.transfer_syntax = "1.2.840.10008.1.2.4.80", .pixels = fragments({bad_jpeg()})});
       },
       D::kRefused,
       "only slice",
       "decoding PixelData"},
      {"bad RLE",
       [] { return file_of({.transfer_syntax = "1.2.840.10008.1.2.5", .pixels = fragments({bad_rle()})}); },
       D::kRefused,
       "only slice",
       "decoding PixelData"},
      {"2^31 - 1 frames",
       [] { return file_of({.frames = "2147483647"}); },
       D::kRefused,
       "NumberOfFrames (0028,0008) is '2147483647'"},
      {"a value of 16 MB",
       huge_value,
       D::kRefused,
       "element (0029,1010) has a value of 16777218 bytes; at most 16777216 are read"},
      {"200,000 elements", many_elements, D::kRefused, "has more than 200000 elements"},
      {"position as floats",
       position_as_floats,
       D::kRefused,
       "ImagePositionPatient (0020,0032) has the value representation FL; DS is needed"},
      {"prefix damaged",
       [] { return file_of({}).replace(128, 4, "DICN"); },
       D::kRefused,
       "not the prefix 'DICM'"},
  };
  return rows;
}

Index index_of(const std::filesystem::path& path) {
  Context context({}, 2);
  return index({path}, context);
}

TEST(Hostile, EveryFileIsDecidedAsTheTableSays) {
  for (const Hostile& row : table()) {
    SCOPED_TRACE(row.name);
    const Folder folder;
    testing::write_bytes(folder / "file", row.bytes());
    const Index found = index_of(folder.path());
    ASSERT_EQ(found.files.size(), 1U);
    EXPECT_EQ(name_of(found.files[0].decision), name_of(row.decision));
    EXPECT_THAT(found.files[0].reason, HasSubstr(row.reason));
    for (const Stack& stack : found.stacks) EXPECT_NE(stack.problem, "");
  }
}

TEST(Hostile, WhatCannotBeDecodedIsAnErrorOfLoad) {
  for (const Hostile& row : table()) {
    if (row.load.empty()) continue;
    SCOPED_TRACE(row.name);
    const Folder folder;
    std::string bytes = row.bytes();
    testing::write_bytes(folder / "a", bytes);
    const std::string position("0\\0\\0 ");
    testing::write_bytes(folder / "b", bytes.replace(bytes.find(position), position.size(), "0\\0\\2 "));
    EXPECT_THAT(index_of(folder.path()).stacks.at(0).problem, HasSubstr("same UID"));
    const std::string uid("1.2.3.4");
    for (std::size_t at = 0; (at = bytes.find(uid, at)) != std::string::npos; at += uid.size())
      bytes.replace(at, uid.size(), "1.2.3.8");
    testing::write_bytes(folder / "b", bytes);
    const Index found = index_of(folder.path());
    ASSERT_EQ(found.stacks.size(), 1U);
    ASSERT_EQ(found.stacks[0].problem, "");
    Context context({}, 2);
    try {
      load(found.stacks[0], context);
      ADD_FAILURE() << "was loaded";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Errc::kInput);
      EXPECT_THAT(error.what(), HasSubstr(row.load));
    }
  }
}

TEST(Hostile, AnEmptyFileNamedAsDicomIsRefused) {
  const Folder folder;
  testing::write_bytes(folder / "empty.dcm", "");
  testing::write_bytes(folder / "short.dcm", std::string(40, '\0'));
  const Index found = index_of(folder.path());
  EXPECT_THAT(found.files.at(0).reason, HasSubstr("is empty"));
  EXPECT_THAT(found.files.at(1).reason, HasSubstr("ends after 40 bytes, within the preamble"));
}

}  // namespace
}  // namespace ledd::dicom
