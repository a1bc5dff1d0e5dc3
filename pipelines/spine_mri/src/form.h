#pragma once
#include "ledd/axspa_layout/axspa_layout.h"
#include "ledd/measurement/report_parts.h"

namespace ledd::spine_mri {

/// The SPARCC layout as a form: what was marked, each with an empty box for the reader. The report shows the
/// scored slices; the file has all that show both bodies of a unit.
ReportTable axspa_form(const AxspaLayout::Result& result);

}  // namespace ledd::spine_mri
