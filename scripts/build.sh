#!/usr/bin/env bash
# Builds one preset (default: release), with everything that it needs fetched first.
#   scripts/build.sh [PRESET [-DNAME=VALUE...] [TARGET...]]
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:-release}
shift || true
definitions=()
while [[ ${1:-} == -D* ]]; do
  definitions+=("$1")
  shift
done
scripts/install-packages.sh
scripts/fetch-third-party.sh
log="build/$preset/configure.log"
mkdir -p "build/$preset"
cmake --preset "$preset" "${definitions[@]}" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
cmake --build --preset "$preset" ${@:+--target "$@"}
