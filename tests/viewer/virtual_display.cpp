#include "virtual_display.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>

namespace ledd::testing {

// The server chooses a free number itself and says which (-displayfd): programs that run side by side never
// meet, as they may with xvfb-run -a.
VirtualDisplay::VirtualDisplay() {
  int ends[2];
  if (pipe(ends) != 0) return;
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(ends[0]);
    const std::string fd = std::to_string(ends[1]);
    execlp("Xvfb",
           "Xvfb",
           "-displayfd",
           fd.c_str(),
           "-screen",
           "0",
           "1600x1200x24",
           "-nolisten",
           "tcp",
           static_cast<char*>(nullptr));
    _exit(127);
  }
  close(ends[1]);
  std::string number;
  for (char c = 0; read(ends[0], &c, 1) == 1 && c != '\n';) number += c;
  close(ends[0]);
  if (number.empty()) {
    if (child > 0) waitpid(child, nullptr, 0);
    return;
  }
  server_ = child;
  setenv("DISPLAY", (":" + number).c_str(), 1);
}

VirtualDisplay::~VirtualDisplay() {
  if (server_ <= 0) return;
  kill(server_, SIGTERM);
  waitpid(server_, nullptr, 0);
}

}  // namespace ledd::testing
