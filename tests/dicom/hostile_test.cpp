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
#include "hostile_table.inc"
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
