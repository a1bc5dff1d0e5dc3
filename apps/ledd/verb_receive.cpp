#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <filesystem>
#include <optional>
#include <thread>

#include "ledd/cases/batch.h"
#include "ledd/core/error.h"
#include "ledd/dicom_network/drop.h"
#include "ledd/dicom_network/query.h"
#include "ledd/dicom_network/receiver.h"

#include "audit_trail.h"
#include "cli.h"
#include "intake.h"
#include "retrieval.h"
#include "signals.h"
#include "talk.h"

namespace ledd::cli {
namespace {

namespace fs = std::filesystem;
using dicom_network::Event;
using Clock = std::chrono::steady_clock;
using Json = nlohmann::json;

struct ReceiveArguments {
  dicom_network::ReceiverOptions network;
  double idle_s = 60;
  std::size_t expect = 0, studies = 0;
  double for_s = 0;
  bool take_incomplete = false;
  std::string drop, pipeline, out, from;
  dicom_network::StudyQuery query;

  bool retrieves() const { return !from.empty(); }
};

std::chrono::milliseconds milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<long long>(seconds * 1000.0));
}

void check(const ReceiveArguments& given, const Program& program) {
  const auto& query = given.query;
  const bool asks = !query.study_uid.empty() || !query.patient_id.empty() || !query.accession.empty();
  require(asks == given.retrieves(),
          Errc::kParam,
          asks ? "--move, --patient and --accession need --from AET@HOST:PORT"
               : "--from needs --move, --patient or --accession: which studies");
  require(given.pipeline.empty() == given.out.empty(),
          Errc::kParam,
          "--run PIPELINE and --out OUT belong together");
  if (given.pipeline.empty()) return;
  if (fs::path(given.pipeline).extension() == ".toml")
    require(fs::exists(given.pipeline), Errc::kNotFound, given.pipeline + ": there is no such file");
  else
    cases::find_pipeline(program.registry(), given.pipeline);
}

