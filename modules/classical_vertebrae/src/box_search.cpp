#include "box_search.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "slices.h"

namespace ledd::classical {
namespace {

constexpr std::array<double, 11> kTilts{-40, -32, -24, -16, -8, 0, 8, 16, 24, 32, 40};
constexpr std::array<double, 5> kDepths{25, 29, 33, 37, 41}, kHeights{18, 21, 24, 27, 30};  // mm, T10 to S1
constexpr std::size_t kMostBoxes = 90;
constexpr double kLocalMm = 20.0;  // sigma of the neighbourhood whose mean gradient is the unit
// The least unit, of the mean gradient weighted by itself: air and padding have hardly any of their own.
constexpr double kLeastOfStrong = 0.2;
constexpr float kNone = -9.0F;
// What is seen of it must lie between the front and the back border of the image: beyond, the border repeats
// itself, and any two boxes look alike.
constexpr double kBesideWallMm = 5.0;

/// Gradients of a slab, in units of the local mean gradient.
struct Gradients {
  cv::Mat x, y, size;
};

Gradients gradients_of(const cv::Mat& slab) {
  cv::Mat smooth, unit;
  cv::GaussianBlur(slab, smooth, cv::Size(0, 0), 0.6, 0.6, cv::BORDER_REPLICATE);
  Gradients g;
  cv::Sobel(smooth, g.x, CV_32F, 1, 0, 3, 0.125, 0.0, cv::BORDER_REPLICATE);
  cv::Sobel(smooth, g.y, CV_32F, 0, 1, 3, 0.125, 0.0, cv::BORDER_REPLICATE);
  cv::magnitude(g.x, g.y, g.size);
  cv::GaussianBlur(g.size, unit, cv::Size(0, 0), kLocalMm / kSeekMm);
  const double strong = g.size.dot(g.size) / std::max(1e-6, cv::sum(g.size)[0]);
  unit = cv::max(unit, std::max(1e-3, kLeastOfStrong * strong));
  cv::divide(g.x, unit, g.x);
  cv::divide(g.y, unit, g.y);
  cv::divide(g.size, unit, g.size);
  return g;
}

/// A slab turned about its centre so that endplates of one tilt lie along the rows.
struct Turned {
  cv::Mat across, along, size, inside;  ///< Gradient square to and along the endplates; 1 within the slab.
  cv::Mat slab_from_turned;
};

Turned turned_by(const Gradients& g, double tilt_deg) {
  const double a = tilt_deg * CV_PI / 180.0, c = std::cos(a), s = std::sin(a);
  const double mx = 0.5 * (g.x.cols - 1), my = 0.5 * (g.x.rows - 1);
  Turned t;
  t.slab_from_turned = (cv::Mat_<double>(2, 3) << c, -s, mx - c * mx + s * my, s, c, my - s * mx - c * my);
  const auto turn = [&](const cv::Mat& image) {
    cv::Mat out;
    cv::warpAffine(image, out, t.slab_from_turned, image.size(), cv::INTER_LINEAR | cv::WARP_INVERSE_MAP);
    return out;
  };
  t.across = turn(c * g.y - s * g.x);
  t.along = turn(c * g.x + s * g.y);
  t.size = turn(g.size);
  t.inside = turn(cv::Mat(g.x.size(), CV_32F, cv::Scalar(1.0)));
  return t;
}

cv::Mat box_mean(const cv::Mat& image, double width_mm, double height_mm) {
  const auto odd = [](double mm) { return std::max(1, static_cast<int>(std::lround(mm / kSeekMm)) | 1); };
  cv::Mat mean;
  cv::boxFilter(image, mean, -1, {odd(width_mm), odd(height_mm)}, {-1, -1}, true, cv::BORDER_REPLICATE);
  return mean;
}

/// A wall counts with its sign; on images of water or with fat suppressed what lies before the spine may be
/// as dark as bone, so the wrong sign counts a little as well.
float wall(float signed_gradient) {
  return std::max(signed_gradient, -0.5F * signed_gradient);
}

/// The best box around each pixel of a turned slab.
struct Best {
  explicit Best(cv::Size size)
      : score(size, CV_32F, cv::Scalar(kNone)),
        depth(cv::Mat::zeros(size, CV_32F)),
        height(cv::Mat::zeros(size, CV_32F)) {}
  cv::Mat score, depth, height;
};

Best best_of(const Turned& t, float sign) {
  Best best(t.size.size());
  std::array<cv::Mat, kHeights.size()> walls;
  for (std::size_t n = 0; n < kHeights.size(); ++n) walls[n] = box_mean(t.along, 0.0, 0.7 * kHeights[n]);
  for (const double depth : kDepths) {
    const cv::Mat plates = box_mean(t.across, 0.7 * depth, 0.0);
    for (std::size_t n = 0; n < kHeights.size(); ++n) {
      const double height = kHeights[n], half_x = 0.5 * depth / kSeekMm, half_y = 0.5 * height / kSeekMm;
      const cv::Mat within = box_mean(t.size, 0.65 * depth, 0.65 * height);
      for (int y = static_cast<int>(half_y) + 1; y < t.size.rows - half_y - 1; ++y)
        for (int x = static_cast<int>(half_x) + 1; x < t.size.cols - half_x - 1; ++x) {
          if (t.inside.at<float>(y, x) < 0.5F) continue;
          const float top = sign * value_at(plates, x, y - half_y);
          const float bottom = -sign * value_at(plates, x, y + half_y);
          const float front = wall(sign * value_at(walls[n], x - half_x, y));
          const float back = wall(-sign * value_at(walls[n], x + half_x, y));
          const float score =
              std::min(top, bottom) + 0.25F * (top + bottom + front + back) - 0.8F * within.at<float>(y, x);
          if (!(score > best.score.at<float>(y, x))) continue;
          best.score.at<float>(y, x) = score;
          best.depth.at<float>(y, x) = static_cast<float>(depth);
          best.height.at<float>(y, x) = static_cast<float>(height);
        }
    }
  }
  return best;
}

/// Whether a box and what lies beside its walls is in view. Its endplates may be cut.
bool in_view(const Box& box, const cv::Mat& slab) {
  const double reach_mm = (0.5 * box.depth_mm + kBesideWallMm) * std::cos(box.tilt_deg * CV_PI / 180.0);
  return box.x_mm >= reach_mm && box.x_mm + reach_mm <= kSeekMm * (slab.cols - 1);
}

/// Takes over what is better at this tilt, back in the frame of the slab.
void keep_better(const Best& found, const Turned& t, float tilt, Best& best, cv::Mat& tilts) {
  const auto back = [&](const cv::Mat& image, double outside) {
    cv::Mat out;
    cv::warpAffine(image,
                   out,
                   t.slab_from_turned,
                   image.size(),
                   cv::INTER_NEAREST,
                   cv::BORDER_CONSTANT,
                   cv::Scalar(outside));
    return out;
  };
  const cv::Mat score = back(found.score, static_cast<double>(kNone));
  const cv::Mat better = score > best.score;
  score.copyTo(best.score, better);
  back(found.depth, 0.0).copyTo(best.depth, better);
  back(found.height, 0.0).copyTo(best.height, better);
  tilts.setTo(cv::Scalar(static_cast<double>(tilt)), better);
}

}  // namespace

cv::Mat look_of(const cv::Mat& slab, const Box& box) {
  constexpr int kHalfWidth = 11, kHalfHeight = 10;
  const double a = box.tilt_deg * CV_PI / 180.0, c = std::cos(a), s = std::sin(a);
  cv::Mat look(2 * kHalfHeight + 1, 2 * kHalfWidth + 1, CV_32F);
  for (int v = -kHalfHeight; v <= kHalfHeight; ++v)
    for (int u = -kHalfWidth; u <= kHalfWidth; ++u)
      look.at<float>(v + kHalfHeight, u + kHalfWidth) =
          value_at(slab, box.x_mm / kSeekMm + c * u - s * v, box.y_mm / kSeekMm + s * u + c * v);
  cv::Scalar mean, sd;
  cv::meanStdDev(look, mean, sd);
  look -= mean[0];
  return look / std::max(1e-6, sd[0] * std::sqrt(static_cast<double>(look.total())));
}

std::vector<Box> find_boxes(const cv::Mat& slab, double z_mm, Polarity polarity) {
  const Gradients gradients = gradients_of(slab);
  Best best(slab.size());
  cv::Mat tilts = cv::Mat::zeros(slab.size(), CV_32F);
  for (const double tilt : kTilts) {
    const Turned t = turned_by(gradients, tilt);
    keep_better(best_of(t, static_cast<float>(polarity)), t, static_cast<float>(tilt), best, tilts);
  }
  cv::Mat highest;
  cv::dilate(best.score, highest, cv::Mat::ones(5, 5, CV_8U));
  std::vector<Box> boxes;
  for (int y = 0; y < slab.rows; ++y)
    for (int x = 0; x < slab.cols; ++x) {
      const float score = best.score.at<float>(y, x);
      if (score <= 0.0F || score < highest.at<float>(y, x)) continue;
      const Box box{kSeekMm * x,
                    kSeekMm * y,
                    z_mm,
                    static_cast<double>(tilts.at<float>(y, x)),
                    static_cast<double>(best.depth.at<float>(y, x)),
                    static_cast<double>(best.height.at<float>(y, x)),
                    static_cast<double>(score),
                    {}};
      if (in_view(box, slab)) boxes.push_back(box);
    }
  std::stable_sort(boxes.begin(), boxes.end(), [](const Box& a, const Box& b) { return a.score > b.score; });
  if (boxes.size() > kMostBoxes) boxes.resize(kMostBoxes);
  for (Box& box : boxes) box.look = look_of(slab, box);
  return boxes;
}

}  // namespace ledd::classical
