#include <gmock/gmock.h>

#include "ledd/core/error.h"

#include "support.h"

namespace ledd::deidentification {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// Three people, a screen save, a text and a copy.
void write_site(const std::filesystem::path& in) {
  std::filesystem::create_directories(in / "b");
  unsigned number = 0;
  for (const std::string id : {"zeta", "alpha", "mid"}) {
    auto series = testing::pictures({.slices = 3, .uid = fmt::format("1.2.3.{}", ++number)});
    for (auto& slice : series) slice.attributes = {{"PatientID", id}, {"StudyDate", "20240301"}};
    std::filesystem::create_directories(in / id);
    testing::write(series, in / id);
  }
  testing::write(picture({{"BurnedInAnnotation", "YES"}, {"PatientID", "screen"}}), in / "b/screen.dcm");
  testing::write_bytes(in / "b/page.txt", "nothing");
  std::filesystem::copy_file(in / "mid/0001.dcm", in / "mid/copy.dcm");
}

TEST(Batch, IsTheSameForAnyNumberOfThreadsAndAgain) {
  const Folder folder;
  write_site(folder / "in");
  auto key = SubjectKey::create(folder / "site.key");
  run(folder / "in", key, {.out = folder / "one"}, 1);
  const auto after_first = files::read_bytes(key.file());
  run(folder / "in", key, {.out = folder / "four"}, 4);
  EXPECT_EQ(files::read_bytes(key.file()), after_first);
  const auto one = tree(folder / "one");
  EXPECT_EQ(one.size(), 10U) << "nine images and deid.csv";
  EXPECT_EQ(one, tree(folder / "four"));
  run(folder / "in", key, {.out = folder / "one"}, 2);
  EXPECT_EQ(one, tree(folder / "one")) << "over what is there";
}

TEST(Batch, EverySourceHasItsRow) {
  const Folder folder;
  write_site(folder / "in");
  auto key = SubjectKey::create(folder / "site.key");
  const auto rows = run(folder / "in", key, {.out = folder / "out"});
  ASSERT_EQ(rows.size(), 12U);
  for (const auto& row : rows) {
    EXPECT_EQ(row.decision == Decision::kWritten, row.reason.empty());
    EXPECT_EQ(row.decision == Decision::kWritten,
              std::filesystem::is_regular_file(folder / "out" / row.name) && !row.name.empty());
    EXPECT_THAT(row.reason, Not(HasSubstr(folder.path().string())));
  }
  EXPECT_EQ(rows[3].reason, "not DICOM");
  EXPECT_THAT(rows[4].reason, HasSubstr("BurnedInAnnotation"));
  EXPECT_EQ(rows[8].reason, "a copy of the file of row 7");
  EXPECT_EQ(key.pseudonym("alpha"), "S0001") << "in the order of paths";
  EXPECT_EQ(key.pseudonym("zeta"), "S0003");
  EXPECT_EQ(key.pseudonym("screen"), std::nullopt) << "nobody is enrolled for what is set aside";
  const std::string table = files::read_bytes(folder / "out/deid.csv");
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 13);
  EXPECT_THAT(table, HasSubstr("\r\n4,,set aside,not DICOM,0,0,0,0,0\r\n"));
  for (const char* name : {"alpha", "zeta", "screen.dcm", "page", "0001.dcm"})
    EXPECT_THAT(table, Not(HasSubstr(name)));
}

TEST(Batch, TwoObjectsWithOneNameAreAContradiction) {
  const Folder folder;
  std::filesystem::create_directories(folder / "in");
  testing::write(picture({{"EchoTime", "1"}}), folder / "in/a.dcm");
  testing::write(picture({{"EchoTime", "2"}}), folder / "in/b.dcm");
  auto key = key_in(folder);
  const auto rows = run(folder / "in", key, {.out = folder / "out"});
  EXPECT_EQ(rows[0].decision, Decision::kWritten);
  EXPECT_EQ(rows[1].decision, Decision::kRefused);
  EXPECT_THAT(rows[1].reason, HasSubstr("another object with the UIDs of the file of row 1"));
}

TEST(Batch, ADryRunWritesNothing) {
  const Folder folder;
  write_site(folder / "in");
  auto key = SubjectKey::create(folder / "site.key");
  const auto rows = run(folder / "in", key, {.out = folder / "out", .dry_run = true});
  EXPECT_EQ(folder.path().string() + "/in", (folder / "in").string());
  EXPECT_FALSE(std::filesystem::exists(folder / "out"));
  EXPECT_FALSE(std::filesystem::exists(folder / "site.key"));
  EXPECT_EQ(std::count_if(
                rows.begin(), rows.end(), [](const Row& row) { return row.decision == Decision::kWritten; }),
            9);
}

TEST(Batch, OnlyListedSubjectsWhenThereIsAList) {
  const Folder folder;
  write_site(folder / "in");
  auto key = SubjectKey::create(folder / "site.key");
  testing::write_bytes(folder / "list.csv", "zeta,K-17\n");
  BatchOptions options{.out = folder / "out"};
  options.only_subjects = assign_from_csv(folder / "list.csv", key);
  const auto rows = run(folder / "in", key, options);
  for (const auto& row : rows) EXPECT_EQ(row.name.substr(0, 5), row.name.empty() ? "" : "K-17/");
  EXPECT_EQ(
      std::count_if(rows.begin(), rows.end(), [](const Row& r) { return r.decision == Decision::kRefused; }),
      7);
}

TEST(Batch, TheKeyAndTheInputsStayOutOfTheOutput) {
  const Folder folder;
  write_site(folder / "in");
  std::filesystem::create_directories(folder / "out");
  for (const std::string place : {"out/site.key", "out/deeper/site.key"}) {
    auto key = SubjectKey::create(folder / place);
    EXPECT_THROW(run(folder / "in", key, {.out = folder / "out"}), Error) << place;
  }
  auto key = SubjectKey::create(folder / "site.key");
  EXPECT_THROW(run(folder / "in", key, {.out = folder / "in/out"}), Error);
  EXPECT_THROW(run(folder / "in", key, {.out = folder.path()}), Error);
  EXPECT_THROW(run(folder / "in", key, {.out = folder / "in"}), Error);
  EXPECT_THROW(run(folder / "nowhere", key, {.out = folder / "out"}), Error);
  EXPECT_THAT(tree(folder / "out"), IsEmpty());
  std::filesystem::create_directory_symlink(folder / "out", folder / "link");
  auto linked = SubjectKey::create(folder / "link/site.key");
  EXPECT_THROW(run(folder / "in", linked, {.out = folder / "out"}), Error);
}

}  // namespace
}  // namespace ledd::deidentification
