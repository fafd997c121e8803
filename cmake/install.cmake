# What `cmake --install` puts where: the command, the library with its headers and CMake package, the models, the manual
# pages and the shells' completions. The whole can be moved: everything is found from where it lies.
include_guard()
include(CMakePackageConfigHelpers)

# ---- command and library ----------------------------------------------------------------------------------------
# Headers that users of the library include. They include the standard library and each other, nothing else.
set(ALEXNET_PUBLIC_HEADERS
    core/error.hpp
    core/shape.hpp
    core/storage.hpp
    engine/engine.hpp
    image/image.hpp
    image/preprocess.hpp
    import/import.hpp
    kernels/gemm.hpp
    layers/layers.hpp
    network/counters.hpp
    network/description.hpp
    network/model.hpp
    network/network.hpp
    network/profiler.hpp
    network/save_model.hpp
    weights/weights.hpp)
foreach(header ${ALEXNET_PUBLIC_HEADERS})
  get_filename_component(folder ${header} DIRECTORY)
  install(FILES src/${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/alexnet/${folder})
endforeach()

install(TARGETS alexnet_command RUNTIME)
install(TARGETS alexnet EXPORT alexnetTargets)
target_link_options(alexnet INTERFACE $<INSTALL_INTERFACE:LINKER:-rpath,$<INSTALL_PREFIX>/${ALEXNET_MODULES}>)
if(BUILD_SHARED_LIBS)
  file(RELATIVE_PATH from_bin_to_lib ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
  set_property(TARGET alexnet_command APPEND PROPERTY INSTALL_RPATH "$ORIGIN/${from_bin_to_lib}")
  set_target_properties(alexnet PROPERTIES INSTALL_RPATH "$ORIGIN/alexnet" VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
endif()

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/alexnet)
configure_package_config_file(cmake/alexnetConfig.cmake.in ${PROJECT_BINARY_DIR}/alexnetConfig.cmake
                              INSTALL_DESTINATION ${package} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/alexnetConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/alexnetConfig.cmake ${PROJECT_BINARY_DIR}/alexnetConfigVersion.cmake DESTINATION ${package})
install(EXPORT alexnetTargets NAMESPACE alexnet:: DESTINATION ${package})

# ---- models and documents ---------------------------------------------------------------------------------------
# Not CMAKE_INSTALL_DATADIR: the command looks in ../share.
install(DIRECTORY models DESTINATION ${CMAKE_INSTALL_BINDIR}/../share/alexnet PATTERN __pycache__ EXCLUDE)
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

# ---- manual pages and completions, both made by the command itself ----------------------------------------------
set(pages ${PROJECT_BINARY_DIR}/pages)
add_custom_command(
  OUTPUT ${pages}/made
  COMMAND ${PROJECT_SOURCE_DIR}/cmake/make_pages.sh $<TARGET_FILE:alexnet_command> ${pages}
  DEPENDS alexnet_command cmake/make_pages.sh
  COMMENT "Making manual pages and completions"
  VERBATIM)
add_custom_target(alexnet_pages ALL DEPENDS ${pages}/made)
install(DIRECTORY ${pages}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
install(FILES ${pages}/alexnet.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME alexnet)
install(FILES ${pages}/alexnet.zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions RENAME _alexnet)
install(FILES ${pages}/alexnet.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
