#include "cli.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "ledd/cases/overview.h"
#include "ledd/core/error.h"
#include "ledd/core/nearest_name.h"

namespace ledd::cli {
namespace {

struct Verb {
  std::string_view name;
  void (*add)(CLI::App&, Program&);
};

/// Sorted by name.
constexpr std::array<Verb, 18> kVerbs{{{"agreement", add_agreement},
                                       {"audit", add_audit},
                                       {"catalogue", add_catalogue},
                                       {"collect", add_collect},
                                       {"compare", add_compare},
                                       {"deid", add_deid},
                                       {"export", add_export},
                                       {"harmonise", add_harmonise},
                                       {"inspect", add_inspect},
                                       {"pipelines", add_pipelines},
                                       {"quality", add_quality},
                                       {"receive", add_receive},
                                       {"retry", add_retry},
                                       {"run", add_run},
                                       {"send", add_send},
                                       {"status", add_status},
                                       {"usage", add_usage},
                                       {"work", add_work}}};

/// CLI11 would call an unknown verb an unexpected argument; people want to know which verb they meant.
void require_known_verb(int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return;
  const std::string_view word = argv[1];
  if (std::any_of(kVerbs.begin(), kVerbs.end(), [&](const Verb& v) { return v.name == word; })) return;
  std::vector<std::string> verbs;
  verbs.reserve(kVerbs.size());
  for (const Verb& verb : kVerbs) verbs.emplace_back(verb.name);
  throw Error(Errc::kParam,
              fmt::format("there is no verb '{}'; did you mean '{}'? `ledd --help` lists them",
                          word,
                          nearest_name(word, verbs)));
}

int parse_and_run(int argc, char** argv, const MakeRegistry& make_registry) {
  require_known_verb(argc, argv);
  Program program{make_registry, {}, {}};
  CLI::App app(
      "Ledd: segmentations, maps and endpoints from knee, spine and bone images. For research use only.",
      "ledd");
  app.set_version_flag("--version", "ledd " + cases::version());
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 all done, 1 a bug, 2 usage, 8 some cases failed or were set aside, 65 input unusable,\n"
      "66 no input, 70 implausible result, 73/74 output cannot be written, 75 stopped early (run again to\n"
      "resume), 77 permission.");
  for (const Verb& verb : kVerbs) verb.add(app, program);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {  // --help, --version
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    std::cerr << "ledd: " << e.what() << "\nledd: `ledd" << (argc > 1 && argv[1][0] != '-' ? " " : "")
              << (argc > 1 && argv[1][0] != '-' ? argv[1] : "") << " --help` says how\n";
    return exit_status(Errc::kParam);
  }
  return program.action();
}

}  // namespace

cases::Registry Program::registry() const {
  return make_registry(cases::installed_resources());
}

CLI::App* add_verb(CLI::App& app, Program& program, const std::string& name, const std::string& summary) {
  CLI::App* verb = app.add_subcommand(name, summary);
  Common& common = program.common;
  verb->set_version_flag("--version", "ledd " + cases::version());
  verb->add_flag("--json", common.json, "Print JSON Lines on standard output");
  verb->add_flag("-q,--quiet", common.quiet, "Say only warnings and errors on standard error");
  verb->add_flag("-v,--verbose", common.verbose, "Say every step on standard error");
  verb->add_option("--jobs",
                   common.jobs,
                   "Cases at the same time (number; default of run: what cores and memory allow,\nelse 1)")
      ->type_name("N")
      ->check(CLI::Range(1, 256));
  verb->add_option("--log-file", common.log_file, "Also write everything said to this file")
      ->type_name("FILE");
  return verb;
}

int run(int argc, char** argv, const MakeRegistry& make_registry) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader of our output that leaves must not end the night's work
  try {
    return parse_and_run(argc, argv, make_registry);
  } catch (const Error& e) {
    std::cerr << "ledd: " << name_of(e.code()) << ": " << e.what() << '\n';
    return exit_status(e.code());
  } catch (const std::exception& e) {
    std::cerr << "ledd: internal error: " << e.what() << '\n';
    return EXIT_FAILURE;
  }
}

}  // namespace ledd::cli
