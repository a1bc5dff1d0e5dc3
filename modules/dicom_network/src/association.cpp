#include "association.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "ledd/core/error.h"

#include "dcmtk_network.h"
#include "message.h"

namespace ledd::dicom_network {
namespace {

/// What is taken, all but the deflated one: a small file of it can inflate without limit.
constexpr std::array<std::string_view, 31> kTransferSyntaxes{
    "1.2.840.10008.1.2",         "1.2.840.10008.1.2.1",       "1.2.840.10008.1.2.2",
    "1.2.840.10008.1.2.4.50",    "1.2.840.10008.1.2.4.51",    "1.2.840.10008.1.2.4.53",
    "1.2.840.10008.1.2.4.55",    "1.2.840.10008.1.2.4.57",    "1.2.840.10008.1.2.4.70",
    "1.2.840.10008.1.2.4.80",    "1.2.840.10008.1.2.4.81",    "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.4.91",    "1.2.840.10008.1.2.4.92",    "1.2.840.10008.1.2.4.93",
    "1.2.840.10008.1.2.4.100",   "1.2.840.10008.1.2.4.100.1", "1.2.840.10008.1.2.4.101",
    "1.2.840.10008.1.2.4.101.1", "1.2.840.10008.1.2.4.102",   "1.2.840.10008.1.2.4.102.1",
    "1.2.840.10008.1.2.4.103",   "1.2.840.10008.1.2.4.104",   "1.2.840.10008.1.2.4.105",
    "1.2.840.10008.1.2.4.106",   "1.2.840.10008.1.2.4.107",   "1.2.840.10008.1.2.4.108",
    "1.2.840.10008.1.2.4.201",   "1.2.840.10008.1.2.4.202",   "1.2.840.10008.1.2.4.203",
    "1.2.840.10008.1.2.5"};

bool is_taken(const char* syntax) {
  return std::find(kTransferSyntaxes.begin(), kTransferSyntaxes.end(), syntax) != kTransferSyntaxes.end();
}

/// Accepts of each presentation context the first transfer syntax in the caller's order that is taken.
/// @return  the number of contexts accepted.
int accept_contexts(T_ASC_Parameters* parameters) {
  int accepted = 0;
  for (int n = 0; n < ASC_countPresentationContexts(parameters); ++n) {
    T_ASC_PresentationContext context{};
    if (ASC_getPresentationContext(parameters, n, &context).bad()) continue;
    const bool known = std::string_view(context.abstractSyntax) == UID_VerificationSOPClass ||
                       is_storage_class(context.abstractSyntax);
    const auto* const proposed = &context.proposedTransferSyntaxes[0];
    const auto* const end = proposed + context.transferSyntaxCount;
    const auto* const syntax = std::find_if(proposed, end, [](const auto& one) { return is_taken(&one[0]); });
    if (!known)
      ASC_refusePresentationContext(
          parameters, context.presentationContextID, ASC_P_ABSTRACTSYNTAXNOTSUPPORTED);
    else if (syntax == end)
      ASC_refusePresentationContext(
          parameters, context.presentationContextID, ASC_P_TRANSFERSYNTAXESNOTSUPPORTED);
    else if (ASC_acceptPresentationContext(
                 parameters, context.presentationContextID, *syntax, ASC_SC_ROLE_DEFAULT, OFTrue)
                 .good())
      ++accepted;
  }
  return accepted;
}

class Association {
 public:
  Association(const Called& called, const ReceiverOptions& options)
      : called_(called),
        options_(options),
        room_{options.drop, options.max_object_mb << 20U, options.min_free_mb << 20U} {}

  void serve(DcmTLSTransportLayer* tls) {
    if (!negotiate(tls)) return;
    OFCondition condition = EC_Normal;
    while (condition.good()) condition = next_request();
    end(condition);
  }

 private:
  Event event(Event::Kind kind) const {
    Event event;
    event.kind = kind;
    event.caller = caller_;
    event.address = called_.address;
    return event;
  }
  void tell(Event::Kind kind, const std::string& reason) const {
    Event told = event(kind);
    told.reason = reason;
    send_event(called_.events, told);
  }
  bool stop_wanted() const {
    pollfd control{called_.control, POLLIN, 0};
    return ::poll(&control, 1, 0) != 0;
  }
  /// The system ends this process when the next piece does not come in time: no peer can hold it for ever.
  void expect_more() const {
    ::alarm(options_.timeout_s);
    // Callers write a PDU in pieces and wait for each to be acknowledged; the system would delay that by 40
    // ms, and forgets this wish again and again.
    const int yes = 1;
    ::setsockopt(called_.socket, IPPROTO_TCP, TCP_QUICKACK, &yes, sizeof(yes));
  }

