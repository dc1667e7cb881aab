# DuckDB's C API: a prebuilt shared library and its header, both from the npm registry (third_party/npm.lock).
set(osler_duckdb_dir "${CMAKE_SOURCE_DIR}/third_party/_fetched/duckdb")
if(NOT EXISTS "${osler_duckdb_dir}/libduckdb.so")
  message(FATAL_ERROR "No DuckDB in ${osler_duckdb_dir}. Run scripts/fetch-third-party.sh.")
endif()
add_library(duckdb SHARED IMPORTED GLOBAL)
set_target_properties(duckdb PROPERTIES
  IMPORTED_LOCATION "${osler_duckdb_dir}/libduckdb.so"
  IMPORTED_SONAME libduckdb.so
  INTERFACE_INCLUDE_DIRECTORIES "${osler_duckdb_dir}"
  INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${osler_duckdb_dir}")
install(FILES "${osler_duckdb_dir}/libduckdb.so" DESTINATION ${CMAKE_INSTALL_LIBDIR}/osler)
set(OSLER_DUCKDB_VERSION "1.4.4")

# An installed tree finds its library beside itself, wherever it is put.
file(RELATIVE_PATH osler_lib_from_bin
  "${CMAKE_INSTALL_FULL_BINDIR}" "${CMAKE_INSTALL_FULL_LIBDIR}/osler")
set(OSLER_INSTALL_RPATH "$ORIGIN/${osler_lib_from_bin}")
