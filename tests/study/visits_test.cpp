#include <gmock/gmock.h>

#include "ledd/core/error.h"
#include "ledd/study/lists.h"

namespace {

using ledd::Errc;
using ledd::Error;
using ledd::study::Date;
using ledd::study::Lists;
using ledd::study::parse_date;
using ledd::study::Study;
using ledd::study::visit_on;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Study study() {
  return ledd::study::parse(R"([study]
name = "s"
out = "o"
inputs = "i"
[[site]]
name = "north"
folder = "n"
[schedule]
visits = "v.csv"
[[visit]]
name = "m00"
window_days = [-30, 30]
[[visit]]
name = "m12"
window_days = [300, 430]
target_day = 365
[[visit]]
name = "m18"
window_days = [420, 600]
[[visit]]
name = "extra"
[[protocol]]
name = "p"
pipeline = "x"
match = {modality = "*"}
)",
                            "s.toml");
}

Date day(const char* text) {
  return parse_date(text).value();
}

std::string refused(const std::function<void()>& body) {
  try {
    body();
    return "";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kParam);
    return e.what();
  }
}

TEST(Calendar, KnowsTheDaysThatThereAre) {
  EXPECT_EQ(ledd::study::to_text(day("20240229")), "2024-02-29");
  EXPECT_EQ(day("2024-03-01") - day("20240228"), std::chrono::days(2));
  for (const char* text :
       {"20230229", "2024-2-1", "", "2024022", "20240a01", "2024-13-01", "2024/01/01", "202401011"})
    EXPECT_FALSE(parse_date(text)) << text;
}

TEST(Visits, AWindowCountsFromTheBaselineWithBothItsEnds) {
  const auto on = [](const char* text) { return visit_on(study(), {}, "a", day(text), day("2024-01-31")); };
  EXPECT_THAT(on("2024-01-01").visits, ElementsAre("m00"));
  EXPECT_THAT(on("2024-03-01").visits, ElementsAre("m00"));
  EXPECT_THAT(on("2024-03-02").visits, IsEmpty());
  EXPECT_THAT(on("2024-03-02").why, HasSubstr("day 31 lies in no window; the nearest is m00, -30 to 30"));
  EXPECT_THAT(on("2025-01-30").visits, ElementsAre("m12"));
}

TEST(Visits, ADayInTwoWindowsIsGivenToNeither) {
  const auto found = visit_on(study(), {}, "a", day("2025-03-31"), day("2024-01-31"));
  EXPECT_THAT(found.visits, ElementsAre("m12", "m18"));
  EXPECT_THAT(found.why, HasSubstr("day 425 lies in the windows of m12 and m18"));
}

TEST(Visits, WithoutADateOrABaselineThereIsNoVisit) {
  EXPECT_THAT(visit_on(study(), {}, "a", std::nullopt, day("2024-01-31")).why, HasSubstr("not stated"));
  EXPECT_THAT(visit_on(study(), {}, "a", day("2024-01-31"), std::nullopt).why, HasSubstr("baseline"));
}

TEST(Visits, TheListDecidesOverTheWindows) {
  Lists lists;
  read_visits("subject,visit,date\na,m12,2025-03-31\na,,2024-02-01\na,extra,2024-02-05\nb,m12,\n",
              "v.csv",
              study(),
              lists);
  const auto on = [&](const char* text) {
    return visit_on(study(), lists, "a", day(text), day("2024-01-31"));
  };
  EXPECT_THAT(on("2025-03-31").visits, ElementsAre("m12"));
  EXPECT_THAT(on("2025-01-30").visits, IsEmpty());
  EXPECT_THAT(on("2025-01-30").why, HasSubstr("has m12 on 2025-03-31"));
  EXPECT_THAT(on("2024-02-01").why, HasSubstr("no visit"));
  EXPECT_THAT(on("2024-02-05").visits, ElementsAre("extra"));
  EXPECT_EQ(due(lists, "a", study().visits[2], std::nullopt), day("2025-03-31"));
  EXPECT_EQ(due(lists, "b", study().visits[2], day("2024-01-31")),
            day("2024-01-31") + std::chrono::days(430));
  EXPECT_EQ(due(lists, "b", study().visits[2], std::nullopt), std::nullopt);
}

TEST(Lists, ReadSpreadsheetsAsTheyAreSaved) {
  Lists lists;
  read_subjects("\xEF\xBB\xBFsubject,header_id,site\r\n\"S, 1\",P1,north\r\n\r\n S2 ,\"P\"\"2\",\r\n",
                "m.csv",
                study(),
                lists);
  EXPECT_EQ(lists.subjects.at("P1").subject, "S, 1");
  EXPECT_EQ(lists.subjects.at("P1").site, "north");
  EXPECT_EQ(lists.subjects.at("P\"2").subject, "S2");
  read_baselines("subject,date\nS2,20240131\n", "b.csv", lists);
  EXPECT_EQ(lists.baselines.at("S2"), day("2024-01-31"));
}

TEST(Lists, SayWhichLineIsWrong) {
  Lists lists;
  const auto subjects = [&](const std::string& text) {
    return refused([&] { read_subjects(text, "m.csv", study(), lists); });
  };
  EXPECT_THAT(subjects(""), HasSubstr("m.csv: it is empty"));
  EXPECT_THAT(subjects("header_id,subjekt\n"),
              HasSubstr("line 1: there is no column 'subjekt'; did you mean 'subject'"));
  EXPECT_THAT(subjects("header_id,header_id\n"), HasSubstr("twice"));
  EXPECT_THAT(subjects("header_id\n"), HasSubstr("'subject' is missing"));
  EXPECT_THAT(subjects("header_id,subject\nP1\n"), HasSubstr("line 2: 1 cells, but the heading has 2"));
  EXPECT_THAT(subjects("header_id,subject\nP1,\n"), HasSubstr("line 2: 'subject' is empty"));
  EXPECT_THAT(subjects("header_id,subject\nP1,a\nP1,b\n"),
              HasSubstr("line 3: header_id 'P1' is there twice"));
  EXPECT_THAT(subjects("header_id,subject,site\nP9,a,nord\n"), HasSubstr("did you mean 'north'"));
  EXPECT_THAT(subjects("header_id,subject\n\"P1,a\n"), HasSubstr("line 2: a quote is not closed"));
  EXPECT_THAT(subjects("header_id,subject\n\"P1\"x,a\n"), HasSubstr("line 2: a closing quote"));
  EXPECT_THAT(refused([&] { read_baselines("subject,date\na,31.1.2024\n", "b.csv", lists); }),
              HasSubstr("no date"));
  const auto visits = [&](const std::string& text) {
    return refused([&] { read_visits("subject,visit,date\n" + text, "v.csv", study(), lists); });
  };
  EXPECT_THAT(visits("a,m13,2024-01-01\n"), HasSubstr("line 2: visit 'm13' is not in the study file"));
  EXPECT_THAT(visits("b,,\n"), HasSubstr("both empty"));
  EXPECT_THAT(visits("c,m00,2024-01-01\nc,m00,2024-01-02\n"),
              HasSubstr("line 3: subject 'c' has two lines of visit"));
  EXPECT_THAT(visits("d,m00,2024-01-01\nd,m12,2024-01-01\n"), HasSubstr("two lines of 2024-01-01"));
}

}  // namespace
