#include <gmock/gmock.h>
#include <rapidcheck.h>

#include "ledd/core/error.h"
#include "ledd/study/lists.h"
#include "ledd/study/study.h"

namespace {

using ledd::Error;
using ledd::study::Lists;

/// Whether `body` ends well or with an Error: anything else ends the test.
template <class Body>
bool answers(Body&& body) {
  try {
    body();
  } catch (const Error& e) {
    return std::string(e.what()).size() > 10;
  }
  return true;
}

/// Words that study files are made of, in an order that makes none.
std::string words() {
  static const std::vector<std::string> kWords{"[study]\n",
                                               "[[site]]\n",
                                               "[[visit]]\n",
                                               "[[protocol]]\n",
                                               "[protocol.tolerance]\n",
                                               "[subjects]\n",
                                               "[schedule]\n",
                                               "[[endpoint]]\n",
                                               "name",
                                               "out",
                                               "inputs",
                                               "match",
                                               "pipeline",
                                               "visits",
                                               "window_days",
                                               "te_ms",
                                               "pattern",
                                               "sides",
                                               "set",
                                               " = ",
                                               "\"a\"",
                                               "'b=1'",
                                               "[",
                                               "]",
                                               "{",
                                               "}",
                                               ",",
                                               "\n",
                                               "1",
                                               "-0.5e3",
                                               "nan",
                                               "2026-05-31",
                                               "true",
                                               "'(a*)*'",
                                               "#",
                                               "\\",
                                               "modality",
                                               "one_of",
                                               "min",
                                               ".",
                                               "\"",
                                               "'''",
                                               "\xC3",
                                               "\xF0\x9F\xA6\xB5"};
  std::string text;
  for (const auto n :
       *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, kWords.size())))
    text += kWords[n];
  return text;
}

TEST(StudyFuzz, AnyBytesAreRefusedOrRead) {
  EXPECT_TRUE(rc::check([] {
    const auto text = *rc::gen::arbitrary<std::string>();
    RC_ASSERT(answers([&] { ledd::study::parse(text, "f"); }));
    RC_ASSERT(answers([&] { ledd::study::is_study(text); }));
  }));
}

TEST(StudyFuzz, AnyOrderOfItsWordsIsRefusedOrRead) {
  EXPECT_TRUE(rc::check([] {
    const std::string text = words();
    RC_ASSERT(answers([&] { ledd::study::parse("[study]\nname='a'\nout='b'\ninputs='c'\n" + text, "f"); }));
  }));
}

TEST(StudyFuzz, AFileWithOneByteChangedOrLostIsRefusedOrRead) {
  const std::string sound =
      "[study]\nname='a'\nout='b'\ninputs=['c/*']\nas_of=2026-05-31\n[[site]]\nname='n'\nfolder='x'\n"
      "[subjects]\npattern='P(.*)'\n[[visit]]\nname='v'\nwindow_days=[-3, 3]\n[[protocol]]\nname='p'\n"
      "pipeline='q'\nmatch={modality='M?'}\n[protocol.tolerance]\nte_ms={one_of=[1, 2]}\n";
  ledd::study::parse(sound, "f");
  EXPECT_TRUE(rc::check([&] {
    std::string text = sound;
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
    const auto byte = *rc::gen::arbitrary<char>();
    const bool lose = *rc::gen::arbitrary<bool>();
    if (lose)
      text.erase(at, 1);
    else
      text[at] = byte;
    RC_ASSERT(answers([&] { ledd::study::parse(text, "f"); }));
  }));
}

TEST(StudyFuzz, DeepNestsEndInAnError) {
  for (const char* open : {"[", "{a=", "[[", "("}) {
    std::string deep;
    for (int n = 0; n < 20000; ++n) deep += open;
    EXPECT_TRUE(answers([&] { ledd::study::parse("x = " + deep, "f"); })) << open;
    EXPECT_TRUE(answers([&] { ledd::study::parse("[study]\n[subjects]\npattern = '" + deep + "'\n", "f"); }));
  }
}

TEST(StudyFuzz, AnyListIsRefusedOrRead) {
  ledd::study::Study study;
  EXPECT_TRUE(rc::check([&] {
    std::string text = "subject,visit,date\n";
    for (const auto n : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 8)))
      text += std::vector<std::string>{",", "\"", "\n", "\r\n", "a", "2026-05-31", " ", "\"\""}.at(
          static_cast<std::size_t>(n));
    Lists lists;
    RC_ASSERT(answers([&] { read_visits(text, "f", study, lists); }));
    RC_ASSERT(answers([&] { read_subjects(text, "f", study, lists); }));
  }));
}

}  // namespace
