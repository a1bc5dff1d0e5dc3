#pragma once
#include <string>

#include "incoming.h"

class DcmTLSTransportLayer;

namespace ledd::dicom_network {

/// What the process of one association is given.
struct Called {
  int socket = -1;   ///< Accepted, connected to the peer.
  int events = -1;   ///< Where events go.
  int control = -1;  ///< At its end the association ends after the object in hand.
  std::string address;
  bool is_loopback = false;
};

/// Serves one association from negotiation to its end. Runs in a process of its own.
void serve(const Called& called, const ReceiverOptions& options, DcmTLSTransportLayer* tls);

}  // namespace ledd::dicom_network
