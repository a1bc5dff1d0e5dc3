#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "ledd/core/error.h"
#include "ledd/dicom_network/drop.h"

#include "data_set.h"

namespace ledd::dicom_network {
namespace {

class Digest {
 public:
  Digest() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    check(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
  }
  void add(const void* bytes, std::size_t count) {
    check(EVP_DigestUpdate(context_.get(), bytes, count) == 1);
  }
  void add_number(std::uint32_t value) {
    const std::array<unsigned char, 4> bytes{static_cast<unsigned char>(value),
                                             static_cast<unsigned char>(value >> 8U),
                                             static_cast<unsigned char>(value >> 16U),
                                             static_cast<unsigned char>(value >> 24U)};
    add(bytes.data(), bytes.size());
  }
  std::string hexadecimal() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> value{};
    unsigned length = 0;
    check(EVP_DigestFinal_ex(context_.get(), value.data(), &length) == 1);
    std::string text;
    for (unsigned n = 0; n < length; ++n) text += fmt::format("{:02x}", value[n]);
    return text;
  }

 private:
  static void check(bool ok) { require(ok, Errc::kInternal, "SHA-256 failed in the crypto library"); }
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

void add_value(Digest& digest, DcmElement& element) {
  constexpr Uint32 kPiece = 1U << 18U;
  const Uint32 length = element.getLength();
  digest.add_number(length);
  std::vector<char> piece(std::min(kPiece, length));
  DcmFileCache cache;
  for (Uint32 at = 0; at < length;) {
    const Uint32 count = std::min(kPiece, length - at);
    require(element.getPartialValue(piece.data(), at, count, &cache, EBO_LittleEndian).good(),
            Errc::kFormat,
            fmt::format("the value of ({:04x},{:04x}) cannot be read", element.getGTag(), element.getETag()));
    digest.add(piece.data(), count);
    at += count;
  }
}

void add_item(Digest& digest, DcmItem& item);

/// Encapsulated pixel data: fragment by fragment, the offset table first.
void add_pixels(Digest& digest, DcmPixelData& pixels) {
  E_TransferSyntax syntax = EXS_Unknown;
  const DcmRepresentationParameter* parameter = nullptr;
  pixels.getOriginalRepresentationKey(syntax, parameter);
  DcmPixelSequence* fragments = nullptr;
  if (!DcmXfer(syntax).isEncapsulated() ||
      pixels.getEncapsulatedRepresentation(syntax, parameter, fragments).bad() || fragments == nullptr)
    return add_value(digest, pixels);
  for (unsigned long n = 0; n < fragments->card(); ++n) {
    DcmPixelItem* fragment = nullptr;
    if (fragments->getItem(fragment, n).good() && fragment != nullptr) add_value(digest, *fragment);
  }
}

void add_element(Digest& digest, DcmElement& element) {
  if (element.getETag() == 0) return;  // a group length says nothing of its own
  if (element.getTag() == DCM_DataSetTrailingPadding) return;
  digest.add_number(static_cast<std::uint32_t>(element.getGTag()) << 16U | element.getETag());
  if (auto* pixels = dynamic_cast<DcmPixelData*>(&element)) return add_pixels(digest, *pixels);
  if (auto* sequence = dynamic_cast<DcmSequenceOfItems*>(&element)) {
    digest.add_number(static_cast<std::uint32_t>(sequence->card()));
    for (unsigned long n = 0; n < sequence->card(); ++n) add_item(digest, *sequence->getItem(n));
    return;
  }
  add_value(digest, element);
}

void add_item(Digest& digest, DcmItem& item) {
  digest.add("(", 1);
  for (DcmObject* object = nullptr; (object = item.nextInContainer(object)) != nullptr;)
    if (auto* element = dynamic_cast<DcmElement*>(object)) add_element(digest, *element);
  digest.add(")", 1);
}

}  // namespace

DataSet::DataSet(const std::filesystem::path& file) {
  set_up_dcmtk();
  const OFCondition read = format_.loadFile(OFFilename(file.c_str()));
  require(read.good(), Errc::kFormat, fmt::format("{}: not a DICOM file: {}", file.string(), read.text()));
}

std::string DataSet::text(const DcmTagKey& key) {
  return text_of(*format_.getDataset(), key);
}

std::string DataSet::digest() {
  Digest digest;
  add_item(digest, *format_.getDataset());
  return digest.hexadecimal();
}

std::string data_set_digest(const std::filesystem::path& file) {
  try {
    return DataSet(file).digest();
  } catch (const Error& e) {
    throw Error(e.code(), e.what()).within(file.string());
  }
}

}  // namespace ledd::dicom_network