void print_json(const Json& json) {
  print_line(json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

/// What the other system has of what is asked for.
std::vector<dicom_network::RemoteStudy> find(const ReceiveArguments& given, bool json) {
  const auto peer = dicom_network::parse_peer(given.from);
  auto studies = dicom_network::find_studies(
      peer, {given.network.aet, given.network.tls, given.network.timeout_s}, given.query);
  for (const auto& study : studies)
    if (json)
      print_json({{"type", "found"},
                  {"study_uid", study.study_uid},
                  {"subject", study.patient_id},
                  {"study_date", study.date},
                  {"description", study.description},
                  {"objects", study.objects ? Json(*study.objects) : Json()}});
    else
      print_line(fmt::format("found  {}  {}  {}  {} objects",
                             study.study_uid,
                             study.date,
                             study.description,
                             study.objects ? std::to_string(*study.objects) : "?"));
  require(!studies.empty(), Errc::kNotFound, given.from + " has no such study");
  return studies;
}

/// One session of the receiver, from the first caller to the last.
class Session {
 public:
  Session(const ReceiveArguments& given, const Common& common, Talk& talk, dicom_network::Drop& drop)
      : given_(given),
        json_(common.json),
        talk_(talk),
        drop_(drop),
        intake_(drop,
                {milliseconds(given.idle_s),
                 given.expect > 0 ? std::optional(given.expect) : std::nullopt,
                 given.take_incomplete,
                 given.pipeline,
                 given.out.empty() ? fs::path() : fs::absolute(given.out),
                 common.jobs},
                talk,
                common.json) {}

  int work(dicom_network::Receiver& receiver, const cases::Stop& stop, std::optional<Retrieval>& retrieval);

 private:
  void tell(const Event& event);
  bool take_events(dicom_network::Receiver& receiver, std::chrono::milliseconds wait);
  void save(bool now);
  bool is_over(const std::optional<Retrieval>& retrieval, bool answered);
  void miss(const Retrieval& retrieval);
  int end(bool early, const std::optional<Retrieval>& retrieval);

  const ReceiveArguments& given_;
  bool json_;
  Talk& talk_;
  dicom_network::Drop& drop_;
  Intake intake_;
  std::map<Event::Kind, std::size_t> counts_;
  bool missing_ = false;
};

void Session::tell(const Event& event) {
  ++counts_[event.kind];
  if (json_)
    print_json({{"type", "object"},
                {"state", name_of(event.kind)},
                {"caller", event.caller},
                {"address", event.address},
                {"study", event.study},
                {"name", event.name},
                {"reason", event.reason}});
  std::string text = fmt::format("{}: {} {}", name_of(event.kind), event.caller, event.address);
  if (!event.name.empty()) text += fmt::format(": {}/{}", event.study, event.name);
  if (!event.reason.empty()) text += ": " + plain(event.reason);
  const bool is_usual = event.kind == Event::Kind::kStored || event.kind == Event::Kind::kRepeated ||
                        event.kind == Event::Kind::kEchoed;
  if (is_usual)
    talk_.debug(text);
  else
    talk_.warn(text);
}

/// Whether there were any.
bool Session::take_events(dicom_network::Receiver& receiver, std::chrono::milliseconds wait) {
  constexpr int kMost = 256;  // then the studies have their turn
  for (int n = 0; n < kMost; ++n) {
    const auto event = receiver.next(n == 0 ? wait : std::chrono::milliseconds(0));
    if (!event) return n > 0;
    drop_.take(*event);
    tell(*event);
  }
  return true;
}

void Session::save(bool now) {
  const std::string before = drop_.problem();
  drop_.save(now);
  if (!drop_.problem().empty() && drop_.problem() != before) talk_.error(drop_.problem());
}

/// Whether everything that was asked for is there and done with.
bool Session::is_over(const std::optional<Retrieval>& retrieval, bool answered) {
  if (retrieval) {
    if (!answered) return false;
    // All were answered: what comes still is on its way through this machine.
    intake_.set_idle(std::min(milliseconds(given_.idle_s), std::chrono::milliseconds(1000)));
    return !intake_.unfinished();
  }
  return given_.studies > 0 && intake_.finished() >= given_.studies;
}

void Session::miss(const Retrieval& retrieval) {
  for (const auto& problem : retrieval.problems()) {
    talk_.error(problem);
    missing_ = true;
  }
  for (const auto& study : retrieval.studies()) {
    const auto it = drop_.studies().find(dicom_network::study_key(study.study_uid));
    const std::size_t there = it == drop_.studies().end() ? 0 : it->second.files.size();
    if (there > 0 && there >= study.objects.value_or(0)) continue;
    missing_ = true;
    talk_.error(fmt::format("{}: {} of {} objects arrived",
                            study.study_uid,
                            there,
                            study.objects ? std::to_string(*study.objects) : "?"));
  }
}

int Session::work(dicom_network::Receiver& receiver,
                  const cases::Stop& stop,
                  std::optional<Retrieval>& retrieval) {
  if (retrieval)
    for (const auto& study : retrieval->studies())
      if (study.objects) intake_.expect(dicom_network::study_key(study.study_uid), *study.objects);
  const auto until = Clock::now() + milliseconds(given_.for_s);
  bool over = false;
  const auto ends = [&] { return stop.requested() || (given_.for_s > 0 && Clock::now() >= until); };
  while (!over && !ends()) {
    const bool answered = retrieval && retrieval->over();  // asked before the last events are read
    const bool quiet = !take_events(receiver, std::chrono::milliseconds(50));
    intake_.step();
    save(false);
    over = is_over(retrieval, answered && quiet);
  }
  receiver.stop();
  if (retrieval) retrieval->stop();
  while (!receiver.ended()) take_events(receiver, std::chrono::milliseconds(50));
  intake_.stop();
  save(true);
  return end(!over, retrieval);
}

int Session::end(bool early, const std::optional<Retrieval>& retrieval) {
  if (retrieval) miss(*retrieval);
  int exit = missing_ || intake_.some_failed() ? 8 : 0;
  if (!drop_.problem().empty()) exit = exit_status(Errc::kIo);
  if (early && intake_.unfinished()) exit = exit_status(Errc::kCancelled);
  audited(audit_file(given_.network.drop),
          "received",
          {{"aet", given_.network.aet},
           {"stored", std::to_string(counts_[Event::Kind::kStored])},
           {"repeated", std::to_string(counts_[Event::Kind::kRepeated])},
           {"refused", std::to_string(counts_[Event::Kind::kRefused])},
           {"studies", std::to_string(intake_.finished())}});
  if (json_)
    print_json({{"type", "summary"},
                {"stored", counts_[Event::Kind::kStored]},
                {"repeated", counts_[Event::Kind::kRepeated]},
                {"conflicting", counts_[Event::Kind::kConflicting]},
                {"refused", counts_[Event::Kind::kRefused]},
                {"rejected", counts_[Event::Kind::kRejected]},
                {"lost", counts_[Event::Kind::kLost]},
                {"studies", intake_.finished()},
                {"exit", exit}});
  else
    print_line(fmt::format("stored {}, repeated {}, conflicting {}, refused {}; studies {}",
                           counts_[Event::Kind::kStored],
                           counts_[Event::Kind::kRepeated],
                           counts_[Event::Kind::kConflicting],
                           counts_[Event::Kind::kRefused],
                           intake_.finished()));
  return exit;
}

void announce(const ReceiveArguments& given, std::uint16_t port, bool json, Talk& talk) {
  const auto& network = given.network;
  if (json)
    print_json({{"type", "listening"}, {"address", network.address}, {"port", port}, {"aet", network.aet}});
  talk.info(fmt::format("listening on {} port {} as {}{}; {}",
                        network.address,
                        port,
                        network.aet,
                        network.tls.wanted() ? " with TLS" : "",
                        network.allow.empty() ? "callers of this machine only, since no --allow names others"
                                              : fmt::format("callers: {}", fmt::join(network.allow, ", "))));
}

int receive(ReceiveArguments given, const Program& program) {
  check(given, program);
  given.network.drop = fs::absolute(given.drop);
  Talk talk(program.common);
  dicom_network::Drop drop(given.network.drop);
  dicom_network::Receiver receiver(given.network);  // forks: before there is a second thread
  cases::Stop stop;
  const SignalWatch signals(stop);
  announce(given, receiver.port(), program.common.json, talk);
  std::optional<Retrieval> retrieval;
  if (given.retrieves())
    retrieval.emplace(dicom_network::parse_peer(given.from),
                      dicom_network::Caller{given.network.aet, given.network.tls, given.network.timeout_s},
                      find(given, program.common.json));
  return Session(given, program.common, talk, drop).work(receiver, stop, retrieval);
}

void add_network_options(CLI::App* verb, dicom_network::ReceiverOptions& network) {
  verb->add_option(
          "--bind", network.address, "The one address to listen on (default 127.0.0.1: this machine only)")
      ->type_name("ADDRESS");
  verb->add_option("--port", network.port, "TCP port (default 11112; 0: any that is free)")->type_name("N");
  verb->add_option("--aet", network.aet, "AE title that callers must call (default LEDD)")->type_name("AET");
  verb->add_option(
          "--allow", network.allow, "AE title that may call (again and again; default: this machine's)")
      ->type_name("AET")
      ->allow_extra_args(false)
      ->take_all();
  verb->add_option("--tls-key", network.tls.key, "Private key, PEM; TLS with these three")->type_name("FILE");
  verb->add_option("--tls-cert", network.tls.certificate, "Certificate, PEM")->type_name("FILE");
  verb->add_option("--tls-ca", network.tls.authority, "Certificate of the authority of both sides, PEM")
      ->type_name("FILE");
  verb->add_option("--associations", network.associations, "Callers at once (number, default 8)")
      ->type_name("N")
      ->check(CLI::Range(1, 256));
  verb->add_option("--timeout", network.timeout_s, "Longest silence of a caller (s, default 60)")
      ->type_name("SECONDS")
      ->check(CLI::Range(1, 86400));
  verb->add_option("--max-pdu", network.max_pdu_bytes, "Largest PDU (bytes, default 131072)")
      ->type_name("N")
      ->check(CLI::Range(4096, 131072));
  verb->add_option("--max-object-mb", network.max_object_mb, "Largest object (MiB, default 2048)")
      ->type_name("MB")
      ->check(CLI::Range(1, 1048576));
  verb->add_option("--min-free-mb", network.min_free_mb, "Disk space to stay free (MiB, default 1024)")
      ->type_name("MB");
}

constexpr const char* kFooter =
    "Objects go to DROP/studies/<digest of the study>/<digest of the object>.dcm, with a study.json.\n"
    "It ends with Ctrl-C or SIGTERM: 0, or 75 when a study is unfinished; the same command goes on.\n"
    "With --from, or --studies: 0 all complete and done, 8 some incomplete or failed.";

}  // namespace

void add_receive(CLI::App& app, Program& program) {
  CLI::App* verb =
      add_verb(app, program, "receive", "Receive DICOM objects from the network, and have them measured");
  const auto given = std::make_shared<ReceiveArguments>();
  verb->add_option("DROP", given->drop, "Folder for what is received")->required();
  add_network_options(verb, given->network);
  verb->add_option("--idle", given->idle_s, "A study is closed when nothing came for so long (s, default 60)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.1, 86400.0));
  verb->add_option("--expect", given->expect, "Objects that each study must have (number)")->type_name("N");
  verb->add_flag(
      "--take-incomplete", given->take_incomplete, "Measure studies with a gap or too few objects too");
  verb->add_option("--run", given->pipeline, "Measure each closed study with this pipeline")
      ->type_name("PIPELINE");
  verb->add_option("-o,--out", given->out, "Folder for the results of --run")->type_name("OUT");
  verb->add_option("--studies", given->studies, "End after so many studies (number)")->type_name("N");
  verb->add_option("--for", given->for_s, "End after so long (s)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.1, 1e7));
  verb->add_option("--from", given->from, "Ask this system for studies, receive them, end")
      ->type_name("AET@HOST:PORT");
  verb->add_option("--move", given->query.study_uid, "With --from: the study of this Study Instance UID")
      ->type_name("UID");
  verb->add_option("--patient", given->query.patient_id, "With --from: the studies of this patient")
      ->type_name("ID");
  verb->add_option("--accession", given->query.accession, "With --from: the study of this accession number")
      ->type_name("N");
  verb->footer(kFooter);
  verb->callback(
      [given, &program] { program.action = [given, &program] { return receive(*given, program); }; });
}

}  // namespace ledd::cli
