#include "ledd/core/params.h"

#include <gmock/gmock.h>

#include <limits>

#include "ledd/core/config.h"
#include "ledd/core/error.h"

namespace ledd {
namespace {

using ::testing::HasSubstr;

enum class Kernel { kLinear, kBspline };

struct Demo {
  double sigma_mm = 1.0;
  int levels = 3;
  bool fast = false;
  Kernel kernel = Kernel::kLinear;
  static const ParamTable<Demo>& table() {
    static const auto t = ParamTable<Demo>()
                              .add(&Demo::sigma_mm, "sigma_mm", "mm", "Smoothing.", {0, 50})
                              .add(&Demo::levels, "levels", "1", "Pyramid levels.", {1, 8})
                              .add(&Demo::fast, "fast", "Skip the last level.")
                              .add(&Demo::kernel,
                                   "kernel",
                                   "Interpolation.",
                                   {{"linear", Kernel::kLinear}, {"bspline", Kernel::kBspline}});
    return t;
  }
};

std::string message_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.code() == Errc::kParam ? e.what() : "wrong code";
  }
  return "no error";
}

Demo parse(const std::vector<std::string>& words) {
  return Demo::table().parse(merge_config("", words));
}

TEST(ParamTable, LaterOverrideWins) {
  const Demo d = parse({"sigma_mm=2", "levels=5", "kernel=bspline", "fast=true", "sigma_mm=2.5"});
  EXPECT_EQ(d.sigma_mm, 2.5);
  EXPECT_EQ(d.levels, 5);
  EXPECT_EQ(d.kernel, Kernel::kBspline);
  EXPECT_TRUE(d.fast);
}

TEST(ParamTable, UnknownNameSuggestsTheNearest) {
  EXPECT_THAT(message_of([] { parse({"sigma=2"}); }), HasSubstr("did you mean 'sigma_mm'"));
}

TEST(ParamTable, OutOfRangeNamesValueUnitAndBounds) {
  EXPECT_THAT(message_of([] { parse({"sigma_mm=-1"}); }), HasSubstr("sigma_mm = -1 mm violates [0, 50]"));
}

TEST(ParamTable, NanIsRejected) {
  Demo d;
  d.sigma_mm = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(message_of([&] { Demo::table().validate(d); }), HasSubstr("nan"));
}

TEST(ParamTable, FractionIsNotAWholeNumber) {
  EXPECT_THAT(message_of([] { parse({"levels=2.5"}); }), HasSubstr("whole number"));
}

TEST(ParamTable, DumpThenParseIsIdentity) {
  Demo d;
  d.sigma_mm = 0.1;
  d.kernel = Kernel::kBspline;
  const Demo back = Demo::table().parse(merge_config(to_toml(Demo::table().dump(d)), {}));
  EXPECT_EQ(back.sigma_mm, d.sigma_mm);
  EXPECT_EQ(back.kernel, d.kernel);
}

TEST(Config, TomlHasTheShortestFormOfADoubleAndReadsBackTheSame) {
  const ValueMap values{{"a", 0.1},
                        {"b", 30.0},
                        {"c", 0.1 + 0.2},
                        {"d", 1e22},
                        {"e", -2.5e-9},
                        {"whole", std::int64_t{3}},
                        {"in.table", 0.06},
                        {"in.deeper.text", std::string("it's \"so\"")},
                        {"in.zero", -0.0},
                        {"on", true}};
  const std::string text = to_toml(values);
  for (const char* line :
       {"a = 0.1\n", "b = 30.0\n", "c = 0.30000000000000004\n", "d = 1e+22\n", "[in]\ntable = 0.06\n"})
    EXPECT_THAT(text, HasSubstr(line));
  EXPECT_EQ(merge_config(text, {}), values) << text;
}

}  // namespace
}  // namespace ledd
