#pragma once
#include <csignal>
#include <optional>

#include "network.h"
#include "program.h"

namespace ledd::testing {

/// `ledd receive` under way; it is ended with this object.
class ReceivingProgram {
 public:
  ReceivingProgram(const std::filesystem::path& drop, std::vector<std::string> options)
      : running_(words(drop, std::move(options))) {
    eventually([&] { return listening().has_value(); });
  }
  ~ReceivingProgram() {
    if (waited_) return;
    running_.signal(SIGKILL);
    running_.wait();
  }
  ReceivingProgram(const ReceivingProgram&) = delete;
  ReceivingProgram& operator=(const ReceivingProgram&) = delete;

  int pid() const { return running_.pid(); }
  std::uint16_t port() const { return listening().value_or(std::uint16_t{0}); }
  /// The lines of a type that it has printed.
  std::vector<nlohmann::json> lines(const std::string& type) const {
    std::vector<nlohmann::json> found;
    const std::string text = running_.out();
    for (const auto& line : json_lines(text.substr(0, text.rfind('\n') + 1)))
      if (line.value("type", "") == type) found.push_back(line);
    return found;
  }
  bool waits_for(const std::string& type, std::size_t count) const {
    return eventually([&] { return lines(type).size() >= count; });
  }
  void signal(int number) const { running_.signal(number); }
  Ended wait() {
    waited_ = true;
    return running_.wait();
  }

 private:
  static std::vector<std::string> words(const std::filesystem::path& drop, std::vector<std::string> options) {
    std::vector<std::string> all{"receive", drop.string(), "--json", "--min-free-mb", "0"};
    if (std::find(options.begin(), options.end(), "--port") == options.end())
      all.insert(all.end(), {"--port", "0"});
    all.insert(all.end(), options.begin(), options.end());
    return all;
  }
  std::optional<std::uint16_t> listening() const {
    const auto found = lines("listening");
    if (found.empty()) return std::nullopt;
    return found.front()["port"].get<std::uint16_t>();
  }

  Running running_;
  bool waited_ = false;
};

}  // namespace ledd::testing
