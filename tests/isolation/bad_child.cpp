// Serves handlers that do what a parser may do when a file is hostile, and worse.
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>
#include <vector>

#include "ledd/core/error.h"
#include "ledd/isolation/archive.h"
#include "ledd/isolation/serve.h"

namespace {

using ledd::isolation::Handlers;
using ledd::isolation::Reply;

constexpr int kSocket = 3;

void allocate_without_end(std::string_view, Reply&) {
  std::vector<std::vector<char>> kept;
  for (;;) kept.emplace_back(std::size_t{1} << 24U, 'x');
}

void spin(std::string_view, Reply&) {
  volatile unsigned long turns = 0;
  for (;;) turns = turns + 1;
}

void say_to_socket(std::string_view bytes, Reply&) {
  if (::send(kSocket, bytes.data(), bytes.size(), 0) < 0) std::abort();
}

/// "1" when the call succeeded.
void tell(Reply& reply, bool succeeded) {
  reply.send(succeeded ? "1" : "0");
}

void write_file(std::string_view path, Reply& reply) {
  const int file = ::open(std::string(path).c_str(), O_WRONLY | O_CREAT, 0600);
  tell(reply, file >= 0 && ::write(file, "x", 1) == 1);
}

void read_file(std::string_view path, Reply& reply) {
  char byte = 0;
  const int file = ::open(std::string(path).c_str(), O_RDONLY);
  tell(reply, file >= 0 && ::read(file, &byte, 1) == 1);
}

void send_in_pieces(std::string_view count, Reply& reply) {
  const std::string piece(std::size_t{1} << 20U, 'p');
  for (int i = std::stoi(std::string(count)); i > 0; --i) reply.send(piece);
}

Handlers handlers() {
  Handlers all;
  all["echo"] = [](std::string_view bytes, Reply& reply) { reply.send(bytes); };
  all["pid"] = [](std::string_view, Reply& reply) { reply.send(std::to_string(::getpid())); };
  all["pieces"] = send_in_pieces;
  all["fault"] = [](std::string_view, Reply&) { ::raise(SIGSEGV); };
  all["abort"] = [](std::string_view, Reply&) { std::abort(); };
  all["leave"] = [](std::string_view, Reply&) { ::_exit(7); };
  all["hang"] = [](std::string_view, Reply&) {
    for (;;) ::pause();
  };
  all["nap"] = [](std::string_view, Reply&) { ::usleep(50'000); };
  all["spin"] = spin;
  all["allocate"] = allocate_without_end;
  all["say"] = say_to_socket;
  all["write"] = write_file;
  all["read"] = read_file;
  all["refuse"] = [](std::string_view bytes, Reply&) {
    throw ledd::Error(ledd::Errc::kFormat, std::string(bytes));
  };
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  return ledd::isolation::serve(handlers(), argc, argv);
}
