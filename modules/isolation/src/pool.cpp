#include "ledd/isolation/pool.h"

#include <algorithm>
#include <utility>

#include "worker.h"

namespace ledd::isolation {

Pool::Pool(Params params, const Context& context) : params_(std::move(params)), context_(context) {}

Pool::~Pool() = default;

std::unique_ptr<Worker> Pool::take() {
  {
    std::unique_lock lock(mutex_);
    const auto most = static_cast<std::size_t>(std::max(1, context_.threads()));
    changed_.wait(lock, [&] { return !idle_.empty() || live_ < most; });
    if (!idle_.empty()) {
      std::unique_ptr<Worker> worker = std::move(idle_.back());
      idle_.pop_back();
      return worker;
    }
    if (params_.program.empty()) params_.program = find_program();
    ++live_;
    ++started_;
  }
  try {
    return std::make_unique<Worker>(params_);
  } catch (...) {
    give_back(nullptr, false);
    throw;
  }
}

void Pool::give_back(std::unique_ptr<Worker> worker, bool failed) {
  std::unique_ptr<Worker> spent;  // ended before another may start, and not under the lock
  const bool of_use = worker != nullptr && worker->usable();
  if (!of_use) {
    spent = std::move(worker);
    spent.reset();
  }
  {
    const std::lock_guard lock(mutex_);
    if (of_use)
      idle_.push_back(std::move(worker));
    else
      --live_;
    failed_ += failed ? 1 : 0;
  }
  changed_.notify_one();
}

Answer Pool::ask(const Request& request, std::span<const std::span<std::byte>> into) {
  std::unique_ptr<Worker> worker = take();
  try {
    Answer answer = worker->ask(request, into, context_);
    give_back(std::move(worker), !answer.failure.empty());
    return answer;
  } catch (...) {
    const bool failed = !worker->usable();
    give_back(std::move(worker), failed);
    throw;
  }
}

std::size_t Pool::started() const {
  const std::lock_guard lock(mutex_);
  return started_;
}

std::size_t Pool::failed() const {
  const std::lock_guard lock(mutex_);
  return failed_;
}

}  // namespace ledd::isolation
