# Warnings, sanitizers and what every source of losskit is compiled with.
include(CheckLinkerFlag)

set(LOSSKIT_INSTRUMENT_COMPILE "")
set(LOSSKIT_INSTRUMENT_LINK "")
if(LOSSKIT_FUZZ)
  if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "LOSSKIT_FUZZ needs clang: configure with -DCMAKE_C_COMPILER=clang")
  endif()
  set(LOSSKIT_SANITIZE address undefined)
  list(APPEND LOSSKIT_INSTRUMENT_COMPILE -fsanitize=fuzzer-no-link)
endif()
if(LOSSKIT_SANITIZE)
  list(JOIN LOSSKIT_SANITIZE "," sanitizers)
  list(APPEND LOSSKIT_INSTRUMENT_COMPILE -fsanitize=${sanitizers} -fno-omit-frame-pointer
       -fno-sanitize-recover=all)
  list(APPEND LOSSKIT_INSTRUMENT_LINK -fsanitize=${sanitizers})
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU") # gcc warns of what the instrumentation hides from it
    list(APPEND LOSSKIT_INSTRUMENT_COMPILE -Wno-maybe-uninitialized)
  endif()
endif()
if(LOSSKIT_COVERAGE)
  list(APPEND LOSSKIT_INSTRUMENT_COMPILE --coverage -fprofile-update=prefer-atomic)
  list(APPEND LOSSKIT_INSTRUMENT_LINK --coverage)
endif()

# losskit_options(target [POSIX]): POSIX for sources that use more of the system than C11.
function(losskit_options target)
  cmake_parse_arguments(arg "POSIX" "" "" ${ARGN})
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_compile_options(
    ${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -ffp-contract=off
                      $<$<BOOL:${LOSSKIT_WERROR}>:-Werror> ${LOSSKIT_INSTRUMENT_COMPILE})
  target_link_options(${target} PRIVATE ${LOSSKIT_INSTRUMENT_LINK})
  if(arg_POSIX)
    set_target_properties(${target} PROPERTIES C_EXTENSIONS ON)
  endif()
endfunction()

# A version script, where the linker has them: only lk_* leave the shared library.
function(losskit_export_only_public_symbols target)
  set(script "${PROJECT_BINARY_DIR}/losskit.map")
  configure_file("${PROJECT_SOURCE_DIR}/cmake/losskit.map.in" "${script}" @ONLY)
  check_linker_flag(C "-Wl,--version-script=${script}" LOSSKIT_LINKER_HAS_VERSION_SCRIPTS)
  if(LOSSKIT_LINKER_HAS_VERSION_SCRIPTS)
    target_link_options(${target} PRIVATE "-Wl,--version-script=${script}")
    set_target_properties(${target} PROPERTIES LINK_DEPENDS "${script}")
  endif()
endfunction()
