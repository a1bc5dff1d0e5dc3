#include "cli.h"
#include "threshold_pipeline.h"

/// The program as it is, with the tests' pipeline in place of the real ones.
int main(int argc, char** argv) {
  return ledd::cli::run(argc, argv, ledd::testing::threshold_registry);
}
