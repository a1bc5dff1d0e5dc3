#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "raw_caller.h"
#include "receiving_program.h"

namespace {

using ledd::testing::Attribute;
using ledd::testing::eventually;
using ledd::testing::Folder;
using ledd::testing::ledd;
using ledd::testing::objects_below;
using ledd::testing::RawCaller;
using ledd::testing::ReceivingProgram;
using ledd::testing::Running;
using ledd::testing::send_files;
using ledd::testing::to_port;
using testing::HasSubstr;
using testing::SizeIs;

namespace fs = std::filesystem;

struct Verbs : testing::Test {
  Folder in, drop, out;
  std::vector<fs::path> slices;

  Verbs() {
    ::ledd::testing::write_series(in / "s", ::ledd::testing::sagittal_series());
    for (const auto& entry : fs::directory_iterator(in / "s")) slices.push_back(entry.path());
    std::sort(slices.begin(), slices.end());
  }
  std::vector<std::string> measuring(const std::string& studies) const {
    return {"--idle", "0.3", "--studies", studies, "--run", "threshold", "--out", (out / "r").string()};
  }
  void send(const ReceivingProgram& to, const std::vector<fs::path>& files) const {
    for (const auto& sent : send_files(files, to_port(to.port()))) EXPECT_TRUE(sent.stored) << sent.reason;
  }
  nlohmann::json book() const {
    for (const auto& entry : fs::directory_iterator(drop / "studies"))
      return nlohmann::json::parse(::ledd::files::read_bytes(entry.path() / "study.json"));
    return {};
  }
};

/// Local addresses, in hexadecimal, of what listens on a port.
std::vector<std::string> listening_addresses(std::uint16_t port) {
  std::vector<std::string> addresses;
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream lines(table);
    std::string number, local, remote, state, rest;
    std::getline(lines, rest);
    while (lines >> number >> local >> remote >> state && std::getline(lines, rest))
      if (state == "0A" && std::stoul(local.substr(local.find(':') + 1), nullptr, 16) == port)
        addresses.push_back(local.substr(0, local.find(':')));
  }
  return addresses;
}

TEST_F(Verbs, ReceiveListensOnThisMachineOnlyUnlessTold) {
  const ReceivingProgram receiving(drop.path(), {});
  ASSERT_NE(receiving.port(), 0);
  EXPECT_THAT(listening_addresses(receiving.port()), testing::ElementsAre("0100007F"));
}

/// The system's names of all sockets that reach a network.
std::set<std::string> network_sockets() {
  constexpr int kInodeColumn = 9;
  std::set<std::string> names;
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6", "/proc/net/udp", "/proc/net/udp6"}) {
    std::ifstream lines(table);
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line)) {
      std::istringstream words(line);
      std::string word;
      for (int column = 0; column <= kInodeColumn; ++column) words >> word;
      names.insert("socket:[" + word + "]");
    }
  }
  return names;
}

/// A process and all that descend from it.
std::set<int> family_of(int process) {
  std::map<int, int> parents;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream stat(entry.path() / "stat");
    std::string text;
    std::getline(stat, text);
    int parent = 0;
    char state = 0;
    if (text.rfind(')') != std::string::npos &&
        std::istringstream(text.substr(text.rfind(')') + 1)) >> state >> parent)
      parents[std::stoi(name)] = parent;
  }
  std::set<int> family{process};
  for (std::size_t before = 0; before != family.size();) {
    before = family.size();
    for (const auto& [child, parent] : parents)
      if (family.contains(parent)) family.insert(child);
  }
  return family;
}

/// Those of them that a process or its children hold open.
std::vector<std::string> network_sockets_of(int process) {
  std::vector<std::string> open;
  const auto known = network_sockets();
  for (const int member : family_of(process)) {
    std::error_code ended_meanwhile;
    fs::directory_iterator files("/proc/" + std::to_string(member) + "/fd", ended_meanwhile);
    for (; !ended_meanwhile && files != fs::directory_iterator(); files.increment(ended_meanwhile)) {
      std::error_code closed_meanwhile;
      const std::string target = fs::read_symlink(files->path(), closed_meanwhile).string();
      if (known.contains(target)) open.push_back(target);
    }
  }
  return open;
}

