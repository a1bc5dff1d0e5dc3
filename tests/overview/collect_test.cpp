#include <chrono>
#include <regex>
#include <set>
#include <thread>

#include "ledd/review_record/review_record.h"

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
      if (name.find(".tmp-") == std::string::npos) {
        EXPECT_TRUE(bytes == full.at(name) || bytes == less.at(name)) << name;
      }
    ASSERT_EQ(ledd({"collect", out.string(), "-o", (folder / "all").string()}).exit, 0);
    EXPECT_EQ(beside(folder / "all"), to_full ? full : less) << "a temporary file or an old table";
  }
}

/// A verdict on the case's result as it stands.
void judge(const fs::path& out,
           const fs::path& folder,
           const std::string& reader,
           const std::string& verdict) {
  namespace record = ::ledd::review_record;
  record::Decision d;
  d.reader = reader;
  d.case_id = folder.filename().string();
  d.result_sha256 = ::ledd::files::sha256_of_file(folder / "provenance.json");
  d.verdict = verdict == "accepted" ? record::Verdict::kAccepted : record::Verdict::kRejected;
  d.reason = verdict == "accepted" ? "" : "artefact";
  record::add(out, d, "1.0");
}

TEST_F(Collect, SaysWhatReadersDecided) {
  judge(out, first_case(), "anna", "accepted");
  const std::string id = first_case().filename().string();
  const Ended status = ledd({"status", out.string(), "--json"});
  EXPECT_THAT(
      status.out,
      testing::ContainsRegex("\"case_id\":\"" + id + ".*\"reader\":\"anna\",\"decision\":\"accepted\""));
  ASSERT_EQ(ledd({"collect", out.string(), "-o", out.string()}).exit, 0);
  auto tables = beside(out);
  EXPECT_THAT(tables["status.csv"], testing::ContainsRegex(id + ",.*Z,anna,accepted\r\n"));
  EXPECT_THAT(tables["endpoints.csv"], testing::ContainsRegex(id + ",.*Z,anna,accepted\r\n"));
  EXPECT_THAT(tables["index.html"], HasSubstr("<td>accepted<br><span class=\"small\">anna</span></td>"));
  judge(out, first_case(), "ben", "rejected");
  ASSERT_EQ(ledd({"collect", out.string(), "-o", out.string()}).exit, 0);
  tables = beside(out);
  EXPECT_THAT(tables["endpoints.csv"], testing::ContainsRegex(id + ",.*Z,anna\\+ben,disagreed\r\n"));
}

TEST_F(Collect, AVerdictMakesTheTablesOfTheNextRunAnew) {
  const auto run = [&] {
    return ledd({"run", "threshold", (in / "1").string(), "-o", (folder / "r").string()});
  };
  ASSERT_EQ(run().exit, 0);
  const auto before = fs::last_write_time(folder / "r" / "endpoints.csv");
  ASSERT_EQ(run().exit, 0);
  EXPECT_EQ(fs::last_write_time(folder / "r" / "endpoints.csv"), before);
  const fs::path one = fs::directory_iterator(folder / "r" / "cases")->path();
  judge(folder / "r", one, "anna", "rejected");
  ASSERT_EQ(run().exit, 0);
  EXPECT_THAT(beside(folder / "r")["endpoints.csv"], HasSubstr(",anna,rejected\r\n"));
}

TEST_F(Collect, ARecordThatWasChangedIsNotReliedOn) {
  judge(out, first_case(), "anna", "rejected");
  judge(out, first_case(), "anna", "accepted");
  const fs::path record = out / "reviews" / (first_case().filename().string() + ".jsonl");
  std::string text = ::ledd::files::read_bytes(record);
  text.replace(text.find("artefact"), 8, "artifact");
  ::ledd::files::write_bytes(text, record);
  ASSERT_EQ(ledd({"collect", out.string(), "-o", out.string()}).exit, 0);
  EXPECT_THAT(beside(out)["status.csv"], HasSubstr(",,,unreliable\r\n"));
}

TEST_F(Collect, OfTwoFoldersEachCaseHasTheVerdictOfItsOwn) {
  const fs::path second = folder / "second";
  ASSERT_EQ(ledd({"run", "threshold", (in / "2").string(), "-o", second.string()}).exit, 0);
  const fs::path one = fs::directory_iterator(second / "cases")->path();
  judge(second, one, "ben", "accepted");
  const fs::path other = first_case().filename() == one.filename()
                             ? *std::next(fs::directory_iterator(out / "cases"))
                             : first_case();
  judge(out, other, "anna", "rejected");
  ASSERT_EQ(ledd({"collect", out.string(), second.string(), "-o", (folder / "all").string()}).exit, 0);
  const std::string table = beside(folder / "all")["endpoints.csv"];
  EXPECT_THAT(table, testing::ContainsRegex(one.filename().string() + ",.*,ben,accepted\r\n"));
  EXPECT_THAT(table, testing::ContainsRegex(other.filename().string() + ",.*,anna,rejected\r\n"));
}

TEST_F(Collect, AgreementOfReadersIsPrintedOrWritten) {
  std::vector<fs::path> cases;
  for (const auto& entry : fs::directory_iterator(out / "cases")) cases.push_back(entry.path());
  std::sort(cases.begin(), cases.end());
  for (std::size_t n = 0; n < cases.size(); ++n) {
    judge(out, cases[n], "anna", n == 0 ? "accepted" : "rejected");
    judge(out, cases[n], "ben", n == 0 ? "accepted" : "rejected");
  }
  const Ended text = ledd({"agreement", out.string()});
  EXPECT_EQ(text.exit, 0) << text.err;
  EXPECT_THAT(text.out, testing::ContainsRegex("threshold +anna, ben +whole case +3 +100.0 % +1 "));
  const fs::path to = folder / "agreement";
  const Ended written = ledd({"agreement", out.string(), "-o", to.string(), "--json"});
  EXPECT_EQ(written.exit, 0) << written.err;
  const auto lines = ::ledd::testing::json_lines(written.out);
  EXPECT_EQ(lines.front()["measure"], "cohens_kappa");
  EXPECT_EQ(lines.front()["value"], 1.0);
  EXPECT_EQ(lines.back()["readers"], 2);
  for (const char* file : {"agreement.csv", "agreement.json", "agreement.html"})
    EXPECT_TRUE(fs::exists(to / file)) << file;
  EXPECT_EQ(ledd({"agreement", out.string(), "--pipeline", "thresold"}).exit, 2);
  EXPECT_EQ(ledd({"agreement", in.path().string()}).exit, 66);
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
