#include <gmock/gmock.h>
#include <ifaddrs.h>

#include <fstream>

#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "network.h"
#include "small_disk.h"

namespace {

using ledd::Error;
using ledd::dicom_network::data_set_digest;
using ledd::dicom_network::study_key;
using ledd::testing::Event;
using ledd::testing::eventually;
using ledd::testing::Folder;
using ledd::testing::Listening;
using ledd::testing::names_below;
using ledd::testing::objects_below;
using ledd::testing::options_for;
using ledd::testing::send_files;
using ledd::testing::to_port;
using ledd::testing::write_slice;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

namespace fs = std::filesystem;

struct Receiving : testing::Test {
  Folder in, drop;
  fs::path path_of(const Event& event) const { return drop / ("studies/" + event.study) / event.name; }
};

TEST_F(Receiving, KeepsEveryElementOfWhatWasSent) {
  const auto slice = write_slice(in / "a.dcm", "1.2.3.4");
  Listening listening(options_for(drop.path()));
  const auto sent = send_files({slice}, to_port(listening.port()));
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_TRUE(sent[0].stored) << sent[0].reason;
  listening.stop();
  ASSERT_EQ(listening.count(Event::Kind::kStored), 1U);
  const Event event = listening.events().front();
  EXPECT_EQ(event.caller, "SITE");
  EXPECT_EQ(event.study, study_key("1.2.3"));
  EXPECT_EQ(event.study_uid, "1.2.3");
  EXPECT_EQ(data_set_digest(path_of(event)), data_set_digest(slice));
  EXPECT_EQ(event.data_set_sha256, data_set_digest(slice));
  EXPECT_EQ(event.file_sha256, ledd::files::sha256_of_file(path_of(event)));
}

TEST_F(Receiving, StoresCompressedPixelsAsTheyCame) {
  auto picture = ledd::testing::Picture{};
  picture.columns = picture.rows = 32;
  picture.sop_uid = "1.2.3.4";
  picture.words.assign(1024, 9);
  picture.syntax = ledd::testing::Syntax::kRle;
  write(picture, in / "rle.dcm");
  Listening listening(options_for(drop.path()));
  const auto sent = send_files({in / "rle.dcm"}, to_port(listening.port()));
  EXPECT_TRUE(sent[0].stored) << sent[0].reason;
  listening.stop();
  const auto got = ledd::dicom_network::read_outgoing(path_of(listening.events().front()));
  EXPECT_EQ(got.transfer_syntax_uid, "1.2.840.10008.1.2.5");
  EXPECT_EQ(data_set_digest(got.file), data_set_digest(in / "rle.dcm"));
}

TEST_F(Receiving, TheSameObjectAgainIsASuccessAndOneFile) {
  const auto slice = write_slice(in / "a.dcm", "1.2.3.4");
  Listening listening(options_for(drop.path()));
  for (int n = 0; n < 3; ++n) EXPECT_TRUE(send_files({slice}, to_port(listening.port()))[0].stored);
  listening.stop();
  EXPECT_EQ(listening.count(Event::Kind::kStored), 1U);
  EXPECT_EQ(listening.count(Event::Kind::kRepeated), 2U);
  EXPECT_EQ(objects_below(drop.path()), 1U);
}

TEST_F(Receiving, AnotherDataSetUnderTheSameUidIsStoredBesideAndOverwritesNothing) {
  const auto one = write_slice(in / "a.dcm", "1.2.3.4", 0);
  const auto other = write_slice(in / "b.dcm", "1.2.3.4", 5);
  Listening listening(options_for(drop.path()));
  for (const auto& file : {one, other, one, other})
    EXPECT_TRUE(send_files({file}, to_port(listening.port()))[0].stored);
  listening.stop();
  const auto events = listening.events();
  ASSERT_THAT(events, SizeIs(4));
  EXPECT_EQ(events[1].kind, Event::Kind::kConflicting);
  EXPECT_THAT(events[1].name, HasSubstr("-2.dcm"));
  EXPECT_EQ(events[3].kind, Event::Kind::kRepeated);
  EXPECT_EQ(data_set_digest(path_of(events[0])), data_set_digest(one));
  EXPECT_EQ(data_set_digest(path_of(events[1])), data_set_digest(other));
  EXPECT_EQ(objects_below(drop.path()), 2U);
}

TEST_F(Receiving, AWrongCalledTitleIsRejected) {
  const auto slice = write_slice(in / "a.dcm", "1.2.3.4");
  Listening listening(options_for(drop.path()));
  const auto sent = send_files({slice}, to_port(listening.port(), "OTHER"));
  EXPECT_FALSE(sent[0].stored);
  EXPECT_TRUE(sent[0].unanswered);
  EXPECT_THAT(sent[0].reason, HasSubstr("is the other side called 'OTHER'"));
  EXPECT_TRUE(listening.waits_for(Event::Kind::kRejected, 1));
  EXPECT_EQ(objects_below(drop.path()), 0U);
}

TEST_F(Receiving, OnlyTitlesOnTheListMayCall) {
  const auto slice = write_slice(in / "a.dcm", "1.2.3.4");
  auto options = options_for(drop.path());
  options.allow = {"SCANNER", "PACS"};
  Listening listening(options);
  auto to = to_port(listening.port());
  const auto rejected = send_files({slice}, to);
  EXPECT_FALSE(rejected[0].stored);
  EXPECT_THAT(rejected[0].reason, HasSubstr("may 'SITE' call it"));
  to.caller.aet = "PACS";
  EXPECT_TRUE(send_files({slice}, to)[0].stored);
}

TEST_F(Receiving, AnObjectAboveTheLimitIsRefusedAndTheNextOneTaken) {
  auto large = ledd::testing::Picture{};
  large.columns = 1024;
  large.rows = 600;  // 1.17 MiB
  large.sop_uid = "1.2.3.5";
  large.words.assign(std::size_t{1024} * 600, 1);
  write(large, in / "large.dcm");
  const auto slice = write_slice(in / "small.dcm", "1.2.3.4");
  auto options = options_for(drop.path());
  options.max_object_mb = 1;
  Listening listening(options);
  const auto sent = send_files({in / "large.dcm", slice}, to_port(listening.port()));
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_EQ(sent[0].status, 0xA700);
  EXPECT_TRUE(sent[1].stored) << sent[1].reason;
  EXPECT_EQ(objects_below(drop.path()), 1U);
}

TEST_F(Receiving, ADiskWithoutRoomToSpareIsNotFilled) {
  const auto slice = write_slice(in / "a.dcm", "1.2.3.4");
  auto options = options_for(drop.path());
  options.min_free_mb = fs::space(drop.path()).available / (1U << 20U) + 1024;
  Listening listening(options);
  const auto sent = send_files({slice}, to_port(listening.port()));
  EXPECT_EQ(sent[0].status, 0xA700);
  ASSERT_TRUE(listening.waits_for(Event::Kind::kRefused, 1));
  EXPECT_THAT(listening.events().front().reason, HasSubstr("must stay free"));
  EXPECT_EQ(objects_below(drop.path()), 0U);
}

TEST_F(Receiving, AFullDiskRefusesAndLeavesNothingPartial) {
  const ledd::SmallDisk disk(1U << 20U);
  LEDD_NEEDS_MOUNT(disk);
  auto large = ledd::testing::Picture{};
  large.columns = 1024;
  large.rows = 400;  // 0.8 MiB each: the second does not fit
  std::vector<fs::path> files;
  for (const char* uid : {"1.2.3.4", "1.2.3.5", "1.2.3.6"}) {
    large.sop_uid = uid;
    large.words.assign(std::size_t{1024} * 400, 1);
    files.push_back(in / (std::string(uid) + ".dcm"));
    write(large, files.back());
  }
  Listening listening(options_for(disk.folder().path()));
  const auto sent = send_files(files, to_port(listening.port()));
  ASSERT_THAT(sent, SizeIs(3));
  EXPECT_TRUE(sent[0].stored) << sent[0].reason;
  EXPECT_EQ(sent[1].status, 0xA700);
  EXPECT_EQ(sent[2].status, 0xA700);
  listening.stop();
  EXPECT_EQ(objects_below(disk.folder().path()), 1U);
  EXPECT_THAT(names_below(disk.folder() / "incoming"), ElementsAre(".naming"));
}

/// An IPv4 address of this machine that is not loopback; empty when it has none.
std::string outer_address() {
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return {};
  std::string found;
  for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET) continue;
    sockaddr_in address{};
    std::memcpy(&address, one->ifa_addr, sizeof(address));
    std::array<char, INET_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
    if (ntohl(address.sin_addr.s_addr) >> 24U != 127) found = text.data();
  }
  ::freeifaddrs(all);
  return found;
}

