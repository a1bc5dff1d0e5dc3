#include "key_file.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <utility>

#include "ledd/core/error.h"

#include "mapping.h"

namespace ledd::deidentification {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "ledd subject key";
constexpr int kVersion = 1;

std::string hex_of(const Secret& secret) {
  return hexadecimal(secret.data(), secret.size());
}

Json body_of(const KeyContent& content) {
  Json subjects = Json::array();
  for (const Subject& subject : content.subjects)
    subjects.push_back(
        {{"patient_id", subject.patient_id}, {"issuer", subject.issuer}, {"pseudonym", subject.pseudonym}});
  return {{"format", kFormat},
          {"version", kVersion},
          {"warning", "Undoes de-identification. Stays with the site."},
          {"secret", hex_of(content.secret)},
          {"subjects", subjects}};
}

std::string check_of(const KeyContent& content) {
  const Mac mac = mac_of(content.secret, "key file", body_of(content).dump());
  return hexadecimal(mac.data(), mac.size());
}

Secret parse_secret(const std::string& text) {
  Secret secret{};
  require(text.size() == 2 * secret.size() && text.find_first_not_of("0123456789abcdef") == std::string::npos,
          Errc::kFormat,
          "its secret is not 64 hexadecimal digits");
  for (std::size_t i = 0; i < secret.size(); ++i)
    secret[i] = static_cast<std::uint8_t>(std::stoul(text.substr(2 * i, 2), nullptr, 16));
  return secret;
}

KeyContent parse_body(const Json& json) {
  KeyContent content;
  content.secret = parse_secret(json.at("secret").get<std::string>());
  std::set<std::pair<std::string, std::string>> people;
  std::set<std::string> pseudonyms;
  for (const auto& row : json.at("subjects")) {
    Subject subject{row.at("patient_id").get<std::string>(),
                    row.at("issuer").get<std::string>(),
                    row.at("pseudonym").get<std::string>()};
    require(is_pseudonym(subject.pseudonym), Errc::kFormat, "a pseudonym in it is illegal");
    require(people.emplace(subject.patient_id, subject.issuer).second &&
                pseudonyms.insert(subject.pseudonym).second,
            Errc::kFormat,
            "a subject is in it twice");
    content.subjects.push_back(std::move(subject));
  }
  require(json.at("check").get<std::string>() == check_of(content),
          Errc::kFormat,
          "its check does not fit its content: it was damaged or changed by hand");
  return content;
}

}  // namespace

bool is_pseudonym(const std::string& text) {
  static constexpr const char* kLegal = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
  return !text.empty() && text.size() <= 16 && text.front() != '.' &&
         text.find_first_not_of(kLegal) == std::string::npos;
}

std::string key_text(const KeyContent& content) {
  Json json = body_of(content);
  json["check"] = check_of(content);
  return json.dump(1) + "\n";
}

KeyContent parse_key(const std::string& text) {
  try {
    const Json json = Json::parse(text);
    require(json.is_object() && json.value("format", "") == kFormat,
            Errc::kFormat,
            "it is no subject key of Ledd");
    require(json.at("version") == kVersion,
            Errc::kUnsupported,
            "it is of another version of the format than 1, the one that is read here");
    return parse_body(json);
  } catch (const Json::exception&) {  // its text would quote the key
    throw Error(Errc::kFormat, "it is no complete subject key: cut off or malformed");
  }
}

}  // namespace ledd::deidentification
