find_package(PkgConfig QUIET)

# losskit_find_packages(packages...): imported targets PkgConfig::<package>; losskit_missing names those
# that are not there.
macro(losskit_find_packages)
  set(losskit_missing "")
  foreach(package IN ITEMS ${ARGN})
    if(PkgConfig_FOUND)
      pkg_check_modules(${package} QUIET IMPORTED_TARGET ${package})
    endif()
    if(NOT ${package}_FOUND)
      list(APPEND losskit_missing ${package})
    endif()
  endforeach()
endmacro()

# losskit_require_packages(what options packages...): imported targets PkgConfig::<package>, or an error
# that tells which are missing and with which options `what` is left out.
macro(losskit_require_packages what options)
  losskit_find_packages(${ARGN})
  if(losskit_missing)
    list(JOIN losskit_missing ", " losskit_missing)
    message(FATAL_ERROR "${what} needs ${losskit_missing}: run scripts/setup.sh, or configure with "
                        "${options}.")
  endif()
endmacro()

# Sets LOSSKIT_BUILD_LEARN to whether training can be built here, and says so where it cannot.
macro(losskit_build_learn_if_possible)
  set(LOSSKIT_BUILD_LEARN ON)
  losskit_find_packages(jansson lapacke liblbfgs)
  if(NOT PkgConfig_FOUND)
    list(PREPEND losskit_missing pkg-config)
  endif()
  if(losskit_missing)
    list(JOIN losskit_missing ", " losskit_missing)
    message(WARNING "${losskit_missing} not found: losskit is built WITHOUT TRAINING; every loss is there. "
                    "On Debian and Ubuntu install pkg-config libjansson-dev liblapacke-dev liblbfgs-dev.")
    set(LOSSKIT_BUILD_LEARN OFF)
  endif()
endmacro()
