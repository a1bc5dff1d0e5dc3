#include "ledd/inference/inference.h"

#include <fmt/format.h>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/dnn.hpp>

#include <algorithm>
#include <array>
#include <cmath>

#include "ledd/core/error.h"

namespace ledd {

struct Network2D::Impl {
  cv::dnn::Net net;
};

Network2D::Network2D(std::string_view onnx) : impl_(std::make_unique<Impl>()) {
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);  // the exception says it all
  try {
    impl_->net = cv::dnn::readNetFromONNX(onnx.data(), onnx.size());
  } catch (const cv::Exception& e) {
    throw Error(Errc::kFormat,
                fmt::format("the network is not ONNX that OpenCV {} can run: {}", CV_VERSION, e.err));
  }
  require(!impl_->net.empty(), Errc::kFormat, "the network has no layers");
  impl_->net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
  impl_->net.setPreferableTarget(cv::dnn::DNN_TARGET_CPU);
}

Network2D::~Network2D() = default;
Network2D::Network2D(Network2D&&) noexcept = default;
Network2D& Network2D::operator=(Network2D&&) noexcept = default;

Planes Network2D::operator()(const Planes& input) {
  const auto count = static_cast<std::size_t>(input.channels) * static_cast<std::size_t>(input.height) *
                     static_cast<std::size_t>(input.width);
  require(count > 0 && input.values.size() == count,
          Errc::kInput,
          fmt::format("{} values given for {} planes of {} x {}",
                      input.values.size(),
                      input.channels,
                      input.height,
                      input.width));
  const std::array<int, 4> shape{1, input.channels, input.height, input.width};
  // OpenCV takes no pointer to const; setInput copies and does not write.
  const cv::Mat blob(4, shape.data(), CV_32F, const_cast<float*>(input.values.data()));
  impl_->net.setInput(blob);
  const cv::Mat out = impl_->net.forward();
  require(out.dims == 4 && out.size[2] == input.height && out.size[3] == input.width && out.isContinuous(),
          Errc::kInput,
          fmt::format("the network does not give back planes of {} x {}", input.height, input.width));
  Planes result{out.size[1], input.height, input.width, {}};
  result.values.assign(out.ptr<float>(), out.ptr<float>() + out.total());
  require(std::all_of(result.values.begin(), result.values.end(), [](float x) { return std::isfinite(x); }),
          Errc::kNumeric,
          "the network's output is not finite");
  return result;
}

}  // namespace ledd
