#pragma once
#include <string>
#include <vector>

#include "ledd/cases/open_case.h"
#include "ledd/core/context.h"
#include "ledd/rigid_alignment/rigid_alignment.h"

/// How two scans lie to each other: rigid motions of patient coordinates, so that nothing is resampled.
namespace ledd::viewer {

/// One way to lay a scan beside another.
struct Frame {
  std::string words;  ///< How it was found and how well it fits; names no person and no date.
  RigidMotion main_from_partner;
};

struct Registration {
  std::vector<Frame> frames;  ///< The best one first.
  std::string refusal;        ///< Why there is none, likewise; empty when there is one.
};

/// Two visits of one subject, by what is labelled in both.
///
/// Method   HR-pQCT (221, 222 and a map "density"): DensityRegistration of the densities, with the limits of
///          BoneChange. Knees: femur, tibia and patella by their surfaces, each a frame of its own since a
///          knee bends; proximal femora likewise. Spines: the bodies of the vertebrae that both show, as one
///          piece: least squares of their centroids first, then of their surfaces. Surfaces are brought
///          together by align_bones(), the smaller one onto the larger one; the words give its residual, the
///          root mean square distance of the nearest 80 %.
/// Source   Kabsch, Acta Crystallogr A 32:922, 1976 (centroids).
/// Limits   A spine that bent between the visits fits on average only. A residual above 0.8 mm (knee, as in
///          knee_followup) or 1.5 mm (hip and spine, of thicker slices), or a turn of more than 45 degrees,
///          is no registration.
Registration register_visits(const cases::OpenCase& main, const cases::OpenCase& partner, Context& context);

/// Two series of one study: by their frame of reference; where none is stated and both are MR, by
/// RigidAlignment.
Registration register_series(const Volume& main,
                             const Volume& partner,
                             const std::string& modality,
                             RigidAlignment::Frames frames,
                             Context& context);

/// The motion that brings what the first brings to a place back.
RigidMotion inverse_of(const RigidMotion& motion);

/// The rigid motion of least squares that brings each `from` near its `to`.
/// @throws Error{kInput}  fewer than three points, or as many `to` as `from`: they differ.
RigidMotion least_squares_motion(const std::vector<Point>& from, const std::vector<Point>& to);

}  // namespace ledd::viewer
