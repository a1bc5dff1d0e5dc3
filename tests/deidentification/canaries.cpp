#include "canaries.h"

#include <stdexcept>

#include "profile.h"

namespace ledd::deidentification {
namespace {

void check(const OFCondition& done, const DcmTagKey& tag) {
  if (done.bad()) throw std::runtime_error(fmt::format("{}: {}", tag.toString().c_str(), done.text()));
}

class Filler {
 public:
  explicit Filler(Canaries& canaries) : canaries_(canaries) {}

  std::string token() { return fmt::format("QZX{:04}", ++count_); }

  std::string dead() {
    canaries_.dead.push_back(token());
    return canaries_.dead.back();
  }

  /// A value of the VR; notes the part of it that must go. Empty for numbers, which are no names.
  std::string value(DcmEVR vr) {
    switch (vr) {
      case EVR_DA: return date();
      case EVR_DT: return date() + "101112";
      case EVR_TM: return note(fmt::format("101112.9{:05}", ++count_));
      case EVR_AS: return note(fmt::format("Q{:02}Y", ++ages_));
      case EVR_UI: return note(fmt::format("1.2.999.{}.7654321", ++count_));
      case EVR_US:
      case EVR_UL:
      case EVR_SS:
      case EVR_SL:
      case EVR_FD:
      case EVR_FL: return {};
      default: return dead();
    }
  }

  /// Twenty years apart, so that no date moved by at most ten becomes another.
  std::string date() { return note(fmt::format("{}0315", 1000 + 13 * ++dates_)); }

  std::string note(const std::string& text) {
    canaries_.dead.push_back(text);
    return text;
  }

  void text(DcmItem& item, const DcmTagKey& key, DcmEVR vr, const std::string& value) {
    const DcmTag tag(key, vr);
    if (vr == EVR_OB || vr == EVR_OW || vr == EVR_UN || vr == EVR_ox) {
      std::string even = value + " ";
      DcmElement* element = new DcmOtherByteOtherWord(DcmTag(key, vr == EVR_UN ? EVR_UN : EVR_OB));
      check(element->putUint8Array(reinterpret_cast<const Uint8*>(even.data()), even.size()), key);
      check(item.insert(element, OFTrue), key);
    } else {
      check(item.putAndInsertString(tag, value.c_str()), key);
    }
  }

  void sequence(DcmItem& item, const DcmTagKey& key, unsigned depth = 0) {
    DcmItem* inner = nullptr;
    check(item.findOrCreateSequenceItem(DcmTag(key, EVR_SQ), inner, 0), key);
    text(*inner, DCM_PatientName, EVR_PN, dead() + "^" + dead());
    text(*inner, DCM_StudyDescription, EVR_LO, dead() + " " + dead());
    text(*inner, DCM_ReferencedSOPInstanceUID, EVR_UI, value(EVR_UI));
    text(*inner, DCM_PatientComments, EVR_LT, dead());
    text(*inner, DcmTagKey(0x0033, 0x0010), EVR_LO, dead());
    text(*inner, DcmTagKey(0x0033, 0x1001), EVR_LO, dead());
    if (depth < 2) sequence(*inner, DCM_ReferencedSeriesSequence, depth + 1);
  }

  void profile(DcmItem& dataset) {
    for (const ProfileRow& row : profile_table()) {
      const DcmTagKey key(static_cast<Uint16>(row.tag >> 16U), static_cast<Uint16>(row.tag & 0xFFFFU));
      if (key.getGroup() < 0x0008 || key == DCM_SOPInstanceUID || key == DCM_PatientID) continue;
      DcmEVR vr = DcmTag(key).getEVR();
      if (vr == EVR_UN || vr == EVR_UNKNOWN) vr = EVR_LO;  // newer than the dictionary
      if (vr == EVR_SQ) {
        sequence(dataset, key);
        continue;
      }
      const std::size_t before = canaries_.dead.size();
      const std::string filled = value(vr);
      if (filled.empty()) continue;
      text(dataset, key, vr, filled);
      const bool device = row.option == Option::kDevice && row.tag != 0x00400011 && row.tag != 0x00321020;
      const bool time = row.option == Option::kDates && vr == EVR_TM;
      if (device)
        canaries_.kept.insert(
            canaries_.kept.end(), canaries_.dead.begin() + static_cast<long>(before), canaries_.dead.end());
      if (device || time) canaries_.dead.resize(before);
    }
  }

