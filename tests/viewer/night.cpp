#include "night.h"

#include <cstdlib>

#include "ledd/cases/batch.h"
#include "ledd/files/files.h"

#include "phantom.h"
#include "threshold_pipeline.h"

namespace ledd::testing {

void write_body(const std::filesystem::path& path, int half_height) {
  auto scan = phantom::blank<Volume>({40, 48, 12}, {1.0, 1.0, 3.0}, 0.0F);
  Volume::DirectionType direction;
  direction.Fill(0.0);
  direction(1, 0) = 1.0;
  direction(2, 1) = -1.0;
  direction(0, 2) = -1.0;
  scan->SetDirection(direction);
  for (int k = 0; k < 12; ++k)
    for (int j = 0; j < 48; ++j)
      for (int i = 0; i < 40; ++i) {
        const bool body = std::abs(j - 24) < half_height && std::abs(i - 20) < 9 && k > 2 && k < 9;
        scan->SetPixel({{i, j, k}}, body ? 100.0F : 0.25F * static_cast<float>(i + j));
      }
  files::write_volume(*scan, path);
}

Night::Night(const std::vector<int>& bodies) {
  for (std::size_t n = 0; n < bodies.size(); ++n)
    write_body(input / (std::string(1, static_cast<char>('a' + n)) + ".nii.gz"), bodies[n]);
  run();
}

void Night::run() const {
  Context context;
  const auto seen = cases::survey({input.path()}, {}, {threshold_pipeline()}, context);
  cases::BatchOptions options;
  options.out = out();
  cases::Stop stop;
  cases::run_batch(cases::plan(seen, threshold_pipeline(), {}),
                   {threshold_pipeline(), threshold_pipeline().prepare({})},
                   options,
                   {},
                   stop);
}

}  // namespace ledd::testing
