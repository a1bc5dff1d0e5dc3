#pragma once
#include <string>
#include <vector>

#include "stacks.h"

namespace ledd::dicom {

double dot(const Point& a, const Point& b);
Point cross(const Point& a, const Point& b);

/// Orders planes along the normal of the first one; ties by SOP instance UID, file and frame.
void sort_along_normal(std::vector<Plane>& planes);

/// Two planes of a sorted list at one position (within 0.005 mm); the index of the first, or -1.
int first_repeat(const std::vector<Plane>& planes);

/// True when two planes have one orientation (cosines within 0.001) and pixel spacing (within 0.01 %).
bool same_grid(const Frame& a, const Frame& b);

/// Distance between the first and last plane, divided; 0 for one plane.
double mean_spacing(const std::vector<Plane>& planes);

/// How far from its place along the normal a plane may be, as `irregularity` has it.
double tolerance_mm(double spacing_mm);

/// Why sorted planes are no regular grid; empty when they are.
///
/// Method   Each distance between neighbours must be within 1 % of the median distance or 0.01 mm, whichever
/// is
///          more, but never above 10 % of it; so must each plane's distance from the regular grid. First
///          pixels must lie above each other along the normal within 0.01 mm or 0.001 of the distance,
///          whichever is more.
/// Source   Own choice; the values are those of other readers: highdicom's spatial module takes 1 % of the
/// spacing and
///          0.001 off the perpendicular, 3D Slicer's volume reader 0.01 mm.
std::string irregularity(const std::vector<Plane>& planes);

}  // namespace ledd::dicom
