#include <gmock/gmock.h>
#include <sys/stat.h>

#include <chrono>
#include <set>

#include "ledd/core/error.h"

#include "mapping.h"
#include "support.h"

namespace ledd::deidentification {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

/// What opening a key file with this content says.
Error error_of(const std::string& content) {
  const Folder folder;
  testing::write_bytes(folder / "key", content);
  std::filesystem::permissions(folder / "key", std::filesystem::perms(0600));
  try {
    SubjectKey::open(folder / "key");
  } catch (const Error& e) {
    return e;
  }
  return {Errc::kInternal, "no error"};
}

std::string key_file() {
  const Folder folder;
  auto key = key_in(folder);
  key.save();
  return files::read_bytes(key.file());
}

TEST(SubjectKey, SaysTheSameAfterItWasClosedAndOpened) {
  const Folder folder;
  std::string uid, date, pseudonym;
  {
    auto key = key_in(folder);
    pseudonym = key.enrol("P2", "hospital");
    uid = key.uid("1.2.3");
    date = key.date("P2", "20240229");
    key.save();
  }
  const auto again = SubjectKey::open(folder / "site.key");
  EXPECT_EQ(again.uid("1.2.3"), uid);
  EXPECT_EQ(again.date("P2", "20240229"), date);
  EXPECT_EQ(again.pseudonym("P2", "hospital"), pseudonym);
  EXPECT_EQ(pseudonym, "S0002");
  EXPECT_EQ(again.pseudonym("P3"), std::nullopt);
}

TEST(SubjectKey, IsReadableByItsOwnerOnlyAndRefusedWhenItIsNot) {
  const Folder folder;
  {
    auto key = key_in(folder);
    key.save();
  }
  struct stat status {};
  ASSERT_EQ(::stat((folder / "site.key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  for (const unsigned mode : {0640U, 0604U, 0660U, 0666U}) {
    std::filesystem::permissions(folder / "site.key", std::filesystem::perms(mode));
    try {
      SubjectKey::open(folder / "site.key");
      ADD_FAILURE() << "opened with mode " << mode;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), Errc::kPermission);
      EXPECT_THAT(e.what(), HasSubstr("must be 600"));
    }
  }
}

TEST(SubjectKey, OneRunAtATimeUsesIt) {
  const Folder folder;
  auto key = key_in(folder);
  key.save();
  EXPECT_THROW(SubjectKey::open(folder / "site.key"), Error);
  EXPECT_THROW(SubjectKey::create(folder / "site.key"), Error);
  key.enrol("P2");
  EXPECT_NO_THROW(key.save()) << "its own run may save it again";
}

TEST(SubjectKey, CutAnywhereIsRefusedWithoutQuotingIt) {
  const std::string whole = key_file();
  const std::string secret = whole.substr(whole.find("\"secret\"") + 11, 64);
  for (std::size_t length = 0; length + 2 < whole.size(); length += 7) {
    const Error error = error_of(whole.substr(0, length));
    EXPECT_EQ(error.code(), Errc::kFormat) << length;
    EXPECT_THAT(error.what(), Not(HasSubstr(secret.substr(0, 8))));
  }
}

TEST(SubjectKey, AChangedLetterIsNoticed) {
  const std::string whole = key_file();
  for (const std::string part : {"P1", "S0001"}) {
    std::string changed = whole;
    changed.replace(whole.find("\"" + part) + part.size(), 1, "7");
    EXPECT_EQ(error_of(changed).code(), Errc::kFormat) << part;
  }
  std::string short_secret = whole;
  short_secret.erase(whole.find("\"secret\"") + 12, 2);
  EXPECT_THAT(error_of(short_secret).what(), HasSubstr("64 hexadecimal digits"));
  EXPECT_EQ(error_of(whole).code(), Errc::kInternal) << "the unchanged one is accepted";
}

TEST(SubjectKey, AnotherVersionOrFileIsNamedAsSuch) {
  std::string newer = key_file();
  newer.replace(newer.find("\"version\": 1"), 12, "\"version\": 2");
  EXPECT_EQ(error_of(newer).code(), Errc::kUnsupported);
  EXPECT_THAT(error_of("{\"format\": \"another\"}").what(), HasSubstr("no subject key"));
  EXPECT_EQ(error_of("[1, 2]").code(), Errc::kFormat);
  EXPECT_THROW(SubjectKey::open("/no/such/key"), Error);
}

TEST(SubjectKey, MapsUidsToLegalOnesAndLeavesThoseOfTheStandard) {
  const Folder folder;
  const auto key = key_in(folder);
  const auto other = SubjectKey::create(folder / "other.key");
  EXPECT_THAT(key.uid("1.2.3"), MatchesRegex("2\\.25\\.[1-9][0-9]{20,38}"));
  EXPECT_EQ(key.uid("1.2.840.10008.5.1.4.1.1.4"), "1.2.840.10008.5.1.4.1.1.4");
  EXPECT_EQ(key.uid(""), "");
  EXPECT_NE(key.uid("1.2.3"), key.uid("1.2.4"));
  EXPECT_NE(key.uid("1.2.3"), other.uid("1.2.3"));
}

TEST(Mapping, IsTheKeyedHashThatOthersCompute) {
  Secret secret{};
  secret[0] = 1;
  // python3 -c "import hmac; print(hmac.new(bytes([1]+[0]*31), b'uid\0' + b'1.2.3', 'sha256').hexdigest())"
  const Mac mac = mac_of(secret, "uid", "1.2.3");
  EXPECT_EQ(hexadecimal(mac.data(), mac.size()),
            "4faef0650eeccce8d9131eb7ac3dcdfa18682acf4b81832a492e05634ca000a4");
  EXPECT_EQ(uid_of(secret, "1.2.3"), "2.25.105917347105361768597341802072301751802");
}

TEST(Mapping, DaysAreNeverNoneAndNeverMoreThanTenYears) {
  const Secret secret = new_secret();
  std::set<int> seen;
  for (int i = 0; i < 20000; ++i) seen.insert(days_of(secret, fmt::format("S{:05}", i)));
  EXPECT_EQ(*seen.begin(), 1);
  EXPECT_EQ(*seen.rbegin(), 3652);
}

TEST(Mapping, DatesMoveOverLeapDaysAndWhatIsNoDateIsNone) {
  EXPECT_EQ(earlier("20240301", 1), "20240229");
  EXPECT_EQ(earlier("20230301", 1), "20230228");
  EXPECT_EQ(earlier("20000101", 3652), "19900101");
  EXPECT_EQ(earlier("2024.03.01", 1), "20240229");
  for (const char* none : {"", "2024", "202403", "20240230", "20241301", "00010101", "2024-3-1", "2024030a"})
    EXPECT_EQ(earlier(none, 5), std::nullopt) << none;
  EXPECT_EQ(earlier_date_time("20240301235959.5+0100", 1), "20240229235959.5+0100");
  EXPECT_EQ(earlier_date_time("20240301 SMITH", 1), std::nullopt);
  EXPECT_EQ(earlier_date_time("2024", 1), std::nullopt);
}

TEST(SubjectKey, IntervalsBetweenDatesOfASubjectStay) {
  const Folder folder;
  auto key = key_in(folder);
  key.enrol("P2");
  const auto day = [](const std::string& date) {
    return std::chrono::sys_days(std::chrono::year(std::stoi(date.substr(0, 4))) /
                                 std::stoi(date.substr(4, 2)) / std::stoi(date.substr(6, 2)));
  };
  for (const char* id : {"P1", "P2"}) {
    const auto first = key.date(id, "20200131");
    const auto second = key.date(id, "20240301");
    EXPECT_EQ((day(second) - day(first)).count(), 1491) << id;
    EXPECT_LT(first, "20200131");
  }
  EXPECT_NE(key.date("P1", "20200131"), key.date("P2", "20200131"));
  EXPECT_EQ(key.date("P1", "soon"), "");
  EXPECT_THROW(key.date("P3", "20200131"), Error);
}

TEST(SubjectKey, IssuersKeepEqualIdsApart) {
  const Folder folder;
  auto key = SubjectKey::create(folder / "site.key");
  EXPECT_EQ(key.enrol("7"), "S0001");
  EXPECT_EQ(key.enrol("7", "A"), "S0001") << "the issuer was not stated before";
  EXPECT_EQ(key.enrol("7"), "S0001");
  EXPECT_EQ(key.enrol("7", "B"), "S0002");
  EXPECT_EQ(key.pseudonym("7", "A"), "S0001");
  EXPECT_EQ(key.pseudonym("7"), std::nullopt) << "one of two";
  EXPECT_THROW(key.enrol("7"), Error);
  EXPECT_THROW(key.enrol(""), Error);
}

std::string csv_error(const std::string& text) {
  const Folder folder;
  testing::write_bytes(folder / "list.csv", text);
  auto key = key_in(folder);
  try {
    assign_from_csv(folder / "list.csv", key);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kParam);
    return e.what();
  }
  return "accepted";
}

