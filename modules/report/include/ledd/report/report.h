#pragma once
#include <string>
#include <utility>
#include <vector>

#include "ledd/image/image.h"
#include "ledd/measurement/outcome.h"

/// Pictures and pages for people. Returns bytes; whoever calls writes them.
namespace ledd::report {

/// One figure as PNG: the slice at square pixels with at least 1.5 pixels a millimetre, window from the 1st
/// to the 99.5th percentile of the volume, outlines of the labels one pixel wide with their short names, and
/// the figure's lines. Head or anterior is up / left by the radiological convention for the slice's plane;
/// the letters at the borders say so.
/// @throws Error{kInput}  `labels` is on another grid, or the slice lies outside the volume.
std::string render_png(const Figure& figure, const Volume& volume, const Labels* labels);

/// What stands at the top of a case report, name and value, in order.
using Facts = std::vector<std::pair<std::string, std::string>>;

struct CasePage {
  std::string title;  ///< "spine-mri: case 3f2a91c07d44".
  Facts facts;        ///< Scanner, sequence, geometry, software version.
  const Outcome* outcome = nullptr;
  std::vector<EndpointDefinition> definitions;
  std::vector<std::pair<Figure, std::string>> pictures;  ///< Each with its PNG bytes.
  bool ok = true;  ///< False when some endpoint failed or is uncertain: the page says so at the top.
};

/// A self-contained HTML page (pictures inlined), every text escaped, saying that it is for research use
/// only.
std::string case_page(const CasePage& page);

struct IndexRow {
  std::string case_id, state, reason, pipeline, series,
      link;                                         ///< link: relative path of the case's page, or "".
  std::size_t good = 0, uncertain = 0, failed = 0;  ///< Number of endpoints of each quality.
  std::string thumbnail_png;                        ///< Bytes of a small picture, or "".
};

/// index.html over all cases.
std::string index_page(const std::string& title, const std::vector<IndexRow>& rows);

}  // namespace ledd::report
