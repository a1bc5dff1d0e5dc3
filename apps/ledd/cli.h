#pragma once
#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ledd/cases/pipeline.h"

namespace ledd::cli {

/// The options that every verb has.
struct Common {
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  int jobs = 1;
  std::string log_file;
};

using MakeRegistry = std::function<cases::Registry(const cases::Resources&)>;

/// What the verbs share. The verb that was asked for leaves its work in `action`.
struct Program {
  MakeRegistry make_registry;
  Common common;
  std::function<int()> action;

  cases::Registry registry() const;
};

/// Declares the common options and that `action` is to be run; used by every verb.
CLI::App* add_verb(CLI::App& app, Program& program, const std::string& name, const std::string& summary);

/// The whole program: parses, runs one verb, returns the exit status. Throws nothing.
int run(int argc, char** argv, const MakeRegistry& make_registry);

void add_agreement(CLI::App& app, Program& program);
void add_audit(CLI::App& app, Program& program);
void add_quality(CLI::App& app, Program& program);
void add_usage(CLI::App& app, Program& program);
void add_receive(CLI::App& app, Program& program);
void add_retry(CLI::App& app, Program& program);
void add_run(CLI::App& app, Program& program);
void add_inspect(CLI::App& app, Program& program);
void add_pipelines(CLI::App& app, Program& program);
void add_send(CLI::App& app, Program& program);
void add_status(CLI::App& app, Program& program);
void add_collect(CLI::App& app, Program& program);
void add_compare(CLI::App& app, Program& program);
void add_harmonise(CLI::App& app, Program& program);
void add_deid(CLI::App& app, Program& program);
void add_export(CLI::App& app, Program& program);
void add_catalogue(CLI::App& app, Program& program);
void add_work(CLI::App& app, Program& program);

}  // namespace ledd::cli
