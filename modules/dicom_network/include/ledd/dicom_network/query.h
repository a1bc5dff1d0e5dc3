#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "ledd/dicom_network/peer.h"

namespace ledd::dicom_network {

/// Which studies: by one or more of these, all of which must match; wildcards are not taken.
struct StudyQuery {
  std::string study_uid, patient_id, accession;
};

/// A study that another system has.
struct RemoteStudy {
  std::string study_uid, patient_id, date, description;
  std::optional<std::size_t> objects;  ///< Number of objects in it, where the other system counts them.
};

/// C-FIND, study root. Text is printable.
/// @throws Error{kParam}  nothing to look for, or a wildcard in it.
/// @throws Error{kIo}     no connection, or the other system refuses or fails to answer.
std::vector<RemoteStudy> find_studies(const Peer& peer, const Caller& caller, const StudyQuery& query);

struct Moved {
  std::size_t completed = 0, failed = 0;
  std::string problem{};  ///< Why not all could be sent; empty when they could.
};

/// C-MOVE, study root, to the AE title `destination`, which the other system must know with host and port.
/// @throws Error{kIo}  no connection.
Moved move_study(const Peer& peer,
                 const Caller& caller,
                 const std::string& destination,
                 const std::string& study_uid);

}  // namespace ledd::dicom_network
