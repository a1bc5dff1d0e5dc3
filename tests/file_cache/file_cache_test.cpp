#include "ledd/file_cache/file_cache.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>
#include <random>
#include <thread>

#include "dicom_writer.h"
#include "folder.h"

namespace {

using ledd::Folder;
using ledd::file_cache::FileCache;
using ledd::file_cache::Stamp;
using ledd::file_cache::stamp_of;
using ledd::testing::read_bytes;
using ledd::testing::write_bytes;
using testing::Optional;

namespace fs = std::filesystem;

constexpr std::int64_t kOld = 1'000'000'000'000;

Stamp stamp(std::uint64_t size = 7) {
  return {size, 11, 123, 456, kOld};
}

fs::path filled(const Folder& folder, std::size_t records = 3) {
  FileCache cache({.file = folder / "x", .kind = "test/1"});
  for (std::size_t n = 0; n < records; ++n)
    cache.keep("name " + std::to_string(n), stamp(n), std::string(n * 5, static_cast<char>('a' + n % 26)));
  EXPECT_TRUE(cache.save());
  return folder / "x";
}

TEST(FileCache, FindsWhatWasKeptInAnotherProcess) {
  const Folder folder;
  FileCache cache({.file = filled(folder), .kind = "test/1"});
  EXPECT_THAT(cache.find("name 2", stamp(2)), Optional(std::string("cccccccccc")));
  EXPECT_THAT(cache.find("name 0", stamp(0)), Optional(std::string()));
  EXPECT_EQ(cache.find("name 3", stamp(3)), std::nullopt);
}

TEST(FileCache, EveryPartOfTheStampCounts) {
  const Folder folder;
  FileCache cache({.file = filled(folder), .kind = "test/1"});
  for (const Stamp& other : {Stamp{3, 11, 123, 456, kOld},
                             {2, 12, 123, 456, kOld},
                             {2, 11, 124, 456, kOld},
                             {2, 11, 123, 457, kOld}})
    EXPECT_EQ(cache.find("name 2", other), std::nullopt);
  EXPECT_NE(cache.find("name 2", Stamp{2, 11, 123, 456, 0}), std::nullopt);
}

TEST(FileCache, ATooYoungFileIsNotKept) {
  const Folder folder;
  FileCache cache({.file = folder / "x", .kind = "test/1"});
  auto young = stamp();
  young.age_ns = 1'999'999'999;
  cache.keep("young", young, "?");
  young.age_ns = -5;
  cache.keep("from the future", young, "?");
  EXPECT_EQ(cache.size(), 0U);
  young.age_ns = 2'000'000'000;
  cache.keep("old", young, "!");
  EXPECT_EQ(cache.size(), 1U);
}

TEST(FileCache, AnotherKindReadsNothing) {
  const Folder folder;
  const auto file = filled(folder);
  EXPECT_EQ(FileCache({.file = file, .kind = "test/2"}).size(), 0U);
  EXPECT_EQ(FileCache({.file = file, .kind = "test/1"}).size(), 3U);
}

TEST(FileCache, WithoutTrustNothingIsBelievedAndNothingLost) {
  const Folder folder;
  const auto file = filled(folder);
  FileCache cache({.file = file, .kind = "test/1", .trusted = false});
  EXPECT_EQ(cache.find("name 1", stamp(1)), std::nullopt);
  cache.keep("name 1", stamp(1), "found out again");
  ASSERT_TRUE(cache.save());
  FileCache after({.file = file, .kind = "test/1"});
  EXPECT_THAT(after.find("name 1", stamp(1)), Optional(std::string("found out again")));
  EXPECT_THAT(after.find("name 2", stamp(2)), Optional(std::string("cccccccccc")));
}

TEST(FileCache, WhatIsSharedIsKeptOnce) {
  const Folder folder;
  FileCache cache({.file = folder / "x", .kind = "test/1"});
  const auto name = cache.keep_shared("the same");
  EXPECT_EQ(cache.keep_shared("the same"), name);
  EXPECT_NE(cache.keep_shared("another"), name);
  EXPECT_EQ(cache.size(), 2U);
  ASSERT_TRUE(cache.save());
  FileCache after({.file = folder / "x", .kind = "test/1"});
  EXPECT_THAT(after.find_shared(name), Optional(std::string("the same")));
}

TEST(FileCache, WhatAnotherProcessSavedIsKept) {
  const Folder folder;
  FileCache one({.file = folder / "x", .kind = "test/1"});
  FileCache two({.file = folder / "x", .kind = "test/1"});
  one.keep("of one", stamp(), "1");
  one.keep("of both", stamp(1), "1");
  two.keep("of two", stamp(), "2");
  two.keep("of both", stamp(2), "2");
  EXPECT_TRUE(one.save());
  EXPECT_TRUE(two.save());
  FileCache both({.file = folder / "x", .kind = "test/1"});
  EXPECT_THAT(both.find("of one", stamp()), Optional(std::string("1")));
  EXPECT_THAT(both.find("of two", stamp()), Optional(std::string("2")));
  EXPECT_THAT(both.find("of both", stamp(2)), Optional(std::string("2")));
}

TEST(FileCache, OnlyItsOwnerMayReadIt) {
  const Folder folder;
  FileCache cache({.file = folder / "new" / "x", .kind = "test/1"});
  cache.keep("a", stamp(), "b");
  ASSERT_TRUE(cache.save());
  EXPECT_EQ(fs::status(folder / "new" / "x").permissions(), fs::perms(0600));
  EXPECT_EQ(fs::status(folder / "new").permissions(), fs::perms(0700));
}

TEST(FileCache, AFolderThatIsNotThereIsNoFailureOfAnythingElse) {
  const Folder folder;
  FileCache cache({.file = folder / "no" / "such" / "x", .kind = "test/1"});
  cache.keep("a", stamp(), "b");
  EXPECT_FALSE(cache.save());
  EXPECT_THAT(cache.find("a", stamp()), Optional(std::string("b")));
  FileCache nowhere({.file = {}, .kind = "test/1"});
  nowhere.keep("a", stamp(), "b");
  EXPECT_TRUE(nowhere.save());
}

TEST(FileCache, SavingLeavesNothingBesideTheFile) {
  const Folder folder;
  write_bytes(folder / ".x.tmp-2147483647-0", "left by a process that is no more");
  write_bytes(folder / ".x.tmp-1-0", "left by one that was killed");
  write_bytes(folder / ".x.tmp-1-1", "being written by another");
  fs::last_write_time(folder / ".x.tmp-1-0", fs::file_time_type::clock::now() - std::chrono::hours(2));
  filled(folder);
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder.path())) names.push_back(entry.path().filename());
  EXPECT_THAT(names, testing::UnorderedElementsAre("x", ".x.tmp-1-1"));
}

