# The version string carries the commit, so that a manifest can say which code made the numbers.
find_program(OSLER_GIT git)
set(OSLER_COMMIT "unknown")
if(OSLER_GIT AND EXISTS "${CMAKE_SOURCE_DIR}/.git")
  execute_process(COMMAND "${OSLER_GIT}" describe --always --dirty --abbrev=12 --exclude=*
    WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}" OUTPUT_VARIABLE OSLER_COMMIT
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/.git/HEAD")
endif()
if(OSLER_CUDA)
  set(OSLER_CUDA_BOOL true)
else()
  set(OSLER_CUDA_BOOL false)
endif()