TEST_F(Verbs, OtherVerbsOpenNoNetworkSocket) {
  const Running running(
      {"run", "threshold", in.path().string(), "-o", (out / "r").string(), "--set", "wait_s=1"});
  ASSERT_TRUE(eventually([&] { return fs::exists(out / "r"); }));
  EXPECT_THAT(network_sockets_of(running.pid()), SizeIs(0));
  EXPECT_EQ(running.wait().exit, 0);
}

TEST_F(Verbs, AReceiverThatListensHoldsANetworkSocket) {  // or the test above could not fail
  const ReceivingProgram receiving(drop.path(), {});
  ASSERT_NE(receiving.port(), 0);
  EXPECT_THAT(network_sockets_of(receiving.pid()), testing::Not(SizeIs(0)));
}

TEST_F(Verbs, AStudyIsReceivedClosedAndMeasured) {
  ReceivingProgram receiving(drop.path(), measuring("1"));
  send(receiving, slices);
  const auto ended = receiving.wait();
  EXPECT_EQ(ended.exit, 0) << ended.err;
  const auto json = book();
  EXPECT_EQ(json["state"], "done");
  EXPECT_EQ(json["count"], 6);
  EXPECT_EQ(json["versions"][0]["run"]["exit"], 0);
  EXPECT_THAT(json["versions"][0]["incomplete"], SizeIs(0));
  EXPECT_TRUE(fs::exists(out / "r/endpoints.csv"));
}

TEST_F(Verbs, ALateSliceMakesASecondVersionThatIsMeasuredAgain) {
  ReceivingProgram receiving(drop.path(), measuring("2"));
  send(receiving, {slices.begin(), slices.end() - 1});
  ASSERT_TRUE(eventually([&] {
    const auto lines = receiving.lines("study");
    return !lines.empty() && lines.back()["state"] == "done";
  }));
  send(receiving, {slices.back()});
  const auto ended = receiving.wait();
  EXPECT_EQ(ended.exit, 0) << ended.err;
  const auto json = book();
  ASSERT_THAT(json["versions"], SizeIs(2));
  for (const std::size_t n : {0U, 1U}) {
    EXPECT_EQ(json["versions"][n]["state"], "done");
    EXPECT_EQ(json["versions"][n]["count"], n == 0 ? 5 : 6);
  }
}

TEST_F(Verbs, AStudyWithAGapIsIncompleteAndNotMeasured) {
  std::vector<fs::path> some = slices;
  some.erase(some.begin() + 2);
  ReceivingProgram receiving(drop.path(), measuring("1"));
  send(receiving, some);
  EXPECT_EQ(receiving.wait().exit, 8);
  const auto json = book();
  EXPECT_EQ(json["state"], "incomplete");
  EXPECT_THAT(json["versions"][0]["incomplete"][0].get<std::string>(),
              HasSubstr("equal distances are needed"));
  EXPECT_FALSE(json["versions"][0].contains("run"));
  EXPECT_FALSE(fs::exists(out / "r"));
}

TEST_F(Verbs, AnIncompleteStudyIsMeasuredWhenTold) {
  auto options = measuring("1");
  options.insert(options.end(), {"--expect", "7", "--take-incomplete"});
  ReceivingProgram receiving(drop.path(), options);
  send(receiving, slices);
  EXPECT_EQ(receiving.wait().exit, 8);
  const auto json = book();
  EXPECT_EQ(json["state"], "done");
  EXPECT_EQ(json["versions"][0]["incomplete"][0], "6 of 7 objects arrived");
  EXPECT_EQ(json["versions"][0]["run"]["exit"], 0);
}

TEST_F(Verbs, ConflictingObjectsAreNotedAndAGapIsSeen) {
  const auto other = ::ledd::testing::write_slice(
      in / "other.dcm", ::ledd::dicom_network::read_outgoing(slices[2]).sop_instance_uid, 99);
  ReceivingProgram receiving(drop.path(), {"--idle", "0.3", "--studies", "1"});
  send(receiving, slices);
  send(receiving, {other});
  receiving.wait();
  EXPECT_EQ(book()["count"], 7);
  EXPECT_THAT(book()["versions"][0]["warnings"].dump(), HasSubstr("another data set"));
}

