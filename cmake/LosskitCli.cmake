# The command. All of cli/ but main.c is a library too, so that the tests and fuzz targets reach it.
include(LosskitPackages)
losskit_require_packages("The losskit command" "-DLOSSKIT_BUILD_CLI=OFF" popt jansson zlib libzip)

# Claims about losses, each an example of the libraries' use.
file(GLOB experiment_sources CONFIGURE_DEPENDS experiments/*.c)
add_library(losskit_experiments STATIC ${experiment_sources})
target_include_directories(losskit_experiments PUBLIC "${PROJECT_SOURCE_DIR}/experiments")
target_include_directories(losskit_experiments SYSTEM PRIVATE ${lapacke_INCLUDE_DIRS})
target_link_libraries(losskit_experiments PUBLIC losskit_learn_static losskit_static m
                                          PRIVATE ${learn_lapack}) # eigenvalues
losskit_options(losskit_experiments)

file(GLOB cli_sources CONFIGURE_DEPENDS cli/*.c)
set(cli_main "${PROJECT_SOURCE_DIR}/cli/main.c")
list(FIND cli_sources "${cli_main}" cli_main_found)
list(REMOVE_ITEM cli_sources "${cli_main}")
add_library(losskit_cli STATIC ${cli_sources})
target_include_directories(losskit_cli PUBLIC "${PROJECT_SOURCE_DIR}/cli")
target_link_libraries(losskit_cli PUBLIC losskit_experiments losskit_learn_static losskit_static PkgConfig::popt PkgConfig::jansson
                                         PkgConfig::zlib PkgConfig::libzip m)
target_compile_definitions(losskit_cli PUBLIC
                           LOSSKIT_DATA_FOLDER="${CMAKE_INSTALL_FULL_DATADIR}/losskit/data")
losskit_options(losskit_cli POSIX)

if(NOT cli_main_found EQUAL -1)
  add_executable(losskit_command "${cli_main}")
  set_target_properties(losskit_command PROPERTIES OUTPUT_NAME losskit)
  target_link_libraries(losskit_command PRIVATE losskit_cli)
  losskit_options(losskit_command POSIX)

  # The manual page and the completions come from the command itself.
  if(NOT CMAKE_CROSSCOMPILING)
    set(documents "${PROJECT_BINARY_DIR}/documents")
    file(MAKE_DIRECTORY "${documents}")
    add_custom_command(
      OUTPUT "${documents}/losskit.1" "${documents}/losskit" "${documents}/_losskit"
             "${documents}/losskit.fish"
      COMMAND losskit_command --man > "${documents}/losskit.1"
      COMMAND losskit_command --completion bash > "${documents}/losskit"
      COMMAND losskit_command --completion zsh > "${documents}/_losskit"
      COMMAND losskit_command --completion fish > "${documents}/losskit.fish"
      DEPENDS losskit_command
      COMMENT "Writing the manual page and the completions"
      VERBATIM)
    add_custom_target(losskit_documents ALL DEPENDS "${documents}/losskit.1")
  endif()
endif()
