#pragma once
#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <string>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/inference/inference.h"

#include "network_input.h"

namespace ledd::knee {

/// One network for each thread. A thread that waits inside a network must not start another slice on it.
class Networks {
 public:
  explicit Networks(const std::string& onnx) : networks_([&onnx] { return Network2D(onnx); }) {}

  /// Shares of the classes in the pixels of a slab's middle slice: class by class, row by row, of the
  /// window's size.
  /// @throws Error{kFormat}  the network has another number of outputs.
  std::vector<float> shares(const Planes& slab, const Window& window);

 private:
  tbb::enumerable_thread_specific<Network2D> networks_;
};

/// Runs body(0 .. count - 1) on the context's threads.
template <class Body>
void for_each(long count, Context& context, const Body& body) {
  tbb::task_arena arena(context.threads());
  arena.execute([&] {
    tbb::parallel_for(0L, count, [&](long n) {
      context.throw_if_cancelled();
      body(n);
    });
  });
}

}  // namespace ledd::knee
