# The few commands that people type; the build itself is CMake's (see CMakePresets.json).
#   JOBS=2  PREFIX=/usr/local  DESTDIR=  FUZZ_SECONDS=60  LOSSKIT_WERROR=ON  BUILD=build
BUILD ?= build
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
TEST_JOBS ?= 2
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 60
BENCH ?=
CTEST = ctest --output-on-failure -j$(TEST_JOBS)
ifneq ($(shell command -v ninja 2>/dev/null),)
export CMAKE_GENERATOR ?= Ninja
endif
# The wheel of Python is compiled like the library: what one has, the other need not compile again.
ifneq ($(shell command -v ccache 2>/dev/null),)
export CMAKE_C_COMPILER_LAUNCHER ?= ccache
endif
options = $(if $(LOSSKIT_WERROR),-DLOSSKIT_WERROR=$(LOSSKIT_WERROR))

.PHONY: build test demo bench wheel install clean format fuzz asan ubsan tsan coverage docs help
.DEFAULT_GOAL = build

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

build: ## the library and the command: build/losskit
	@scripts/setup.sh build
	@cmake --preset release -B $(BUILD) -DCMAKE_INSTALL_PREFIX='$(PREFIX)' \
	  -DLOSSKIT_BUILD_TESTS=OFF $(options)
	@cmake --build $(BUILD) -j$(JOBS)

test: ## every test
	@scripts/setup.sh test
	@cmake --preset release -B $(BUILD) -DLOSSKIT_BUILD_TESTS=ON $(options)
	@cmake --build $(BUILD) -j$(JOBS)
	@$(CTEST) --test-dir $(BUILD)

demo: ## real predictions, pictures, models, and claims put to the test
	@scripts/setup.sh demo
	@$(MAKE) --no-print-directory build
	@scripts/demo.sh $(BUILD)/losskit

bench: build ## speed as a fraction of the memory's, and docs/performance.md (best when idle)
	@python3 bench/report.py $(BUILD) docs/performance.md $(BENCH)
	@cat docs/performance.md

wheel: ## a wheel of the Python package for other machines: build/dist
	@scripts/setup.sh build
	@scripts/wheel.sh $(BUILD)

install: build ## to PREFIX, below DESTDIR
	@cmake --install $(BUILD)

# A test run in its own build directory: make asan, make ubsan, make tsan.
asan: ## the tests with AddressSanitizer
ubsan: ## the tests with UndefinedBehaviorSanitizer
tsan: ## the tests with ThreadSanitizer
asan ubsan tsan:
	@scripts/setup.sh test
	@cmake --preset $@ $(options)
	@cmake --build build-$@ -j$(JOBS)
	@$(CTEST) --test-dir build-$@

coverage: ## the tests with coverage, and a summary by file
	@scripts/setup.sh test
	@cmake --preset coverage $(options)
	@cmake --build build-coverage -j$(JOBS)
	@find build-coverage -name '*.gcda' -delete
	@$(CTEST) --test-dir build-coverage
	@scripts/coverage.sh build-coverage

fuzz: ## every fuzz target for FUZZ_SECONDS
	@scripts/setup.sh test
	@cmake --preset fuzz $(options)
	@cmake --build build-fuzz -j$(JOBS) --target fuzzers
	@scripts/fuzz.sh build-fuzz $(FUZZ_SECONDS) $(TEST_JOBS)

docs: test ## the measured and tabulated pages of docs/
	@$(BUILD)/tests/test_accuracy --write docs/accuracy.md
	@$(BUILD)/tests/test_rows_accuracy --write docs/accuracy-rows.md
	@scripts/curvature_table.py $(BUILD)/losskit docs/curvature.md
	@scripts/catalogue_pages.py $(BUILD)/losskit docs/losses
	@$(BUILD)/losskit experiment --all --report $(BUILD)/experiments >/dev/null
	@scripts/fill_results.py $(BUILD)/experiments/results.json docs/choosing-a-loss.in.md \
	  docs/choosing-a-loss.md

format: ## clang-format over every C file
	@find include src learn experiments cli python tests examples bench -name '*.[ch]' -print0 | xargs -0 clang-format -i

clean: ## removes the build directories
	@rm -rf $(BUILD) build-asan build-ubsan build-tsan build-coverage build-fuzz build-dev \
	  build-aarch64
