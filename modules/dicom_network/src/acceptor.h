#pragma once
#include "ledd/dicom_network/receiver.h"

class DcmTLSTransportLayer;

namespace ledd::dicom_network {

/// File descriptors of the listening process.
struct Ears {
  int listening = -1;
  int events = -1;   ///< Where events go.
  int control = -1;  ///< At its end this process stops.
};

/// Takes callers and gives each a process, until `control` ends and the last of them is done. Returns the
/// exit status; runs in a process of its own with one thread.
int accept_callers(const Ears& ears, const ReceiverOptions& options, DcmTLSTransportLayer* tls);

/// Has the kernel kill this process when its parent dies; false when that has happened already.
bool die_with_parent(pid_t parent);

}  // namespace ledd::dicom_network
