#!/usr/bin/env bash
# Fetches what comes from the npm registry into third_party/_fetched (not tracked):
#   llama.cpp/   sources of the release inside node-llama-cpp's git bundle, only the folders we build
#   duckdb/      libduckdb.so, duckdb.h and their licences
# Every tarball is checked against third_party/npm.lock before anything is taken from it.
# A finished fetch leaves a stamp, so that the next call returns at once.
set -euo pipefail
cd "$(dirname "$0")/.."

lock=third_party/npm.lock
out=third_party/_fetched
stamp="$out/.stamp"
want=$(cat "$lock" "$0" | sha256sum | cut -d' ' -f1)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ]; then
  exit 0
fi

die() { echo "fetch-third-party: $*" >&2; exit 1; }
command -v npm >/dev/null || die "npm is missing; run scripts/install-packages.sh first"
command -v git >/dev/null || die "git is missing; run scripts/install-packages.sh first"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Packs NAME at VERSION into $work and prints the tarball's path once its hash is right.
pack() {
  local name=$1 version=$2 integrity=$3 dir file have want_hex
  dir=$(mktemp -d -p "$work")
  echo "fetch-third-party: $name@$version" >&2
  npm pack --silent --ignore-scripts --pack-destination "$dir" "$name@$version" >/dev/null ||
    die "npm could not fetch $name@$version; check the registry that 'npm config get registry' names"
  file=$(find "$dir" -name '*.tgz' -print -quit)
  [ -n "$file" ] || die "npm packed no tarball for $name@$version"
  have=$(sha512sum "$file" | cut -d' ' -f1)
  want_hex=$(printf '%s' "${integrity#sha512-}" | base64 -d | od -An -v -tx1 | tr -d ' \n')
  [ "$have" = "$want_hex" ] || die "$name@$version has SHA-512 $have, $lock asks for $want_hex"
  echo "$file"
}

entry() { awk -v n="$1" '$1 == n { print $2, $3 }' "$lock"; }
tarball_of() {
  local pin
  pin=$(entry "$1")
  [ -n "$pin" ] || die "$lock has no entry for $1"
  # shellcheck disable=SC2086  # version and integrity are two words on purpose
  pack "$1" $pin
}

rm -rf "$out"
mkdir -p "$out/duckdb"

bindings=$(tarball_of "@duckdb/node-bindings-linux-x64")
tar -xzf "$bindings" -C "$out/duckdb" --strip-components=1 package/libduckdb.so package/LICENSE
header=$(tarball_of duckdb)
tar -xzf "$header" -C "$out/duckdb" --strip-components=5 package/src/duckdb/src/include/duckdb.h

llama=$(tarball_of node-llama-cpp)
tar -xzf "$llama" -C "$work" package/llama/gitRelease.bundle package/llama/binariesGithubRelease.json
bundle="$work/package/llama/gitRelease.bundle"
git clone --quiet --no-checkout "$bundle" "$out/llama.cpp" 2>/dev/null || die "the llama.cpp bundle cannot be cloned"
(
  cd "$out/llama.cpp"
  git sparse-checkout set --no-cone /CMakeLists.txt /LICENSE /cmake/ /include/ /src/ /common/ /vendor/ \
    /tools/mtmd/ /tools/server/CMakeLists.txt '/tools/server/*.cpp' '/tools/server/*.h' \
    /ggml/CMakeLists.txt /ggml/cmake/ /ggml/include/ '/ggml/src/*.*' /ggml/src/ggml-cpu/ /ggml/src/ggml-cuda/
  git checkout --quiet "$(git bundle list-heads "$bundle" | awk '$2 == "HEAD" { print $1 }')"
  git rev-parse HEAD > OSLER_COMMIT
  sed -n 's/.*"release": *"\([^"]*\)".*/\1/p' "$work/package/llama/binariesGithubRelease.json" > OSLER_RELEASE
  rm -rf .git
)
echo "$want" > "$stamp"
