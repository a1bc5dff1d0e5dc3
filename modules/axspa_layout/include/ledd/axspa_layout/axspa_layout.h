#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"
#include "ledd/measurement/figure.h"
#include "ledd/measurement/measurement.h"
#include "ledd/spine_morphometry/spine_result.h"
#include "ledd/spine_signal/spine_signal.h"

namespace ledd {

/// Bright marrow on STIR in the layout of the SPARCC spine score, pre-filled for a reader. It is not a
/// reading.
///
/// Method   A disco-vertebral unit (DVU) is the lower half of one body and the upper half of the next, each
///          halved at mid-depth. Marrow without the coil's fall-off, averaged over 3 x 3 pixels; bright: z
///          above k against the centre of the same body, or of the nearest body whose centre is normal. A
///          lesion is connected within its slice and at least `min_area_mm2`. Left out: the basivertebral
///          vein's wedge and what belongs to it; the layer of `skip_mm` at the walls; fat (T1 z above k)
///          where a T1 is given. A quadrant with a lesion is 1 point; a slice 1 more if a lesion is as bright
///          as CSF, 1 more if one reaches `deep_mm` from the endplate. Of three neighbouring slices, those
///          with most points: 0..18 a DVU; the six highest DVUs: 0..108.
/// Source   Maksymowych et al., Arthritis Rheum 53:502, 2005 (SPARCC spine); Krabbe et al., RMD Open
///          5:e001057, 2019 (CANDEN: reference marrow, corners, spondylodiscitis, central slices).
/// Limits   Bright is not inflamed: haemangioma, degeneration, fracture, tumour look alike. Not compared with
///          readings. CANDEN's corners and spondylodiscitis are marked, without its points; facets and
///          posterior elements are not looked at.
class AxspaLayout {
 public:
  struct Params {
    double k = 3.0;
    double least_scatter = 0.10;  ///< Scatter is at least this part of the median.
    double min_area_mm2 = 5.0;
    double skip_mm = 1.5;  ///< At least one and a half pixels.
    double deep_mm = 10.0;
    double intense_of_csf = 0.80;  ///< A lesion's 90th percentile against CSF at its level.
    double csf_half_band_mm = 10.0;
    double corner_mm = 6.0;         ///< Near both wall and endplate: a corner.
    double max_centre_ratio = 1.6;  ///< Centre against the median of all bodies: beyond, it is no reference.
    static const ParamTable<Params>& table();
  };

  enum Place { kUpperAnterior, kUpperPosterior, kLowerAnterior, kLowerPosterior };
  struct Quadrant {
    bool lesion = false;
    double area_mm2 = 0.0;
    double depth_mm = 0.0;  ///< Furthest from the endplate.
    double peak_z = 0.0;
    bool intense = false;
    bool deep = false;
    bool corner = false;        ///< CANDEN: vertebral corner.
    bool mid_endplate = false;  ///< CANDEN: at the endplate between the corners (spondylodiscitis).
  };
  struct Slice {
    int slice = 0;
    bool central = false;  ///< Shows the dural sac.
    bool chosen = false;   ///< One of the three that are scored.
    std::array<Quadrant, 4> quadrants{};
    int points = 0;  ///< 0..6.
  };
  struct Dvu {
    std::uint16_t disc = 0;
    std::string region;                               ///< "L4/L5".
    std::optional<int> score;                         ///< 0..18; empty: `reason`.
    double score_se = 0.0;                            ///< Half the difference with k - 0.5 and k + 0.5.
    std::string reason;                               ///< Never empty.
    std::vector<Slice> slices;                        ///< All that show both bodies, ascending.
    std::vector<spine_signal::Offset> lesion_voxels;  ///< Ascending.
  };
  struct Result {
    std::vector<Dvu> dvus;  ///< Between labelled neighbours, from head to foot.
    std::optional<int> six_dvu;
    double six_dvu_se = 0.0;
    std::string six_dvu_reason;
    std::vector<Polyline> grid_lines;  ///< Outlines of all quadrants of the figure's slice.
    int figure_slice = 0;
  };

  struct Images {
    const Volume* stir = nullptr;  ///< As acquired.
    const Volume* t1 = nullptr;    ///< Or null.
    MrSequence stir_sequence;      ///< Must say STIR.
  };

  /// @throws Error{kParam}  out of range.
  explicit AxspaLayout(const Params& params);
  AxspaLayout() : AxspaLayout(Params{}) {}

  /// @throws Error{kInput}  no image, or the grids differ.
  Result operator()(const Images& images,
                    const Labels& labels,
                    const SpineResult& spine,
                    Context& context) const;

  /// SPARCC_DVU, SPARCC_6DVU.
  static const std::vector<EndpointDefinition>& definitions();

 private:
  Params params_;
};

/// Always uncertain: pre-filled, not read.
std::vector<Measurement> measurements(const AxspaLayout::Result& result);

/// For a report: one row per DVU and slice.
struct LayoutTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
};
LayoutTable layout_table(const AxspaLayout::Result& result);

/// The slice with most lesions: quadrants grey, lesions red.
std::optional<Figure> axspa_figure(const AxspaLayout::Result& result, const itk::ImageBase<3>& grid);

}  // namespace ledd
