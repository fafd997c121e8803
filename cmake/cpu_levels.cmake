# One source file compiled for several levels of x86-64; the program chooses when it runs.
#
# The danger is a weak symbol: an inline function or template (std::max, say) compiled with AVX-512 in one object and
# without it in another has one name, and the linker keeps whichever it meets first. So each level's object is linked
# by itself (ld -r, which dissolves the COMDAT groups) and every symbol but the two it exports becomes local.
# tests/cpu_levels/ checks that with nm, and runs the command as an old CPU.
include_guard()

function(alexnet_add_cpu_levels target source)
  set(level_v1_flags -march=x86-64)
  set(level_v3_flags -march=x86-64-v3)
  set(level_v4_flags -march=x86-64-v4)
  foreach(level v1 v3 v4)
    set(object alexnet_gemm_${level})
    add_library(${object} OBJECT ${source})
    set_target_properties(${object} PROPERTIES CXX_CLANG_TIDY "") # it reads GCC's flags, and refuses -fno-gnu-unique
    target_include_directories(${object} PRIVATE src)
    target_link_libraries(${object} PRIVATE Eigen3::Eigen alexnet_warnings)
    # -fno-gnu-unique: objcopy does not make unique symbols local; clang knows none. GCC 12 sees uninitialised values
    # in its own AVX-512 intrinsics. Always optimised: a debug build then tests the same code, in minutes and not hours.
    target_compile_options(${object} PRIVATE ${level_${level}_flags} -O3 -fPIC -fno-sanitize=all
                                             $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique;-Wno-maybe-uninitialized>)
    # The stack limit, in bytes, of each of Eigen's two packed blocks: AlexNet's layers want up to 0.75 MB, and the default of
    # 128 KB would send them to malloc. oneTBB's threads have 4 MB of stack.
    target_compile_definitions(
      ${object} PRIVATE NDEBUG EIGEN_STACK_ALLOCATION_LIMIT=1048576 ALEXNET_EIGEN=eigen_${level} ALEXNET_GEMM=gemm_${level}
                        ALEXNET_GEMM_TRANSPOSED=gemm_transposed_${level})
    set(isolated ${PROJECT_BINARY_DIR}/cpu_levels/gemm_${level}.o)
    add_custom_command(
      OUTPUT ${isolated}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/cpu_levels
      COMMAND ${CMAKE_LINKER} -r --force-group-allocation -o ${isolated} $<TARGET_OBJECTS:${object}>
      COMMAND ${CMAKE_OBJCOPY} --wildcard --keep-global-symbol=*alexnet*kernels*gemm_${level}*
              --keep-global-symbol=*alexnet*kernels*gemm_transposed_${level}* ${isolated}
      DEPENDS $<TARGET_OBJECTS:${object}>
      COMMENT "Isolating ${object}"
      VERBATIM)
    target_sources(${target} PRIVATE ${isolated})
    set_source_files_properties(${isolated} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
  endforeach()
endfunction()
