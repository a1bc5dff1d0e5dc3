#include "ledd/dicom_network/query.h"

#include <fmt/format.h>

#include <charconv>
#include <memory>

#include "ledd/core/error.h"

#include "dcmtk_network.h"

namespace ledd::dicom_network {
namespace {

constexpr const char* kFindModel = UID_FINDStudyRootQueryRetrieveInformationModel;
constexpr const char* kMoveModel = UID_MOVEStudyRootQueryRetrieveInformationModel;

/// Responses of DCMTK, which hands out their ownership.
template <class Response>
class Responses {
 public:
  Responses() = default;
  ~Responses() {
    for (auto* one : list_) delete one;
  }
  Responses(const Responses&) = delete;
  Responses& operator=(const Responses&) = delete;
  OFList<Response*>& list() { return list_; }

 private:
  OFList<Response*> list_;
};

class Connection : public DcmSCU {
 public:
  Connection(const Peer& peer, const Caller& caller, const char* model)
      : name_(fmt::format("{}@{}:{}", peer.aet, peer.host, peer.port)),
        tls_(make_tls(caller.tls, NET_REQUESTOR)) {
    setAETitle(caller.aet);
    setPeerAETitle(peer.aet);
    setPeerHostName(peer.host);
    setPeerPort(peer.port);
    setACSETimeout(caller.timeout_s);
    setDIMSETimeout(caller.timeout_s);
    setDIMSEBlockingMode(DIMSE_NONBLOCKING);
    setConnectionTimeout(static_cast<Sint32>(caller.timeout_s));
    OFList<OFString> syntaxes;
    syntaxes.push_back(UID_LittleEndianExplicitTransferSyntax);
    syntaxes.push_back(UID_LittleEndianImplicitTransferSyntax);
    addPresentationContext(model, syntaxes);
    check(initNetwork(), "cannot be called");
    if (tls_) check(useSecureConnection(tls_.get()), "cannot be called by TLS");
    const OFCondition negotiated = negotiateAssociation();
    require(
        negotiated.good(), Errc::kIo, fmt::format("{}: {}", name_, explain(negotiated, peer, caller.aet)));
    context_ = findPresentationContextID(model, "");
  }
  ~Connection() override {
    if (isConnected() == OFTrue) releaseAssociation();
  }

  void check(const OFCondition& condition, const char* what) const {
    require(
        condition.good(), Errc::kIo, fmt::format("{} {}: {}", name_, what, printable(condition.text(), 300)));
  }
  T_ASC_PresentationContextID context() const { return context_; }
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  std::unique_ptr<DcmTLSTransportLayer> tls_;
  T_ASC_PresentationContextID context_ = 0;
};

void require_exact(const std::string& value, const char* name) {
  require(
      value.find_first_of("*?\\") == std::string::npos && value.size() <= 64,
      Errc::kParam,
      fmt::format("{} '{}': one value without * ? \\ and of at most 64 characters is needed", name, value));
}

void put(DcmDataset& keys, const DcmTagKey& tag, const std::string& value) {
  keys.putAndInsertString(tag, value.c_str());
}

RemoteStudy study_of(DcmDataset& answer) {
  RemoteStudy study{printable(text_of(answer, DCM_StudyInstanceUID)),
                    printable(text_of(answer, DCM_PatientID)),
                    printable(text_of(answer, DCM_StudyDate)),
                    printable(text_of(answer, DCM_StudyDescription)),
                    std::nullopt};
  const std::string count = text_of(answer, DCM_NumberOfStudyRelatedInstances);
  std::size_t objects = 0;
  const auto [end, status] = std::from_chars(count.data(), count.data() + count.size(), objects);
  if (status == std::errc() && end == count.data() + count.size() && !count.empty()) study.objects = objects;
  return study;
}

std::string explain_move(std::uint16_t status, const std::string& destination, const std::string& name) {
  if (status == STATUS_MOVE_Refused_MoveDestinationUnknown)
    return fmt::format("{} does not know the AE title '{}'; enter it there with this machine's host and port",
                       name,
                       destination);
  if (status == STATUS_MOVE_Refused_NotAuthorized)
    return fmt::format("{} does not allow this AE title to retrieve", name);
  return fmt::format("{} ended the C-MOVE with status {:#06x}", name, status);
}

}  // namespace

std::vector<RemoteStudy> find_studies(const Peer& peer, const Caller& caller, const StudyQuery& query) {
  set_up_dcmtk();
  require(!query.study_uid.empty() || !query.patient_id.empty() || !query.accession.empty(),
          Errc::kParam,
          "a study, a patient or an accession number must be named");
  require_exact(query.study_uid, "--move");
  require_exact(query.patient_id, "--patient");
  require_exact(query.accession, "--accession");
  DcmDataset keys;
  put(keys, DCM_QueryRetrieveLevel, "STUDY");
  put(keys, DCM_StudyInstanceUID, query.study_uid);
  put(keys, DCM_PatientID, query.patient_id);
  put(keys, DCM_AccessionNumber, query.accession);
  for (const auto& tag : {DCM_StudyDate, DCM_StudyDescription, DCM_NumberOfStudyRelatedInstances})
    put(keys, tag, "");

  Connection connection(peer, caller, kFindModel);
  Responses<QRResponse> responses;
  connection.check(connection.sendFINDRequest(connection.context(), &keys, &responses.list()),
                   "does not answer");
  std::vector<RemoteStudy> studies;
  for (auto* response : responses.list()) {
    const bool pending = response->m_status == STATUS_FIND_Pending_MatchesAreContinuing ||
                         response->m_status == STATUS_FIND_Pending_WarningUnsupportedOptionalKeys;
    require(pending || response->m_status == STATUS_Success,
            Errc::kIo,
            fmt::format("{} ended the C-FIND with status {:#06x}", connection.name(), response->m_status));
    if (pending && response->m_dataset != nullptr) studies.push_back(study_of(*response->m_dataset));
  }
  return studies;
}

Moved move_study(const Peer& peer,
                 const Caller& caller,
                 const std::string& destination,
                 const std::string& study_uid) {
  set_up_dcmtk();
  require_exact(study_uid, "study");
  DcmDataset keys;
  put(keys, DCM_QueryRetrieveLevel, "STUDY");
  put(keys, DCM_StudyInstanceUID, study_uid);
  Connection connection(peer, caller, kMoveModel);
  Responses<RetrieveResponse> responses;
  connection.check(connection.sendMOVERequest(connection.context(), destination, &keys, &responses.list()),
                   "does not answer");
  Moved moved;
  for (auto* response : responses.list()) {
    if (response->m_status == STATUS_MOVE_Pending_SubOperationsAreContinuing) continue;
    moved.completed =
        static_cast<std::size_t>(response->m_numberOfCompletedSubops) + response->m_numberOfWarningSubops;
    moved.failed = response->m_numberOfFailedSubops;
    if (response->m_status != STATUS_Success)
      moved.problem = explain_move(response->m_status, destination, connection.name());
  }
  if (responses.list().empty()) moved.problem = connection.name() + " gave no answer to the C-MOVE";
  if (moved.problem.empty() && moved.failed > 0)
    moved.problem = fmt::format("{} could not send {} objects", connection.name(), moved.failed);
  return moved;
}

}  // namespace ledd::dicom_network
