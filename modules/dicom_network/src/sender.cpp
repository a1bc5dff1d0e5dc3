#include "ledd/dicom_network/sender.h"

#include <fmt/format.h>

#include <chrono>
#include <map>
#include <thread>
#include <utility>

#include "ledd/core/error.h"

#include "dcmtk_network.h"

namespace ledd::dicom_network {
namespace {

namespace fs = std::filesystem;

std::string explain_status(std::uint16_t status) {
  const auto high = static_cast<unsigned>(status >> 8U);
  const char* what = "refused";
  if (high == 0xA7) what = "refused: out of resources";
  if (high == 0xA9) what = "refused: the data set does not match its SOP class";
  if ((high >> 4U) == 0xC) what = "refused: not understood";
  if (status == STATUS_STORE_Refused_SOPClassNotSupported) what = "refused: SOP class not supported";
  if (status == STATUS_STORE_Refused_NotAuthorized) what = "refused: not authorised";
  return fmt::format("{} (status {:#06x})", what, status);
}

/// Warnings (B000, B006, B007) mean that the object is stored.
bool is_stored(std::uint16_t status) {
  return status == STATUS_STORE_Success || (status >> 12U) == 0xB;
}

/// One or more associations over which objects go; tells of each answer.
class Connection : public DcmStorageSCU {
 public:
  Connection(const SendOptions& options,
             DcmTLSTransportLayer* tls,
             std::function<void(const std::string&, std::uint16_t)> answered)
      : answered_(std::move(answered)), stop_(options.stop) {
    setAETitle(options.caller.aet);
    setPeerAETitle(options.to.aet);
    setPeerHostName(options.to.host);
    setPeerPort(options.to.port);
    setACSETimeout(options.caller.timeout_s);
    setDIMSETimeout(options.caller.timeout_s);
    setDIMSEBlockingMode(DIMSE_NONBLOCKING);
    setConnectionTimeout(static_cast<Sint32>(options.caller.timeout_s));
    setMaxReceivePDULength(ASC_DEFAULTMAXPDU);
    setHaltOnUnsuccessfulStoreMode(OFFalse);
    setHaltOnInvalidFileMode(OFFalse);
    setDecompressionMode(DM_never);
    tls_ = tls;
  }

  /// What remains of the objects is offered again and again in new associations until none is left to offer.
  OFCondition run() {
    while (getNumberOfSOPInstancesToBeSent() > 0 && !stop_()) {
      OFCondition condition = addPresentationContexts();
      if (condition == NET_EC_NoPresentationContextsDefined) break;  // what is left cannot be read
      if (condition.good() && !started_) {
        condition = initNetwork();
        if (condition.good() && tls_ != nullptr) condition = useSecureConnection(tls_);
        started_ = true;
      }
      if (condition.bad()) return condition;
      condition = negotiateAssociation();
      if (condition == NET_EC_NoAcceptablePresentationContexts)
        continue;  // these were not taken, others may be
      if (condition.bad()) return condition;
      condition = sendSOPInstances();
      if (isConnected() == OFTrue) {
        if (condition.good())
          releaseAssociation();
        else
          abortAssociation();
      }
      if (condition.bad()) return condition;
    }
    return EC_Normal;
  }

 protected:
  void notifySOPInstanceSent(const TransferEntry& entry) override {
    if (entry.RequestSent == OFTrue) answered_(entry.Filename.getCharPointer(), entry.ResponseStatusCode);
  }
  OFBool shouldStopAfterCurrentSOPInstance() override { return stop_() ? OFTrue : OFFalse; }

 private:
  std::function<void(const std::string&, std::uint16_t)> answered_;
  std::function<bool()> stop_;
  DcmTLSTransportLayer* tls_ = nullptr;
  bool started_ = false;
};

/// Objects still without an answer, by file.
using Waiting = std::map<std::string, Outgoing>;

/// One attempt. @return how the network ended it.
OFCondition attempt(const SendOptions& options,
                    Waiting& waiting,
                    const std::function<void(const Sent&)>& told) {
  const auto tls = make_tls(options.caller.tls, NET_REQUESTOR);
  Connection connection(options, tls.get(), [&](const std::string& file, std::uint16_t status) {
    const auto it = waiting.find(file);
    if (it == waiting.end()) return;
    const bool stored = is_stored(status);
    const Sent sent{it->second, stored, false, status, stored ? "" : explain_status(status)};
    waiting.erase(it);
    told(sent);
  });
  for (const auto& [file, object] : waiting)
    connection.addDicomFile(OFFilename(file.c_str()), ERM_fileOnly, OFFalse);
  return connection.run();
}

/// Why an object got no answer.
std::string why_left(const Outgoing& object, const SendOptions& options, const OFCondition& condition) {
  if (options.stop()) return "stopped before it was sent";
  if (condition.bad()) return "no connection: " + explain(condition, options.to, options.caller.aet);
  DcmFileFormat format;
  const OFCondition read = format.loadFile(OFFilename(object.file.c_str()));
  if (read.bad()) return fmt::format("{}: cannot be read: {}", object.file.string(), read.text());
  return fmt::format("the receiver takes no {} in transfer syntax {}",
                     object.kind,
                     dcmFindNameOfUID(object.transfer_syntax_uid.c_str(), "unknown"));
}

}  // namespace

Outgoing read_outgoing(const fs::path& file) {
  set_up_dcmtk();
  require(fs::exists(file), Errc::kNotFound, fmt::format("{}: there is no such file", file.string()));
  DcmFileFormat format;
  const OFCondition read = format.loadFileUntilTag(
      OFFilename(file.c_str()), EXS_Unknown, EGL_noChange, DCM_MaxReadLength, ERM_fileOnly, DCM_StudyDate);
  require(read.good(), Errc::kFormat, fmt::format("{}: not a DICOM file: {}", file.string(), read.text()));
  DcmDataset& data_set = *format.getDataset();
  Outgoing outgoing{file,
                    text_of(data_set, DCM_SOPClassUID),
                    text_of(data_set, DCM_SOPInstanceUID),
                    DcmXfer(data_set.getOriginalXfer()).getXferID(),
                    {}};
  outgoing.kind = dcmFindNameOfUID(outgoing.sop_class_uid.c_str(), "object of unknown class");
  require(!outgoing.sop_class_uid.empty() && !outgoing.sop_instance_uid.empty(),
          Errc::kFormat,
          fmt::format("{}: SOPClassUID (0008,0016) or SOPInstanceUID (0008,0018) is missing", file.string()));
  return outgoing;
}

void send(const std::vector<Outgoing>& objects,
          const SendOptions& options,
          const std::function<void(const Sent&)>& told) {
  set_up_dcmtk();
  Waiting waiting;
  for (const auto& object : objects) waiting.emplace(object.file.string(), object);
  OFCondition condition = EC_Normal;
  for (unsigned tried = 0; tried < options.attempts && !waiting.empty() && !options.stop();) {
    if (tried > 0) std::this_thread::sleep_for(std::chrono::milliseconds(250) * (1U << tried));
    const std::size_t before = waiting.size();
    condition = attempt(options, waiting, told);
    if (condition.good()) break;  // what is left was not taken
    tried = waiting.size() < before ? 1 : tried + 1;
  }
  for (const auto& [file, object] : waiting)
    told({object, false, condition.bad() || options.stop(), 0, why_left(object, options, condition)});
}

}  // namespace ledd::dicom_network
