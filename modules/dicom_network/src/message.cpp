#include "message.h"

#include <nlohmann/json.hpp>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace ledd::dicom_network {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, 7> kNames{
    "stored", "repeated", "conflicting", "refused", "rejected", "lost", "echoed"};

}  // namespace

std::string_view name_of(Event::Kind kind) noexcept {
  return kNames[static_cast<std::size_t>(kind)];
}

bool send_event(int socket, const Event& event) {
  const Json json{{"kind", static_cast<int>(event.kind)},
                  {"caller", event.caller},
                  {"address", event.address},
                  {"study", event.study},
                  {"study_uid", event.study_uid},
                  {"name", event.name},
                  {"file", event.file_sha256},
                  {"data_set", event.data_set_sha256},
                  {"reason", event.reason.substr(0, 1024)}};
  const std::string text = json.dump(-1, ' ', true, Json::error_handler_t::replace);
  ssize_t sent = 0;
  do sent = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(text.size());
}

std::optional<Event> parse_event(const std::string& message) try {
  const Json json = Json::parse(message);
  Event event;
  const auto kind = json.at("kind").get<std::size_t>();
  if (kind >= kNames.size()) return std::nullopt;
  event.kind = static_cast<Event::Kind>(kind);
  event.caller = json.at("caller");
  event.address = json.at("address");
  event.study = json.at("study");
  event.study_uid = json.at("study_uid");
  event.name = json.at("name");
  event.file_sha256 = json.at("file");
  event.data_set_sha256 = json.at("data_set");
  event.reason = json.at("reason");
  return event;
} catch (const Json::exception&) {
  return std::nullopt;
}

}  // namespace ledd::dicom_network
