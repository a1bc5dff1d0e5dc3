#include "model.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "ledd/core/error.h"

namespace ledd::shape {
namespace {

static_assert(std::endian::native == std::endian::little, "the model is little endian, and read as it is");

/// Takes values off the front of the bytes.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  template <class T>
  T one() {
    T value{};
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }

  template <class T>
  std::vector<T> many(std::size_t count) {
    // Counts come from the file: what is not there is not allocated.
    const auto bytes = take(count <= rest_.size() ? count * sizeof(T) : std::string_view::npos);
    std::vector<T> values(count);
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }

  std::string_view take(std::size_t count) {
    require(count <= rest_.size(), Errc::kFormat, "the knee shape model ends too early");
    const auto front = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return front;
  }

  bool empty() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

template <class T>
std::vector<Point> points(const std::vector<T>& values, double step) {
  std::vector<Point> out(values.size() / 3);
  for (std::size_t n = 0; n < out.size(); ++n)
    for (std::size_t a = 0; a < 3; ++a) {
      out[n][a] = step * static_cast<double>(values[3 * n + a]);
      require(std::isfinite(out[n][a]), Errc::kFormat, "a place of the knee shape model is not finite");
    }
  return out;
}

PlateModel read_plate(Reader& in, std::uint16_t id, std::size_t places) {
  constexpr std::uint16_t kNobody = 65535;
  PlateModel plate;
  plate.id = id;
  for (const std::uint8_t p : in.many<std::uint8_t>(places)) plate.probability.push_back(p / 250.0);
  for (auto* values : {&plate.thickness_mm, &plate.thickness_sd_mm})
    for (const std::uint16_t t : in.many<std::uint16_t>(places))
      values->push_back(t == kNobody ? std::numeric_limits<double>::quiet_NaN() : t / 1000.0);
  return plate;
}

BoneModel read_bone(Reader& in) {
  const auto head = in.many<std::uint32_t>(5);
  const std::size_t places = head[1], modes = head[2], plates = head[3];
  require(places >= 3 && modes <= 100 && plates <= 4,
          Errc::kFormat,
          fmt::format(
              "the knee shape model has a bone of {} places, {} modes, {} plates", places, modes, plates));
  BoneModel bone;
  bone.id = static_cast<std::uint16_t>(head[0]);
  const auto ids = in.many<std::uint32_t>(plates);
  bone.limits = in.one<Limits>();
  bone.mean_mm = points(in.many<float>(3 * places), 1.0);
  bone.normals = points(in.many<std::int8_t>(3 * places), 1.0 / 127.0);
  for (std::size_t k = 0; k < modes; ++k) {
    const auto step = in.one<float>();
    bone.modes_mm.push_back(points(in.many<std::int16_t>(3 * places), static_cast<double>(step)));
  }
  for (const std::uint32_t id : ids)
    bone.plates.push_back(read_plate(in, static_cast<std::uint16_t>(id), places));
  return bone;
}

}  // namespace

std::vector<BoneModel> read_model(std::string_view bytes) {
  Reader in(bytes);
  require(bytes.substr(0, 8) == "LEDDKNEE", Errc::kFormat, "this is no knee shape model");
  in.take(8);
  const auto version = in.one<std::uint32_t>();
  require(version == 1, Errc::kFormat, fmt::format("knee shape model of version {} instead of 1", version));
  const auto count = in.one<std::uint32_t>();
  require(count >= 1 && count <= 8, Errc::kFormat, fmt::format("the knee shape model has {} bones", count));
  std::vector<BoneModel> bones;
  for (std::uint32_t n = 0; n < count; ++n) bones.push_back(read_bone(in));
  require(in.empty(), Errc::kFormat, "the knee shape model goes on after its end");
  return bones;
}

}  // namespace ledd::shape
