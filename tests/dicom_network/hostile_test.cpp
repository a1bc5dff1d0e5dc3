#include <gmock/gmock.h>

#include <memory>
#include <optional>

#include "network.h"
#include "raw_caller.h"

namespace {

using ledd::testing::Event;
using ledd::testing::eventually;
using ledd::testing::Folder;
using ledd::testing::Listening;
using ledd::testing::names_below;
using ledd::testing::objects_below;
using ledd::testing::options_for;
using ledd::testing::RawCaller;
using ledd::testing::send_files;
using ledd::testing::to_port;
using ledd::testing::write_slice;
using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;

namespace fs = std::filesystem;

struct Hostile : testing::Test {
  Folder in, drop;
  fs::path slice = write_slice(in / "a.dcm", "1.2.3.4");

  /// Whether an honest caller is still served.
  bool serves(const Listening& listening) const {
    return send_files({slice}, to_port(listening.port()))[0].stored;
  }
  bool nothing_is_on_its_way() const {
    return eventually([&] {
      const auto names = names_below(drop / "incoming");
      return names.empty() || names == std::vector<std::string>{".naming"};
    });
  }
};

TEST_F(Hostile, GarbageEndsOneConnectionAndNoOther) {
  Listening listening(options_for(drop.path()));
  for (const std::string& bytes : {std::string("GET / HTTP/1.1\r\n\r\n"),
                                   std::string(4096, '\xFF'),
                                   std::string("\1\0\xFF\xFF\xFF\xFF", 6) + std::string(1000, 'x'),
                                   std::string("\4\0\0\0\0\2\0\0", 8)}) {
    const RawCaller caller(listening.port());
    caller.write(bytes);
    caller.read_pdu();
  }
  EXPECT_TRUE(serves(listening));
}

TEST_F(Hostile, CallersThatSayNothingOrHalfAreNotInTheWayOfOthers) {
  Listening listening(options_for(drop.path()));
  const RawCaller silent(listening.port()), half(listening.port()), associated(listening.port());
  half.write(RawCaller::association_request().substr(0, 40));
  EXPECT_TRUE(associated.associate());
  associated.write(RawCaller::store_command("1.2.3.9"));
  EXPECT_TRUE(serves(listening));
}

TEST_F(Hostile, SilenceEndsAConnectionAfterTheTimeout) {
  auto options = options_for(drop.path());
  options.timeout_s = 1;
  options.associations = 2;
  Listening listening(options);
  const RawCaller half(listening.port()), slow(listening.port());
  half.write(RawCaller::association_request().substr(0, 40));
  EXPECT_TRUE(slow.associate());
  slow.write(RawCaller::store_command("1.2.3.9") + RawCaller::data_pdu(0, std::string(500, 'x')));
  // Both places are taken: an honest caller waits until one is free.
  EXPECT_TRUE(serves(listening));
  EXPECT_TRUE(listening.waits_for(Event::Kind::kLost, 2));
  for (const auto& event : listening.events())
    if (event.kind == Event::Kind::kLost) {
      EXPECT_THAT(event.reason, HasSubstr("nothing came for 1 s"));
    }
  EXPECT_TRUE(nothing_is_on_its_way());
}

TEST_F(Hostile, AConnectionCutInTheMiddleOfAnObjectLeavesNothing) {
  Listening listening(options_for(drop.path()));
  {
    const RawCaller caller(listening.port());
    ASSERT_TRUE(caller.associate());
    caller.write(RawCaller::store_command("1.2.3.9") +
                 RawCaller::data_pdu(0, RawCaller::data_set("1.2.3.9", "1.2.3")));
    EXPECT_TRUE(eventually([&] { return names_below(drop / "incoming").size() == 1; }));
  }
  EXPECT_TRUE(nothing_is_on_its_way());
  EXPECT_EQ(objects_below(drop.path()), 0U);
  EXPECT_EQ(listening.count(Event::Kind::kStored), 0U);
}

TEST_F(Hostile, AnObjectThatOverflowsTheParserKillsOneProcessOnly) {
  std::string nested = RawCaller::data_set("1.2.3.9", "1.2.3");
  const std::string down("\x08\0\x40\x11\xFF\xFF\xFF\xFF\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF", 16);
  for (int n = 0; n < 60000; ++n) nested += down;
  Listening listening(options_for(drop.path()));
  const RawCaller caller(listening.port());
  ASSERT_TRUE(caller.associate());
  EXPECT_NE(caller.store("1.2.3.9", nested), std::optional<unsigned>(0));
  EXPECT_TRUE(serves(listening));
  EXPECT_TRUE(nothing_is_on_its_way());
  EXPECT_EQ(objects_below(drop.path()), 1U);
}

TEST_F(Hostile, ADataSetThatIsNotTheOneAnnouncedIsRefused) {
  Listening listening(options_for(drop.path()));
  const RawCaller caller(listening.port());
  ASSERT_TRUE(caller.associate());
  EXPECT_EQ(caller.store("1.2.3.9", RawCaller::data_set("1.2.3.8", "1.2.3")), 0xA900U);
  EXPECT_EQ(caller.store("1.2.3.9", RawCaller::data_set("1.2.3.9", "")), 0xC000U);
  EXPECT_EQ(caller.store("1.2.3.9", std::string(100, '\xEE')).value_or(0) & 0xFF00U, 0xC000U);
  EXPECT_EQ(caller.store("1.2.3.9", RawCaller::data_set("1.2.3.9", "1.2.3")), 0U);
  EXPECT_EQ(objects_below(drop.path()), 1U);
}

/// What no file name may be made of, 200 of them.
std::vector<std::string> nasty_words() {
  const std::vector<std::string> seeds{"..",
                                       "../../../../tmp/x",
                                       "/",
                                       "/etc/passwd",
                                       std::string("1.2\0/../3", 9),
                                       std::string(4096, '9'),
                                       std::string(300, '/'),
                                       "\xE2\x80\xAE\xD7\x90mcd.exe",
                                       "-rf",
                                       "--to=x",
                                       "CON",
                                       "NUL.dcm",
                                       "a\\b",
                                       "$(touch x)",
                                       "`id`",
                                       "; rm x",
                                       "<script>alert(1)</script>",
                                       "%2e%2e%2f",
                                       "\x01\x02\x1B[31m",
                                       "\xFF\xFE\xC0\x80"};
  std::vector<std::string> words;
  for (int n = 0; n < 10; ++n)
    for (const auto& seed : seeds) words.push_back(n == 0 ? seed : seed + std::to_string(n));
  return words;
}

TEST_F(Hostile, TwoHundredNastyUidsNeverBecomeAPath) {
  Folder outer;
  const fs::path inner = outer / "a";
  fs::create_directories(inner);
  Listening listening(options_for(inner / "drop"));
  std::size_t stored = 0;
  std::unique_ptr<RawCaller> caller;
  for (const auto& word : nasty_words()) {
    for (const bool in_study : {true, false}) {
      if (!caller) {
        caller = std::make_unique<RawCaller>(listening.port());
        ASSERT_TRUE(caller->associate());
      }
      const std::string sop = in_study ? "1.2.3.4" : word;
      const auto status = caller->store(sop, RawCaller::data_set(sop, in_study ? word : "1.2.3"));
      if (!status) caller.reset();
      stored += status == std::optional<unsigned>(0) ? 1U : 0U;
    }
  }
  EXPECT_GT(stored, 200U);  // most are stored: under names of Ledd's own
  listening.stop();
  const std::regex object("drop/studies/[0-9a-f]{24}/[0-9a-f]+(-[0-9]+)?\\.dcm");
  for (const auto& name : names_below(outer.path() / "a"))
    EXPECT_TRUE(std::regex_match(name, object) || name == "drop/incoming/.naming") << name;
  EXPECT_EQ(std::distance(fs::directory_iterator(outer.path()), fs::directory_iterator()), 1);
}

}  // namespace
