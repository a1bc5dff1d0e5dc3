#include "ledd/cases/pipeline.h"

#include "cli.h"

int main(int argc, char** argv) {
  return ledd::cli::run(argc, argv, ledd::cases::builtin_pipelines);
}
