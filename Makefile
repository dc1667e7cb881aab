# Thin on purpose: the work is in scripts/ and in the CMake presets.
.PHONY: build demo test asan tsan bench lint format install clean

build:
	@scripts/build.sh release

demo:
	@scripts/build.sh release osler
	@build/release/bin/osler demo --out build/demo

test:
	@scripts/test.sh release

asan:
	@scripts/test.sh asan

tsan:
	@scripts/test.sh tsan

bench:
	@scripts/bench.sh

lint:
	@scripts/lint.sh

format:
	@git ls-files '*.h' '*.cpp' | xargs clang-format -i

PREFIX ?= /usr/local
install: build
	@cmake --install build/release --prefix $(PREFIX)

clean:
	@rm -rf build
