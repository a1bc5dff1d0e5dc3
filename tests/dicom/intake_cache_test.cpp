// What is known of files that did not change gives what reading them gives.
#include "intake_cache.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <thread>

#include "ledd/dicom/cached_index.h"
#include "ledd/isolation/archive.h"

#include "dicom_writer.h"
#include "fields.h"

namespace ledd::dicom {
namespace {

namespace fs = std::filesystem;

using file_cache::FileCache;
using file_cache::stamp_of;
using testing::Folder;
using testing::pictures;
using testing::read_bytes;
using testing::write_bytes;

constexpr auto kSettled = std::chrono::milliseconds(20);

void settle() {
  std::this_thread::sleep_for(kSettled + std::chrono::milliseconds(10));
}

FileCache::Params cache_in(const Folder& folder) {
  return {.file = folder / "headers", .kind = intake_kind(), .settled = kSettled};
}

/// All that an index says.
std::vector<std::string> print(const Index& index) {
  std::vector<std::string> lines;
  for (const auto& file : index.files)
    lines.push_back(
        fmt::format("{} {} {} {}", file.path.string(), name_of(file.decision), file.stack_id, file.reason));
  for (const Stack& stack : index.stacks) {
    lines.push_back(fmt::format("{} {} {} {}", stack.id, stack.problem, stack.columns, stack.rows));
    lines.push_back(isolation::packed(stack,
                                      stack.pixel_spacing_mm,
                                      stack.slice_spacing_mm,
                                      stack.row_lps,
                                      stack.column_lps,
                                      stack.normal_lps));
    for (const Slice& s : stack.slices)
      lines.push_back(isolation::packed(s.path,
                                        s.sop_instance_uid,
                                        s.sop_class_uid,
                                        s.frame,
                                        s.position_lps_mm,
                                        s.rescale_slope,
                                        s.rescale_intercept));
  }
  return lines;
}

std::vector<std::string> known_index(const fs::path& in, const Folder& where) {
  Context context({}, 2);
  FileCache cache(cache_in(where));
  auto lines = print(index({in}, context, cache));
  EXPECT_TRUE(cache.save());
  return lines;
}

std::vector<std::string> plain_index(const fs::path& in) {
  Context context({}, 2);
  return print(index({in}, context));
}

/// Three series, of which one has a copy of a slice and one a cut slice, and what is no image.
void fill(const fs::path& folder) {
  for (const char* name : {"a", "b", "c"}) {
    testing::Series series;
    series.uid = fmt::format("1.2.3.{}", static_cast<int>(name[0]));
    fs::create_directories(folder / name);
    testing::write(pictures(series), folder / name);
  }
  fs::copy_file(folder / "a" / "0001.dcm", folder / "a" / "copy.dcm");
  fs::resize_file(folder / "b" / "0002.dcm", fs::file_size(folder / "b" / "0002.dcm") - 9);
  write_bytes(folder / "c" / "letter.txt", "hello");
}

class Edits {
 public:
  explicit Edits(fs::path folder) : folder_(std::move(folder)) {}

  std::string one() {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder_))
      if (entry.is_regular_file()) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    const fs::path& file = files[below(files.size())];
    const fs::path& other = files[below(files.size())];
    const auto time = fs::last_write_time(file);
    std::string bytes = read_bytes(file);
    switch (const auto what = below(7); what) {
      case 0: fs::last_write_time(file, time + std::chrono::seconds(1)); return "touched";
      case 1:
        write_bytes(file, read_bytes(other));
        fs::last_write_time(file, time);
        return "replaced";
      case 2:
        fs::resize_file(file,
                        bytes.size() - below(std::min<std::size_t>(bytes.size(), 30)));  // of the pixels
        return "cut";
      case 3: fs::rename(file, file.parent_path() / fmt::format("new{}", count_++)); return "renamed";
      case 4:
        if (files.size() > 5) fs::remove(file);
        return "deleted";
      case 5: fs::copy_file(other, folder_ / "b" / fmt::format("new{}", count_++)); return "added";
      default:
        if (const auto at = bytes.find("P1"); at != std::string::npos) bytes[at + 1] = '2';
        write_bytes(file, bytes);
        fs::last_write_time(file, time);
        return "another patient, of the same length and time";
    }
  }

 private:
  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }

  fs::path folder_;
  std::mt19937 random_{20};
  int count_ = 0;
};

