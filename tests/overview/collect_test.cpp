#include <chrono>
#include <regex>
#include <set>
#include <thread>

#include "chromium.h"
#include "night.h"

namespace {

using ledd::testing::Ended;
using ledd::testing::ledd;
using ledd::testing::Running;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;
using testing::SizeIs;

namespace fs = std::filesystem;

using Collect = ledd::testing::Night;

const std::set<std::string> kFiles{"status.csv",
                                   "endpoints.csv",
                                   "data_dictionary.csv",
                                   "dataset_description.json",
                                   "endpoints.sqlite",
                                   "group.html",
                                   "index.html"};

std::set<std::string> names(const std::map<std::string, std::string>& files) {
  std::set<std::string> all;
  for (const auto& [name, bytes] : files) all.insert(name);
  return all;
}

/// What the links and pictures of a page lead to.
std::set<std::string> targets(const std::string& html) {
  static const std::regex link("(?:href|src)=\"([^\"#]+)\"|\"([^\"]*/report\\.html)\"");
  std::set<std::string> all;
  for (std::sregex_iterator at(html.begin(), html.end(), link), end; at != end; ++at)
    all.insert((*at)[1].matched ? (*at)[1] : (*at)[2]);
  return all;
}

TEST_F(Collect, IntoTheFolderItselfMakesTheBytesThatTheRunWrote) {
  const auto written = beside(out);
  EXPECT_EQ(names(written), kFiles);
  for (const auto& [name, bytes] : written) fs::remove(out / name);
  const Ended ended = ledd({"collect", out.string(), "-o", out.string()});
  EXPECT_EQ(ended.exit, 0) << ended.err;
  EXPECT_EQ(beside(out), written);
}

TEST_F(Collect, ElsewhereMakesTheSameTablesAndLinksThatLeadToTheCases) {
  const fs::path to = folder / "all of # it";
  ASSERT_EQ(ledd({"collect", out.string(), "-o", to.string()}).exit, 0);
  const auto here = beside(out);
  const auto there = beside(to);
  EXPECT_EQ(names(there), kFiles);
  for (const auto& [name, bytes] : here)
    if (!name.ends_with(".html")) {
      EXPECT_EQ(there.at(name), bytes) << name;
    }
  for (const char* page : {"index.html", "group.html"}) {
    const auto found = targets(there.at(page));
    EXPECT_THAT(found, SizeIs(testing::Gt(3U))) << page;
    for (const std::string& target : found)
      EXPECT_TRUE(fs::exists(to / target)) << page << " leads to " << target;
  }
  EXPECT_THAT(there.at("index.html"), HasSubstr("../out/cases/"));
}

TEST_F(Collect, OfTwoFoldersHasTheCasesOfBothOnce) {
  const fs::path second = folder / "second one";
  const std::string one = (in / "1").string();
  ASSERT_EQ(ledd({"run", "threshold", one, "-o", second.string()}).exit, 0);
  const Ended ended =
      ledd({"collect", second.string(), out.string(), "-o", (folder / "all").string(), "--json"});
  EXPECT_EQ(ended.exit, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("\"cases\":3"));
  const auto found = targets(beside(folder / "all").at("index.html"));
  EXPECT_THAT(found, testing::Contains(HasSubstr("../second%20one/cases/")));
}

TEST_F(Collect, ADamagedRecordIsNamedAndTheOldTablesStay) {
  const auto written = beside(out);
  const fs::path record = first_case() / "endpoints.json";
  ::ledd::files::write_bytes("{\"format\":1,", record);
  const Ended ended = ledd({"collect", out.string(), "-o", out.string()});
  EXPECT_EQ(ended.exit, 65);
  EXPECT_THAT(ended.err, HasSubstr(record.string()));
  EXPECT_EQ(beside(out), written);
}

TEST_F(Collect, KilledAtAnyMomentItLeavesWholeFilesAndTheNextOneHeals) {
  ASSERT_EQ(ledd({"collect", out.string(), "-o", (folder / "all").string()}).exit, 0);
  const auto full = beside(folder / "all");
  const fs::path put_away = folder / "away";
  fs::create_directory(put_away);
  const fs::path one = first_case();
  fs::rename(one, put_away / one.filename());
  ASSERT_EQ(ledd({"collect", out.string(), "-o", (folder / "all").string()}).exit, 0);
  const auto less = beside(folder / "all");
  ASSERT_NE(full, less);
  for (int n = 0; n < 24; ++n) {
    const bool to_full = n % 2 == 0;
    if (to_full)
      fs::rename(put_away / one.filename(), one);
    else
      fs::rename(one, put_away / one.filename());
    const Running running({"collect", out.string(), "-o", (folder / "all").string()});
    std::this_thread::sleep_for(std::chrono::milliseconds(20 + 8 * n));
    running.signal(SIGKILL);
    running.wait();
    for (const auto& [name, bytes] : beside(folder / "all"))
      if (!name.starts_with(".tmp-")) {
        EXPECT_TRUE(bytes == full.at(name) || bytes == less.at(name)) << name;
      }
    ASSERT_EQ(ledd({"collect", out.string(), "-o", (folder / "all").string()}).exit, 0);
    EXPECT_EQ(beside(folder / "all"), to_full ? full : less) << "a temporary file or an old table";
  }
}

TEST_F(Collect, ThumbnailsAreFilesThatAreLoadedWhenTheyAreSeen) {
  const std::string index = beside(out).at("index.html");
  const std::string picture = "cases/" + first_case().filename().string() + "/figures/thumbnail.png";
  EXPECT_THAT(index, HasSubstr("<img src=\"" + picture + "\" loading=\"lazy\""));
  EXPECT_LT(fs::file_size(out / picture), 60000U);
  EXPECT_THAT(index, Not(HasSubstr("base64")));
}

TEST_F(Collect, TheGroupPageShowsTheRunsValuesAndFailures) {
  LEDD_NEEDS_CHROMIUM();
  fs::create_directory(folder / "profile");
  const std::string dom = ::ledd::dumped_dom((out / "group.html").string(), folder / "profile");
  EXPECT_THAT(dom, HasSubstr("3 values shown (0 uncertain), 0 not measurable"));
  EXPECT_THAT(dom, HasSubstr("fewer than 5 values"));
  EXPECT_THAT(dom, HasSubstr("Processing failures (1)"));
}

TEST_F(Collect, WhereAllFailedOrNothingIsThePagesSaySo) {
  fs::remove_all(out / "cases");
  ASSERT_EQ(ledd({"collect", out.string(), "-o", out.string()}).exit, 0);
  EXPECT_THAT(beside(out).at("group.html"), HasSubstr("No case has a measurement"));
  EXPECT_THAT(beside(out).at("index.html"), HasSubstr("1 cases: 1 without a result"));
  fs::remove_all(out / "quarantine");
  fs::create_directory(out / "cases");
  ASSERT_EQ(ledd({"collect", out.string(), "-o", out.string()}).exit, 0);
  EXPECT_THAT(beside(out).at("group.html"), HasSubstr("There are no cases here yet."));
  EXPECT_THAT(beside(out).at("index.html"), HasSubstr("There are no cases here yet."));
}

}  // namespace
