# losskit_require_packages(what options packages...): imported targets PkgConfig::<package>, or an error
# that tells which are missing and with which options `what` is left out.
find_package(PkgConfig REQUIRED)
macro(losskit_require_packages what options)
  set(losskit_missing "")
  foreach(package IN ITEMS ${ARGN})
    pkg_check_modules(${package} QUIET IMPORTED_TARGET ${package})
    if(NOT ${package}_FOUND)
      list(APPEND losskit_missing ${package})
    endif()
  endforeach()
  if(losskit_missing)
    list(JOIN losskit_missing ", " losskit_missing)
    message(FATAL_ERROR "${what} needs ${losskit_missing}: run scripts/setup.sh, or configure with "
                        "${options}.")
  endif()
endmacro()
