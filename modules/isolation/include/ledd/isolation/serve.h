#pragma once
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace ledd::isolation {

/// The way back to the parent: what is sent, in one or many pieces, is the answer.
class Reply {
 public:
  explicit Reply(int socket) : socket_(socket) {}
  void send(std::string_view bytes);

 private:
  int socket_;
};

/// Answers one kind of request. What it throws goes to the parent: Error as it is, bad_alloc as a request for
/// too much memory, other exceptions as Error{kInternal}.
using Handler = std::function<void(std::string_view request, Reply& reply)>;
using Handlers = std::map<std::string, Handler>;

/// The whole of a child's main(): takes on the limits, then answers requests until the parent is gone.
/// Arguments are those that Pool gives it; started by hand it says what it is and returns 2.
int serve(const Handlers& handlers, int argc, char** argv);

}  // namespace ledd::isolation
