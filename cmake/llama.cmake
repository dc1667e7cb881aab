# llama.cpp: libllama, libmtmd, ggml and the Jinja engine of its common/ folder, built as static libraries.
# Only these targets are built; the command-line tools and the rest of common/ are not, and the server
# (cmake/llama_server.cmake) only for the tests that ask it.
if(OSLER_LLAMA_CPP_DIR)
  set(osler_llama_dir "${OSLER_LLAMA_CPP_DIR}")
else()
  set(osler_llama_dir "${CMAKE_SOURCE_DIR}/third_party/_fetched/llama.cpp")
endif()
if(NOT EXISTS "${osler_llama_dir}/tools/mtmd/mtmd.h")
  message(FATAL_ERROR "No llama.cpp sources with tools/mtmd in ${osler_llama_dir}. "
    "Run scripts/fetch-third-party.sh, or name a source folder with -DOSLER_LLAMA_CPP_DIR=DIR.")
endif()

set(OSLER_LLAMA_RELEASE "unknown")
set(OSLER_LLAMA_COMMIT "unknown")
foreach(fact RELEASE COMMIT)
  if(EXISTS "${osler_llama_dir}/OSLER_${fact}")
    file(STRINGS "${osler_llama_dir}/OSLER_${fact}" OSLER_LLAMA_${fact} LIMIT_COUNT 1)
  endif()
endforeach()
# Its own scripts would ask git and get Osler's commit: wrong, and new with each commit.
string(SUBSTRING "${OSLER_LLAMA_COMMIT}" 0 9 LLAMA_BUILD_COMMIT)
set(GIT_EXE "" CACHE FILEPATH "" FORCE)
set(LLAMA_BUILD_NUMBER 0)

set(BUILD_SHARED_LIBS OFF CACHE BOOL "" FORCE)
set(LLAMA_BUILD_COMMON ${OSLER_LLAMA_SERVER} CACHE BOOL "" FORCE)
foreach(part TOOLS EXAMPLES TESTS SERVER APP UI)
  set(LLAMA_BUILD_${part} OFF CACHE BOOL "" FORCE)
endforeach()
set(LLAMA_BUILD_MTMD ON CACHE BOOL "" FORCE)
# With video on, libmtmd hands unknown image bytes to an external ffprobe.
set(MTMD_VIDEO OFF CACHE BOOL "" FORCE)
set(LLAMA_SUBPROCESS OFF CACHE BOOL "" FORCE)
set(LLAMA_OPENSSL OFF CACHE BOOL "" FORCE)
set(GGML_CUDA ${OSLER_CUDA} CACHE BOOL "" FORCE)
set(GGML_CCACHE OFF CACHE BOOL "" FORCE) # cmake/ccache.cmake sees to it
if(OSLER_PORTABLE)
  set(GGML_NATIVE OFF CACHE BOOL "" FORCE)
else()
  set(GGML_NATIVE ON CACHE BOOL "" FORCE)
endif()
if(OSLER_SANITIZE MATCHES "thread")
  # libgomp is not instrumented: its barriers look like races. ggml's own thread pool does not.
  set(GGML_OPENMP OFF CACHE BOOL "" FORCE)
endif()

# Its warnings are its authors' business; a newcomer's first build should not scroll past a thousand of them.
set(osler_own_c_flags "${CMAKE_C_FLAGS}")
set(osler_own_cxx_flags "${CMAKE_CXX_FLAGS}")
string(APPEND CMAKE_C_FLAGS " -w")
string(APPEND CMAKE_CXX_FLAGS " -w")
get_directory_property(osler_own_options COMPILE_OPTIONS)
if(NOT OSLER_SANITIZE_LLAMA)
  set_directory_properties(PROPERTIES COMPILE_OPTIONS "")
endif()
add_subdirectory("${osler_llama_dir}" "${CMAKE_BINARY_DIR}/llama.cpp" EXCLUDE_FROM_ALL SYSTEM)
set(CMAKE_C_FLAGS "${osler_own_c_flags}")
set(CMAKE_CXX_FLAGS "${osler_own_cxx_flags}")

# The chat-template engine alone: the rest of llama-common costs as much again to build and is not used.
set(jinja_sources jinja/caps.cpp jinja/lexer.cpp jinja/parser.cpp jinja/runtime.cpp jinja/string.cpp
                  jinja/value.cpp json.cpp unicode.cpp)
list(TRANSFORM jinja_sources PREPEND "${osler_llama_dir}/common/")
add_library(osler_jinja STATIC EXCLUDE_FROM_ALL ${jinja_sources})
target_include_directories(osler_jinja SYSTEM PUBLIC "${osler_llama_dir}/common")
target_link_libraries(osler_jinja PUBLIC ggml vendor::nlohmann)
set_directory_properties(PROPERTIES COMPILE_OPTIONS "${osler_own_options}")
