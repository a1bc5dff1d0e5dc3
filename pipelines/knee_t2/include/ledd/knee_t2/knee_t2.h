#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledd/anatomy/knee.h"
#include "ledd/cartilage_relaxometry/cartilage_relaxometry.h"
#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"
#include "ledd/measurement/outcome.h"
#include "ledd/relaxometry/dess_t2.h"
#include "ledd/relaxometry/relaxometry.h"
#include "ledd/rigid_alignment/rigid_alignment.h"

namespace ledd {

/// The images of one knee that KneeT2 works on, and what is known of its segmentation. Nothing is owned.
struct KneeT2Study {
  /// What a reader must know before using what was measured in a region.
  struct Doubt {
    std::string reason;     ///< Never empty.
    bool inherent = false;  ///< As Measurement::inherent.
  };
  std::vector<Echo> echoes;  ///< In ascending order of time.
  std::optional<double> repetition_ms{}, flip_deg{};
  std::optional<double> spoiler_area_g_us_per_cm{}, spoiler_us{};  ///< Of a DESS; DessT2::Scan.
  /// Ids of ledd::anatomy, on any grid; null: maps only.
  const Labels* labels = nullptr;
  /// The series the labels were drawn on, when that is another one: the patient may have moved between.
  const Volume* labels_scan = nullptr;
  RigidAlignment::Frames frames = RigidAlignment::Frames::kShared;  ///< Of labels and echoes.
  CartilageRelaxometry::SubRegions sub_regions{};                   ///< On the grid of `labels`.
  std::optional<anatomy::Side> side{};    ///< Of the labelled knee; nullopt: rows carry none.
  std::map<std::string, Doubt> doubts{};  ///< Of the labels, by region's name; "" is of all.
  std::string no_labels{};                ///< Why `labels` is null; empty: nobody wanted any.
  bool labels_refused = false;            ///< They were to be made and could not be: somebody should look.
};

/// Maps of T2, T1rho or T2* of a knee, and the values of its cartilage.
///
/// Method   fit: voxel by voxel (Relaxometry; a DESS by DessT2), where the first echo is above `foreground`
/// of
///          its 99th percentile, and in all labels -> labels: brought onto the echoes' grid, each voxel's
///          centre taking the label that lies there, after rigid alignment of the series the labels
///          were drawn on -> regions: CartilageRelaxometry, with side and doubts as given. Two echoes of
///          which the second comes after the repetition time are a DESS.
/// Limits   Those of the fits. Labels are read at voxels' centres: slices are not stretched over the gaps
///          between them.
class KneeT2 {
 public:
  enum class Sequence { kAuto, kEchoes, kDess };

  struct Params {
    Sequence sequence = Sequence::kAuto;
    CartilageRelaxometry::Quantity quantity = CartilageRelaxometry::Quantity::kT2;
    double foreground = 0.05;                              ///< 0: everywhere.
    double display_low_ms = 10.0, display_high_ms = 90.0;  ///< Of the pictures' colours only.
    Relaxometry::Params fit{};
    DessT2::Params dess{};
    RigidAlignment::Params alignment{};
    CartilageRelaxometry::Params regions{};
    static const ParamTable<Params>& table();
  };

  struct Result {
    Outcome outcome;  ///< Maps "T2", "T2-SE", "S0", "R2", "T2-quality" (FitQuality), ... on the echoes' grid.
    bool by_dess = false;
    double sigma_used = 0.0;
    std::optional<CartilageRelaxometry::Result> regions;  ///< Nullopt without usable labels.
    RigidMotion labels_from_echoes;                       ///< That was applied.
  };

  /// @throws Error{kParam}
  explicit KneeT2(const Params& params);
  KneeT2() : KneeT2(Params{}) {}

  /// @throws Error{kInput}  as Relaxometry and DessT2; an echo time beyond the repetition time that is no
  /// DESS; a
  ///                        DESS whose repetition time or flip angle is not known.
  Result operator()(const KneeT2Study& study, Context& context) const;

  /// Whether the echoes are those of a DESS.
  /// @throws Error{kInput}  as operator().
  bool is_dess(const KneeT2Study& study) const;

  /// Every endpoint that can occur in the outcome.
  static const std::vector<EndpointDefinition>& definitions() { return CartilageRelaxometry::definitions(); }

 private:
  struct Maps {
    Volume::Pointer value_ms;
    Mask::Pointer quality;
  };
  Maps fit_echoes(const KneeT2Study& study, const Mask* mask, Result& result, Context& context) const;
  Maps fit_dess(const KneeT2Study& study, const Mask* mask, Result& result, Context& context) const;
  void measure(const KneeT2Study& study, const Maps& maps, Result& result, Context& context) const;
  void conclude(Result& result) const;

  Params params_;
};

}  // namespace ledd
