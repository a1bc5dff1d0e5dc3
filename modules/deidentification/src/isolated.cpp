#include "isolated.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "ledd/core/error.h"
#include "ledd/deidentification/handlers.h"
#include "ledd/isolation/archive.h"

namespace ledd::deidentification {

// Found by the archive through the types' own namespace, which an unnamed one would hide.
/// Rules as they travel.
struct Task {
  std::filesystem::path path;
  Secret secret{};
  std::vector<Subject> subjects;
  std::vector<std::string> words;
  bool allow_faces = false, allow_secondary = false;
};

template <class Archive>
void fields(Archive& archive, Subject& s) {
  archive(s.patient_id, s.issuer, s.pseudonym);
}

template <class Archive>
void fields(Archive& archive, Task& t) {
  archive(t.path, t.secret, t.subjects, t.words, t.allow_faces, t.allow_secondary);
}

template <class Archive>
void decide(Archive& archive, Decision& decision) {
  auto number = static_cast<std::uint8_t>(decision);
  archive(number);
  if (number > static_cast<std::uint8_t>(Decision::kRefused))
    isolation::answered_nonsense("a decision that there is not");
  decision = static_cast<Decision>(number);
}

template <class Archive>
void fields(Archive& archive, Examined& e) {
  decide(archive, e.decision);
  archive(e.reason, e.patient_id, e.issuer, e.study_uid, e.series_uid, e.sop_uid);
}

template <class Archive>
void fields(Archive& archive, Counts& c) {
  archive(c.texts_shortened, c.dates_emptied, c.values_emptied, c.private_kept, c.private_removed);
}

template <class Archive>
void fields(Archive& archive, Outcome& o) {
  decide(archive, o.decision);
  archive(o.reason, o.bytes, o.name, o.counts);
}

namespace {

using isolation::Reply;

constexpr const char* kExamine = "deidentification.examine";  ///< A Task; answered by an Examined.
constexpr const char* kRewrite = "deidentification.rewrite";  ///< A Task; answered by an Outcome.
constexpr double kWallS = 300.0;
constexpr unsigned kCpuS = 120;

Task task_of(const std::filesystem::path& file, const Rules& rules, std::vector<Subject> subjects) {
  return {file,
          rules.secret,
          std::move(subjects),
          {rules.words.begin(), rules.words.end()},
          rules.allow_faces,
          rules.allow_secondary};
}

Rules rules_of(const Task& task) {
  return {task.secret,
          task.subjects,
          Words(task.words.begin(), task.words.end()),
          task.allow_faces,
          task.allow_secondary};
}

/// Asks a child; its failure becomes the reason of a refusal.
template <class Result>
Result asked(isolation::Pool& pool, const char* kind, const Task& task) {
  Result result;
  isolation::Answer answer =
      pool.ask({.kind = kind, .bytes = isolation::packed(task), .wall_s = kWallS, .cpu_s = kCpuS});
  try {
    if (answer.failure.empty()) isolation::unpack(answer.bytes, result);
  } catch (const Error& nonsense) {
    answer.failure = isolation::as_failure(nonsense);
  }
  if (!answer.failure.empty()) {
    result = Result();
    result.decision = Decision::kRefused;
    result.reason = "the process that read it " + answer.failure;
  }
  return result;
}

template <class Work>
auto answering(const Work& work) {
  return [work](std::string_view bytes, Reply& reply) {
    Task task;
    isolation::unpack(bytes, task);
    reply.send(isolation::packed(work(task.path, rules_of(task))));
  };
}

}  // namespace

Examined Isolated::examine(const std::filesystem::path& file, const Rules& rules) {
  return asked<Examined>(pool_, kExamine, task_of(file, rules, {}));
}

Outcome Isolated::deidentify(const std::filesystem::path& file,
                             const Rules& rules,
                             const Examined& examined) {
  std::vector<Subject> subjects;
  for (const Subject& subject : rules.subjects)
    if (subject.patient_id == examined.patient_id) subjects.push_back(subject);
  return asked<Outcome>(pool_, kRewrite, task_of(file, rules, std::move(subjects)));
}

isolation::Handlers handlers() {
  return {
      {kExamine, answering([](const auto& path, const Rules& rules) { return examine(path, rules); })},
      {kRewrite, answering([](const auto& path, const Rules& rules) { return deidentify(path, rules); })}};
}

}  // namespace ledd::deidentification
