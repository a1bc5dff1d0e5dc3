#include <gmock/gmock.h>

#include <set>

#include "support.h"

namespace ledd::deidentification {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

void put(DcmItem& item, const DcmTagKey& tag, const std::string& value) {
  if (item.putAndInsertString(DcmTag(tag), value.c_str()).bad()) throw std::runtime_error(value);
}

DcmItem& add(DcmItem& item, const DcmTagKey& sequence) {
  DcmItem* inner = nullptr;
  if (item.findOrCreateSequenceItem(sequence, inner, -2).bad()) throw std::runtime_error("sequence");
  return *inner;
}

void put_identity(DcmDataset& d, const char* sop_class, const std::string& sop, const std::string& modality) {
  put(d, DCM_SOPClassUID, sop_class);
  put(d, DCM_SOPInstanceUID, sop);
  put(d, DCM_StudyInstanceUID, "1.2.3");
  put(d, DCM_SeriesInstanceUID, sop + ".5");
  put(d, DCM_PatientID, "P1");
  put(d, DCM_Modality, modality);
  put(d, DCM_ContentDate, "20240305");
}

void refer(DcmItem& item, const std::vector<Picture>& images) {
  put(item, DCM_SeriesInstanceUID, images[0].series_uid);
  for (const auto& image : images) {
    DcmItem& reference = add(item, DCM_ReferencedSOPSequence);
    put(reference, DCM_ReferencedSOPClassUID, UID_MRImageStorage);
    put(reference, DCM_ReferencedSOPInstanceUID, image.sop_uid);
  }
}

/// As a segmentation refers to its images.
void write_segmentation(const std::vector<Picture>& images, const std::filesystem::path& path) {
  DcmFileFormat file;
  DcmDataset& d = *file.getDataset();
  put_identity(d, UID_SegmentationStorage, "1.2.3.60", "SEG");
  put(d, DCM_FrameOfReferenceUID, "1.2.3.9");
  put(d, DCM_ImageType, "DERIVED\\PRIMARY");
  refer(add(d, DCM_ReferencedSeriesSequence), images);
  DcmItem& frame = add(d, DCM_PerFrameFunctionalGroupsSequence);
  DcmItem& source = add(add(frame, DCM_DerivationImageSequence), DCM_SourceImageSequence);
  put(source, DCM_ReferencedSOPClassUID, UID_MRImageStorage);
  put(source, DCM_ReferencedSOPInstanceUID, images[1].sop_uid);
  file.saveFile(path.c_str(), EXS_LittleEndianExplicit);
}

DcmItem& content(DcmItem& parent, const std::string& type, const std::string& code) {
  DcmItem& item = add(parent, DCM_ContentSequence);
  put(item, DCM_RelationshipType, "CONTAINS");
  put(item, DCM_ValueType, type);
  DcmItem& name = add(item, DCM_ConceptNameCodeSequence);
  put(name, DCM_CodeValue, code);
  put(name, DCM_CodingSchemeDesignator, "DCM");
  put(name, DCM_CodeMeaning, "Any");
  return item;
}

/// As a report refers to images and a segmentation, with people in its content.
void write_report(const std::vector<Picture>& images, const std::filesystem::path& path) {
  DcmFileFormat file;
  DcmDataset& d = *file.getDataset();
  put_identity(d, UID_Comprehensive3DSRStorage, "1.2.3.88", "SR");
  put(d, DCM_ValueType, "CONTAINER");
  DcmItem& evidence = add(d, DCM_CurrentRequestedProcedureEvidenceSequence);
  put(evidence, DCM_StudyInstanceUID, "1.2.3");
  refer(add(evidence, DCM_ReferencedSeriesSequence), images);
  DcmItem& group = content(d, "CONTAINER", "126010");
  put(content(group, "TEXT", "121106"), DCM_TextValue, "Cartilage thickness, medial tibia");
  put(content(group, "TEXT", "121071"), DCM_TextValue, "Seen by Doctor Nobody: thin cartilage");
  put(content(group, "TEXT", "121022"), DCM_TextValue, "ACC99");
  put(content(group, "PNAME", "121008"), DCM_PersonName, "Nobody^Any");
  put(content(group, "DATE", "121031"), DCM_Date, "19500607");
  put(content(group, "DATE", "111060"), DCM_Date, "20240301");
  put(content(group, "UIDREF", "112040"), DCM_UID, "1.2.3.777");
  DcmItem& image = content(group, "IMAGE", "121112");
  DcmItem& reference = add(image, DCM_ReferencedSOPSequence);
  put(reference, DCM_ReferencedSOPClassUID, UID_SegmentationStorage);
  put(reference, DCM_ReferencedSOPInstanceUID, "1.2.3.60");
  DcmItem& observer = add(d, DCM_VerifyingObserverSequence);
  put(observer, DCM_VerifyingObserverName, "Nobody^Any");
  put(observer, DCM_VerifyingOrganization, "Somewhere");
  file.saveFile(path.c_str(), EXS_LittleEndianExplicit);
}

/// All values of an attribute in a data set and its sequences, in order.
void collect(DcmItem& item, const DcmTagKey& tag, std::vector<std::string>& values) {
  for (unsigned long i = 0; i < item.card(); ++i) {
    DcmElement* element = item.getElement(i);
    if (element->getTag() == tag) values.push_back(Parsed::value(item, tag));
    if (element->ident() != EVR_SQ) continue;
    auto& sequence = dynamic_cast<DcmSequenceOfItems&>(*element);
    for (unsigned long k = 0; k < sequence.card(); ++k) collect(*sequence.getItem(k), tag, values);
  }
}

std::vector<std::string> all_of(const std::vector<std::unique_ptr<Parsed>>& objects, const DcmTagKey& tag) {
  std::vector<std::string> values;
  for (const auto& object : objects) collect(object->dataset(), tag, values);
  return values;
}

class References : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto images = testing::pictures({.slices = 3});
    std::filesystem::create_directories(folder_ / "in");
    testing::write(images, folder_ / "in");
    write_segmentation(images, folder_ / "in/seg.dcm");
    write_report(images, folder_ / "in/sr.dcm");
    auto key = key_in(folder_);
    rows_ = run(folder_ / "in", key, {.out = folder_ / "out"});
    for (const auto& row : rows_) {
      ASSERT_EQ(row.decision, Decision::kWritten) << row.reason;
      objects_.push_back(std::make_unique<Parsed>(files::read_bytes(folder_ / "out" / row.name)));
    }
    report_ = objects_.back().get();
  }
  Folder folder_;
  std::vector<Row> rows_;
  std::vector<std::unique_ptr<Parsed>> objects_;
  Parsed* report_ = nullptr;
};