TEST(IntakeCache, AnIndexIsTheSameWithItAndWithoutAfterEveryEdit) {
  const Folder in;
  const Folder where;
  fill(in.path());
  Edits edits(in.path());
  for (int round = 0; round < 40; ++round) {
    settle();
    known_index(in.path(), where);  // learns
    ASSERT_EQ(known_index(in.path(), where), plain_index(in.path())) << round;
    const std::string edit = edits.one();
    ASSERT_EQ(known_index(in.path(), where), plain_index(in.path())) << round << ": " << edit;
  }
}

TEST(IntakeCache, WhatIsKnownIsNotReadAgain) {
  const Folder in;
  const Folder where;
  fill(in.path());
  settle();
  known_index(in.path(), where);
  const fs::path letter = in.path() / "c" / "letter.txt";
  const fs::path slice = in.path() / "a" / "0000.dcm";
  Context context;
  FileCache cache(cache_in(where));
  const std::string said_of_letter(cache.find(letter.native(), *stamp_of(letter)).value());
  cache.keep(slice.native(), *stamp_of(slice), said_of_letter);
  for (const FileEntry& file : index({in.path()}, context, cache).files)
    if (file.path == slice) {
      EXPECT_EQ(file.decision, Decision::kIgnored);
      EXPECT_EQ(file.reason, "not DICOM");
    }
}

TEST(IntakeCache, AYoungFileIsNotKnown) {
  const Folder in;
  const Folder where;
  fill(in.path());
  Context context;
  FileCache cache({.file = where / "headers", .kind = intake_kind(), .settled = std::chrono::hours(1)});
  index({in.path()}, context, cache);
  for (const auto& entry : fs::recursive_directory_iterator(in.path()))
    EXPECT_EQ(cache.find(entry.path().native(), *stamp_of(entry.path())), std::nullopt);
}

TEST(IntakeCache, WhatFailedForWantOfMemoryIsAskedAgain) {
  const Folder where;
  FileCache file(cache_in(where));
  IntakeCache cache(file);
  const file_cache::Stamp old{1, 2, 3, 4, 1'000'000'000'000};
  Scanned refused{{"a", Decision::kRefused, {}, "needs more memory than there is"}, std::nullopt, {}, true};
  cache.keep(refused, old);
  EXPECT_FALSE(cache.find("a", old));
  refused.passing = false;
  cache.keep(refused, old);
  ASSERT_TRUE(cache.find("a", old));
  EXPECT_EQ(cache.find("a", old)->entry.reason, refused.entry.reason);
}

TEST(IntakeCache, RecordsThatMeanNothingAreNotBelieved) {
  const Folder in;
  const Folder where;
  fill(in.path());
  settle();
  const auto truth = known_index(in.path(), where);
  const fs::path slice = in.path() / "a" / "0000.dcm";
  std::mt19937 random(3);
  for (int trial = 0; trial < 300; ++trial) {
    FileCache cache(cache_in(where));
    std::string bytes(cache.find(slice.native(), *stamp_of(slice)).value());
    // With a right checksum, as if another version of Ledd had written it: no crash, whatever it says.
    for (int n = 0; n < 1 + trial % 4; ++n) bytes[random() % bytes.size()] = static_cast<char>(random());
    if (trial % 3 == 0) bytes.resize(random() % bytes.size());
    cache.keep(slice.native(), *stamp_of(slice), bytes);
    IntakeCache known(cache);
    if (const auto found = known.find(slice, *stamp_of(slice))) {
      EXPECT_EQ(found->entry.path, slice);
    }
  }
  EXPECT_EQ(known_index(in.path(), where), truth);
}

TEST(IntakeCache, ADamagedFileChangesNothing) {
  const Folder in;
  const Folder where;
  fill(in.path());
  settle();
  const auto truth = known_index(in.path(), where);
  const std::string whole = read_bytes(where / "headers");
  std::mt19937 random(4);
  for (int trial = 0; trial < 30; ++trial) {
    std::string bytes = whole;
    if (trial % 2 == 0)
      bytes.resize(random() % bytes.size());
    else
      bytes[random() % bytes.size()] ^= static_cast<char>(1U << random() % 8);
    write_bytes(where / "headers", bytes);
    ASSERT_EQ(known_index(in.path(), where), truth) << trial;
    ASSERT_EQ(read_bytes(where / "headers").size(), whole.size()) << trial;  // written anew
  }
}

}  // namespace
}  // namespace ledd::dicom
