#include "private_blocks.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <memory>
#include <vector>

namespace ledd::deidentification {
namespace {

bool is_number(const std::string& text) {
  double value = 0.0;
  const char* const end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(text.data(), end, value);
  return status == std::errc() && stop == end && std::isfinite(value);
}

bool is_scanco(DcmItem& dataset) {
  std::string maker = raw_text(dataset, DCM_Manufacturer);
  std::transform(maker.begin(), maker.end(), maker.begin(), [](unsigned char c) { return std::toupper(c); });
  return maker.find("SCANCO") != std::string::npos;
}

std::vector<DcmTagKey> safe_tags(DcmItem& dataset) {
  std::vector<DcmTagKey> tags;
  if (raw_text(dataset, DcmTagKey(0x0019, 0x0010)) == "GEMS_ACQU_01")
    tags.insert(tags.end(), {{0x0019, 0x10B6}, {0x0019, 0x10B7}});
  if (is_scanco(dataset)) tags.insert(tags.end(), {{0x0029, 0x1000}, {0x0029, 0x1004}, {0x0029, 0x1005}});
  return tags;
}

}  // namespace

void keep_safe_private(DcmItem& dataset, Counts& counts) {
  std::vector<std::unique_ptr<DcmElement>> safe;
  for (const DcmTagKey& tag : safe_tags(dataset)) {
    DcmElement* element = nullptr;
    if (dataset.findAndGetElement(tag, element).bad() || !is_number(raw_text(*element))) continue;
    // Its bytes may hold more than the text that was checked (behind a NUL), so only the text goes on.
    const DcmEVR vr = element->getVR();
    if (vr == EVR_UN || vr == EVR_UNKNOWN || vr == EVR_OB) continue;
    const std::string number = raw_text(*element);
    safe.emplace_back(dataset.remove(element));
    put_text(*safe.back(), number);
  }
  for (unsigned long i = dataset.card(); i-- > 0;) {
    DcmElement* element = dataset.getElement(i);
    if (element->getTag().getGroup() % 2 == 0) continue;
    delete dataset.remove(element);
    ++counts.private_removed;
  }
  for (auto& element : safe) {
    const bool ge = element->getTag().getGroup() == 0x0019;
    if (dataset.insert(element.get(), OFTrue).good()) {
      static_cast<void>(element.release());  // the data set owns it now
      ++counts.private_kept;
      if (ge) dataset.putAndInsertString(DcmTag(0x0019, 0x0010, EVR_LO), "GEMS_ACQU_01");
    }
  }
}

}  // namespace ledd::deidentification
