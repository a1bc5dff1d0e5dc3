#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <set>

#include "ledd/cases/batch.h"
#include "ledd/core/error.h"
#include "ledd/dicom_network/sender.h"

#include "audit_trail.h"
#include "cli.h"
#include "signals.h"
#include "talk.h"

namespace ledd::cli {
namespace {

namespace fs = std::filesystem;
using dicom_network::Outgoing;
using dicom_network::Sent;
using Json = nlohmann::json;

struct SendArguments {
  std::vector<std::string> paths;
  std::string to;
  dicom_network::Caller caller;
  unsigned attempts = 3;
  bool dry_run = false;
};

/// What is being written has a hidden name; a folder without its provenance is no finished case.
bool is_finished_case(const fs::path& folder) {
  return folder.filename().string().front() != '.' && fs::exists(folder / "provenance.json");
}

void add_objects_of(const fs::path& folder, std::vector<fs::path>& files) {
  if (!fs::is_directory(folder / "dicom")) return;
  for (const auto& entry : fs::directory_iterator(folder / "dicom"))
    if (entry.is_regular_file() && entry.path().extension() == ".dcm" &&
        entry.path().filename().string().front() != '.')
      files.push_back(entry.path());
}

/// The files that a path stands for: itself, a case folder's, or those of all cases of an output folder.
std::vector<fs::path> files_of(const fs::path& given) {
  const fs::path path = fs::absolute(given).lexically_normal();
  require(fs::exists(path), Errc::kNotFound, given.string() + ": there is no such file or folder");
  if (!fs::is_directory(path)) return {path};
  const fs::path folder = path.has_filename() ? path : path.parent_path();
  std::vector<fs::path> files;
  if (fs::is_directory(folder / "cases")) {
    for (const auto& entry : fs::directory_iterator(folder / "cases"))
      if (entry.is_directory() && is_finished_case(entry.path())) add_objects_of(entry.path(), files);
  } else {
    require(is_finished_case(folder),
            Errc::kNotFound,
            given.string() + ": neither an output folder (with cases) nor the folder of a finished case");
    add_objects_of(folder, files);
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// Counts and tells how each object ended.
class Narrator {
 public:
  Narrator(Talk& talk, bool json) : talk_(talk), json_(json) {}

  void tell(const Sent& sent) {
    const char* state = sent.stored ? "stored" : sent.unanswered ? "unsent" : "refused";
    ++(sent.stored ? stored_ : sent.unanswered ? unsent_ : refused_);
    print(state, sent.object, sent.status, sent.reason);
    if (!sent.stored) talk_.warn(fmt::format("{}: {}", sent.object.file.string(), plain(sent.reason)));
  }
  void tell_unreadable(const fs::path& file, const std::string& reason) {
    ++unreadable_;
    print("unreadable", {file, {}, {}, {}, {}}, 0, reason);
    talk_.warn(plain(reason));
  }
  void tell_planned(const Outgoing& object) { print("planned", object, 0, {}); }

  audit::Details counts() const {
    return {{"stored", std::to_string(stored_)},
            {"refused", std::to_string(refused_)},
            {"unsent", std::to_string(unsent_)},
            {"unreadable", std::to_string(unreadable_)}};
  }

  int end(bool stopped) {
    int exit = 0;
    if (refused_ + unreadable_ + unsent_ > 0) exit = 8;
    if (stored_ == 0 && refused_ == 0 && unsent_ > 0) exit = exit_status(Errc::kIo);
    if (stopped && unsent_ > 0) exit = exit_status(Errc::kCancelled);
    if (json_)
      print_line(Json{
          {"type", "summary"},
          {"stored", stored_},
          {"refused", refused_},
          {"unsent", unsent_},
          {"unreadable", unreadable_},
          {"exit",
           exit}}.dump());
    else
      print_line(fmt::format(
          "stored {}, refused {}, not sent {}, unreadable {}", stored_, refused_, unsent_, unreadable_));
    return exit;
  }

 private:
  void print(const char* state, const Outgoing& object, unsigned status, const std::string& reason) {
    if (!json_) return print_line(fmt::format("{:10}  {}  {}", state, object.file.string(), object.kind));
    const Json line{{"type", "object"},
                    {"state", state},
                    {"path", object.file.string()},
                    {"sop_class", object.sop_class_uid},
                    {"sop_instance", object.sop_instance_uid},
                    {"transfer_syntax", object.transfer_syntax_uid},
                    {"status", status},
                    {"reason", reason}};
    print_line(line.dump(-1, ' ', false, Json::error_handler_t::replace));
  }

  Talk& talk_;
  bool json_;
  std::size_t stored_ = 0, refused_ = 0, unsent_ = 0, unreadable_ = 0;
};

std::vector<Outgoing> read(const std::vector<fs::path>& files, Narrator& narrator) {
  std::vector<Outgoing> objects;
  for (const auto& file : files) try {
      objects.push_back(dicom_network::read_outgoing(file));
    } catch (const Error& e) {
      narrator.tell_unreadable(file, e.what());
    }
  require(!objects.empty(), Errc::kInput, "nothing that is there is a DICOM object");
  return objects;
}

/// The output folder that a path lies in or is; empty for files from elsewhere.
fs::path output_folder_of(const fs::path& given) {
  const fs::path path = fs::absolute(given).lexically_normal();
  for (fs::path folder = path; folder.has_relative_path(); folder = folder.parent_path())
    if (fs::is_directory(folder / "cases")) return folder;
  return {};
}

/// In each output folder something was sent from; the counts are those of the whole command.
void audit_sent(const SendArguments& given, audit::Details details) {
  std::set<fs::path> folders;
  for (const auto& path : given.paths) folders.insert(output_folder_of(path));
  details["to"] = given.to;
  details["from"] = given.caller.aet;
  for (const auto& folder : folders)
    if (!folder.empty()) audited(audit_file(folder), "sent", details);
}

int send_verb(const SendArguments& given, const Common& common) {
  const auto to = dicom_network::parse_peer(given.to);
  dicom_network::require_ae_title(given.caller.aet);
  std::vector<fs::path> files;
  for (const auto& path : given.paths)
    for (auto& file : files_of(path))
      if (std::find(files.begin(), files.end(), file) == files.end()) files.push_back(std::move(file));
  require(!files.empty(), Errc::kNotFound, "no finished case there has DICOM objects");
  Talk talk(common);
  Narrator narrator(talk, common.json);
  const auto objects = read(files, narrator);
  if (given.dry_run) {
    for (const auto& object : objects) narrator.tell_planned(object);
    return 0;
  }
  cases::Stop stop;
  const SignalWatch signals(stop);
  dicom_network::send(objects,
                      {to, given.caller, given.attempts, [&] { return stop.requested(); }},
                      [&](const Sent& sent) { narrator.tell(sent); });
  audit_sent(given, narrator.counts());
  return narrator.end(stop.requested());
}

constexpr const char* kFooter =
    "Exit codes: 0 all stored, 8 some refused or unreadable, 65 no DICOM object, 66 nothing there,\n"
    "74 no connection, 75 stopped early. What is stored already may be sent again.";

}  // namespace

void add_send(CLI::App& app, Program& program) {
  CLI::App* verb = add_verb(app, program, "send", "Send results to the PACS");
  const auto given = std::make_shared<SendArguments>();
  verb->add_option("PATH", given->paths, "Output folder, folder of a case, or DICOM files")->required();
  verb->add_option("--to", given->to, "Where to")->required()->type_name("AET@HOST:PORT");
  verb->add_option("--aet", given->caller.aet, "Own AE title (default LEDD)")->type_name("AET");
  verb->add_option("--tls-key", given->caller.tls.key, "Private key, PEM; TLS with these three")
      ->type_name("FILE");
  verb->add_option("--tls-cert", given->caller.tls.certificate, "Certificate, PEM")->type_name("FILE");
  verb->add_option("--tls-ca", given->caller.tls.authority, "Certificate of the authority of both sides, PEM")
      ->type_name("FILE");
  verb->add_option("--timeout", given->caller.timeout_s, "Longest wait for an answer (s, default 30)")
      ->type_name("SECONDS")
      ->check(CLI::Range(1, 86400));
  verb->add_option("--attempts", given->attempts, "Connections tried in a row (number, default 3)")
      ->type_name("N")
      ->check(CLI::Range(1, 100));
  verb->add_flag("--dry-run", given->dry_run, "Print what would be sent; open no connection");
  verb->footer(kFooter);
  verb->callback([given, &program] {
    program.action = [given, &program] { return send_verb(*given, program.common); };
  });
}

}  // namespace ledd::cli
