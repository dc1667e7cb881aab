#!/usr/bin/env bash
# Installs from Debian what the build and the tests need, and only what is missing. Needs root (or sudo) for that;
# with everything in place it does nothing and needs no rights.
set -euo pipefail

packages=(
  build-essential cmake ninja-build ccache git ca-certificates pkg-config
  libboost-dev libcli11-dev libcurl4-openssl-dev libexpected-dev libfmt-dev libgif-dev libicu-dev libjpeg62-turbo-dev
  liblinear-dev libpng-dev libre2-dev libsqlite3-dev libssl-dev libtiff-dev libwebp-dev libyaml-cpp-dev libzip-dev
  nlohmann-json3-dev zlib1g-dev
  libgtest-dev libgmock-dev libbenchmark-dev libcpp-httplib-dev
)

missing=()
for package in "${packages[@]}"; do
  if [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)" != installed ]; then
    missing+=("$package")
  fi
done
# npm may come from Debian or from elsewhere; any will do.
command -v npm >/dev/null || missing+=(npm)
[ "${#missing[@]}" -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || {
    echo "install-packages: not root and no sudo; ask an administrator to install: ${missing[*]}" >&2
    exit 1
  }
  as_root=(sudo)
fi
echo "install-packages: installing ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
