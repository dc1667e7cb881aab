#!/usr/bin/env bash
# Builds a preset (default: release) and runs every test. Tests on the real benchmark files find them in
# $OSLER_TEST_DATA, else in ../shared/data; without them they are skipped, and the end says how many.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:-release}
# The sanitizers look at Osler: for them a server of the tests' own is enough, and llama-server takes long to build.
llama_server=ON
case $preset in asan | tsan) llama_server=OFF ;; esac
scripts/build.sh "$preset" "-DOSLER_LLAMA_SERVER=$llama_server"

if [ -z "${OSLER_TEST_DATA:-}" ] && [ -d ../shared/data ]; then
  OSLER_TEST_DATA=$(cd ../shared/data && pwd)
  export OSLER_TEST_DATA
fi
echo "test: real benchmark files: ${OSLER_TEST_DATA:-none, tests that need them are skipped}"

results="build/$preset/test-results.xml"
status=0
ctest --test-dir "build/$preset" --parallel "$(nproc)" --output-on-failure --progress \
  --output-junit "$PWD/$results" || status=$?

# The numbers stand in the attributes of the first element.
head=$(head -n 12 "$results" | tr '\n\t' '  ')
count() { [[ $head =~ \ $1=\"([0-9]+)\" ]] && echo "${BASH_REMATCH[1]}" || echo 0; }
total=$(count tests)
failed=$(count failures)
skipped=$(($(count skipped) + $(count disabled)))
echo "$((total - failed - skipped)) passed, $failed failed, $skipped skipped"
exit "$status"
