# llama-server, for the tests of the openai engine against a real server: from the sources and with the libraries of
# cmake/llama.cmake, so that what differs from the in-process engine is not llama.cpp's release.
if(NOT OSLER_LLAMA_SERVER)
  return()
endif()
if(NOT EXISTS "${osler_llama_dir}/tools/server/CMakeLists.txt")
  message(FATAL_ERROR "No tools/server in ${osler_llama_dir}. Run scripts/fetch-third-party.sh, "
    "or leave the server out with -DOSLER_LLAMA_SERVER=OFF.")
endif()

# The page that it could show in a browser would have to be fetched: an empty one.
set(ui_dir "${CMAKE_BINARY_DIR}/llama_server_ui")
file(CONFIGURE OUTPUT "${ui_dir}/ui.h" CONTENT [[
#pragma once
#include <string>
#include <vector>
struct llama_ui_asset { std::string name; };
inline std::vector<llama_ui_asset> llama_ui_get_assets() { return {}; }
]])
add_library(llama-ui INTERFACE)
target_include_directories(llama-ui INTERFACE "${ui_dir}")
add_custom_target(llama-ui-assets)

# A function, so that the changed variables end with it.
function(osler_add_llama_server)
  # As if its own top folder had included it: it looks for headers below.
  set(PROJECT_SOURCE_DIR "${osler_llama_dir}")
  string(APPEND CMAKE_CXX_FLAGS " -w")
  add_subdirectory("${osler_llama_dir}/tools/server" "${CMAKE_BINARY_DIR}/llama.cpp/tools/server" EXCLUDE_FROM_ALL SYSTEM)
endfunction()
osler_add_llama_server()