TEST_F(Verbs, SigtermEndsWithSeventyFiveWhileAStudyIsOpenAndTheNextStartGoesOn) {
  {
    ReceivingProgram receiving(drop.path(), {"--idle", "600"});
    send(receiving, slices);
    receiving.signal(SIGTERM);
    EXPECT_EQ(receiving.wait().exit, 75);
  }
  EXPECT_EQ(book()["count"], 6);
  EXPECT_EQ(book()["state"], "receiving");
  {
    ReceivingProgram receiving(drop.path(), measuring("1"));
    EXPECT_EQ(receiving.wait().exit, 0);
    EXPECT_EQ(book()["state"], "done");
  }
  ReceivingProgram receiving(drop.path(), {});
  receiving.signal(SIGTERM);
  EXPECT_EQ(receiving.wait().exit, 0);
}

TEST_F(Verbs, SigtermFinishesTheObjectInHand) {
  ReceivingProgram receiving(drop.path(), {"--idle", "600"});
  const RawCaller caller(receiving.port());
  ASSERT_TRUE(caller.associate());
  const std::string object = RawCaller::data_set("1.2.3.9", "1.2.3");
  caller.write(RawCaller::store_command("1.2.3.9") + RawCaller::data_pdu(0, object.substr(0, 20)));
  ASSERT_TRUE(eventually([&] { return fs::exists(drop / "incoming") && !fs::is_empty(drop / "incoming"); }));
  receiving.signal(SIGTERM);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));  // so that it has been told
  caller.write(RawCaller::data_pdu(2, object.substr(20)));
  const auto answer = caller.read_pdu();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->front(), 4);
  EXPECT_EQ(receiving.wait().exit, 75);
  EXPECT_EQ(objects_below(drop.path()), 1U);
  EXPECT_EQ(book()["count"], 1);
}

TEST_F(Verbs, KillNineInTheMiddleOfAnObjectIsSeenByTheSenderAndLeavesNothing) {
  {
    ReceivingProgram receiving(drop.path(), {});
    send(receiving, {slices[0]});
    const RawCaller caller(receiving.port());
    ASSERT_TRUE(caller.associate());
    caller.write(RawCaller::store_command("1.2.3.9") +
                 RawCaller::data_pdu(0, RawCaller::data_set("1.2.3.9", "1.2.3")));
    ASSERT_TRUE(eventually([&] {
      const auto names = ::ledd::testing::names_below(drop / "incoming");
      return std::any_of(
          names.begin(), names.end(), [](const auto& name) { return name.ends_with(".part"); });
    }));
    receiving.signal(SIGKILL);
    EXPECT_EQ(receiving.wait().signal, SIGKILL);
    EXPECT_FALSE(caller.read_pdu().has_value());
  }
  EXPECT_EQ(objects_below(drop.path()), 1U);
  ReceivingProgram again(drop.path(), {"--idle", "0.3", "--studies", "1"});
  EXPECT_EQ(again.wait().exit, 0);
  EXPECT_EQ(objects_below(drop.path()), 1U);
  EXPECT_THAT(::ledd::testing::names_below(drop / "incoming"), testing::ElementsAre(".naming"));
  EXPECT_EQ(book()["count"], 1);
}

TEST_F(Verbs, WhateverWasAnsweredWithSuccessIsThereAfterKillNineAtAnyInstant) {
  std::vector<fs::path> files;
  files.reserve(40);
  for (int n = 0; n < 40; ++n)
    files.push_back(::ledd::testing::write_slice(
        in / ("many-" + std::to_string(n) + ".dcm"), "1.2.3.4." + std::to_string(n), n));
  std::size_t cut = 0;
  for (std::size_t trial = 0; trial < 5; ++trial) {
    const fs::path folder = drop / std::to_string(trial);
    ReceivingProgram receiving(folder, {});
    std::vector<::ledd::dicom_network::Sent> sent;
    std::thread sender([&] { sent = send_files(files, to_port(receiving.port())); });
    eventually([&] { return objects_below(folder) >= 1 + 6 * trial; });
    receiving.signal(SIGKILL);
    receiving.wait();
    sender.join();
    const ::ledd::dicom_network::Drop books(folder);
    const auto& study = books.studies().at(::ledd::dicom_network::study_key("1.2.3"));
    for (const auto& one : sent) {
      cut += one.stored ? 0U : 1U;
      if (!one.stored) continue;
      const std::string digest = ::ledd::dicom_network::data_set_digest(one.object.file);
      EXPECT_TRUE(std::any_of(study.files.begin(), study.files.end(), [&](const auto& file) {
        return file.data_set_sha256 == digest;
      })) << one.object.file;
    }
    for (const auto& name : ::ledd::testing::names_below(folder))
      EXPECT_FALSE(name.ends_with(".part")) << name;
  }
  EXPECT_GT(cut, 0U);  // it was killed while objects were on their way
}

