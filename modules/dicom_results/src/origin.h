#pragma once
#include <string>
#include <string_view>

#include "ledd/dicom_results/origin.h"

#include "items.h"

namespace ledd::dicom_results {

/// @throws Error{kInput}  no source, or it lacks what results must refer to.
void require_usable(const Origin& origin);

/// Patient, study and the date of the content: the study's, since the clock would make the same result differ
/// between runs. 19000101 and 000000 where the study has none: the attributes must not be empty, and nobody
/// takes these for true.
void put_patient_and_study(const Origin& origin, DcmItem& data);
void put_dates(const Origin& origin, DcmItem& data);

/// Manufacturer, model, serial number, software version.
void put_equipment(const Origin& origin, DcmItem& data);

/// Coding scheme of Ledd's own codes.
void declare_own_scheme(DcmItem& data);

/// Algorithm that made a segment or map, with the effective parameters (PS3.3 10.16).
void add_algorithm(const Origin& origin, DcmItem& item, const DcmTagKey& sequence);

/// `text`, or its beginning and a digest of all of it, within `most_bytes`.
std::string with_digest(const std::string& text, std::size_t most_bytes);

/// The UID that a structure keeps through all corrections of a series' segmentation.
std::string tracking_uid(const std::string& series_uid, std::uint16_t id);

/// How a reader signs, as a person's name: all of it the family name.
std::string person_name(const Corrected& by);

/// "MT: medial tibial cartilage".
std::string label_of(const anatomy::Structure& structure);

}  // namespace ledd::dicom_results
