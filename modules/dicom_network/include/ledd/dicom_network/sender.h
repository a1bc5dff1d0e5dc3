#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "ledd/dicom_network/peer.h"

namespace ledd::dicom_network {

/// An object to be sent.
struct Outgoing {
  std::filesystem::path file;
  std::string sop_class_uid, sop_instance_uid, transfer_syntax_uid;
  std::string kind;  ///< Name of the SOP class, for people.
};

/// Reads what must be known to send a file.
/// @throws Error{kNotFound}  there is no such file.
/// @throws Error{kFormat}    it is no DICOM file, or lacks its SOP class or instance UID.
Outgoing read_outgoing(const std::filesystem::path& file);

/// How the sending of one object ended.
struct Sent {
  Outgoing object;
  bool stored = false;
  bool unanswered = false;   ///< The connection failed, again and again.
  std::uint16_t status = 0;  ///< What the receiver answered; 0 is success.
  std::string reason{};      ///< Why it is not stored; empty when it is.
};

struct SendOptions {
  Peer to;
  Caller caller{};
  unsigned attempts = 3;  ///< Connections tried in a row without an object getting through.
  std::function<bool()> stop = [] { return false; };
};

/// Sends by C-STORE, in the transfer syntax of each file or, uncompressed, one equal to it; tells of each
/// object as soon as it is known how it ended. Never throws for what the receiver does.
/// @throws Error{kNotFound, kFormat}  a TLS file is missing or not what it should be.
void send(const std::vector<Outgoing>& objects,
          const SendOptions& options,
          const std::function<void(const Sent&)>& told);

}  // namespace ledd::dicom_network
