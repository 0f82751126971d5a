# Which instruction sets get kernels of their own, and the flags of the kernels.
#   LOSSKIT_SETS             baseline and those of v2, v3, v4 that were asked for and can be compiled
#   LOSSKIT_SET_DEFINITIONS  LK_HAVE_V2 and so on, for isa.c
#   LOSSKIT_ISA_OPTIONS      further options of isa.c
#   LOSSKIT_KERNEL_OPTIONS   options of every kernel
#   losskit_kernel_options(target set width)
include(CheckCSourceCompiles)

set(LOSSKIT_MARCH_v2 -march=x86-64-v2)
set(LOSSKIT_MARCH_v3 -march=x86-64-v3)
set(LOSSKIT_MARCH_v4 -march=x86-64-v4 -mprefer-vector-width=512)

# Compiles and assembles a program that needs the set, so that an old assembler is noticed too.
function(losskit_probe_set set result)
  set(probe_v2 "__m128i f(__m128i a) { return _mm_shuffle_epi8(a, _mm_cmpgt_epi64(a, a)); }")
  set(probe_v3 "__m256 f(__m256 a) { return _mm256_fmadd_ps(a, a, a); }")
  set(probe_v4 "__m512d f(__m512d a) { return _mm512_and_pd(a, _mm512_fmadd_pd(a, a, a)); }")
  list(JOIN LOSSKIT_MARCH_${set} " " CMAKE_REQUIRED_FLAGS)
  set(CMAKE_REQUIRED_QUIET ON)
  set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
  check_c_source_compiles("#include <immintrin.h>\n${probe_${set}}" ${result})
endfunction()

set(CMAKE_REQUIRED_QUIET ON)
check_c_source_compiles("
#ifndef __x86_64__
#error
#endif
int main(void) { return 0; }" LOSSKIT_X86_64)
unset(CMAKE_REQUIRED_QUIET)

set(LOSSKIT_SETS baseline)
set(LOSSKIT_SET_DEFINITIONS "")
set(LOSSKIT_ISA_OPTIONS "")
if(LOSSKIT_INSTRUCTION_SETS STREQUAL "all")
  set(wanted v2 v3 v4)
else()
  set(wanted ${LOSSKIT_INSTRUCTION_SETS})
endif()
foreach(set IN LISTS wanted)
  if(NOT set MATCHES "^(baseline|v2|v3|v4)$")
    message(FATAL_ERROR "LOSSKIT_INSTRUCTION_SETS names \"${set}\"; it takes all, baseline, v2, v3, v4")
  endif()
endforeach()
foreach(set v2 v3 v4)
  if(LOSSKIT_X86_64 AND set IN_LIST wanted)
    losskit_probe_set(${set} LOSSKIT_COMPILES_${set})
    if(LOSSKIT_COMPILES_${set})
      string(TOUPPER "${set}" upper)
      list(APPEND LOSSKIT_SETS ${set})
      list(APPEND LOSSKIT_SET_DEFINITIONS LK_HAVE_${upper})
    else()
      message(STATUS "No kernels for x86-64-${set}: the compiler or assembler does not know it")
    endif()
  endif()
endforeach()
list(LENGTH LOSSKIT_SETS count)
if(NOT count EQUAL 4)
  set(LOSSKIT_ISA_OPTIONS -Wno-unused-function) # the tests for the sets that are not here
endif()

# The kernels are always optimised: without inlining and vectorisation they are hopelessly slow.
if(LOSSKIT_FUZZ)
  set(LOSSKIT_KERNEL_OPTIONS -O1) # fuzz runs are short
elseif(LOSSKIT_SANITIZE OR LOSSKIT_COVERAGE)
  set(LOSSKIT_KERNEL_OPTIONS -O2)
else()
  set(LOSSKIT_KERNEL_OPTIONS -O3)
endif()
list(APPEND LOSSKIT_KERNEL_OPTIONS -fno-math-errno -fno-trapping-math -ffp-contract=off
     -fopenmp-simd)
if(CMAKE_C_COMPILER_ID MATCHES "Clang" AND (LOSSKIT_SANITIZE OR LOSSKIT_COVERAGE))
  list(APPEND LOSSKIT_KERNEL_OPTIONS -Wno-pass-failed) # instrumented loops need not vectorise
endif()
if(CMAKE_C_COMPILER_ID STREQUAL "GNU" AND NOT LOSSKIT_SANITIZE AND NOT LOSSKIT_COVERAGE)
  # A loop that clears a few sums must not become a call of memset or a `rep stos`.
  list(APPEND LOSSKIT_KERNEL_OPTIONS -fschedule-insns -fsched-pressure
       -fno-tree-loop-distribute-patterns
       "SHELL:--param max-completely-peeled-insns=2000")
endif()

function(losskit_kernel_options target set width)
  set_target_properties(${target} PROPERTIES INTERPROCEDURAL_OPTIMIZATION OFF)
  target_compile_definitions(${target} PRIVATE LK_REAL=${width})
  target_compile_options(${target} PRIVATE ${LOSSKIT_KERNEL_OPTIONS} ${LOSSKIT_MARCH_${set}})
endfunction()
