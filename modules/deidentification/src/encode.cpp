#include "encode.h"

#include <dcmtk/dcmdata/dcostrmb.h>

#include <vector>

#include "ledd/core/error.h"

namespace ledd::deidentification {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 20U;

void take(DcmOutputBufferStream& stream, std::string& bytes) {
  void* piece = nullptr;
  offile_off_t length = 0;
  stream.flushBuffer(piece, length);
  bytes.append(static_cast<const char*>(piece), static_cast<std::size_t>(length));
}

}  // namespace

std::string encode(std::unique_ptr<DcmDataset> dataset) {
  const E_TransferSyntax syntax = dataset->getOriginalXfer();
  DcmFileFormat file(dataset.release(), OFFalse);
  std::vector<char> buffer(kPiece);
  DcmOutputBufferStream stream(buffer.data(), static_cast<offile_off_t>(buffer.size()));
  std::string bytes;
  file.transferInit();
  OFCondition done = EC_StreamNotifyClient;
  while (done == EC_StreamNotifyClient) {
    done = file.write(stream, syntax, EET_ExplicitLength, nullptr, EGL_withoutGL, EPD_withoutPadding);
    take(stream, bytes);
  }
  file.transferEnd();
  require(done.good(), Errc::kInput, std::string("cannot be encoded again: ") + done.text());
  stream.flush();
  take(stream, bytes);
  return bytes;
}

}  // namespace ledd::deidentification
