#pragma once
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ledd/dicom_network/peer.h"

namespace ledd::dicom_network {

struct ReceiverOptions {
  std::filesystem::path drop;         ///< Objects go below its folder `studies`.
  std::string address = "127.0.0.1";  ///< The one address to listen on, IPv4 or IPv6.
  std::uint16_t port = 11112;         ///< 0: any that is free.
  std::string aet = "LEDD";           ///< Callers must call by this AE title.
  std::vector<std::string> allow{};   ///< AE titles that may call; when empty, only this machine may.
  TlsFiles tls{};
  unsigned associations = 8;             ///< At once; further callers wait to be taken.
  unsigned timeout_s = 60;               ///< For each piece that a peer sends, and for its next request.
  std::uint32_t max_pdu_bytes = 131072;  ///< [4096, 131072], DICOM's PDU.
  std::uint64_t max_object_mb = 2048;    ///< MiB; larger ones are refused.
  std::uint64_t min_free_mb = 1024;      ///< MiB that must stay free on the disk.
};

/// What happened at the network, one for each object and each caller turned away.
struct Event {
  enum class Kind {
    kStored,       ///< A new object.
    kRepeated,     ///< The same object with the same data set is there already.
    kConflicting,  ///< The same SOP Instance UID with another data set: stored beside, as <digest>-2.dcm.
    kRefused,      ///< Not stored; the caller was told so, with `reason`.
    kRejected,     ///< No association: wrong AE title, or a caller that is not allowed.
    kLost,         ///< The connection ended without a release, or its process died.
    kEchoed,       ///< C-ECHO.
  };
  Kind kind = Kind::kLost;
  std::string caller;     ///< Its AE title; printable ASCII.
  std::string address;    ///< Its address.
  std::string study;      ///< Name of the study's folder: 24 hexadecimal digits.
  std::string study_uid;  ///< Digits and dots, else empty.
  std::string name;       ///< Of the file in it.
  std::string file_sha256, data_set_sha256;
  std::string reason;
};
std::string_view name_of(Event::Kind kind) noexcept;

/// A storage SCP for every storage SOP class and C-ECHO. It listens from construction to stop().
///
/// Method   A process of its own owns the listening socket and forks one process for each association, with
///          a limit of memory: what a peer sends is parsed there and nowhere else. An object is written as it
///          came into `drop`/incoming, synced, digested, renamed to its final name, and only then answered
///          with success. File names are digests of UIDs.
/// Limits   Make it before any thread is started: it forks. Deflated transfer syntaxes are not accepted.
class Receiver {
 public:
  /// @throws Error{kParam}       an AE title, the address or a limit is not legal.
  /// @throws Error{kIo}          the port is taken, or the machine has no such address.
  /// @throws Error{kPermission}  the port is below 1024 and the user is not privileged.
  /// @throws Error{kNotFound, kFormat}  a TLS file is missing or not what it should be.
  explicit Receiver(const ReceiverOptions& options);
  ~Receiver();
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  std::uint16_t port() const noexcept { return port_; }

  /// The next event; none when nothing happened for so long.
  /// @throws Error{kInternal}  the listening process died.
  std::optional<Event> next(std::chrono::milliseconds wait);

  /// Takes no further caller, lets every association finish the object in hand, ends the processes. Events
  /// that are left are given by next().
  void stop();
  /// After stop(): whether the last association has ended and its events are given.
  bool ended() const noexcept { return ended_; }

 private:
  std::uint16_t port_ = 0;
  pid_t acceptor_ = -1;
  int events_ = -1;   ///< Messages from the processes.
  int control_ = -1;  ///< Its closing tells them to stop.
  bool stopping_ = false, ended_ = false;
};

}  // namespace ledd::dicom_network
