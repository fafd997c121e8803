# Embeds text files in a target: alexnet_embed(TARGET FOLDER) writes a source that defines, for each file of FOLDER such as
# page.css, the string alexnet::app::assets::page_css. FOLDER.hpp declares them. A changed file configures again.
include_guard()

function(alexnet_embed target folder)
  file(GLOB files CONFIGURE_DEPENDS ${folder}/*)
  set(text "#include \"print/assets.hpp\"\n\nnamespace alexnet::app::assets {\n\n")
  foreach(file IN LISTS files)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    cmake_path(GET file FILENAME name)
    string(MAKE_C_IDENTIFIER ${name} name)
    file(READ ${file} content)
    string(APPEND text "const std::string_view ${name} = R\"asset(${content})asset\";\n\n")
  endforeach()
  string(APPEND text "}  // namespace alexnet::app::assets\n")
  set(source ${PROJECT_BINARY_DIR}/${target}_assets.cpp)
  file(CONFIGURE OUTPUT ${source} CONTENT "${text}" @ONLY) # writes only what has changed
  target_sources(${target} PRIVATE ${source})
endfunction()
