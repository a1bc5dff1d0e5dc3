# Installs what package-lock.json names into the build folder, unless it is there already.
find_program(npm npm)
if(NOT npm)
  message("skipped: npm is not installed")
  return()
endif()
file(SHA256 ${FROM}/package-lock.json wanted)
set(stamp ${TO}/node_modules/installed.sha256)
if(EXISTS ${stamp})
  file(READ ${stamp} installed)
  if(installed STREQUAL wanted)
    return()
  endif()
endif()
file(COPY ${FROM}/package.json ${FROM}/package-lock.json DESTINATION ${TO})
# The lock holds digests and no addresses. Peers that are left out draw; what reads and writes needs none of
# them. No package's own script is run.
execute_process(COMMAND ${npm} ci --legacy-peer-deps --ignore-scripts --no-audit --no-fund --fetch-retries=1
  TIMEOUT 150
  WORKING_DIRECTORY ${TO} RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(failed)
  message("skipped: npm could not install (no network?): ${said}")
  return()
endif()
file(WRITE ${stamp} ${wanted})
