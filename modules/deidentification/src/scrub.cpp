#include "scrub.h"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>

#include "ledd/core/error.h"

#include "mapping.h"
#include "private_blocks.h"
#include "profile.h"
#include "words.h"

namespace ledd::deidentification {
namespace {

constexpr const char* kRemoved = "REMOVED";

bool consists_of(const std::string& text, const char* legal) {
  return text.find_first_not_of(legal) == std::string::npos;
}

/// Each value between backslashes by itself.
std::string each(const std::string& text, const std::function<std::string(const std::string&)>& change) {
  std::string result;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t to = std::min(text.find('\\', from), text.size());
    std::string value = text.substr(from, to - from);
    while (!value.empty() && (value.back() == ' ' || value.back() == '\0')) value.pop_back();
    while (!value.empty() && value.front() == ' ') value.erase(0, 1);
    if (from > 0) result += '\\';
    result += change(value);
    from = to + 1;
  }
  return result;
}

/// A value that is what the attribute is for; nullopt when it is something else. Ages of 90 years and more
/// are one age: so old, people are rare enough to be known by it.
std::optional<std::string> characteristic(DcmEVR vr, const std::string& text) {
  static constexpr std::array<const char*, 8> kTerms{
      "M", "F", "O", "YES", "NO", "UNKNOWN", "ALTERED", "UNALTERED"};
  switch (vr) {
    case EVR_AS: {
      if (text.size() != 4 || !consists_of(text.substr(0, 3), "0123456789") ||
          !consists_of(text.substr(3), "DWMY"))
        return std::nullopt;
      return text[3] == 'Y' && text > "090Y" ? "090Y" : text;
    }
    case EVR_CS:
      if (std::find(kTerms.begin(), kTerms.end(), text) == kTerms.end()) return std::nullopt;
      return text;
    case EVR_DS:
      if (!consists_of(text, "0123456789+-.eE")) return std::nullopt;
      return text;
    case EVR_US: return text;  // a number by its encoding
    default: return std::nullopt;
  }
}

const char* dummy_of(DcmEVR vr) {
  switch (vr) {
    case EVR_DA: return "19000101";
    case EVR_DT: return "19000101000000";
    case EVR_TM: return "000000";
    case EVR_AS: return "000Y";
    case EVR_DS:
    case EVR_IS: return "0";
    case EVR_AE:
    case EVR_CS:
    case EVR_LO:
    case EVR_LT:
    case EVR_PN:
    case EVR_SH:
    case EVR_ST:
    case EVR_UC:
    case EVR_UT: return kRemoved;
    default: return nullptr;
  }
}

/// Terms of PS3.3 C.12.1.1.2, joined by backslashes; the first may be empty.
bool is_character_set(const std::string& text) {
  bool all = true;
  each(text, [&](const std::string& term) {
    const bool iso =
        (term.substr(0, 7) == "ISO_IR " && term.size() <= 10 && consists_of(term.substr(7), "0123456789")) ||
        (term.substr(0, 12) == "ISO 2022 IR " && term.size() <= 15 &&
         consists_of(term.substr(12), "0123456789"));
    all = all && (iso || term.empty() || term == "GB18030" || term == "GBK");
    return term;
  });
  return all;
}

class Scrubber {
 public:
  Scrubber(const Rules& rules, const Subject& subject, bool enhanced)
      : rules_(rules),
        subject_(subject),
        days_(days_of(rules.secret, subject.pseudonym)),
        enhanced_(enhanced) {}

  void scrub(DcmItem& item, std::uint32_t parent) {
    for (unsigned long i = item.card(); i-- > 0;) {
      DcmElement& element = *item.getElement(i);
      const bool is_private = element.getTag().getGroup() % 2 != 0;
      if (is_private && parent == 0) continue;  // what is left of them is on the safe list
      if (is_private) ++counts_.private_removed;
      Plan plan = is_private ? Plan{} : plan_for(element, {parent, enhanced_});
      if (element.getTag() == DCM_SpecificCharacterSet && !is_character_set(raw_text(element))) plan = Plan{};
      if (!treat(element, plan)) delete item.remove(&element);
    }
    clean_content_item(item);
  }

  Counts& counts() { return counts_; }

 private:
  /// False when the element has to go.
  bool treat(DcmElement& element, const Plan& plan) {
    switch (plan.treatment) {
      case Treatment::kKeep: return true;
      case Treatment::kRemove: return false;
      case Treatment::kEmpty: return empty(element);
      case Treatment::kDummy: return dummy(element);
      case Treatment::kUid: return uid(element);
      case Treatment::kShift: shift(element); return true;
      case Treatment::kClean: return shorten(element, plan.otherwise);
      case Treatment::kCharacteristic: return keep_characteristic(element, plan.otherwise);
      case Treatment::kNumber: return keep_number(element);
      case Treatment::kPseudonym: put_text(element, subject_.pseudonym); return true;
      case Treatment::kRecurse: return recurse(element);
    }
    return false;
  }

  /// Bytes that are no text go, too.
  static bool empty(DcmElement& element) {
    element.clear();
    return true;
  }

  static bool dummy(DcmElement& element) {
    const char* value = dummy_of(element.getVR());
    if (value == nullptr) return false;
    put_text(element, value);
    return true;
  }

  bool uid(DcmElement& element) {
    put_text(element,
             each(raw_text(element), [&](const std::string& value) { return uid_of(rules_.secret, value); }));
    return true;
  }

