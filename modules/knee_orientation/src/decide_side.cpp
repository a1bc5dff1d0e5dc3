#include <fmt/format.h>

#include "ledd/core/error.h"
#include "ledd/knee_orientation/knee_side.h"

namespace ledd {
namespace {

constexpr double kContradicts = 0.99;  // anatomy as sure as this overrules no tag, but refuses the knee
constexpr double kDecides = 0.95;      // anatomy as sure as this gives the side where no tag does
constexpr double kOdd =
    4.0;  // mean squared distance, in SD^2, beyond which the shape is none that was learned

std::string certainty_text(const AnatomicalSide& a) {
  return fmt::format("the bones' shape says {} (certainty {:.3f})", name_of(*a.side), a.certainty);
}

/// Anatomy counts only when the knee looks like those it was learned from.
bool is_odd(const AnatomicalSide& a) {
  return a.misfit > kOdd;
}

void with_tag(const SideEvidence& tag, const AnatomicalSide& anatomy, SideDecision& out) {
  out.side = tag.side;
  out.certainty = 1.0;
  out.uncertain = false;
  out.notes.push_back(fmt::format("{} side by {}", name_of(*tag.side), tag.from));
  if (!anatomy.side) {
    out.uncertain = true;
    out.notes.emplace_back("the bones' shape could not be measured to check it");
    return;
  }
  if (*anatomy.side == *tag.side) {
    out.notes.push_back(certainty_text(anatomy) + " too");
    return;
  }
  require(anatomy.certainty < kContradicts || is_odd(anatomy),
          Errc::kInput,
          fmt::format("{} says the {} side, but {}: one of them is wrong, so no side is given",
                      tag.from,
                      name_of(*tag.side),
                      certainty_text(anatomy)));
  out.uncertain = true;
  out.certainty = 1.0 - anatomy.certainty;
  out.notes.push_back(certainty_text(anatomy) + ", against it, but not surely enough to refuse");
}

void without_tag(const SideEvidence& position, const AnatomicalSide& anatomy, SideDecision& out) {
  out.uncertain = true;
  if (anatomy.side && anatomy.certainty >= kDecides && !is_odd(anatomy)) {
    out.side = anatomy.side;
    out.certainty = anatomy.certainty;
    out.notes.push_back("no tag names the side; " + certainty_text(anatomy));
    // Two witnesses that know nothing of each other.
    if (position.side == anatomy.side && anatomy.certainty >= kContradicts) out.uncertain = false;
    if (position.side)
      out.notes.push_back(fmt::format(
          "{} {}", position.from, *position.side == *anatomy.side ? "agrees" : "speaks against it"));
    return;
  }
  if (anatomy.side)
    out.notes.push_back("no tag names the side, and " + certainty_text(anatomy) +
                        (is_odd(anatomy)
                             ? fmt::format(", but is unlike the learned knees ({:.1f} SD^2)", anatomy.misfit)
                             : std::string(", not surely enough to decide")));
  else
    out.notes.emplace_back("no tag names the side, and the bones' shape could not be measured");
  if (!position.side || (anatomy.side && *anatomy.side != *position.side)) return;
  out.side = position.side;
  out.certainty = anatomy.side ? anatomy.certainty : 0.5;
  out.notes.push_back("taken from " + position.from);
}

}  // namespace

SideDecision decide_side(const SideHints& hints, const AnatomicalSide& anatomy) {
  SideDecision out;
  const SideEvidence tag = side_of_tags(hints), position = side_of_position(hints);
  if (tag.side)
    with_tag(tag, anatomy, out);
  else
    without_tag(position, anatomy, out);
  return out;
}

}  // namespace ledd