TEST_F(References, LeadToObjectsOfTheOutput) {
  std::set<std::string> instances;
  for (const auto& object : objects_) instances.insert(object->at(DCM_SOPInstanceUID));
  EXPECT_EQ(instances.size(), 5U);
  const auto referenced = all_of(objects_, DCM_ReferencedSOPInstanceUID);
  EXPECT_EQ(referenced.size(), 3U + 1U + 3U + 1U);
  for (const auto& uid : referenced) EXPECT_TRUE(instances.contains(uid)) << uid;
  const auto studies = all_of(objects_, DCM_StudyInstanceUID);
  EXPECT_EQ(std::set<std::string>(studies.begin(), studies.end()).size(), 1U);
  const auto frames = all_of(objects_, DCM_FrameOfReferenceUID);
  EXPECT_EQ(std::set<std::string>(frames.begin(), frames.end()).size(), 1U);
  for (const auto& uid : all_of(objects_, DCM_ReferencedSOPClassUID))
    EXPECT_THAT(uid, HasSubstr("1.2.840.10008"));
}

TEST_F(References, NoOldUidIsLeft) {
  for (const auto& [name, bytes] : tree(folder_ / "out"))
    EXPECT_EQ(bytes.find("1.2.3."), std::string::npos) << name;
}

TEST_F(References, ContentOfReportsIsCleaned) {
  std::vector<std::string> texts, people, dates;
  collect(report_->dataset(), DCM_TextValue, texts);
  collect(report_->dataset(), DCM_PersonName, people);
  collect(report_->dataset(), DCM_Date, dates);
  EXPECT_THAT(texts, ElementsAre("Cartilage thickness, medial tibia", "by thin cartilage", "REMOVED"));
  EXPECT_THAT(people, ElementsAre("REMOVED"));
  ASSERT_EQ(dates.size(), 2U);
  EXPECT_EQ(dates[0], "19000101") << "a birth date is not moved but gone";
  EXPECT_LT(dates[1], "20240301");
  EXPECT_EQ(dates[1].size(), 8U);
  std::vector<std::string> codes, verifier;
  collect(report_->dataset(), DCM_VerifyingObserverName, verifier);
  EXPECT_THAT(verifier, ElementsAre("REMOVED"));
  collect(report_->dataset(), DCM_CodeValue, codes);
  EXPECT_THAT(codes, IsSupersetOf({"113104", "121106"}));
}

}  // namespace
}  // namespace ledd::deidentification
