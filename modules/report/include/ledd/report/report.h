#pragma once
#include <string>
#include <utility>
#include <vector>

#include "ledd/image/image.h"
#include "ledd/measurement/outcome.h"

/// Pictures and pages for people. Returns bytes; whoever calls writes them.
namespace ledd::report {

/// One figure as PNG: the slice at square pixels, at least 1.5 a millimetre and about 900 on its longer side,
/// window from the 1st to the 99.5th percentile of the volume's voxels that are not 0, outlines of the labels
/// one pixel wide with their short names, the figure's lines (projected onto the slice), a scale bar, and the
/// letters L R A P H F at the borders. Radiological convention: sagittal, anterior is left and head up;
/// coronal and axial, the patient's right is left, and head or anterior up; for an oblique volume by the
/// nearest of these. A map (Figure::colours) is drawn voxel by voxel, from dark blue (low) to yellow (high),
/// with a bar of its scale at the right. Same figure, same bytes.
/// @param map  What Figure::colours names; null when it has none.
/// @throws Error{kInput}  `labels` or `map` is on another grid, the scale is empty, the slice lies outside
/// the volume, or the volume is
///                        turned so far that two of its axes are nearest to one anatomical axis.
std::string render_png(const Figure& figure,
                       const Volume& volume,
                       const Labels* labels,
                       const Volume* map = nullptr);

/// A surface from each of its views, side by side at one scale, coloured by its values with a bar of colours
/// below, shaded by the light of a lamp beside the eye. Drawn without a display or a graphics card, so that a
/// cluster's node draws the same bytes as a desk.
/// @throws Error{kInput}  no view, no triangle, a triangle of points that are not there, or not one value of
///                        each point.
std::string render_png(const SurfaceFigure& figure);

/// A flat map, coloured by its values, with its lines, a bar of colours and the names of its borders.
/// @throws Error{kInput}  not as many values as pixels, or none.
std::string render_png(const FlatMapFigure& figure);

/// The picture made smaller for a list: at most `longest_px` on its longer side.
/// @throws Error{kFormat}  `png` is no picture.
std::string thumbnail_png(const std::string& png, int longest_px = 160);

/// What stands below the results of a case report, name and value, in order.
using Facts = std::vector<std::pair<std::string, std::string>>;

/// One picture of a page.
struct Picture {
  std::string name;     ///< File name without extension.
  std::string caption;  ///< One sentence for the reader.
  std::string png;      ///< Bytes.
};

struct CasePage {
  std::string title;  ///< "spine-mri: case 3f2a91c07d44".
  Facts facts;        ///< Scanner, sequence, geometry, software version.
  const Outcome* outcome = nullptr;
  std::vector<EndpointDefinition> definitions;
  std::vector<Picture> pictures;
  bool ok = true;  ///< False when the case needs a reader's eyes: the page says so at the top.
};

/// A self-contained HTML page (pictures inlined, no script), every text escaped, saying that it is for
/// research use only. It also asks for eyes when `ok` is true but an endpoint needs them (needs_eyes()).
/// @throws Error{kInput}  `outcome` is null, or a table has a row of another length than its columns.
std::string case_page(const CasePage& page);

/// The same case on one sheet of A4 as PDF, for a PACS: what was found at a glance, what needs eyes, the
/// first pictures, and as many measurements as there is room for, saying how many stand in the report alone.
/// Text that Latin-1 (Windows' code page 1252) cannot write shows as '?'. Same page, same bytes.
/// @throws Error{kInput}     `outcome` is null.
/// @throws Error{kInternal}  the PDF library fails.
std::string summary_pdf(const CasePage& page);

struct IndexRow {
  std::string case_id;
  std::string state;  ///< "done", "cached", "failed", "quarantined".
  std::string reason, pipeline, series;
  std::string link;                                 ///< Relative path of the case's page, or "".
  std::size_t good = 0, uncertain = 0, failed = 0;  ///< Number of endpoints of each quality.
  std::string thumbnail;                            ///< Relative path of a small picture, or "".
  std::size_t eyes = 0;                             ///< Of the uncertain and failed, those that need eyes.
  std::string decision{}, reader{};                 ///< Of the readers; empty where there is none.
};

/// index.html over all cases: failed cases first, then those with endpoints that need eyes, then the
/// rest, each by id; to be narrowed by state and by text. Leads to group.html beside it.
/// @throws Error{kInput}  a link or a thumbnail is not a relative path.
std::string index_page(const std::string& title, const std::vector<IndexRow>& rows);

}  // namespace ledd::report
