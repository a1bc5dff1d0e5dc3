#include "dcmtk_network.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <mutex>

#include "ledd/core/error.h"

namespace ledd::dicom_network {
namespace {

void check_tls(const OFCondition& condition, const char* what, const std::filesystem::path& file) {
  require(std::filesystem::exists(file),
          Errc::kNotFound,
          fmt::format("--tls-{} {}: there is no such file", what, file.string()));
  require(condition.good(),
          Errc::kFormat,
          fmt::format("--tls-{} {}: {}; a PEM file is needed", what, file.string(), condition.text()));
}

}  // namespace

void set_up_dcmtk() {
  static std::once_flag once;
  std::call_once(once, [] {
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);  // what went wrong is said by Ledd, once
    ::setenv("TCP_NODELAY", "1", 0);            // DCMTK's only switch for it: else each object waits 80 ms
    dcmDisableGethostbyaddr.set(OFTrue);        // a name server that does not answer would hold every caller
  });
  require(
      dcmDataDict.isDictionaryLoaded(), Errc::kInternal, "DCMTK's data dictionary (dicom.dic) was not found");
}

std::unique_ptr<DcmTLSTransportLayer> make_tls(const TlsFiles& files, T_ASC_NetworkRole role) {
  if (!files.wanted()) return nullptr;
  require(!files.key.empty() && !files.certificate.empty() && !files.authority.empty(),
          Errc::kParam,
          "TLS needs all of --tls-key, --tls-cert and --tls-ca");
  DcmTLSTransportLayer::initializeOpenSSL();
  auto layer = std::make_unique<DcmTLSTransportLayer>(role, nullptr, OFFalse);
  layer->setPrivateKeyPasswd("");  // a key with a passphrase must fail, not ask on the terminal
  check_tls(layer->setPrivateKeyFile(files.key.c_str(), DCF_Filetype_PEM), "key", files.key);
  check_tls(
      layer->setCertificateFile(files.certificate.c_str(), DCF_Filetype_PEM), "cert", files.certificate);
  check_tls(
      layer->addTrustedCertificateFile(files.authority.c_str(), DCF_Filetype_PEM), "ca", files.authority);
  require(
      layer->checkPrivateKeyMatchesCertificate() == OFTrue,
      Errc::kFormat,
      fmt::format(
          "--tls-key {} is not the key of --tls-cert {}", files.key.string(), files.certificate.string()));
  require(layer->setTLSProfile(TSP_Profile_BCP195).good() && layer->activateCipherSuites().good(),
          Errc::kInternal,
          "the TLS library offers no cipher of the BCP 195 profile");
  layer->setCertificateVerification(DCV_requireCertificate);
  return layer;
}

std::string explain(const OFCondition& condition, const Peer& peer, const std::string& own_aet) {
  if (condition == DUL_ASSOCIATIONREJECTED)
    return fmt::format("the association was rejected: is the other side called '{}', and may '{}' call it?",
                       peer.aet,
                       own_aet);
  return printable(condition.text(), 300);
}

std::string printable(std::string_view text, std::size_t limit) {
  std::string clean(text.substr(0, limit));
  for (char& c : clean)
    if (c < 0x20 || c >= 0x7F) c = '?';
  while (!clean.empty() && clean.back() == ' ') clean.pop_back();
  return clean;
}

std::string plain_uid(std::string_view uid) {
  const bool plain = uid.size() <= 64 && uid.find_first_not_of("0123456789.") == std::string_view::npos;
  return plain ? std::string(uid) : std::string();
}

std::string text_of(DcmItem& item, const DcmTagKey& key) {
  OFString value;
  if (item.findAndGetOFStringArray(key, value).bad()) return {};
  std::string text(value.data(), value.size());
  const auto is_padding = [](char c) { return c == ' ' || c == '\0'; };
  while (!text.empty() && is_padding(text.back())) text.pop_back();
  while (!text.empty() && is_padding(text.front())) text.erase(0, 1);
  return text;
}

bool is_storage_class(std::string_view uid) {
  // Classes younger than the library's list share this root; no class of it is anything but storage.
  if (uid.starts_with("1.2.840.10008.5.1.4.1.1.")) return true;
  for (int n = 0; n < numberOfDcmAllStorageSOPClassUIDs; ++n)
    if (uid == dcmAllStorageSOPClassUIDs[n]) return true;
  return false;
}

}  // namespace ledd::dicom_network