TEST(SubjectList, GivesTheSitesOwnPseudonyms) {
  const Folder folder;
  testing::write_bytes(folder / "list.csv",
                       "\xEF\xBB\xBForiginal,pseudonym\r\n\"12,3\",knee-07\r\n\r\nxyz,K8\r\n");
  auto key = SubjectKey::create(folder / "site.key");
  EXPECT_THAT(assign_from_csv(folder / "list.csv", key), ElementsAre("12,3", "xyz"));
  EXPECT_EQ(key.pseudonym("12,3"), "knee-07");
  EXPECT_EQ(key.enrol("xyz"), "K8");
  EXPECT_NO_THROW(assign_from_csv(folder / "list.csv", key)) << "the same list again";
}

TEST(SubjectList, SaysWhichLineIsWrong) {
  EXPECT_THAT(csv_error("a,A1\nb\n"), HasSubstr("line 2: 1 fields"));
  EXPECT_THAT(csv_error("a,A1\na,A2\n"), HasSubstr("line 2: this ID was listed before"));
  EXPECT_THAT(csv_error("a,A1\nb,A1\n"), HasSubstr("line 2: this pseudonym was listed before"));
  EXPECT_THAT(csv_error("a,../A1\n"), HasSubstr("line 1: the pseudonym is not"));
  EXPECT_THAT(csv_error("a,.A1\n"), HasSubstr("line 1: the pseudonym is not"));
  EXPECT_THAT(csv_error("P1,A1\n"), HasSubstr("another pseudonym for this ID already"));
  EXPECT_THAT(csv_error("a,S0001\n"), HasSubstr("another subject's"));
  EXPECT_THAT(csv_error("\n"), HasSubstr("lists no subject"));
}

}  // namespace
}  // namespace ledd::deidentification
