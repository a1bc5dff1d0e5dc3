# The only file that calls find_package() for the product. Every component the suite may use is listed here, once.
find_package(ITK 5.2 REQUIRED COMPONENTS
  ITKCommon ITKSmoothing ITKImageGrid ITKImageFunction ITKImageIntensity ITKDistanceMap ITKConnectedComponents
  ITKThresholding ITKLabelMap ITKMathematicalMorphology ITKBinaryMathematicalMorphology
  ITKBiasCorrection ITKMetricsv4 ITKTransform ITKIOImageBase ITKIONIFTI ITKIOMeta ITKIONRRD)
find_package(OpenCV 4.6 REQUIRED COMPONENTS core imgproc imgcodecs dnn)
find_package(DCMTK REQUIRED)
find_package(TBB REQUIRED)
find_package(ZLIB REQUIRED)
find_package(TIFF 4.5 REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(CLI11 2.1 REQUIRED)
find_package(spdlog 1.10 REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(tomlplusplus REQUIRED IMPORTED_TARGET tomlplusplus)
pkg_check_modules(ctemplate REQUIRED IMPORTED_TARGET libctemplate)
find_package(SQLiteCpp REQUIRED)
find_package(Qt5 5.15 REQUIRED COMPONENTS Widgets Test)
find_package(VTK 9.1 REQUIRED COMPONENTS
  CommonCore CommonDataModel FiltersCore GUISupportQt InteractionStyle RenderingAnnotation RenderingCore
  RenderingFreeType RenderingOpenGL2)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(Boost 1.74 REQUIRED)  # headers only: Boost.Math's distributions

# libharu has neither a CMake package nor a .pc file.
find_path(LEDD_HPDF_INCLUDE hpdf.h REQUIRED)
find_library(LEDD_HPDF_LIBRARY hpdf REQUIRED)
add_library(Ledd::hpdf INTERFACE IMPORTED)
target_include_directories(Ledd::hpdf INTERFACE "${LEDD_HPDF_INCLUDE}")
target_link_libraries(Ledd::hpdf INTERFACE "${LEDD_HPDF_LIBRARY}")

# ledd_link_itk(<target> PUBLIC|PRIVATE <ITK modules>): ITK as a normal, per-target dependency.
# Never include(${ITK_USE_FILE}): it sets directory-wide flags and registers every IO factory
# in every translation unit. Factories are registered by hand in modules/files.
macro(ledd_link_itk target scope)
  itk_module_config(_ledd_itk ${ARGN})
  target_include_directories(${target} SYSTEM ${scope} ${_ledd_itk_INCLUDE_DIRS})
  target_link_libraries(${target} ${scope} ${_ledd_itk_LIBRARIES})
endmacro()
