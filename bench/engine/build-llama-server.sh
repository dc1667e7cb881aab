#!/usr/bin/env bash
# Builds llama-server for bench/engine/compare.py, from the very sources that Osler's llama.cpp is built from:
#   bench/engine/build-llama-server.sh FOLDER      (FOLDER/build/bin/llama-server; some 250 MB and 10 minutes)
# JOBS=N sets how many compilers run at once (default: all CPUs).
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
lock="$(cd "$(dirname "$0")/../.." && pwd)/third_party/npm.lock"
mkdir -p "$1"
cd "$1"

read -r version integrity < <(awk '$1 == "node-llama-cpp" { print $2, $3 }' "$lock")
if [ ! -d src ]; then
  npm pack --silent --ignore-scripts "node-llama-cpp@$version" >/dev/null
  tarball="node-llama-cpp-$version.tgz"
  want=$(printf '%s' "${integrity#sha512-}" | base64 -d | od -An -v -tx1 | tr -d ' \n')
  [ "$(sha512sum "$tarball" | cut -d' ' -f1)" = "$want" ] || { echo "$tarball is not what $lock names" >&2; exit 1; }
  tar -xzf "$tarball" package/llama/gitRelease.bundle
  git clone --quiet package/llama/gitRelease.bundle src
  rm -rf "$tarball" package
fi
cmake -S src -B build -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF -DLLAMA_BUILD_SERVER=ON \
  -DLLAMA_USE_PREBUILT_UI=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_OPENSSL=OFF \
  -DMTMD_VIDEO=OFF -DLLAMA_SUBPROCESS=OFF >/dev/null
cmake --build build --target llama-server -j "${JOBS:-$(nproc)}"
echo "$PWD/build/bin/llama-server"
