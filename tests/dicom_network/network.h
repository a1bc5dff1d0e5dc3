#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <functional>
#include <mutex>
#include <regex>
#include <string>
#include <thread>
#include <vector>

#include "ledd/dicom_network/drop.h"
#include "ledd/dicom_network/receiver.h"
#include "ledd/dicom_network/sender.h"

#include "dicom_writer.h"

namespace ledd::testing {

using dicom_network::Event;

/// Waits until something holds; false when it does not within ten seconds.
inline bool eventually(const std::function<bool()>& holds) {
  for (int n = 0; n < 1000; ++n) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return holds();
}

/// A receiver for a test, on any port, whose events are read as they come.
class Listening {
 public:
  explicit Listening(dicom_network::ReceiverOptions options)
      : receiver_(with_free_port(std::move(options))), thread_([this] { read(); }) {}
  ~Listening() { stop(); }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;

  std::uint16_t port() const { return receiver_.port(); }
  void stop() {
    over_ = true;
    if (thread_.joinable()) thread_.join();
  }
  std::vector<Event> events() const {
    const std::lock_guard lock(mutex_);
    return events_;
  }
  std::size_t count(Event::Kind kind) const {
    const auto all = events();
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [&](const Event& event) { return event.kind == kind; }));
  }
  bool waits_for(Event::Kind kind, std::size_t wanted) const {
    return eventually([&] { return count(kind) >= wanted; });
  }

 private:
  static dicom_network::ReceiverOptions with_free_port(dicom_network::ReceiverOptions options) {
    options.port = 0;
    return options;
  }
  void read() {
    while (!receiver_.ended()) {
      if (over_) receiver_.stop();
      if (const auto event = receiver_.next(std::chrono::milliseconds(20))) {
        const std::lock_guard lock(mutex_);
        events_.push_back(*event);
      }
    }
  }

  dicom_network::Receiver receiver_;
  mutable std::mutex mutex_;
  std::vector<Event> events_;
  std::atomic<bool> over_{false};
  std::thread thread_;
};

/// Receives into `folder`, takes the last byte of any disk.
inline dicom_network::ReceiverOptions options_for(const std::filesystem::path& folder) {
  dicom_network::ReceiverOptions options;
  options.drop = folder;
  options.min_free_mb = 0;
  options.timeout_s = 10;
  return options;
}

/// A connection without DICOM in it.
class Plug {
 public:
  explicit Plug(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in peer{};
    peer.sin_family = AF_INET;
    peer.sin_port = htons(port);
    peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&peer), sizeof(peer)) == 0;
  }
  ~Plug() { ::close(socket_); }
  Plug(const Plug&) = delete;
  Plug& operator=(const Plug&) = delete;
  bool connected() const { return connected_; }
  void write(const std::string& bytes) const { ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }

 private:
  int socket_;
  bool connected_ = false;
};

/// Writes one MR slice.
inline std::filesystem::path write_slice(const std::filesystem::path& file,
                                         const std::string& sop_uid,
                                         double height_mm = 0,
                                         const std::vector<Attribute>& attributes = {}) {
  Picture picture;
  picture.sop_uid = sop_uid;
  picture.position_lps_mm = {0, 0, height_mm};
  picture.words.assign(std::size_t{picture.columns} * picture.rows, 7);
  picture.attributes = attributes;
  write(picture, file);
  return file;
}

/// Sends files; how each ended, in the order of the answers.
inline std::vector<dicom_network::Sent> send_files(const std::vector<std::filesystem::path>& files,
                                                   const dicom_network::SendOptions& options) {
  std::vector<dicom_network::Outgoing> objects;
  objects.reserve(files.size());
  for (const auto& file : files) objects.push_back(dicom_network::read_outgoing(file));
  std::vector<dicom_network::Sent> all;
  dicom_network::send(objects, options, [&](const dicom_network::Sent& sent) { all.push_back(sent); });
  return all;
}

inline dicom_network::SendOptions to_port(std::uint16_t port, const std::string& aet = "LEDD") {
  dicom_network::SendOptions options;
  options.to = {aet, "127.0.0.1", port};
  options.caller.aet = "SITE";
  options.caller.timeout_s = 10;
  options.attempts = 1;
  return options;
}

/// Every regular file below a folder, relative to it.
inline std::vector<std::string> names_below(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) names.push_back(entry.path().lexically_relative(folder).string());
  std::sort(names.begin(), names.end());
  return names;
}

inline std::size_t objects_below(const std::filesystem::path& drop) {
  const auto names = names_below(drop);
  return static_cast<std::size_t>(
      std::count_if(names.begin(), names.end(), [](const auto& name) { return name.ends_with(".dcm"); }));
}

/// Runs a program that is on the PATH, without a shell; its exit status, 127 when there is none.
int run_program(const std::vector<std::string>& words);
bool has_program(const std::string& name);

}  // namespace ledd::testing

/// Ends a test as skipped, naming the program it would have needed.
#define LEDD_NEEDS_PROGRAM(name) \
  if (!ledd::testing::has_program(name)) GTEST_SKIP() << "needs the program " << (name)
