#include "form.h"

namespace ledd::spine_mri {
namespace {

// The columns of layout_table().
constexpr std::size_t kScored = 3, kFirstToFill = 4;

}  // namespace

ReportTable axspa_form(const AxspaLayout::Result& result) {
  const LayoutTable layout = layout_table(result);
  ReportTable form;
  form.name = "axspa-layout";
  form.title = "Bone marrow oedema on STIR, SPARCC layout";
  form.note =
      "Pre-filled by rule, not read: bright is not inflamed. Each box is for the reader's own answer. "
      "Quadrants of a disco-vertebral unit: lower half of the upper body, upper half of the lower body, each "
      "halved at mid-depth; 1 point each, 1 for a lesion as bright as CSF, 1 for one that reaches 10 mm from "
      "the endplate. Shown are the three slices scored of each unit, counted from 0 along the stack; "
      "\"corner\" "
      "and \"mid-endplate\" are CANDEN's places, \"central\" slices show the dural sac. "
      "tables/axspa-layout.csv has all slices.";
  for (std::size_t n = 0; n < layout.header.size(); ++n)
    form.columns.push_back({layout.header[n], n >= kFirstToFill});
  for (const auto& row : layout.rows) form.rows.push_back({row, row[kScored] == "yes"});
  return form;
}

}  // namespace ledd::spine_mri
