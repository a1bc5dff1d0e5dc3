#include "ledd/files/files.h"

#include <gmock/gmock.h>

#include <fstream>
#include <numeric>

#include "ledd/core/error.h"

#include "as_user.h"
#include "file_limit.h"
#include "folder.h"
#include "small_disk.h"

namespace ledd::files {
namespace {

using ::testing::HasSubstr;

template <class Body>
Errc code_of(const Body& body) {
  try {
    body();
  } catch (const Error& e) {
    return e.code();
  }
  ADD_FAILURE() << "nothing was thrown";
  return Errc::kInternal;
}

TEST(Sha256, MatchesThePublishedVectors) {
  // FIPS 180-2, appendix B.1 and B.2, and the digest of nothing.
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, OfAFileLargerThanOnePieceIsThatOfItsBytes) {
  const Folder folder;
  std::string bytes(1000003, '\0');
  for (std::size_t n = 0; n < bytes.size(); ++n) bytes[n] = static_cast<char>(n * n % 251);
  write_bytes(bytes, folder / "big");
  EXPECT_EQ(sha256_of_file(folder / "big"), sha256(bytes));
}

TEST(WriteBytes, ReadBytesGivesThemBackWithEveryByteValue) {
  const Folder folder;
  std::string bytes(256, '\0');
  std::iota(bytes.begin(), bytes.end(), '\0');
  write_bytes(bytes, folder / "all");
  EXPECT_EQ(read_bytes(folder / "all"), bytes);
  EXPECT_EQ(folder.entries(), 1);
}

TEST(WriteBytes, ReplacesALongerFileWhole) {
  const Folder folder;
  write_bytes("a long text", folder / "x");
  write_bytes("short", folder / "x");
  EXPECT_EQ(read_bytes(folder / "x"), "short");
  EXPECT_EQ(folder.entries(), 1);
}

TEST(WriteBytes, OfNothingMakesAnEmptyFile) {
  const Folder folder;
  write_bytes("", folder / "empty");
  EXPECT_EQ(std::filesystem::file_size(folder / "empty"), 0U);
}

TEST(WriteBytes, IntoAMissingFolderIsRefusedByName) {
  const Folder folder;
  try {
    write_bytes("x", folder / "absent" / "file.txt");
    FAIL() << "written into nowhere";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kCreate);
    EXPECT_THAT(e.what(), HasSubstr("absent/file.txt"));
  }
}

TEST(WriteBytes, BelowAFileIsRefused) {
  const Folder folder;
  write_bytes("x", folder / "file");
  EXPECT_EQ(code_of([&] { write_bytes("y", folder / "file" / "below"); }), Errc::kCreate);
}

TEST(WriteBytes, OntoAFolderIsRefusedAndLeavesNothingBehind) {
  const Folder folder;
  std::filesystem::create_directory(folder / "taken");
  EXPECT_EQ(code_of([&] { write_bytes("y", folder / "taken"); }), Errc::kCreate);
  EXPECT_EQ(folder.entries(), 1);
}

TEST(WriteBytes, WithoutTheRightToWriteIsPermission) {
  const Folder folder;
  std::filesystem::permissions(folder.path(),
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  const AsOrdinaryUser user(folder.path());  // root may write anywhere
  EXPECT_EQ(code_of([&] { write_bytes("y", folder / "x"); }), Errc::kPermission);
}

/// A disk that takes no more: here by the limit on the length of a file, which needs no right to mount.
TEST(WriteBytes, AFailingWriteIsRefusedAndLeavesNothingBehind) {
  const Folder folder;
  const FileLimit limit(1U << 12U);
  EXPECT_EQ(code_of([&] { write_bytes(std::string(1U << 16U, 'y'), folder / "x"); }), Errc::kIo);
  EXPECT_EQ(folder.entries(), 0);
}

TEST(WriteBytes, AFailingWriteKeepsTheFileOfBefore) {
  const Folder folder;
  write_bytes("before", folder / "x");
  const FileLimit limit(1U << 12U);
  EXPECT_EQ(code_of([&] { write_bytes(std::string(1U << 16U, 'y'), folder / "x"); }), Errc::kIo);
  EXPECT_EQ(read_bytes(folder / "x"), "before");
  EXPECT_EQ(folder.entries(), 1);
}

TEST(WriteBytes, OnAReadOnlyDiskIsRefused) {
  const SmallDisk disk(1U << 16U);
  LEDD_NEEDS_MOUNT(disk);
  ASSERT_TRUE(disk.freeze());
  EXPECT_EQ(code_of([&] { write_bytes("y", disk.folder() / "x"); }), Errc::kCreate);
}

TEST(ReadBytes, OfAMissingFileNamesIt) {
  const Folder folder;
  try {
    read_bytes(folder / "gone.json");
    FAIL() << "read what is not there";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kNotFound);
    EXPECT_THAT(e.what(), HasSubstr("gone.json"));
  }
}

TEST(ReadBytes, OfAFolderIsRefused) {
  const Folder folder;
  EXPECT_EQ(code_of([&] { read_bytes(folder.path()); }), Errc::kIo);
}

}  // namespace
}  // namespace ledd::files