  void elsewhere(DcmItem& d) {
    text(d, DcmTagKey(0x0009, 0x0010), EVR_LO, dead());
    text(d, DcmTagKey(0x0009, 0x1001), EVR_LO, dead());
    text(d, DcmTagKey(0x0009, 0x1002), EVR_UN, dead());
    text(d, DcmTagKey(0x0019, 0x0010), EVR_LO, "GEMS_ACQU_01");
    text(d, DcmTagKey(0x0019, 0x10B6), EVR_LO, dead());  // of the safe list, but no number
    text(d, DcmTagKey(0x0019, 0x10B7), EVR_LO, "1\\" + dead());
    text(d, DcmTagKey(0x0029, 0x1000), EVR_LO, dead());
    for (const Uint16 group : std::vector<Uint16>{0x6000, 0x6002, 0x60FE}) {
      text(d, DcmTagKey(group, 0x3000), EVR_OB, dead());
      text(d, DcmTagKey(group, 0x4000), EVR_LT, dead());
      text(d, DcmTagKey(group, 0x0022), EVR_LO, dead());
      text(d, DcmTagKey(group, 0x1500), EVR_LO, dead());
    }
    text(d, DcmTagKey(0x5000, 0x3000), EVR_OB, dead());
    text(d, DcmTagKey(0x5004, 0x2500), EVR_LO, dead());
    text(d, DcmTagKey(0x0008, 0x9996), EVR_LO, dead());  // not in the dictionary
    text(d, DcmTagKey(0x7771, 0x0001), EVR_LO, dead());
    text(d, DcmTagKey(0x0010, 0x0033), EVR_LO, dead());  // newer than the table: a birth date
    text(d, DcmTagKey(0x0018, 0x1041), EVR_DS, dead());  // a number that is none
    text(d, DCM_RepetitionTime, EVR_UN, dead());         // a known attribute as UN
    text(d, DcmTagKey(0x0070, 0x0081), EVR_LO, dead());
    text(d, DcmTagKey(0x0062, 0x0006), EVR_ST, dead());
    for (const Uint32 tag :
         {0x00401006U, 0x00402007U, 0x00181803U, 0x0074100CU, 0x21000160U, 0x40101052U, 0x00720008U})
      text(d, DcmTagKey(static_cast<Uint16>(tag >> 16U), static_cast<Uint16>(tag & 0xFFFFU)), EVR_LO, dead());
    text(d, DcmTagKey(0x0018, 0x9423), EVR_LO, dead());
    text(d, DcmTagKey(0x0008, 0x010D), EVR_UI, value(EVR_UI));
    text(d, DCM_TextValue, EVR_UT, dead() + "\xE9");  // beyond ASCII
  }

 private:
  Canaries& canaries_;
  unsigned count_ = 0, ages_ = 0, dates_ = 0;
};

constexpr const char* kPatientId = "QZXPATIENT";

void put_image(DcmDataset& d) {
  const auto put = [&](const DcmTagKey& key, const char* value) {
    check(d.putAndInsertString(key, value), key);
  };
  put(DCM_SOPClassUID, UID_MRImageStorage);
  put(DCM_SOPInstanceUID, "1.2.3.1.1");
  put(DCM_PatientID, kPatientId);
  put(DCM_Modality, "MR");
  put(DCM_Manufacturer, "SCANCO Medical AG");
  put(DCM_ImageType, "ORIGINAL\\PRIMARY\\M");
  put(DCM_PhotometricInterpretation, "MONOCHROME2");
  for (const auto& [key, number] : std::vector<std::pair<DcmTagKey, Uint16>>{{DCM_Rows, 40},
                                                                             {DCM_Columns, 40},
                                                                             {DCM_SamplesPerPixel, 1},
                                                                             {DCM_BitsAllocated, 16},
                                                                             {DCM_BitsStored, 16},
                                                                             {DCM_HighBit, 15},
                                                                             {DCM_PixelRepresentation, 0}})
    check(d.putAndInsertUint16(key, number), key);
  const std::vector<Uint16> words(1600, 77);
  check(d.putAndInsertUint16Array(DCM_PixelData, words.data(), words.size()), DCM_PixelData);
}

}  // namespace

Canaries canaries(E_TransferSyntax syntax, const std::function<void(DcmDataset&)>& place) {
  Canaries canaries;
  canaries.patient_id = kPatientId;
  canaries.dead.emplace_back(kPatientId);
  Filler filler(canaries);
  DcmFileFormat file;
  DcmDataset& d = *file.getDataset();
  filler.profile(d);
  put_image(d);
  filler.elsewhere(d);
  if (place) place(d);
  const std::string preamble = filler.dead();
  const std::string source_title = filler.dead();
  const std::string information = filler.dead();
  DcmMetaInfo& meta = *file.getMetaInfo();
  check(meta.putAndInsertString(DCM_SourceApplicationEntityTitle, source_title.c_str()),
        DCM_SourceApplicationEntityTitle);
  check(meta.putAndInsertString(DCM_PrivateInformationCreatorUID, filler.value(EVR_UI).c_str()),
        DCM_PrivateInformationCreatorUID);
  check(
      meta.putAndInsertUint8Array(
          DCM_PrivateInformation, reinterpret_cast<const Uint8*>(information.data()), information.size() + 1),
      DCM_PrivateInformation);
  const Folder folder;
  check(file.saveFile((folder / "file").c_str(),
                      syntax,
                      EET_UndefinedLength,
                      EGL_withGL,
                      EPD_noChange,
                      0,
                      0,
                      EWM_updateMeta),
        DCM_PixelData);
  canaries.bytes = testing::read_bytes(folder / "file");
  canaries.bytes.replace(0, preamble.size(), preamble);
  return canaries;
}

}  // namespace ledd::deidentification
