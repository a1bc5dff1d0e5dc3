// Nothing from a header becomes a path, markup, a formula or a word of a shell or terminal.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <regex>

#include "program.h"

namespace {

using ledd::testing::Ended;
using ledd::testing::Folder;
using ledd::testing::ledd;
using ledd::testing::sagittal_series;
using ledd::testing::tree;
using ledd::testing::write_series;
using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

/// 200 texts that somebody may have put in a header to do harm.
std::vector<std::string> nasty_texts() {
  const std::vector<std::string> seeds{"..",
                                       "../../../../tmp/ledd-escaped",
                                       "/etc/ledd-escaped",
                                       ".",
                                       "-rf",
                                       "--help",
                                       "CON",
                                       "aux.dcm",
                                       "a/b/c",
                                       "a\\b",
                                       "$(touch ledd-escaped)",
                                       "`touch ledd-escaped`",
                                       "; touch ledd-escaped #",
                                       "| tee ledd-escaped",
                                       "<script>alert(1)</script>",
                                       "\"><img src=x onerror=alert(1)>",
                                       "{{STYLE}}{{TITLE:h}}",
                                       "=HYPERLINK(\"http://x\")",
                                       "@SUM(1+1)",
                                       "'; DROP TABLE endpoint; --",
                                       "\x1b]0;owned\x07",
                                       "\x1b[2J\x1b[31m",
                                       "a\nb\rc",
                                       "\u202Egpj.exe",
                                       "%n%s%x"};
  std::vector<std::string> texts;
  for (int round = 0; round < 8; ++round)
    for (const std::string& seed : seeds) {
      std::string text = seed;
      for (int i = 0; i < round; ++i) text += seed;
      if (round == 7) text.insert(0, 40, 'A');
      texts.push_back(text.substr(0, 64));
    }
  return texts;
}

/// One series for each text, which stands wherever a header has text.
void write_studies(const fs::path& folder) {
  int n = 0;
  for (const std::string& text : nasty_texts()) {
    ++n;
    std::vector<ledd::testing::Attribute> attributes{{"StudyInstanceUID", fmt::format("1.2.5.{}", n)},
                                                     {"FrameOfReferenceUID", fmt::format("1.2.6.{}", n)}};
    for (const char* name : {"PatientID",
                             "PatientName",
                             "SeriesDescription",
                             "StudyDescription",
                             "ProtocolName",
                             "InstitutionName",
                             "StationName",
                             "Manufacturer",
                             "StudyID",
                             "AccessionNumber",
                             "DeviceSerialNumber",
                             "SequenceName"})
      attributes.emplace_back(name, text);
    auto series = sagittal_series(fmt::format("1.2.4.{}", n));
    series.columns = 6;
    write_series(folder / std::to_string(n), series, attributes);
  }
}

TEST(HostileText, NeitherLeavesTheOutputFolderNorBecomesMarkupOrControlsATerminal) {
  ASSERT_EQ(nasty_texts().size(), 200U);
  const Folder home;
  write_studies(home / "in");
  fs::create_directories(home / "work");
  const auto before = tree(home / "in", true);
  const Ended ended = ledd(
      {"run", "threshold", (home / "in").string(), "-o", (home / "work" / "out").string(), "--jobs", "2"});
  EXPECT_EQ(ended.exit, 0) << ended.err.substr(0, 2000);
  EXPECT_THAT(ended.out, HasSubstr("done 200,"));
  EXPECT_EQ(tree(home / "in", true), before);

  for (const auto& entry : fs::directory_iterator(home.path()))
    EXPECT_TRUE(entry.path().filename() == "in" || entry.path().filename() == "work") << entry.path();
  EXPECT_FALSE(fs::exists("ledd-escaped"));
  EXPECT_FALSE(fs::exists("/tmp/ledd-escaped"));
  EXPECT_FALSE(fs::exists("/etc/ledd-escaped"));
  static const std::regex own_names(
      "out/(cases/[0-9a-f]{12}/)?([a-z]+/)?[a-z0-9_-]+\\.[a-z.]+|out/\\.ledd/([a-z]+/)?[a-z0-9_.-]+|out/"
      "\\.ledd/runs/[0-9TZ]+-[0-9a-f]{8}\\.json");
  for (const auto& [name, bytes] : tree(home / "work", true)) {
    EXPECT_TRUE(std::regex_match(name, own_names)) << name;
    if (name.ends_with(".html")) {
      EXPECT_THAT(bytes, Not(HasSubstr("<script>alert"))) << name;
      EXPECT_THAT(bytes, Not(HasSubstr("<img src=x"))) << name;
    }
    static const std::regex formula_cell("(^|,|\n)\"?[=@]");
    if (name.ends_with(".csv")) {
      EXPECT_FALSE(std::regex_search(bytes, formula_cell)) << name;
    }
    if (name.ends_with(".txt") || name.ends_with(".csv")) {
      EXPECT_EQ(bytes.find('\x1b'), std::string::npos) << name;
    }
  }
  for (const std::string& said : {ended.out, ended.err})
    EXPECT_EQ(said.find_first_of("\x1b\x07\r"), std::string::npos);
}

TEST(HostileText, InspectTellsItWithoutControllingTheTerminal) {
  const Folder home;
  write_studies(home / "in");
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"inspect", (home / "in").string()},
        std::vector<std::string>{"inspect", (home / "in").string(), "--json"}}) {
    const Ended ended = ledd(words);
    EXPECT_EQ(ended.exit, 0);
    for (const std::string& said : {ended.out, ended.err})
      EXPECT_EQ(said.find_first_of("\x1b\x07\r"), std::string::npos);
    // A mark that turns the direction of what follows; JSON is for programs and keeps it.
    if (words.size() == 2) {
      EXPECT_EQ(ended.out.find("\xE2\x80\xAE"), std::string::npos);
    }
  }
}

}  // namespace