/// Whatever the file holds, each record that is believed is one that was written.
void expect_truth(const fs::path& file, const std::string& what) {
  FileCache cache({.file = file, .kind = "test/1"});
  for (std::size_t n = 0; n < 50; ++n)
    for (std::size_t size = 0; size < 50; ++size)
      if (const auto found = cache.find("name " + std::to_string(n), stamp(size))) {
        ASSERT_EQ(n, size) << what;
        ASSERT_EQ(*found, std::string(n * 5, static_cast<char>('a' + n % 26))) << what;
      }
  ASSERT_LE(cache.size(), 50U) << what;
}

TEST(FileCache, DamageIsNeverBelieved) {
  const Folder folder;
  const auto file = filled(folder, 50);
  const std::string whole = read_bytes(file);
  std::mt19937 random(7);
  for (int trial = 0; trial < 2000; ++trial) {
    std::string bytes = whole;
    const auto below = [&](std::size_t n) {
      return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
    };
    switch (trial % 4) {
      case 0: bytes[below(bytes.size())] ^= static_cast<char>(1U << below(8)); break;
      case 1: bytes.resize(below(bytes.size())); break;
      case 2: bytes.erase(below(bytes.size()), 1 + below(200)); break;
      case 3: bytes.insert(below(bytes.size()), bytes, below(bytes.size()), 1 + below(200)); break;
    }
    write_bytes(file, bytes);
    expect_truth(file, "trial " + std::to_string(trial));
  }
}

TEST(FileCache, RandomBytesAreNothing) {
  const Folder folder;
  const auto file = filled(folder);
  const std::string whole = read_bytes(file);
  std::mt19937 random(8);
  for (int trial = 0; trial < 2000; ++trial) {
    std::string bytes = whole.substr(0, trial % 2 == 0 ? 0 : 33);  // with and without a right beginning
    for (std::size_t n = random() % 500; n > 0; --n)
      bytes += static_cast<char>(random() % (trial % 3 == 0 ? 2 : 256));
    write_bytes(file, bytes);
    ASSERT_EQ(FileCache({.file = file, .kind = "test/1"}).size(), 0U) << trial;
  }
}

TEST(FileCache, ManyThreadsMayUseIt) {
  const Folder folder;
  FileCache cache({.file = folder / "x", .kind = "test/1"});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&cache, t] {
      for (int n = 0; n < 500; ++n) {
        cache.keep(std::to_string(n), stamp(static_cast<std::uint64_t>(n)), std::to_string(n));
        const auto found =
            cache.find(std::to_string(n * t % 500), stamp(static_cast<std::uint64_t>(n * t % 500)));
        if (found) {
          EXPECT_EQ(*found, std::to_string(n * t % 500));
        }
        if (n % 100 == 0) {
          EXPECT_TRUE(cache.save());
        }
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(cache.size(), 500U);
}

TEST(Stamp, ChangesWithEveryWayToChangeAFile) {
  const Folder folder;
  const auto file = folder / "a";
  write_bytes(file, "one");
  const auto settle = [] { std::this_thread::sleep_for(std::chrono::milliseconds(30)); };
  settle();
  auto before = stamp_of(file);
  ASSERT_TRUE(before);
  EXPECT_GE(before->age_ns, 20'000'000);
  EXPECT_EQ(stamp_of(file), before);
  const auto expect_changed = [&](const char* how) {
    const auto now = stamp_of(file);
    ASSERT_TRUE(now) << how;
    EXPECT_FALSE(*now == *before) << how;
    EXPECT_LT(now->age_ns, 20'000'000) << how;
    settle();
    before = stamp_of(file);
  };
  const auto time = fs::last_write_time(file);
  write_bytes(file, "two");  // as long as before
  fs::last_write_time(file, time);
  expect_changed("another content with the old time");
  write_bytes(folder / "b", "two");
  fs::last_write_time(folder / "b", time);
  fs::rename(folder / "b", file);
  expect_changed("another file with the same content and times");
  fs::resize_file(file, 2);
  expect_changed("cut off");
  fs::remove(file);
  EXPECT_EQ(stamp_of(file), std::nullopt);
}

TEST(Stamp, ATimeInTheFutureIsNoYouth) {
  const Folder folder;
  write_bytes(folder / "a", "one");
  fs::last_write_time(folder / "a", fs::file_time_type::clock::now() + std::chrono::hours(1000));
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  EXPECT_GE(stamp_of(folder / "a")->age_ns, 20'000'000);
}

}  // namespace
