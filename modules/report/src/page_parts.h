#pragma once
#include <ctemplate/template.h>

#include <string>
#include <string_view>

namespace ledd::report {

/// Fills a template in. Every text of the templates carries `:h`, which escapes it for HTML; only pictures in
/// base64, style sheets, scripts and their data, whose letters are harmless, go in as they are.
std::string expanded(std::string_view name, std::string_view text, ctemplate::TemplateDictionary& values);

/// "data:image/png;base64,...", or "" for no picture.
std::string inlined_png(const std::string& png);

/// A link leads into the output folder, nowhere else. @throws Error{kInput}
void require_relative(const std::string& link);

/// The look of all pages, dark on white, colours that differ in brightness too.
extern const char* const kStyle;

}  // namespace ledd::report
