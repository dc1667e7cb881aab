#!/usr/bin/env bash
# clang-format and clang-tidy over our own code. clang-tidy reads build/release/compile_commands.json.
#   scripts/lint.sh [FILE...]     (default: every tracked source)
set -euo pipefail
cd "$(dirname "$0")/.."
for tool in clang-format clang-tidy; do
  command -v "$tool" >/dev/null || { echo "lint: $tool is missing; apt-get install $tool" >&2; exit 1; }
done
[ -f build/release/compile_commands.json ] || scripts/build.sh release
files=("$@")
[ "${#files[@]}" -gt 0 ] || mapfile -t files < <(git ls-files 'src/*.cpp' 'src/*.h' 'tools/*.cpp' 'tools/*.h' 'tests/*.cpp' 'tests/*.h' 'bench/*.cpp')
clang-format --dry-run --Werror "${files[@]}"
sources=()
for file in "${files[@]}"; do
  case $file in src/*.cpp | tools/*.cpp) sources+=("$file") ;; esac
done
[ "${#sources[@]}" -eq 0 ] || printf '%s\n' "${sources[@]}" | xargs -P "$(nproc)" -n 4 clang-tidy --quiet -p build/release \
  --extra-arg=-Wno-unknown-warning-option
