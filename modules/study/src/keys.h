#pragma once
#include <toml++/toml.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledd/core/params.h"

namespace ledd::study {

/// A table of a study file, read key by key. Every error says file, line, column and table.
class Keys {
 public:
  /// @throws Error{kParam}  the table has a key that is not `known`.
  Keys(const toml::table& table, std::string file, std::string name, std::vector<std::string> known);

  bool has(const char* key) const { return table_.contains(key); }

  /// Text that is not empty, has no control characters and at most 4096 bytes. @throws Error{kParam}
  std::string text(const char* key) const;
  std::string text(const char* key, const char* standard) const { return has(key) ? text(key) : standard; }
  /// The same, of at most 64 characters: it becomes a cell of tables.
  std::string name(const char* key) const;
  /// One text, or an array of some; empty when it is not there.
  std::vector<std::string> texts(const char* key) const;
  bool flag(const char* key, bool standard) const;
  int integer(const toml::node& node, const char* key) const;
  std::optional<double> number(const toml::node& node) const;  ///< Nullopt when it is no finite number.
  /// One of a few words. @throws Error{kParam}
  std::string choice(const char* key, const std::vector<std::string>& words, const char* standard) const;

  const toml::node* node(const char* key) const { return table_.get(key); }
  /// The table of this key; null when it is not there.
  const toml::table* table(const char* key) const;
  const toml::table& all() const { return table_; }
  const std::string& file() const { return file_; }
  const std::string& table_name() const { return name_; }

  /// An error about a value, or about the table.
  [[noreturn]] void fail(const toml::node& node, const std::string& what) const;
  [[noreturn]] void fail(const std::string& what) const { fail(table_, what); }

 private:
  const toml::node& needed(const char* key) const;
  std::string checked(const toml::node& node, const char* key) const;

  const toml::table& table_;
  std::string file_, name_;
};

/// "study.toml, line 3, column 7".
std::string place(const std::string& file, const toml::source_position& position);

}  // namespace ledd::study
