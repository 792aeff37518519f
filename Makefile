# The front door: each target installs what it needs, configures, builds and runs. Meson does the work.
BUILD ?= build
MESON_ARGS ?=
BENCH_ARGS ?=
# What `make demo` shows: a picture (PNG, JPEG) or a video (Y4M).
INPUT ?= demo/picture.png

.PHONY: all build demo test crash bench sanitize valgrind clang install clean

all: build

build:
	@tools/install-packages build
	@test -f $(BUILD)/build.ninja || meson setup $(BUILD) $(MESON_ARGS)
	@ninja -C $(BUILD)

test:
	@tools/install-packages build test demo
	@test -f $(BUILD)/build.ninja || meson setup $(BUILD) $(MESON_ARGS)
	@ninja -C $(BUILD)
	@tools/run-tests $(BUILD)

# Kills one side of a running story with -9, KILLS times.
KILLS ?= 100000
crash: build
	@$(BUILD)/test/ipc-crash --kills $(KILLS)

# The main job on real input: `make demo INPUT=holiday.jpg`. Writes demo.png here. A build folder that was made
# before the demo's packages were there is configured anew.
demo:
	@tools/install-packages build demo
	@test -f $(BUILD)/build.ninja || meson setup $(BUILD) $(MESON_ARGS)
	@ninja -C $(BUILD)
	@test -f $(BUILD)/demo/transom-demo || { meson setup --reconfigure $(BUILD) $(MESON_ARGS) && ninja -C $(BUILD); }
	@$(BUILD)/demo/transom-demo "$(INPUT)"

# The same tests under AddressSanitizer and UndefinedBehaviorSanitizer.
sanitize:
	@tools/install-packages build test demo
	@test -f $(BUILD)-sanitize/build.ninja || meson setup $(BUILD)-sanitize --werror \
		-Db_sanitize=address,undefined $(MESON_ARGS)
	@ninja -C $(BUILD)-sanitize
	@TRANSOM_TEST_SLOWNESS=5 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
		tools/run-tests $(BUILD)-sanitize --timeout-multiplier=5

# The unit tests under valgrind.
valgrind:
	@tools/install-packages build test demo ci
	@test -f $(BUILD)/build.ninja || meson setup $(BUILD) $(MESON_ARGS)
	@ninja -C $(BUILD)
	@tools/run-tests $(BUILD) --suite=unit --setup=valgrind

# A second compiler, all warnings errors.
clang:
	@tools/install-packages build test demo ci
	@test -f $(BUILD)-clang/build.ninja || CC=clang CXX=clang++ meson setup $(BUILD)-clang --werror $(MESON_ARGS)
	@ninja -C $(BUILD)-clang
	@tools/run-tests $(BUILD)-clang --suite=unit

# What things cost, as ratios within one run, beside the targets; BENCH_ARGS=--json for programs.
bench:
	@tools/install-packages build
	@test -f $(BUILD)-bench/build.ninja || meson setup $(BUILD)-bench -Dbuildtype=release -Dtests=disabled \
		-Dman-pages=disabled -Ddemo=disabled $(MESON_ARGS) >&2
	@ninja -C $(BUILD)-bench >&2
	@$(BUILD)-bench/bench/bench-transom $(BENCH_ARGS)

install: build
	@meson install -C $(BUILD)

clean:
	@rm -rf $(BUILD) $(BUILD)-bench $(BUILD)-sanitize $(BUILD)-clang
