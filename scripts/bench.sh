#!/usr/bin/env bash
# Prints the figures of docs/performance.md: start-up, loading, decoding, grading, memory.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/build.sh release
bin="$PWD/build/release/bin"
if [ -z "${OSLER_TEST_DATA:-}" ] && [ -d ../shared/data ]; then
  OSLER_TEST_DATA=$(cd ../shared/data && pwd)
  export OSLER_TEST_DATA
fi
echo "machine: $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2 | xargs), $(nproc) CPUs, $(free -g | awk '/Mem:/ {print $2}') GiB"
"$bin/osler" --version

echo "== start-up of osler --version, 20 starts, ms: min median max"
for _ in $(seq 20); do
  begin=$(date +%s%N); "$bin/osler" --version >/dev/null; end=$(date +%s%N)
  echo $(((end - begin) / 10000))
done | sort -n | awk '{v[NR]=$1/100} END {print v[1], v[int((NR+1)/2)], v[NR]}'

echo "== loading and decoding"
"$bin/dataset_bench" --benchmark_repetitions=5 --benchmark_report_aggregates_only=true 2>/dev/null
echo "== a benchmark of 88,996 questions"
"$bin/scale_bench" 2>/dev/null
echo "== grading"
"$bin/grade_bench" 2>/dev/null
echo "== grading 100,000 responses from disk to disk; then by the same run what a harness in Python does"
"$bin/pipeline_bench" 2>/dev/null
if command -v python3 >/dev/null; then
  made=$(mktemp -d)
  "$bin/pipeline_bench" --make "$made" && python3 bench/grade_like_python.py "$made"
  rm -rf "$made"
fi

if [ -n "${OSLER_TEST_DATA:-}" ]; then
  echo "== peak memory of a run of VQA-RAD (parquet, 451 items), kB"
  work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
  "$bin/osler-tiny-vlm" --architecture llava --voice boxed --seed 1 --output "$work" >/dev/null
  # Peak resident memory of a command, from the kernel's own account of the process just before it ends.
  rss() {
    "$@" >/dev/null 2>&1 &
    local pid=$! peak=0 now
    while now=$(awk '/VmHWM/ {print $2}' "/proc/$pid/status" 2>/dev/null) && [ -n "$now" ]; do peak=$now; sleep 0.02; done
    echo "$peak"
  }
  run=("$bin/osler" run --no-cache --benchmark vqa-rad --data "$OSLER_TEST_DATA/vqa_rad/hf")
  echo "whole process, model of 0.7 MB and its context included: $(rss "${run[@]}" --model "$work/tiny-llava-boxed-1.gguf" --out "$work/runs")"
  journal="$work/runs/tiny-llava-boxed-1/vqa-rad/paper/responses.jsonl"
  echo "whole process, recorded answers instead of a model: $(rss "${run[@]}" --model "replay:$journal" --out "$work/replayed")"
fi
