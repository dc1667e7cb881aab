# Applies to everything that is compiled here, llama.cpp included (unless OSLER_SANITIZE_LLAMA is off), so that errors
# at the border show.
if(OSLER_SANITIZE)
  add_compile_options(-fsanitize=${OSLER_SANITIZE} -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=${OSLER_SANITIZE})
  if(NOT OSLER_SANITIZE_LLAMA)
    add_compile_options(-O1) # What takes time in the tests is llama.cpp.
  endif()
  if(OSLER_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
endif()