  void shift(DcmElement& element) {
    const bool with_time = element.getVR() == EVR_DT;
    put_text(element, each(raw_text(element), [&](const std::string& value) {
               if (value.empty()) return value;
               const auto moved = with_time ? earlier_date_time(value, days_) : earlier(value, days_);
               if (!moved) ++counts_.dates_emptied;
               return moved.value_or("");
             }));
  }

  bool shorten(DcmElement& element, Treatment otherwise) {
    const std::string before = raw_text(element);
    const std::string after = clean(before, rules_.words);
    if (after != before) ++counts_.texts_shortened;
    if (before.empty()) return empty(element);
    if (after.empty()) return treat(element, {otherwise, Treatment::kRemove});
    put_text(element, after);
    return true;
  }

  bool keep_characteristic(DcmElement& element, Treatment otherwise) {
    const std::string before = raw_text(element);
    if (before.empty()) return empty(element);
    const auto kept = characteristic(element.getVR(), before);
    if (!kept) {
      ++counts_.values_emptied;
      return treat(element, {otherwise, Treatment::kRemove});
    }
    if (*kept != before) put_text(element, *kept);
    return true;
  }

  bool keep_number(DcmElement& element) {
    const DcmEVR vr = element.getVR();
    const bool binary =
        vr == EVR_US || vr == EVR_SS || vr == EVR_UL || vr == EVR_SL || vr == EVR_FL || vr == EVR_FD;
    if (binary || (dummy_of(vr) != nullptr && consists_of(raw_text(element), "0123456789+-.eE: \\")))
      return true;
    ++counts_.values_emptied;
    return empty(element);
  }

  bool recurse(DcmElement& element) {
    auto* sequence = dynamic_cast<DcmSequenceOfItems*>(&element);
    if (sequence == nullptr) return false;
    for (unsigned long i = 0; i < sequence->card(); ++i)
      scrub(*sequence->getItem(i), number_of(element.getTag()));
    return true;
  }

  /// A birth date in a report is no date to be moved with the others.
  static void clean_content_item(DcmItem& item) {
    DcmItem* concept_name = nullptr;
    if (!item.tagExists(DCM_Date) ||
        item.findAndGetSequenceItem(DCM_ConceptNameCodeSequence, concept_name, 0).bad())
      return;
    if (raw_text(*concept_name, DCM_CodeValue) == "121031" &&
        raw_text(*concept_name, DCM_CodingSchemeDesignator) == "DCM")
      put_text(item, DCM_Date, "19000101");
  }

  const Rules& rules_;
  const Subject& subject_;
  int days_;
  bool enhanced_;
  Counts counts_;
};

void add_code(DcmItem& dataset, const char* value, const char* meaning) {
  DcmItem* item = nullptr;
  require(dataset.findOrCreateSequenceItem(DCM_DeidentificationMethodCodeSequence, item, -2).good(),
          Errc::kInternal,
          "no item could be added to DeidentificationMethodCodeSequence (0012,0064)");
  put_text(*item, DCM_CodeValue, value);
  put_text(*item, DCM_CodingSchemeDesignator, "DCM");
  put_text(*item, DCM_CodeMeaning, meaning);
}

/// PS3.15 E.1.1, with the codes of PS3.16 CID 7050.
void declare(DcmItem& dataset, const Counts& counts) {
  put_text(dataset, DCM_PatientIdentityRemoved, "YES");
  put_text(dataset, DCM_DeidentificationMethod, "Ledd, DICOM PS3.15 2024b table E.1-1");
  put_text(dataset, DCM_LongitudinalTemporalInformationModified, "MODIFIED");
  dataset.findAndDeleteElement(DCM_DeidentificationMethodCodeSequence);
  add_code(dataset, "113100", "Basic Application Confidentiality Profile");
  if (dataset.tagExists(DCM_ContentSequence)) add_code(dataset, "113104", "Clean Structured Content Option");
  add_code(dataset, "113105", "Clean Descriptors Option");
  add_code(dataset, "113107", "Retain Longitudinal Temporal Information Modified Dates Option");
  add_code(dataset, "113108", "Retain Patient Characteristics Option");
  add_code(dataset, "113109", "Retain Device Identity Option");
  if (counts.private_kept > 0) add_code(dataset, "113111", "Retain Safe Private Option");
}

/// Text beyond ASCII is left in some element.
bool needs_character_set(DcmItem& item) {
  for (unsigned long i = 0; i < item.card(); ++i) {
    DcmElement& element = *item.getElement(i);
    if (auto* sequence = dynamic_cast<DcmSequenceOfItems*>(&element)) {
      if (element.ident() != EVR_SQ) continue;
      for (unsigned long k = 0; k < sequence->card(); ++k)
        if (needs_character_set(*sequence->getItem(k))) return true;
    } else if (element.isaString()) {
      const std::string text = raw_text(element);
      if (std::any_of(text.begin(), text.end(), [](char c) { return c < 0x20 && c != '\r' && c != '\n'; }))
        return true;
    }
  }
  return false;
}

void settle_character_set(DcmItem& dataset) {
  if (!needs_character_set(dataset)) dataset.findAndDeleteElement(DCM_SpecificCharacterSet, OFTrue, OFTrue);
}

}  // namespace

Counts scrub(DcmItem& dataset, const Rules& rules, const Subject& subject) {
  Counts private_counts;
  keep_safe_private(dataset, private_counts);
  const bool enhanced = dataset.tagExists(DCM_SharedFunctionalGroupsSequence);
  Scrubber scrubber(rules, subject, enhanced);
  scrubber.counts() = private_counts;
  scrubber.scrub(dataset, 0);
  declare(dataset, scrubber.counts());
  settle_character_set(dataset);
  return scrubber.counts();
}

}  // namespace ledd::deidentification
