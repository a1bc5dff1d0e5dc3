#pragma once
#include <itkImage.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ledd/measurement/colour_scale.h"
#include "ledd/measurement/figure.h"
#include "ledd/measurement/measurement.h"
#include "ledd/measurement/report_parts.h"
#include "ledd/measurement/surface_figure.h"

namespace ledd {

/// What every pipeline hands back for one case, whatever it measured.
struct Outcome {
  itk::Image<std::uint16_t, 3>::Pointer labels;               ///< On the source image's grid.
  std::map<std::string, itk::Image<float, 3>::Pointer> maps;  ///< "T2", ...; NaN: no value, 0 in the file.
  std::vector<Measurement> measurements;
  std::vector<Figure> figures;  ///< In the order of the report.
  std::vector<SummaryLine>
      summary;  ///< What is grasped first: what was found beyond a cut-off, and what not.
  std::vector<ReportTable> tables;
  /// By Figure::name: what a figure is drawn on, without labels, when that is not the scan.
  std::map<std::string, itk::Image<float, 3>::ConstPointer> figure_images{};
  std::vector<SurfaceFigure> surfaces{};       ///< After the figures.
  std::vector<FlatMapFigure> flat_maps{};      ///< After the surfaces.
  std::map<std::string, std::string> texts{};  ///< Further files of the case folder: name, content.
  /// Where measurements were taken, in space, beyond the lines of the figures: for a viewer that shows every
  /// slice.
  std::vector<Polyline> drawings{};
  /// By key of `maps`: what the values are and where the colours run from and to. Scales of figures need not
  /// be said again.
  std::map<std::string, ColourScale> scales{};
  std::vector<std::string> notes;  ///< What a reader must know of the whole case, one sentence each.
};

}  // namespace ledd
