#include "ledd/files/write_set.h"

#include <gmock/gmock.h>

#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "small_disk.h"

namespace ledd::files {
namespace {

TEST(WriteSet, WritesAllAndReplacesWhatWasThere) {
  const Folder folder;
  write_set({{folder / "a", "1"}, {folder / "b", "2"}});
  write_set({{folder / "a", "3"}, {folder / "b", ""}});
  EXPECT_EQ(read_bytes(folder / "a"), "3");
  EXPECT_EQ(read_bytes(folder / "b"), "");
  EXPECT_EQ(folder.entries(), 2);
}

TEST(WriteSet, WhereTheLastFindsNoRoomTheFirstStaysAsItWas) {
  const SmallDisk disk(200000);
  LEDD_NEEDS_MOUNT(disk);
  write_set({{disk.folder() / "a", "old a"}, {disk.folder() / "b", "old b"}});
  try {
    write_set({{disk.folder() / "a", "new a"}, {disk.folder() / "b", std::string(300000, 'b')}});
    FAIL() << "written";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kIo) << e.what();
  }
  EXPECT_EQ(read_bytes(disk.folder() / "a"), "old a");
  EXPECT_EQ(read_bytes(disk.folder() / "b"), "old b");
  EXPECT_EQ(disk.folder().entries(), 2);
}

TEST(WriteSet, AFolderThatIsNotThereLeavesTheOthersAsTheyWere) {
  const Folder folder;
  write_set({{folder / "a", "old"}});
  EXPECT_THROW(write_set({{folder / "a", "new"}, {folder / "none" / "b", "new"}}), Error);
  EXPECT_EQ(read_bytes(folder / "a"), "old");
  EXPECT_EQ(folder.entries(), 1);
}

}  // namespace
}  // namespace ledd::files
