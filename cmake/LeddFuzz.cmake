# Fuzz targets: clang's libFuzzer with the address and undefined behaviour sanitizers. Only with the preset `fuzz`,
# which builds nothing but what the targets link.
option(LEDD_FUZZ "Build the fuzz targets (clang)" OFF)
if(LEDD_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -fno-sanitize=vptr
    -fno-omit-frame-pointer -include "${PROJECT_SOURCE_DIR}/cmake/itk_clang_shim.h")
  add_link_options(-fsanitize=address,undefined)
endif()

# ledd_fuzz(dicom_header SOURCES dicom_header.cpp LINK ledd::dicom): the program fuzz_dicom_header; its sources define
# LLVMFuzzerTestOneInput and write_seeds (seeds.h).
function(ledd_fuzz name)
  cmake_parse_arguments(A "" "" "SOURCES;LINK" ${ARGN})
  add_executable(fuzz_${name} ${A_SOURCES})
  target_link_libraries(fuzz_${name} PRIVATE ledd_flags ${A_LINK})
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  set_target_properties(fuzz_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/fuzz")
  set_property(GLOBAL APPEND PROPERTY LEDD_FUZZERS fuzz_${name})
endfunction()
