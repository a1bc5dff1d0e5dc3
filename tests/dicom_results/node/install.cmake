# Installs package.json's exact versions into the build folder.
find_program(npm npm)
if(NOT npm)
  message("skipped: npm is not installed")
  return()
endif()
file(MAKE_DIRECTORY ${TO})
file(COPY ${FROM}/package.json DESTINATION ${TO})
if(EXISTS ${FROM}/package-lock.json)
  file(COPY ${FROM}/package-lock.json DESTINATION ${TO})
endif()
# The peers are a viewer and its drawing; what reads and writes needs none of them. No package's script is run.
execute_process(COMMAND ${npm} install --legacy-peer-deps --ignore-scripts --no-audit --no-fund
  WORKING_DIRECTORY ${TO} RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(failed)
  message("skipped: npm could not install (no network?): ${said}")
endif()
