#include <gmock/gmock.h>
#include <itkImageFileReader.h>
#include <itkImageFileWriter.h>
#include <itkNiftiImageIOFactory.h>

#include <cstdio>
#include <cstdlib>
#include <map>

#include "ledd/bias_field/bias_field.h"
#include "ledd/spinal_canal/spinal_canal.h"
#include "ledd/spine_morphometry/spine_morphometry.h"

#include "realdata.h"

namespace ledd {
namespace {

namespace fs = std::filesystem;

template <class Image>
typename Image::Pointer read(const fs::path& path) {
  itk::NiftiImageIOFactory::RegisterOneFactory();
  const auto reader = itk::ImageFileReader<Image>::New();
  reader->SetFileName(path.string());
  reader->Update();
  return reader->GetOutput();
}

fs::path in_folder(const fs::path& folder, const std::string& start) {
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().filename().string().starts_with(start)) return entry.path();
  return {};
}

/// With LEDD_SAC_OUT set to a folder: the sac's mask as CASE.nii.gz, to be looked at.
void dump(const std::string& name, const DuralSac::Result& sac) {
  const char* folder = std::getenv("LEDD_SAC_OUT");
  if (folder == nullptr || sac.labels == nullptr) return;
  const auto writer = itk::ImageFileWriter<Labels>::New();
  writer->SetFileName((fs::path(folder) / (name + ".nii.gz")).string());
  writer->SetInput(sac.labels);
  writer->Update();
}

/// Runs all cases of a kind; mean diameter per level.
std::map<std::string, std::vector<double>> diameters(const std::string& kind, int& found, int& cases) {
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(realdata() / "spine"))
    if (entry.path().filename().string().starts_with(kind)) folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end());
  std::map<std::string, std::vector<double>> all;
  Context context({}, 2);
  for (const auto& folder : folders) {
    const auto image = read<Volume>(in_folder(folder, "image"));
    const auto bodies = read<Labels>(in_folder(folder, "labels_thick"));
    const auto flat = BiasField()(*image, context);
    const auto spine = SpineMorphometry()(*bodies, context);
    const auto sac = DuralSac()(*flat, *bodies, spine, nullptr, context);
    const std::string name = folder.filename().string();
    ++cases;
    dump(name, sac);
    std::printf("%s %s", name.c_str(), sac.reason.c_str());
    if (sac.labels != nullptr) {
      ++found;
      for (const auto& l : CanalMorphometry()(*sac.labels, sac.soft, spine, context).levels)
        if (l.ap_mm) {
          all[l.region].push_back(*l.ap_mm);
          std::printf(" %s %.1f", l.region.c_str(), *l.ap_mm);
        }
    }
    std::printf("\n");
  }
  for (const auto& [region, values] : all) {
    double sum = 0.0, squares = 0.0;
    for (const double v : values) sum += v;
    const double n = static_cast<double>(values.size()), mean = sum / n;
    for (const double v : values) squares += (v - mean) * (v - mean);
    std::printf("%s %s: AP %.1f +- %.1f mm, n = %zu\n",
                kind.c_str(),
                region.c_str(),
                mean,
                n > 1 ? std::sqrt(squares / (n - 1)) : 0.0,
                values.size());
  }
  return all;
}

/// Mean sac depths of healthy adults lie between 10 and 20 mm at every lumbar level.
void expect_healthy(const std::map<std::string, std::vector<double>>& all) {
  for (const std::string level : {"L1", "L2", "L3", "L4"}) {
    ASSERT_TRUE(all.contains(level));
    double sum = 0.0;
    for (const double v : all.at(level)) sum += v;
    const double mean = sum / static_cast<double>(all.at(level).size());
    EXPECT_GT(mean, 10.0) << level;
    EXPECT_LT(mean, 20.0) << level;
  }
}

TEST(RealSac, IsFoundOnEveryHealthyT2) {
  LEDD_NEEDS_REALDATA("spine/vb2-04");
  int found = 0, cases = 0;
  expect_healthy(diameters("vb2-", found, cases));
  EXPECT_EQ(found, cases);
}

TEST(RealSac, IsFoundOnEveryHealthyWaterImage) {
  LEDD_NEEDS_REALDATA("spine/vb3-01");
  int found = 0, cases = 0;
  expect_healthy(diameters("vb3-", found, cases));
  EXPECT_EQ(found, cases);
}

TEST(RealSac, IsFoundOnMostClinicalSeries) {
  LEDD_NEEDS_REALDATA("spine/vb1-AKa3");
  int found = 0, cases = 0;
  diameters("vb1-", found, cases);
  EXPECT_GE(found, cases - 2);
}

}  // namespace
}  // namespace ledd
