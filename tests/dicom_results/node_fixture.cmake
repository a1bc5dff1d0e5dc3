# Read by ctest after the list of discovered tests: those that need the installed modules wait for them.
foreach(test IN LISTS dicom_results_test_TESTS)
  if(test MATCHES "NodeReaders")
    set_tests_properties("${test}" PROPERTIES FIXTURES_REQUIRED dicom_results_node)
  endif()
endforeach()
