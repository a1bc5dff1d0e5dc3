#include <gmock/gmock.h>

#include "program.h"

namespace {

using ledd::testing::Ended;
using ledd::testing::Folder;
using ledd::testing::json_lines;
using ledd::testing::ledd;
using ledd::testing::sagittal_series;
using ledd::testing::tree;
using ledd::testing::write_series;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Deid : public ::testing::Test {
 protected:
  void SetUp() override { write_series(folder_ / "in/QZX", sagittal_series(), {{"PatientName", "QZX"}}); }
  std::vector<std::string> words(const std::string& out, const std::vector<std::string>& more = {}) {
    std::vector<std::string> all{"deid", folder_ / "in", "-o", folder_ / out, "--key", folder_ / "site.key"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  Folder folder_;
};

TEST_F(Deid, WritesFilesThatLeddTakesAndNothingOfTheSource) {
  const Ended first = ledd(words("out", {"--new-key", "--jobs", "2"}));
  EXPECT_EQ(first.exit, 0) << first.err;
  EXPECT_THAT(first.out, HasSubstr("6 files, 6 written, 0 set aside, 0 refused"));
  EXPECT_THAT(first.out + first.err, Not(HasSubstr("QZX")));
  EXPECT_EQ(ledd(words("again")).exit, 0);
  const auto written = tree(folder_ / "out", true);
  EXPECT_EQ(written.size(), 7U);
  EXPECT_EQ(written, tree(folder_ / "again", true));
  for (const auto& [name, bytes] : written) EXPECT_THAT(name + bytes, Not(HasSubstr("QZX")));
  EXPECT_THAT(ledd({"inspect", folder_ / "out"}).out, HasSubstr("subject S0001"));
}

TEST_F(Deid, SaysInJsonWhatBecameOfEachFile) {
  ledd::files::write_bytes("no image", folder_ / "in/page.txt");
  const Ended dry = ledd(words("out", {"--new-key", "--dry-run", "--json"}));
  EXPECT_EQ(dry.exit, 8);
  const auto lines = json_lines(dry.out);
  ASSERT_EQ(lines.size(), 8U);
  EXPECT_EQ(lines[0]["decision"], "written");
  EXPECT_EQ(lines[6]["decision"], "set aside");
  EXPECT_EQ(lines[6]["reason"], "not DICOM");
  EXPECT_EQ(lines[7]["written"], 6);
  EXPECT_EQ(lines[7]["exit"], 8);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "site.key"));
}

TEST_F(Deid, ABadKeyEndsItBeforeAnythingIsWritten) {
  EXPECT_EQ(ledd(words("out")).exit, 66) << "there is no key";
  EXPECT_EQ(ledd(words("first", {"--new-key"})).exit, 0);
  EXPECT_EQ(ledd(words("out", {"--new-key"})).exit, 73) << "it exists already";
  const std::string key = ledd::files::read_bytes(folder_ / "site.key");
  ledd::files::write_bytes(key.substr(0, key.size() / 2), folder_ / "site.key");
  std::filesystem::permissions(folder_ / "site.key", std::filesystem::perms(0600));
  const Ended cut = ledd(words("out"));
  EXPECT_EQ(cut.exit, 65);
  EXPECT_THAT(cut.err, HasSubstr("cut off or malformed"));
  std::filesystem::permissions(folder_ / "site.key", std::filesystem::perms(0644));
  EXPECT_EQ(ledd(words("out")).exit, 77);
  EXPECT_THAT(tree(folder_ / "out", true), IsEmpty());
}

TEST_F(Deid, MistakesEndWithTwoAndEmptinessWith65And66) {
  EXPECT_EQ(ledd({"deid", folder_ / "in"}).exit, 2);
  EXPECT_EQ(
      ledd({"deid", folder_ / "in", "-o", folder_ / "out", "--key", folder_ / "out/key", "--new-key"}).exit,
      2);
  EXPECT_EQ(
      ledd({"deid", folder_ / "in", "-o", folder_ / "in/out", "--key", folder_ / "key", "--new-key"}).exit,
      2);
  std::filesystem::create_directories(folder_ / "empty");
  EXPECT_EQ(
      ledd({"deid", folder_ / "empty", "-o", folder_ / "out", "--key", folder_ / "key1", "--new-key"}).exit,
      66);
  ledd::files::write_bytes("no image", folder_ / "empty/page.txt");
  EXPECT_EQ(
      ledd({"deid", folder_ / "empty", "-o", folder_ / "out", "--key", folder_ / "key2", "--new-key"}).exit,
      65);
  EXPECT_EQ(
      ledd({"deid", folder_ / "nowhere", "-o", folder_ / "out", "--key", folder_ / "key3", "--new-key"}).exit,
      66);
  ledd::files::write_bytes("a,b,c\n", folder_ / "list.csv");
  EXPECT_EQ(ledd(words("out2", {"--new-key", "--subjects", folder_ / "list.csv"})).exit, 2);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out2"));
}

}  // namespace