TEST_F(Verbs, ReceiveSaysWhatDoesNotFitTogether) {
  const std::string folder = drop.path().string();
  EXPECT_EQ(ledd({"receive", folder, "--move", "1.2.3"}).exit, 2);
  EXPECT_EQ(ledd({"receive", folder, "--from", "A@h:1"}).exit, 2);
  EXPECT_EQ(ledd({"receive", folder, "--run", "threshold"}).exit, 2);
  EXPECT_EQ(ledd({"receive", folder, "--run", "treshold", "--out", "x"}).exit, 2);
  EXPECT_EQ(ledd({"receive", folder, "--aet", "MORE THAN SIXTEEN LETTERS"}).exit, 2);
  EXPECT_EQ(ledd({"receive", folder, "--bind", "everywhere"}).exit, 2);
  EXPECT_EQ(ledd({"receive", folder, "--port", "0", "--from", "A@127.0.0.1:1", "--move", "1.2"}).exit, 74);
  const ReceivingProgram receiving(drop.path(), {});
  EXPECT_EQ(ledd({"receive", folder, "--port", "0"}).exit, 75);
}

/// An output folder with a finished case, one that is being written and one without objects.
struct Sending : Verbs {
  Folder results;
  Sending() {
    const auto add = [&](const std::string& name, bool finished) {
      fs::create_directories(results / ("cases/" + name) / "dicom");
      ::ledd::testing::write_slice(results / ("cases/" + name) / "dicom/seg.dcm",
                                   "1.2." + std::to_string(++uid_));
      if (finished) std::ofstream(results / ("cases/" + name) / "provenance.json") << "{}";
    };
    add("a1b2c3d4e5f6", true);
    add(".a1b2c3d4e5f7.tmp-9", true);
    add("a1b2c3d4e5f8", false);
  }

 private:
  int uid_ = 0;
};

TEST_F(Sending, TakesFinishedCasesOnly) {
  const auto planned =
      ledd({"send", results.path().string(), "--to", "LEDD@127.0.0.1:1", "--dry-run", "--json"});
  EXPECT_EQ(planned.exit, 0);
  const auto lines = ::ledd::testing::json_lines(planned.out);
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_EQ(lines[0]["path"], (results / "cases/a1b2c3d4e5f6/dicom/seg.dcm").string());
  EXPECT_EQ(lines[0]["state"], "planned");

  const ReceivingProgram receiving(drop.path(), {});
  const std::string to = "LEDD@127.0.0.1:" + std::to_string(receiving.port());
  const auto sent = ledd({"send", (results / "cases/a1b2c3d4e5f6").string() + "/", "--to", to, "--json"});
  EXPECT_EQ(sent.exit, 0) << sent.err;
  EXPECT_EQ(::ledd::testing::json_lines(sent.out).front()["state"], "stored");
  EXPECT_EQ(ledd({"send", (results / "cases/a1b2c3d4e5f8").string(), "--to", to}).exit, 66);
  EXPECT_EQ(objects_below(drop.path()), 1U);
}

TEST_F(Sending, ExitTellsWhatBecameOfTheObjects) {
  std::ofstream(in / "text.dcm") << "no DICOM";
  const std::string good = slices[0].string(), bad = (in / "text.dcm").string();
  const ReceivingProgram receiving(drop.path(), {"--max-object-mb", "1"});
  const std::string to = "LEDD@127.0.0.1:" + std::to_string(receiving.port());
  EXPECT_EQ(ledd({"send", good, bad, "--to", to}).exit, 8);
  EXPECT_EQ(ledd({"send", bad, "--to", to}).exit, 65);
  EXPECT_EQ(ledd({"send", (in / "none").string(), "--to", to}).exit, 66);
  EXPECT_EQ(ledd({"send", good, "--to", "nobody"}).exit, 2);
  const auto unsent = ledd({"send", good, "--to", "LEDD@127.0.0.1:1", "--attempts", "2", "--json"});
  EXPECT_EQ(unsent.exit, 74);
  EXPECT_EQ(::ledd::testing::json_lines(unsent.out).front()["state"], "unsent");
}

}  // namespace
