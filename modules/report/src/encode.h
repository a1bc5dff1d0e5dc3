#pragma once
#include <opencv2/core.hpp>

#include <string>

namespace ledd::report {

/// The bytes of a PNG file; the same picture gives the same bytes.
std::string encoded_png(const cv::Mat& picture);

}  // namespace ledd::report
