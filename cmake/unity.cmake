# Unity builds: the sources of a folder are compiled together, at most 16 in one unit, so that templates such as those of
# nlohmann/json and CLI11 are instantiated once per unit and not once per file. Names in anonymous namespaces must
# therefore be unique within a folder. On in the presets release and asan. Off by default and in the presets debug and
# tidy, so that an edit rebuilds one small file.
include_guard()

option(ALEXNET_UNITY "Compile the sources of a folder together" OFF)

# Groups the target's sources by folder. Call it in the CMakeLists.txt that adds the target: CMake applies properties of
# source files only there.
function(alexnet_unity target)
  if(NOT ALEXNET_UNITY)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    cmake_path(ABSOLUTE_PATH source)
    cmake_path(GET source PARENT_PATH folder)
    cmake_path(RELATIVE_PATH folder BASE_DIRECTORY ${PROJECT_SOURCE_DIR})
    string(MAKE_C_IDENTIFIER "${folder}" folder)
    list(APPEND files_${folder} ${source})
    list(LENGTH files_${folder} count)
    math(EXPR unit "(${count} - 1) / 16")
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${folder}_${unit})
  endforeach()
endfunction()
