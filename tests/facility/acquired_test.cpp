// When a scan was taken: what headers say, and what becomes of it.
#include <gmock/gmock.h>

#include "ledd/dicom/dicom.h"

#include "dicom_writer.h"
#include "folder.h"
#include "record.h"

namespace ledd {
namespace {

using testing::Attribute;

dicom::Stack stack_of(const std::vector<std::vector<Attribute>>& slices) {
  const Folder folder;
  auto series = testing::pictures({.slices = static_cast<unsigned>(slices.size())});
  for (std::size_t k = 0; k < slices.size(); ++k) series[k].attributes = slices[k];
  testing::write(series, folder.path());
  Context context;
  return dicom::index({folder.path()}, context).stacks.at(0);
}

std::pair<std::string, std::string> acquired(const std::vector<Attribute>& attributes) {
  const auto stack = stack_of({attributes, attributes});
  return {stack.acquired, stack.acquired_from};
}
using Said = std::pair<std::string, std::string>;

TEST(Acquired, IsTheMostDirectOfWhatTheHeaderSays) {
  std::vector<Attribute> all{{"AcquisitionDateTime", "20240531101502.250000+0100"},
                             {"AcquisitionDate", "20240530"},
                             {"AcquisitionTime", "0915"},
                             {"ContentDate", "20240529"},
                             {"SeriesDate", "20240528"},
                             {"SeriesTime", "08"},
                             {"StudyDate", "20240527"}};
  EXPECT_EQ(acquired(all), Said("2024-05-31T10:15:02+01:00", "AcquisitionDateTime"));
  all.erase(all.begin());
  EXPECT_EQ(acquired(all), Said("2024-05-30T09:15:00", "AcquisitionDate"));
  all.erase(all.begin(), all.begin() + 2);
  EXPECT_EQ(acquired(all), Said("2024-05-29", "ContentDate")) << "a date without its time";
  all.erase(all.begin());
  EXPECT_EQ(acquired(all), Said("2024-05-28T08:00:00", "SeriesDate"));
  all.erase(all.begin(), all.begin() + 2);
  EXPECT_EQ(acquired(all), Said("", "")) << "the study's day is not when the scan was taken";
}

TEST(Acquired, WhatIsNoDateIsPassedOverAndWhatIsNoTimeLeftOut) {
  EXPECT_EQ(acquired({{"AcquisitionDate", "20240230"}, {"ContentDate", "20240229"}}),
            Said("2024-02-29", "ContentDate"));
  EXPECT_EQ(acquired({{"AcquisitionDate", "00010101"}}), Said("", ""));
  EXPECT_EQ(acquired({{"AcquisitionDate", "20240531"}, {"AcquisitionTime", "256100"}}),
            Said("2024-05-31", "AcquisitionDate"));
}

TEST(Acquired, IsTheEarliestOfTheImages) {
  EXPECT_EQ(stack_of({{{"AcquisitionDateTime", "20240531101509"}},
                      {{"AcquisitionDateTime", "20240531101502"}},
                      {{"AcquisitionDateTime", "20240531101504"}}})
                .acquired,
            "2024-05-31T10:15:02");
}

TEST(Acquired, ProvenanceKeepsItAndReadsRecordsThatLackIt) {
  cases::Provenance p;
  p.acquired = "2024-05-31T10:15:02";
  p.acquired_from = "AcquisitionDateTime";
  p.cpu_seconds = 12.5;
  p.device = {"Maker", "Model", "CT1", "42", "v1"};
  const std::string text = print(p);
  const auto back = cases::parse_provenance(text);
  EXPECT_EQ(back.acquired, p.acquired);
  EXPECT_EQ(back.acquired_from, p.acquired_from);
  EXPECT_EQ(back.cpu_seconds, 12.5);
  EXPECT_EQ(back.device, p.device);
  std::string old = text;
  const auto from = old.find("  \"acquired\"");
  old.erase(from, old.find("  \"parameters\"") - from);
  const auto earlier = cases::parse_provenance(old);
  EXPECT_EQ(earlier.acquired, "");
  EXPECT_EQ(earlier.device, cases::DeviceRecord{});
}

}  // namespace
}  // namespace ledd
