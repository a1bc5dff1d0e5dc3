#pragma once
#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <span>
#include <string>

#include "ledd/core/context.h"
#include "ledd/isolation/pool.h"

namespace ledd::isolation {

/// One child process.
class Worker {
 public:
  /// @throws Error{kInternal}  it cannot be started.
  explicit Worker(const Pool::Params& params);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// See Pool::ask. After a failure, or an Error that is none of the handler's, the child is no longer of
  /// use.
  Answer ask(const Request& request, std::span<const std::span<std::byte>> into, const Context& context);

  bool usable() const noexcept { return usable_; }

 private:
  class Deadline;
  struct Ended {};  ///< Thrown within ask(): the child is gone.
  struct Late {};   ///< Thrown within ask(): it takes too long.
  class Collector;

  void send(const void* from, std::size_t count, const Deadline& deadline);
  void receive(void* to, std::size_t count, const Deadline& deadline);
  void exchange(const Request& request, Collector& collector, const Deadline& deadline, Answer& answer);
  /// Ends the child if it lives, and says how it ended.
  std::string end(const Request& request);

  Pool::Params params_;
  pid_t child_ = -1;
  int socket_ = -1;
  bool usable_ = true;
};

}  // namespace ledd::isolation
