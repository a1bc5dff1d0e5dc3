#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "ledd/dicom_network/receiver.h"

namespace ledd::dicom_network {

/// What a peer says of the object it sends.
struct Announced {
  std::string sop_class_uid, sop_instance_uid, transfer_syntax_uid, caller;
};

/// Room for objects: where they go, and how much.
struct Room {
  std::filesystem::path drop;
  std::uint64_t max_object_bytes = 0, min_free_bytes = 0;
};

/// An object on its way into the drop folder: a file in `incoming`, which is gone with this object unless
/// keep() gave it its final name.
class Incoming {
 public:
  Incoming(const Room& room, const Announced& announced);
  ~Incoming();
  Incoming(const Incoming&) = delete;
  Incoming& operator=(const Incoming&) = delete;

  /// After a failure the rest is counted and thrown away.
  void take(std::string_view bytes);

  /// Syncs, digests, checks and renames; fills kind, study, name and digests of `event`, or its reason.
  /// @return  the status to answer with: 0, or a failure.
  std::uint16_t keep(Event& event);

 private:
  void write(std::string_view bytes);
  void fail(std::uint16_t status, std::string reason);
  void check_room();

  const Room& room_;
  const Announced& announced_;
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::uint64_t bytes_ = 0;
  std::uint16_t status_ = 0;
  std::string reason_;
};

/// DROP/incoming; files in it are what nobody has been told is stored.
std::filesystem::path incoming_folder(const std::filesystem::path& drop);

/// Removes what the process `owner` left there; of any process when 0.
void sweep_incoming(const std::filesystem::path& drop, int owner);

}  // namespace ledd::dicom_network
