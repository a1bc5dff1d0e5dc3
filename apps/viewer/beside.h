#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ledd/cases/open_case.h"
#include "ledd/core/context.h"
#include "ledd/dicom/dicom.h"

#include "beside_registration.h"
#include "scene.h"

/// What can be looked at beside a case: the other visits of its subject, the other series of its study.
namespace ledd::viewer {

/// A finished case and where it stands.
struct CasePlace {
  std::filesystem::path out;
  std::string case_id;
  std::vector<std::filesystem::path> look_in{};  ///< As for cases::open_case.

  std::filesystem::path folder() const { return out / "cases" / case_id; }
};

struct Partner {
  enum class Kind {
    kVisit,   ///< Another finished case: its scan with what was found in it.
    kSeries,  ///< Another series of the same study: the images alone.
  };
  Kind kind = Kind::kVisit;
  std::string title;                    ///< With its date, for readers who may know it.
  std::string case_id;                  ///< Of a visit.
  std::optional<dicom::Stack> stack{};  ///< Of a series.
  RigidAlignment::Frames frames = RigidAlignment::Frames::kNotStated;  ///< Of a series and the case's own.
};

struct Partners {
  std::vector<Partner> found;      ///< Visits by date, then series: those that the case was made with first.
  std::vector<std::string> notes;  ///< Why there are no more, one sentence each; may name the subject.
};

/// Finds them by headers and records; opens no image.
///
/// Method   Visits: as cases::pair_visits() pairs them, and all that share a baseline. Series: DICOM images
///          of the same study and patient, no localizers, in the folders that hold the case's inputs, and in
///          the folders beside these whose first file is of the study; or below `look_in` where the inputs
///          are gone.
/// Limits   Image files (NIfTI ...) do not say of which study they are: their cases have no series beside
///          them.
/// @throws Error{kCancelled}  What else cannot be read is a note.
Partners find_partners(const CasePlace& place, const cases::OpenCase& main, Context& context);

/// A partner as it is to be shown.
struct Beside {
  Content content;            ///< In its own coordinates: see moved().
  Registration registration;  ///< To the case.
};

/// Loads a partner and registers it.
/// @throws Error  of open_case and dicom::load; kNotFound when the visit's scan is not there.
Beside open_partner(const CasePlace& place,
                    const cases::OpenCase& main,
                    const Partner& partner,
                    Context& context);

/// The same voxels elsewhere: origin and directions are moved, nothing is resampled or copied.
Content moved(const Content& content, const RigidMotion& motion);

}  // namespace ledd::viewer
