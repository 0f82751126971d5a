# Installation: relocatable, with a CMake package and a pkg-config file.
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/losskit")

# Two export sets: a user of the shared library needs nothing else, one of the static library needs
# pthreadpool and CBLAS.
if(BUILD_SHARED_LIBS)
  install(TARGETS losskit EXPORT losskitSharedTargets)
  install(TARGETS losskit_static EXPORT losskitStaticTargets)
  install(EXPORT losskitSharedTargets NAMESPACE losskit:: DESTINATION "${package_dir}")
else()
  install(TARGETS losskit EXPORT losskitStaticTargets)
endif()
install(EXPORT losskitStaticTargets NAMESPACE losskit:: DESTINATION "${package_dir}")
install(FILES include/losskit.h DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")

# The library that trains, likewise: the static one needs jansson, LAPACK and liblbfgs, too.
if(TARGET losskit_learn)
  if(BUILD_SHARED_LIBS)
    install(TARGETS losskit_learn EXPORT losskitSharedTargets)
    install(TARGETS losskit_learn_static EXPORT losskitLearnStaticTargets)
  else()
    install(TARGETS losskit_learn EXPORT losskitLearnStaticTargets)
  endif()
  install(EXPORT losskitLearnStaticTargets NAMESPACE losskit:: DESTINATION "${package_dir}")
  install(FILES include/losskit_learn.h DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
endif()
if(TARGET losskit_command)
  install(TARGETS losskit_command)
  if(TARGET losskit_documents)
    set(documents "${PROJECT_BINARY_DIR}/documents")
    set(data "${CMAKE_INSTALL_DATADIR}")
    install(FILES "${documents}/losskit.1" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
    install(FILES "${documents}/losskit" DESTINATION "${data}/bash-completion/completions")
    install(FILES "${documents}/_losskit" DESTINATION "${data}/zsh/site-functions")
    install(FILES "${documents}/losskit.fish" DESTINATION "${data}/fish/vendor_completions.d")
  endif()
endif()

set(LOSSKIT_WITH_PTHREADPOOL ${Pthreadpool_FOUND})
set(LOSSKIT_WITH_CBLAS ${Cblas_FOUND})
configure_package_config_file(cmake/losskitConfig.cmake.in "${PROJECT_BINARY_DIR}/losskitConfig.cmake"
                              INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/losskitConfigVersion.cmake"
                                 COMPATIBILITY ${LOSSKIT_COMPATIBILITY})
install(FILES "${PROJECT_BINARY_DIR}/losskitConfig.cmake"
              "${PROJECT_BINARY_DIR}/losskitConfigVersion.cmake"
        DESTINATION "${package_dir}")
install(FILES cmake/FindPthreadpool.cmake cmake/FindCblas.cmake DESTINATION "${package_dir}")

# pkg-config: paths relative to the .pc file, so that the whole prefix can move.
set(pc_private "-lm ${CMAKE_THREAD_LIBS_INIT}")
if(Pthreadpool_FOUND)
  set(pc_private "-lpthreadpool ${pc_private}")
endif()
if(Cblas_FOUND)
  set(pc_private "${Cblas_LIBRARY} ${pc_private}")
endif()
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  set(pc_prefix "${CMAKE_INSTALL_PREFIX}")
  set(pc_libdir "${CMAKE_INSTALL_LIBDIR}")
else()
  file(RELATIVE_PATH up "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
  string(REGEX REPLACE "/$" "" up "${up}")
  set(pc_prefix "\${pcfiledir}/${up}")
  set(pc_libdir "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
endif()
if(IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
  set(pc_includedir "${CMAKE_INSTALL_INCLUDEDIR}")
else()
  set(pc_includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
# losskit_pkg_config(name private): what `private` links belongs to users of the static library; where
# there is no other, to all.
function(losskit_pkg_config name private)
  string(STRIP "${private}" private)
  set(pc_libs "-L\${libdir} -l${name}")
  set(pc_libs_private "")
  if(BUILD_SHARED_LIBS)
    set(pc_libs_private "Libs.private: ${private}")
  else()
    set(pc_libs "${pc_libs} ${private}")
  endif()
  configure_file(cmake/${name}.pc.in "${PROJECT_BINARY_DIR}/${name}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${name}.pc"
          DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endfunction()

losskit_pkg_config(losskit "${pc_private}")
if(TARGET losskit_learn)
  # Not Requires.private, which would ask users of the shared library for these packages.
  set(pc_private ${jansson_LDFLAGS} ${lapack_LDFLAGS} ${liblbfgs_LDFLAGS} -lm)
  list(JOIN pc_private " " pc_private)
  losskit_pkg_config(losskit_learn "${pc_private}")
endif()

# The data sets that the command knows by name (data/README.md).
if(TARGET losskit_command)
  file(GLOB data_sets data/*.csv.gz)
  install(FILES ${data_sets} data/README.md DESTINATION "${CMAKE_INSTALL_DATADIR}/losskit/data")
endif()
