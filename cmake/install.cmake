# Files that `cmake --install` installs: the command, the library with its headers and CMake package, the models, the manual
# pages and the shells' completions. The whole can be moved: everything is found from where it lies.
include_guard()
include(CMakePackageConfigHelpers)

# ---- command and library ----------------------------------------------------------------------------------------
install(DIRECTORY include/alexnet DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

if(ALEXNET_COMMAND)
  install(TARGETS alexnet_command RUNTIME)
endif()
install(TARGETS alexnet EXPORT alexnetTargets)
target_link_options(alexnet INTERFACE $<INSTALL_INTERFACE:LINKER:-rpath,$<INSTALL_PREFIX>/${ALEXNET_MODULES}>)
if(BUILD_SHARED_LIBS)
  set_target_properties(alexnet PROPERTIES INSTALL_RPATH "$ORIGIN/alexnet" VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
endif()

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/alexnet)
configure_package_config_file(cmake/alexnetConfig.cmake.in ${PROJECT_BINARY_DIR}/alexnetConfig.cmake
                              INSTALL_DESTINATION ${package} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/alexnetConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/alexnetConfig.cmake ${PROJECT_BINARY_DIR}/alexnetConfigVersion.cmake DESTINATION ${package})
install(EXPORT alexnetTargets NAMESPACE alexnet:: DESTINATION ${package})

# pkg-config: a program that links the static library links what the library needs as well.
set(ALEXNET_PC_LIBS "-lopencv_imgproc -lopencv_core -ljpeg -lpng -lz -lwebpdemux -lwebp -ltbb -ldl")
if(BUILD_SHARED_LIBS)
  set(ALEXNET_PC_LIBS "")
endif()
file(RELATIVE_PATH ALEXNET_PC_INCLUDE ${CMAKE_INSTALL_FULL_LIBDIR} ${CMAKE_INSTALL_FULL_INCLUDEDIR})
configure_file(cmake/alexnet.pc.in ${PROJECT_BINARY_DIR}/alexnet.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/alexnet.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# ---- models and documents ---------------------------------------------------------------------------------------
# Not CMAKE_INSTALL_DATADIR: the command looks in ../share.
install(DIRECTORY models DESTINATION ${CMAKE_INSTALL_BINDIR}/../share/alexnet PATTERN __pycache__ EXCLUDE)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(CODE "set(source \"${PROJECT_SOURCE_DIR}\")\nset(copies \"${PROJECT_BINARY_DIR}/documents\")")
install(SCRIPT cmake/installed_documents.cmake)
install(DIRECTORY ${PROJECT_BINARY_DIR}/documents/ DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY data/pictures DESTINATION ${CMAKE_INSTALL_DOCDIR}/data PATTERN *.json EXCLUDE)

# ---- manual pages and completions, both made by the command itself ----------------------------------------------
if(ALEXNET_COMMAND)
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
endif()
