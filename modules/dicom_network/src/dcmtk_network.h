#pragma once
#include <memory>
#include <string>
#include <string_view>

// dcmtk/config/osconfig.h must come before every other header of DCMTK.
// clang-format off
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmdata/dcfcache.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/dcmnet/dimse.h>
#include <dcmtk/dcmnet/dstorscu.h>
#include <dcmtk/dcmnet/dul.h>
#include <dcmtk/dcmtls/tlslayer.h>
// clang-format on

#include "ledd/dicom_network/peer.h"

namespace ledd::dicom_network {

/// Once per process: silences DCMTK's logger, turns off its look-ups of host names.
/// @throws Error{kInternal}  DCMTK's data dictionary is not installed.
void set_up_dcmtk();

/// A transport layer of the BCP 195 profile that demands the peer's certificate; none when no TLS is wanted.
/// @throws Error{kParam}               some of the three files are given, not all.
/// @throws Error{kNotFound, kFormat}   a file is missing or not what it should be.
std::unique_ptr<DcmTLSTransportLayer> make_tls(const TlsFiles& files, T_ASC_NetworkRole role);

/// Why a connection failed, for people: what DCMTK says, and where to look.
std::string explain(const OFCondition& condition, const Peer& peer, const std::string& own_aet);

/// Printable ASCII of what a peer sent; anything else becomes '?'. At most `limit` characters.
std::string printable(std::string_view text, std::size_t limit = 64);

/// `uid` when it is made of digits and dots, at most 64; else empty.
std::string plain_uid(std::string_view uid);

/// Text of an element without padding.
std::string text_of(DcmItem& item, const DcmTagKey& key);

/// True for the UID of any class that C-STORE carries.
bool is_storage_class(std::string_view uid);

}  // namespace ledd::dicom_network
