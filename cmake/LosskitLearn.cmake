# The library that trains: learn/, on the public interface of losskit alone.
include(LosskitPackages)
losskit_require_packages("losskit's training" "-DLOSSKIT_BUILD_LEARN=OFF -DLOSSKIT_BUILD_CLI=OFF" jansson
                         lapacke liblbfgs)

# OpenBLAS has LAPACK in it, and of LAPACKE only the header is needed; its library would take a
# millisecond of every start.
if(Cblas_FOUND)
  include(CheckFunctionExists)
  set(CMAKE_REQUIRED_LIBRARIES Cblas::Cblas)
  check_function_exists(dgelsy_ LOSSKIT_CBLAS_HAS_LAPACK)
  unset(CMAKE_REQUIRED_LIBRARIES)
endif()
if(LOSSKIT_CBLAS_HAS_LAPACK)
  set(learn_lapack Cblas::Cblas)
  set(learn_packages jansson liblbfgs)
else()
  pkg_check_modules(lapack REQUIRED IMPORTED_TARGET lapack)
  set(learn_lapack PkgConfig::lapack)
  set(learn_packages jansson lapack liblbfgs)
endif()

file(GLOB learn_sources CONFIGURE_DEPENDS learn/*.c)
add_library(losskit_learn_objects OBJECT ${learn_sources})
target_include_directories(losskit_learn_objects PRIVATE "${PROJECT_SOURCE_DIR}/include"
                                                         "${PROJECT_SOURCE_DIR}/learn")
target_include_directories(losskit_learn_objects SYSTEM PRIVATE ${lapacke_INCLUDE_DIRS})
target_link_libraries(losskit_learn_objects PRIVATE PkgConfig::jansson PkgConfig::liblbfgs)
# Loops that are written as four chains become vectors; sums keep the order they are written in.
target_compile_options(losskit_learn_objects PRIVATE -O3 -fno-math-errno -fno-trapping-math)
losskit_options(losskit_learn_objects)

function(losskit_learn_library target type core)
  add_library(${target} ${type} $<TARGET_OBJECTS:losskit_learn_objects>)
  set_target_properties(${target} PROPERTIES OUTPUT_NAME losskit_learn LINKER_LANGUAGE C)
  target_include_directories(
    ${target} PUBLIC "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>"
                     "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  target_link_libraries(${target} PUBLIC ${core} PRIVATE PkgConfig::jansson ${learn_lapack}
                                                         PkgConfig::liblbfgs m)
  target_link_options(${target} PRIVATE ${LOSSKIT_INSTRUMENT_LINK})
  add_library(losskit::${target} ALIAS ${target})
endfunction()

if(BUILD_SHARED_LIBS)
  losskit_learn_library(losskit_learn SHARED losskit)
  losskit_learn_library(losskit_learn_static STATIC losskit_static)
  # Wherever both are installed, it finds losskit beside it.
  set_target_properties(losskit_learn PROPERTIES VERSION ${LOSSKIT_VERSION} SOVERSION ${LOSSKIT_ABI}
                                                 INSTALL_RPATH "$ORIGIN")
  losskit_export_only_public_symbols(losskit_learn)
else()
  losskit_learn_library(losskit_learn STATIC losskit)
  add_library(losskit_learn_static ALIAS losskit_learn)
endif()