  bool negotiate(DcmTLSTransportLayer* tls);
  bool may_call(const std::string& called_aet, bool own_context);
  void reject(T_ASC_RejectParametersReason reason, const std::string& text);
  OFCondition next_request();
  OFCondition store(T_ASC_PresentationContextID context, const T_DIMSE_C_StoreRQ& request);
  OFCondition receive(T_ASC_PresentationContextID context, Incoming& incoming);
  OFCondition next_piece(DUL_PDV& piece);
  void end(const OFCondition& condition);

  const Called& called_;
  const ReceiverOptions& options_;
  const Room room_;
  std::string caller_;
  T_ASC_Network* network_ = nullptr;
  T_ASC_Association* association_ = nullptr;
};

void Association::reject(T_ASC_RejectParametersReason reason, const std::string& text) {
  const T_ASC_RejectParameters why{ASC_RESULT_REJECTEDPERMANENT, ASC_SOURCE_SERVICEUSER, reason};
  ASC_rejectAssociation(association_, &why);
  tell(Event::Kind::kRejected, text);
}

bool Association::may_call(const std::string& called_aet, bool own_context) {
  const auto& allow = options_.allow;
  if (!own_context)
    reject(ASC_REASON_SU_APPCONTEXTNAMENOTSUPPORTED, "another application context than DICOM's");
  else if (called_aet != options_.aet)
    reject(ASC_REASON_SU_CALLEDAETITLENOTRECOGNIZED,
           fmt::format("called '{}', this is '{}'", called_aet, options_.aet));
  else if (allow.empty() && !called_.is_loopback)
    reject(ASC_REASON_SU_CALLINGAETITLENOTRECOGNIZED, "not from this machine, and no --allow names callers");
  else if (!allow.empty() && std::find(allow.begin(), allow.end(), caller_) == allow.end())
    reject(ASC_REASON_SU_CALLINGAETITLENOTRECOGNIZED, fmt::format("--allow does not name '{}'", caller_));
  else
    return true;
  return false;
}

bool Association::negotiate(DcmTLSTransportLayer* tls) {
  dcmExternalSocketHandle.set(called_.socket);
  expect_more();
  if (ASC_initializeNetwork(NET_ACCEPTOR, 0, static_cast<int>(options_.timeout_s), &network_).bad())
    return false;
  if (tls != nullptr) ASC_setTransportLayer(network_, tls, 0);
  const OFCondition received = ASC_receiveAssociation(network_,
                                                      &association_,
                                                      static_cast<long>(options_.max_pdu_bytes),
                                                      nullptr,
                                                      nullptr,
                                                      tls != nullptr ? OFTrue : OFFalse,
                                                      DUL_NOBLOCK,
                                                      static_cast<int>(options_.timeout_s));
  if (received.bad()) {
    tell(Event::Kind::kLost, fmt::format("no association: {}", printable(received.text(), 200)));
    return false;
  }
  std::array<char, 128> calling{}, called{}, responding{}, context{};
  ASC_getAPTitles(association_->params,
                  calling.data(),
                  calling.size(),
                  called.data(),
                  called.size(),
                  responding.data(),
                  responding.size());
  ASC_getApplicationContextName(association_->params, context.data(), context.size());
  caller_ = printable(calling.data());
  if (!may_call(printable(called.data()), std::string_view(context.data()) == UID_StandardApplicationContext))
    return false;
  ASC_setAPTitles(association_->params, nullptr, nullptr, options_.aet.c_str());
  if (accept_contexts(association_->params) == 0) {
    reject(ASC_REASON_SU_NOREASON, "nothing that it proposes can be stored");
    return false;
  }
  return ASC_acknowledgeAssociation(association_).good();
}

OFCondition Association::next_request() {
  expect_more();
  T_ASC_PresentationContextID context = 0;
  T_DIMSE_Message message{};
  OFCondition condition = DIMSE_NODATAAVAILABLE;
  while (condition == DIMSE_NODATAAVAILABLE) {
    if (stop_wanted()) return DUL_PEERABORTEDASSOCIATION;
    DcmDataset* detail = nullptr;
    condition = DIMSE_receiveCommand(association_, DIMSE_NONBLOCKING, 1, &context, &message, &detail);
    delete detail;
  }
  if (condition.bad()) return condition;
  if (message.CommandField == DIMSE_C_ECHO_RQ) {
    tell(Event::Kind::kEchoed, {});
    return DIMSE_sendEchoResponse(association_, context, &message.msg.CEchoRQ, STATUS_Success, nullptr);
  }
  if (message.CommandField == DIMSE_C_STORE_RQ) return store(context, message.msg.CStoreRQ);
  tell(Event::Kind::kLost,
       fmt::format("an unknown request ({:#06x})", static_cast<unsigned>(message.CommandField)));
  return DIMSE_BADCOMMANDTYPE;
}

OFCondition Association::next_piece(DUL_PDV& piece) {
  if (DUL_NextPDV(&association_->DULassociation, &piece).good()) return EC_Normal;
  expect_more();
  const OFCondition read = DUL_ReadPDVs(&association_->DULassociation, nullptr, DUL_BLOCK, 0);
  if (read != DUL_PDATAPDUARRIVED) return read.good() ? DIMSE_ILLEGALASSOCIATION : read;
  return DUL_NextPDV(&association_->DULassociation, &piece);
}

OFCondition Association::receive(T_ASC_PresentationContextID context, Incoming& incoming) {
  for (DUL_PDV piece{}; piece.lastPDV == OFFalse;) {
    const OFCondition condition = next_piece(piece);
    if (condition.bad()) return condition;
    if (piece.pdvType != DUL_DATASETPDV || piece.presentationContextID != context)
      return DIMSE_UNEXPECTEDPDVTYPE;
    incoming.take({static_cast<const char*>(piece.data), piece.fragmentLength});
  }
  return EC_Normal;
}

OFCondition Association::store(T_ASC_PresentationContextID context, const T_DIMSE_C_StoreRQ& request) {
  T_ASC_PresentationContext accepted{};
  if (ASC_findAcceptedPresentationContext(association_->params, context, &accepted).bad())
    return DIMSE_ILLEGALASSOCIATION;
  if (request.DataSetType == DIMSE_DATASET_NULL) return DIMSE_BADMESSAGE;
  const Announced announced{
      request.AffectedSOPClassUID, request.AffectedSOPInstanceUID, accepted.acceptedTransferSyntax, caller_};
  Event told = event(Event::Kind::kRefused);
  T_DIMSE_C_StoreRSP response{};
  response.MessageIDBeingRespondedTo = request.MessageID;
  response.DataSetType = DIMSE_DATASET_NULL;
  OFStandard::strlcpy(
      response.AffectedSOPClassUID, request.AffectedSOPClassUID, sizeof(response.AffectedSOPClassUID));
  OFStandard::strlcpy(response.AffectedSOPInstanceUID,
                      request.AffectedSOPInstanceUID,
                      sizeof(response.AffectedSOPInstanceUID));
  response.opts = O_STORE_AFFECTEDSOPCLASSUID | O_STORE_AFFECTEDSOPINSTANCEUID;
  {
    Incoming incoming(room_, announced);
    if (const OFCondition received = receive(context, incoming); received.bad()) return received;
    // Digesting a large object may take longer than a peer may stay silent.
    ::alarm(0);
    response.DimseStatus = announced.sop_class_uid == accepted.abstractSyntax
                               ? incoming.keep(told)
                               : std::uint16_t{STATUS_STORE_Refused_SOPClassNotSupported};
    if (announced.sop_class_uid != accepted.abstractSyntax)
      told.reason = "the request names another SOP class than its presentation context";
  }
  send_event(called_.events, told);
  expect_more();
  return DIMSE_sendStoreResponse(association_, context, &request, &response, nullptr);
}

void Association::end(const OFCondition& condition) {
  // The last words wait for the other side's; nothing is lost when they do not come.
  ::signal(SIGALRM, [](int) { ::_exit(0); });
  ::alarm(1);
  if (condition == DUL_PEERREQUESTEDRELEASE) {
    ASC_acknowledgeRelease(association_);
    ASC_dropSCPAssociation(association_, 1);
    return;
  }
  if (condition != DUL_PEERABORTEDASSOCIATION)
    tell(Event::Kind::kLost, printable(condition.text(), 200));
  else
    tell(Event::Kind::kLost,
         stop_wanted() ? "ended by this side, which is stopping" : "aborted by the caller");
  ASC_abortAssociation(association_);
}

}  // namespace

void serve(const Called& called, const ReceiverOptions& options, DcmTLSTransportLayer* tls) {
  Association(called, options).serve(tls);
}

}  // namespace ledd::dicom_network
