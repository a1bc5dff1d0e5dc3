#include "ledd/local_thickness/local_thickness.h"
#include <fmt/format.h>
#include <cstdlib>
#include "solids.h"
using namespace ledd;
using namespace ledd::solids;
int main(int argc, char** argv) {
  int poses = argc > 1 ? std::atoi(argv[1]) : 8;
  double top = argc > 2 ? std::atof(argv[2]) : 16;
  for (int pv = 0; pv < 2; ++pv)
  for (Shape shape : kShapes)
    for (double d : {2., 2.5, 3., 4., 5., 6., 8., 11., 16., 22., 30.}) {
      if (d > top) continue;
      std::mt19937_64 random(7);
      double sum = 0, sq = 0, worst = 0, within = 0; double unc = 0, nb = 0, nv = 0;
      const int n = shape == Shape::kBall && d < 6 ? poses * 5 : poses;
      for (int i = 0; i < n; ++i) {
        int size = shape == Shape::kBall ? int(d) + 12 : int(2.6 * d) + 16;
        std::uniform_real_distribution<double> u(-0.5, 0.5);
        Solid s{shape, d, {size / 2. + u(random), size / 2. + u(random), size / 2. + u(random)}, random_axis(random)};
        if (i % 4 == 0) s.axis = {0, 0, 1};
        Context c;
        auto r = pv ? LocalThickness()(*partial(s, size), 0.5, c) : LocalThickness()(*binary(s, size), c);
        double m = 0, q = 0; long k = 0; double marg = shape == Shape::kBall ? 0 : d / 2 + 2;
        const float* p = r.thickness_mm->GetBufferPointer();
        for (int z = 0; z < size; ++z) for (int y = 0; y < size; ++y) for (int x = 0; x < size; ++x, ++p)
          if (*p > 0 && std::min({x, y, z}) >= marg && std::max({x, y, z}) <= size - 1 - marg) { m += *p; q += *p * *p; ++k; }
        m /= double(k); within += std::sqrt(std::max(0., q / double(k) - m * m));
        double e = m - d;
        if (std::getenv("LT_POSE")) {
          auto it = std::max_element(r.thickness_mm->GetBufferPointer(), r.thickness_mm->GetBufferPointer() + size * size * size) - r.thickness_mm->GetBufferPointer();
          fmt::print(stderr, "size {} axis {:.3f} {:.3f} {:.3f}: {:+.3f} max {:.2f} at {} {} {}\n", size, s.axis[0], s.axis[1], s.axis[2], e, r.all.max_mm, it % size, it / size % size, it / size / size);
        } sum += e; sq += e * e; worst = std::max(worst, std::abs(e));
        unc += double(r.all.without); nb += double(r.mid_axis.size()); nv += double(r.all.voxels);
      }
      double mean = sum / n;
      fmt::print("{} {:5s} {:4.1f}: bias {:+.3f} sd {:.3f} worst {:.3f} within {:.3f} unc {:.2f}% balls {:.1f}%\n", pv ? "pv " : "bin", name_of(shape), d, mean, std::sqrt(std::max(0., sq / n - mean * mean)), worst, within / n, 100 * unc / (unc + nv), 100 * nb / nv);
    }
}
