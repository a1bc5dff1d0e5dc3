// export_benchmark FOLDER [CASES [ENDPOINTS]]: seconds to write the endpoints of made-up cases in each
// format, from memory and from case folders, and to rebuild the tables and pages. 1,000 cases of 100
// endpoints unless told. FOLDER is made, and left to be looked at.
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <random>

#include "ledd/cases/export.h"
#include "ledd/cases/overview.h"
#include "ledd/files/files.h"

#include "finished.h"

namespace {

namespace fs = std::filesystem;
namespace store = ledd::store;

std::vector<ledd::EndpointDefinition> definitions_of(std::size_t count) {
  std::vector<ledd::EndpointDefinition> all;
  for (std::size_t n = 0; n < (count + 9) / 10; ++n)
    all.push_back(
        {fmt::format("E{:02}", n),
         fmt::format("Endpoint number {}", n),
         "mm",
         "drawn/1",
         "The distance between two points that were drawn, as long a sentence as definitions are, so that "
         "reading them costs what it costs.",
         "nobody, nowhere, never",
         "not yet measured"});
  return all;
}

/// Three sites with a scanner or two, three visits of each subject; one site reads a little high, one case in
/// 100 far off.
store::CaseEndpoints drawn_case(std::size_t n, std::size_t endpoints, std::mt19937_64& random) {
  const std::vector<std::string> sites{"North", "West", "South"};
  std::normal_distribution<double> normal;
  const std::size_t site = n / 3 % 3;
  store::CaseEndpoints c;
  c.info = {fmt::format("{:012x}", n * 2654435761U % 0xffffffffffffU),
            fmt::format("S{:05}", n / 3),
            fmt::format("m{:02}", n % 3 * 12),
            fmt::format("20{:02}-0{}-1{}", 21 + n % 3, 1 + n / 3 % 9, n / 27 % 9),
            sites[site],
            site == 0 ? "Vendor A 3 T" : "Vendor B 1.5 T",
            "spine-mri",
            "0.1.0"};
  c.definitions = definitions_of(endpoints);
  const double far = n % 100 == 57 ? 9.0 : 0.0;
  for (std::size_t k = 0; k < endpoints; ++k) {
    const auto& d = c.definitions[k / 10];
    const std::string region = fmt::format("L{}", k % 10);
    const double value =
        25.0 + static_cast<double>(k % 7) + 1.5 * normal(random) + (site == 2 ? 1.0 : 0.0) + far;
    if ((n + k) % 23 == 0)
      c.measurements.push_back(ledd::failed(region, d, "the body is cut by the field of view"));
    else if ((n + k) % 11 == 0)
      c.measurements.push_back(ledd::uncertain(region, d, value, "the upper endplate is faint"));
    else
      c.measurements.push_back(ledd::measured(region, d, value));
  }
  return c;
}

double seconds(const std::function<void()>& body) {
  const auto begin = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void tell(const std::string& what, double s) {
  fmt::print("{:52} {:7.3f} s\n", what, s);
  std::fflush(stdout);
}

/// Made without syncing each file: only what reads them is measured.
void write_folders(const std::vector<store::CaseEndpoints>& cases, const fs::path& out) {
  const auto put = [](const std::string& bytes, const fs::path& path) {
    std::FILE* file = std::fopen(path.c_str(), "w");
    std::fwrite(bytes.data(), 1, bytes.size(), file);
    std::fclose(file);
  };
  for (const auto& c : cases) {
    const fs::path folder = out / "cases" / c.info.case_id;
    fs::create_directories(folder);
    ledd::cases::Provenance p;
    p.case_id = c.info.case_id;
    p.pipeline = c.info.pipeline;
    p.version = c.info.version;
    p.run_id = "20260101-000000";
    p.series = "1.2.3." + c.info.case_id;
    p.seconds = 12.5;
    p.outputs = {{"endpoints.json", std::string(64, 'a')}, {"figures/thumbnail.png", std::string(64, 'b')}};
    put(print(p), folder / "provenance.json");
    put(store::print_endpoints(c), folder / "endpoints.json");
    put("<!DOCTYPE html><title>case</title>", folder / "report.html");
  }
}

void from_memory(const std::vector<store::CaseEndpoints>& cases) {
  tell("csv from memory", seconds([&] { store::csv_files(cases); }));
  tell("wide from memory", seconds([&] { store::wide_files(cases); }));
  store::RedcapOptions options;
  options.repeat_instrument = true;
  tell("redcap from memory", seconds([&] { store::redcap_files(cases, options); }));
  tell("sqlite from memory", seconds([&] { store::sqlite_files(cases); }));
}

void from_folders(const fs::path& out, const fs::path& to) {
  using Format = ledd::cases::ExportFormat;
  tell("reading the case folders alone", seconds([&] { ledd::cases::finished_cases(out); }));
  for (const auto& [name, format] : {std::pair{"csv", Format::kCsv},
                                     {"wide", Format::kWide},
                                     {"redcap", Format::kRedcap},
                                     {"sqlite", Format::kSqlite}}) {
    ledd::cases::ExportOptions options;
    options.format = format;
    options.redcap.repeat_instrument = format == Format::kRedcap;
    tell(fmt::format("ledd export --format {}, folders to synced files", name),
         seconds([&] { ledd::cases::export_tables({out}, options, to / name); }));
  }
  tell("ledd collect, all tables and pages", seconds([&] { ledd::cases::collect({out}, out); }));
  for (const char* name : {"endpoints.csv", "endpoints.sqlite", "index.html", "group.html"})
    fmt::print("{:52} {:7.1f} MB\n", name, static_cast<double>(fs::file_size(out / name)) / 1e6);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2) {
    fmt::print(stderr, "export_benchmark FOLDER [CASES [ENDPOINTS]]\n");
    return 2;
  }
  const std::size_t count = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 1000;
  const std::size_t endpoints = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 100;
  std::mt19937_64 random(7);
  std::vector<store::CaseEndpoints> cases;
  for (std::size_t n = 0; n < count; ++n) cases.push_back(drawn_case(n, endpoints, random));
  fmt::print("{} cases, {} rows\n", count, count * endpoints);
  from_memory(cases);
  const fs::path folder = argv[1];
  write_folders(cases, folder / "out");
  cases = {};
  from_folders(folder / "out", folder / "exports");
  rusage use{};
  ::getrusage(RUSAGE_SELF, &use);
  fmt::print("{:52} {:7.0f} MB\n", "highest memory", static_cast<double>(use.ru_maxrss) / 1024.0);
  return 0;
} catch (const std::exception& e) {
  fmt::print(stderr, "{}\n", e.what());
  return 1;
}
