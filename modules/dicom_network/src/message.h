#pragma once
#include <optional>
#include <string>

#include "ledd/dicom_network/receiver.h"

namespace ledd::dicom_network {

/// Sends an event over a socket that keeps messages apart; false when nobody is there to read it.
bool send_event(int socket, const Event& event);

/// The event in a message; none when it is not one.
std::optional<Event> parse_event(const std::string& message);

/// Messages are at most this long.
constexpr std::size_t kMessageBytes = 8192;

}  // namespace ledd::dicom_network
