# The version string carries the commit, so that a manifest can say which code made the numbers.
find_program(OSLER_GIT git)
set(OSLER_COMMIT "unknown")
if(OSLER_GIT AND EXISTS "${CMAKE_SOURCE_DIR}/.git")
  execute_process(COMMAND "${OSLER_GIT}" describe --always --dirty --abbrev=12 --exclude=*
    WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}" OUTPUT_VARIABLE OSLER_COMMIT
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  # Every commit and checkout adds a line to this log, also in a worktree.
  execute_process(COMMAND "${OSLER_GIT}" rev-parse --path-format=absolute --git-path logs/HEAD
    WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}" OUTPUT_VARIABLE osler_git_log OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(EXISTS "${osler_git_log}")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${osler_git_log}")
  endif()
endif()
if(OSLER_CUDA)
  set(OSLER_CUDA_BOOL true)
else()
  set(OSLER_CUDA_BOOL false)
endif()
