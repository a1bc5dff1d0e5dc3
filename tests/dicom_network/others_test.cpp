#include <gmock/gmock.h>

#include <fstream>

#include "realdata.h"
#include "receiving_program.h"

namespace {

using ledd::dicom_network::data_set_digest;
using ledd::testing::Event;
using ledd::testing::eventually;
using ledd::testing::Folder;
using ledd::testing::Listening;
using ledd::testing::objects_below;
using ledd::testing::options_for;
using ledd::testing::ReceivingProgram;
using ledd::testing::run_program;
using ledd::testing::send_files;
using ledd::testing::to_port;
using ledd::testing::write_slice;
using testing::HasSubstr;
using testing::SizeIs;

namespace fs = std::filesystem;

/// Digests of the data sets of all DICOM files below a folder, sorted.
std::vector<std::string> digests_below(const fs::path& folder) {
  std::vector<std::string> digests;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".dcm") digests.push_back(data_set_digest(entry.path()));
  std::sort(digests.begin(), digests.end());
  return digests;
}

/// Objects of every kind that Ledd makes or meets, as far as their class goes.
std::vector<fs::path> write_kinds(const fs::path& folder) {
  std::vector<fs::path> files;
  const std::string root = "1.2.840.10008.5.1.4.1.1.";
  for (const char* kind : {"4", "66.4", "88.34", "30", "104.1", "7", "66.7", "481.3"}) {
    files.push_back(folder / (std::string(kind) + ".dcm"));
    write_slice(files.back(), "1.2.3." + std::to_string(files.size()), 0, {{"SOPClassUID", root + kind}});
  }
  return files;
}

struct Others : testing::Test {
  Folder in, drop;
};

TEST_F(Others, EveryKindOfObjectIsTaken) {
  const auto files = write_kinds(in.path());
  Listening listening(options_for(drop.path()));
  for (const auto& sent : send_files(files, to_port(listening.port())))
    EXPECT_TRUE(sent.stored) << sent.object.file << ": " << sent.reason;
  EXPECT_EQ(digests_below(drop.path()), digests_below(in.path()));
}

TEST_F(Others, StorescuAndEchoscuAreServed) {
  LEDD_NEEDS_PROGRAM("storescu");
  LEDD_NEEDS_PROGRAM("echoscu");
  const auto slice = write_slice(in / "a.dcm", "1.2.3.4");
  Listening listening(options_for(drop.path()));
  const std::string port = std::to_string(listening.port());
  EXPECT_EQ(run_program({"echoscu", "-aec", "LEDD", "127.0.0.1", port}), 0);
  EXPECT_NE(run_program({"echoscu", "-aec", "OTHER", "127.0.0.1", port}), 0);
  EXPECT_EQ(run_program({"storescu", "-aec", "LEDD", "127.0.0.1", port, slice.string()}), 0);
  EXPECT_TRUE(listening.waits_for(Event::Kind::kEchoed, 1));
  EXPECT_EQ(digests_below(drop.path()), digests_below(in.path()));
}

TEST_F(Others, SegmentationReportAndMapOfAnotherMakerAreStoredUnchanged) {
  LEDD_NEEDS_REALDATA("dicom-tricky/dcmqi_seg_sr");
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(ledd::realdata() / "dicom-tricky/dcmqi_seg_sr"))
    if (entry.path().extension() == ".dcm" && entry.path().string().find("labelmap") == std::string::npos)
      files.push_back(entry.path());
  ASSERT_GE(files.size(), 10U);
  Listening listening(options_for(drop.path()));
  std::vector<std::string> wanted;
  for (const auto& sent : send_files(files, to_port(listening.port()))) {
    EXPECT_TRUE(sent.stored) << sent.object.file << ": " << sent.reason;
    wanted.push_back(data_set_digest(sent.object.file));
  }
  std::sort(wanted.begin(), wanted.end());
  EXPECT_EQ(digests_below(drop.path()), wanted);
}

std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  EXPECT_EQ(0, ::bind(socket, reinterpret_cast<const sockaddr*>(&address), size));
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(socket);
  return ntohs(address.sin_port);
}

