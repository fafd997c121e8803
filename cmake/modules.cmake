# Modules: shared libraries that the program opens when it first needs them (src/core/module.hpp). Each is found along the
# RUNPATH of the program, or of the shared library where alexnet is one: $ORIGIN-relative here and installed, so that the
# whole can be moved.
include_guard()

set(ALEXNET_MODULES ${CMAKE_INSTALL_LIBDIR}/alexnet)
set(CMAKE_BUILD_RPATH ${PROJECT_BINARY_DIR}/${ALEXNET_MODULES})
file(RELATIVE_PATH from_bin_to_modules ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR}/alexnet)
set(CMAKE_INSTALL_RPATH "$ORIGIN/${from_bin_to_modules}")

# From the folder of the modules to that of the models, in the build tree and installed.
file(RELATIVE_PATH ALEXNET_MODULES_TO_MODELS ${CMAKE_INSTALL_FULL_LIBDIR}/alexnet ${CMAKE_INSTALL_PREFIX}/share/alexnet/models)

add_custom_target(alexnet_modules)

# The module takes what it needs of the library into itself, hidden.
function(alexnet_add_module name)
  add_library(alexnet_${name} MODULE ${ARGN} ${PROJECT_SOURCE_DIR}/src/core/module_version.cpp)
  set_target_properties(
    alexnet_${name} PROPERTIES PREFIX "" CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
                               LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/${ALEXNET_MODULES}
                               INSTALL_RPATH "")
  target_link_libraries(alexnet_${name} PRIVATE alexnet_internal alexnet_warnings)
  target_compile_definitions(alexnet_${name} PRIVATE ALEXNET_VERSION="${PROJECT_VERSION}")
  target_link_options(alexnet_${name} PRIVATE LINKER:--exclude-libs,ALL)
  alexnet_unity(alexnet_${name})
  add_dependencies(alexnet_modules alexnet_${name})
  if(ALEXNET_INSTALL)
    install(TARGETS alexnet_${name} LIBRARY DESTINATION ${ALEXNET_MODULES})
  endif()
endfunction()
