#include "jpeg_comments.h"

#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>

#include <algorithm>

#include "ledd/core/error.h"

namespace ledd::deidentification {
namespace {

constexpr unsigned kStartOfImage = 0xD8, kStartOfScan = 0xDA, kEndOfImage = 0xD9, kComment = 0xFE;
constexpr unsigned kStartOfCodestream = 0x4F, kStartOfTile = 0x90, kComment2000 = 0x64;

/// APP1 (EXIF) to APP15, without APP8 (SPIFF and colour transform of JPEG-LS) and APP14 (Adobe); APP0 is
/// JFIF.
bool holds_text(unsigned marker, bool jpeg2000) {
  if (jpeg2000) return marker == kComment2000;
  return marker == kComment || (marker > 0xE0 && marker <= 0xEF && marker != 0xE8 && marker != 0xEE);
}

void blank_header(Uint8* bytes, std::size_t size) {
  const bool jpeg2000 = size > 1 && bytes[1] == kStartOfCodestream;
  require(size > 3 && bytes[0] == 0xFF && (bytes[1] == kStartOfImage || jpeg2000),
          Errc::kInput,
          "PixelData (7fe0,0010) has a fragment that is not of its transfer syntax");
  for (std::size_t at = 2; at + 4 <= size && bytes[at] == 0xFF;) {
    const unsigned marker = bytes[at + 1];
    if (marker == kStartOfScan || marker == kEndOfImage || (jpeg2000 && marker == kStartOfTile)) return;
    if (marker == 0xFF) {  // fill byte
      ++at;
      continue;
    }
    const std::size_t length = 256U * bytes[at + 2] + bytes[at + 3];
    const std::size_t skip = jpeg2000 ? 6 : 4;  // JPEG 2000 says first what kind of comment it is
    if (length < 2 || at + 2 + length > size) return;
    if (holds_text(marker, jpeg2000) && length + 2 > skip)
      std::fill(bytes + at + skip, bytes + at + 2 + length, Uint8{' '});
    at += 2 + length;
  }
}

bool is_jpeg(E_TransferSyntax syntax) {
  const DcmXfer xfer(syntax);
  const std::string name = xfer.getXferName();
  return xfer.isEncapsulated() && name.find("JPEG") != std::string::npos &&
         name.find("JPIP") == std::string::npos;
}

}  // namespace

void blank_jpeg_comments(DcmDataset& dataset) {
  const E_TransferSyntax syntax = dataset.getOriginalXfer();
  DcmElement* element = nullptr;
  if (!is_jpeg(syntax) || dataset.findAndGetElement(DCM_PixelData, element).bad()) return;
  auto* pixels = dynamic_cast<DcmPixelData*>(element);
  DcmPixelSequence* fragments = nullptr;
  if (pixels == nullptr || pixels->getEncapsulatedRepresentation(syntax, nullptr, fragments).bad()) return;
  for (unsigned long i = 1; i < fragments->card(); ++i) {  // the first is the table of offsets
    DcmPixelItem* fragment = nullptr;
    Uint8* bytes = nullptr;
    require(
        fragments->getItem(fragment, i).good() && fragment->getUint8Array(bytes).good() && bytes != nullptr,
        Errc::kInput,
        "PixelData (7fe0,0010) has a fragment that cannot be read");
    // A fragment that goes on with the image of the one before starts with no marker of its own.
    if (i > 1 && fragment->getLength() > 1 &&
        !(bytes[0] == 0xFF && (bytes[1] == kStartOfImage || bytes[1] == kStartOfCodestream)))
      continue;
    blank_header(bytes, fragment->getLength());
  }
}

}  // namespace ledd::deidentification