TEST_F(Receiving, OnAnOuterAddressOnlyTitlesOnTheListMayCall) {
  const std::string outer = outer_address();
  if (outer.empty()) GTEST_SKIP() << "needs a network address besides loopback";
  const auto slice = write_slice(in / "a.dcm", "1.2.3.4");
  auto options = options_for(drop.path());
  options.address = outer;
  for (const bool allowed : {false, true}) {
    if (allowed) options.allow = {"SITE"};
    Listening listening(options);
    EXPECT_FALSE(ledd::testing::Plug(listening.port()).connected()) << "loopback";
    auto to = to_port(listening.port());
    to.to.host = outer;
    EXPECT_EQ(send_files({slice}, to)[0].stored, allowed);
    EXPECT_TRUE(listening.waits_for(allowed ? Event::Kind::kStored : Event::Kind::kRejected, 1));
  }
}

TEST_F(Receiving, AFileCutShortIsNotSentForEver) {
  const auto slice = write_slice(in / "a.dcm", "1.2.3.4");
  const std::string bytes = ledd::testing::read_bytes(slice);
  ledd::testing::write_bytes(slice, bytes.substr(0, bytes.size() - 20));
  const auto whole = write_slice(in / "b.dcm", "1.2.3.5");
  Listening listening(options_for(drop.path()));
  const auto sent = send_files({slice, whole}, to_port(listening.port()));
  ASSERT_THAT(sent, SizeIs(2));
  for (const auto& one : sent) {
    EXPECT_EQ(one.stored, one.object.file == whole) << one.object.file;
    EXPECT_EQ(one.reason.find("cannot be read") == std::string::npos, one.stored) << one.reason;
  }
}

TEST_F(Receiving, StopLetsNobodyInAndEnds) {
  Listening listening(options_for(drop.path()));
  listening.stop();
  EXPECT_FALSE(ledd::testing::Plug(listening.port()).connected());
}

TEST_F(Receiving, ATakenPortAndAnImpossibleAddressAreSaid) {
  Listening listening(options_for(drop.path()));
  auto options = options_for(drop.path());
  options.port = listening.port();
  EXPECT_THROW(ledd::dicom_network::Receiver{options}, Error);
  options.port = 0;
  options.address = "localhost";
  EXPECT_THROW(ledd::dicom_network::Receiver{options}, Error);
}

}  // namespace
