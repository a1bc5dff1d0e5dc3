#pragma once
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "ledd/core/context.h"

namespace ledd::isolation {

class Worker;

/// What a child is asked: the handler of this name gets these bytes.
struct Request {
  std::string kind;
  std::string bytes;     ///< At most 16 MB.
  double wall_s = 30.0;  ///< From question to last byte of the answer; then the child is killed.
  unsigned cpu_s = 30;   ///< Processor time.
};

/// What it answered.
struct Answer {
  std::string bytes;    ///< Empty when they went into the caller's buffers.
  std::string failure;  ///< Why there is no answer, as a clause: "was ended by signal 11 (Segmentation
                        ///< fault)", "took longer than 30 s", "asked for more than 4.0 GB of memory".
};

/// Child processes that do what may crash, hang or eat all memory: at most as many as the context has
/// threads, started when they are needed and reused; all are gone when the pool is. Each is the program
/// libexec/ledd/ledd-dicom, which serves handlers (serve.h) under limits: memory, processor time per request,
/// no byte goes into a file, no program gains rights. A child that fails is replaced by a fresh one.
///
/// Limits   There is no filter of system calls: it reads any file that this process may read, may open
/// sockets
///          and make empty files. What is kept away is damage, not curiosity.
class Pool {
 public:
  struct Params {
    std::filesystem::path program;                         ///< Empty: found, see find_program().
    std::uint64_t memory_bytes = std::uint64_t{4} << 30U;  ///< Address space of each child.
    std::uint64_t answer_bytes = std::uint64_t{1} << 30U;  ///< The longest answer that is collected.
  };

  /// `context` outlives the pool; a cancelled context ends a request that is under way.
  Pool(Params params, const Context& context);
  explicit Pool(const Context& context) : Pool(Params{}, context) {}
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// Asks a free child, or waits until there is one. May be called from many threads.
  /// @param into  When given, the bytes of the answer fill these buffers, one after the other, exactly.
  /// @throws Error{kInternal}   the program is missing or cannot be started, or the child answered nonsense.
  /// @throws Error{kCancelled}  the context was cancelled.
  /// @throws Error              of any code: what the handler threw.
  Answer ask(const Request& request, std::span<const std::span<std::byte>> into = {});

  std::size_t started() const;  ///< Children started so far.
  std::size_t failed() const;   ///< Children that failed so far.

 private:
  std::unique_ptr<Worker> take();
  void give_back(std::unique_ptr<Worker> worker, bool failed);

  Params params_;
  const Context& context_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Worker>> idle_;
  std::size_t live_ = 0, started_ = 0, failed_ = 0;
};

/// Where the program of the children is: in the folder that LEDD_LIBEXEC names, else libexec/ledd below the
/// nearest of five folders above this program that has it.
/// @throws Error{kInternal}  it is nowhere; says where it was looked for.
std::filesystem::path find_program();

}  // namespace ledd::isolation