/// An Orthanc that knows the AE title RX at `back_port` of this machine.
class Orthanc {
 public:
  explicit Orthanc(std::uint16_t back_port) {
    const nlohmann::json settings{
        {"Name", "test"},
        {"StorageDirectory", (folder_ / "db").string()},
        {"IndexDirectory", (folder_ / "db").string()},
        {"Plugins", nlohmann::json::array()},
        {"HttpServerEnabled", false},
        {"DicomServerEnabled", true},
        {"DicomAet", "CORE"},
        {"DicomPort", port_},
        {"DicomCheckCalledAet", true},
        {"DicomAlwaysAllowStore", true},
        {"DicomAlwaysAllowFind", true},
        {"DicomAlwaysAllowMove", true},
        {"DicomModalities",
         {{"rx", {{"AET", "RX"}, {"Host", "127.0.0.1"}, {"Port", back_port}, {"AllowMove", true}}}}}};
    const fs::path file = folder_ / "orthanc.json";
    std::ofstream(file) << settings.dump();
    pid_ = ::fork();
    if (pid_ == 0) {
      if (::freopen("/dev/null", "w", stdout) == nullptr || ::freopen("/dev/null", "w", stderr) == nullptr)
        ::_exit(126);
      const char* program = ::access("/usr/sbin/Orthanc", X_OK) == 0 ? "/usr/sbin/Orthanc" : "Orthanc";
      ::execlp(program, program, file.c_str(), nullptr);
      ::_exit(127);
    }
    is_up_ = eventually([&] { return ledd::testing::Plug(port_).connected(); });
  }
  ~Orthanc() {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }
  Orthanc(const Orthanc&) = delete;
  Orthanc& operator=(const Orthanc&) = delete;
  bool is_up() const { return is_up_; }
  std::string peer() const { return "CORE@127.0.0.1:" + std::to_string(port_); }

 private:
  Folder folder_;
  std::uint16_t port_ = free_port();
  pid_t pid_ = -1;
  bool is_up_ = false;
};

TEST_F(Others, WhatOrthancIsSentComesBackUnchangedWithCMove) {
  LEDD_NEEDS_PROGRAM("Orthanc");
  const auto files = write_kinds(in.path());
  const std::uint16_t port = free_port();
  const Orthanc orthanc(port);
  ASSERT_TRUE(orthanc.is_up());
  std::vector<std::string> words{"send", "--to", orthanc.peer()};
  for (const auto& file : files)
    // Orthanc 1.10.1 is older than label maps (66.7) and refuses what it does not know.
    if (file.filename() != "66.7.dcm")
      words.push_back(file.string());
    else
      fs::remove(file);
  const auto sent = ledd::testing::ledd(words);
  ASSERT_EQ(sent.exit, 0) << sent.out << sent.err;

  const std::vector<std::string> retrieve{
      "--from", orthanc.peer(), "--idle", "0.3", "--port", std::to_string(port)};
  const auto receive = [&](std::vector<std::string> more) {
    more.insert(more.end(), retrieve.begin(), retrieve.end());
    ReceivingProgram receiving(drop.path(), more);
    return receiving.wait();
  };
  const auto none = receive({"--aet", "RX", "--move", "1.2.99"});
  EXPECT_EQ(none.exit, 66) << none.err;
  const auto unknown = receive({"--aet", "NOBODY", "--move", "1.2.3"});
  EXPECT_EQ(unknown.exit, 8) << unknown.err;
  EXPECT_EQ(objects_below(drop.path()), 0U);

  const auto moved = receive({"--aet", "RX", "--patient", "P1"});
  EXPECT_EQ(moved.exit, 0) << moved.err;
  EXPECT_THAT(moved.out, HasSubstr("\"objects\":7"));
  EXPECT_EQ(digests_below(drop.path()), digests_below(in.path()));
  // Once more: everything is there already.
  EXPECT_EQ(receive({"--aet", "RX", "--move", "1.2.3"}).exit, 0);
  EXPECT_EQ(objects_below(drop.path()), 7U);
}

}  // namespace
