# ccache makes a second build a matter of seconds; without it the build works just the same.
find_program(OSLER_CCACHE ccache)
if(OSLER_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER "${OSLER_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${OSLER_CCACHE}")
endif()
