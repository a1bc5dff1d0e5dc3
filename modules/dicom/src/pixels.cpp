#include "pixels.h"

#include <fmt/format.h>

#include "ledd/core/error.h"

#include "dataset.h"

namespace ledd::dicom {

struct Pixels::Impl {
  DcmFileFormat file;
  PixelFormat format;
  const Uint16* words = nullptr;  ///< One of the two is set.
  const Uint8* bytes = nullptr;

  /// Of `bytes`.
  std::uint32_t stored(std::size_t index) const {
    if (format.bits_allocated == 8) return bytes[index];
    return bytes[2 * index] | (std::uint32_t{bytes[2 * index + 1]} << 8U);  // OB is little endian
  }
};

namespace {

void check(const OFCondition& done, const Facts& facts, const std::string& doing) {
  if (done.good()) return;
  throw Error(Errc::kInput,
              fmt::format("{}: {} PixelData (7fe0,0010) failed ({}); transfer syntax {}",
                          facts.path.string(),
                          doing,
                          done.text(),
                          facts.pixels.transfer_syntax));
}

}  // namespace

Pixels::Pixels(const Facts& facts) : impl_(std::make_unique<Impl>()) {
  const PixelFormat& format = impl_->format = facts.pixels;
  check(
      impl_->file.loadFile(facts.path.c_str(), EXS_Unknown, EGL_noChange, DCM_MaxReadLength, ERM_autoDetect),
      facts,
      "reading");
  DcmDataset& dataset = *impl_->file.getDataset();
  check(dataset.chooseRepresentation(EXS_LittleEndianExplicit, nullptr), facts, "decoding");
  DcmElement* element = nullptr;
  check(dataset.findAndGetElement(DCM_PixelData, element), facts, "finding");
  const std::size_t values = std::size_t{format.rows} * format.columns * format.frames;
  const std::size_t needed = values * (format.bits_allocated / 8);
  const std::size_t there = element->getLength();
  require(there >= needed,
          Errc::kInput,
          complaint(facts.path,
                    DCM_PixelData,
                    fmt::format("{} bytes after decoding", there),
                    fmt::format("{} are needed", needed)));
  Uint16* words = nullptr;
  Uint8* bytes = nullptr;
  if (format.bits_allocated == 16 && element->getUint16Array(words).good() && words != nullptr) {
    impl_->words = words;
    return;
  }
  if (element->getUint8Array(bytes).good() && bytes != nullptr) {
    impl_->bytes = bytes;
    return;
  }
  // Eight-bit pixels in words: DCMTK has put the words into the byte order of the machine.
  check(element->getUint16Array(words), facts, "reading");
  impl_->bytes = reinterpret_cast<const Uint8*>(words);
}

Pixels::~Pixels() = default;

void Pixels::rescale(unsigned frame, double slope, double intercept, float* to) const {
  const PixelFormat& format = impl_->format;
  const std::size_t count = std::size_t{format.rows} * format.columns;
  const unsigned shift = format.high_bit + 1 - format.bits_stored;
  const std::uint32_t mask = (std::uint32_t{1} << format.bits_stored) - 1;
  const std::uint32_t sign = format.is_signed ? std::uint32_t{1} << (format.bits_stored - 1) : 0;
  const auto rescaled = [&](std::uint32_t word) {
    const std::uint32_t bits = (word >> shift) & mask;
    const auto value = static_cast<std::int32_t>(bits ^ sign) - static_cast<std::int32_t>(sign);
    return static_cast<float>(slope * value + intercept);
  };
  // Words, as nearly all scans have them: a loop that works on many at once.
  if (const Uint16* const words = impl_->words; words != nullptr)
    for (std::size_t i = 0; i < count; ++i) to[i] = rescaled(words[frame * count + i]);
  else
    for (std::size_t i = 0; i < count; ++i) to[i] = rescaled(impl_->stored(frame * count + i));
}

}  // namespace ledd::dicom
