# The front door: each target installs what it needs, configures, builds and runs. Meson does the work.
# `make` builds; `make help` lists the rest.
BUILD ?= build
MESON_ARGS ?=
BENCH_ARGS ?=
# What `make demo` shows: a picture (PNG, JPEG) or a video (Y4M).
INPUT ?= demo/picture.png
# Where `make install` puts things: below PREFIX (/usr/local), and all of that below DESTDIR, for packagers.
PREFIX ?=

.PHONY: all help build demo test crash kills fuzz coverage soak bench bench-peers sanitize tsan helgrind valgrind clang release cross format-check \
	static abi abi-renew check-kernel clean-root install clean

all: build

help:
	@echo 'make              build'
	@echo 'make demo         show frames passing between processes: make demo INPUT=holiday.jpg'
	@echo 'make test         test; the last line is "N passed, N failed"'
	@echo 'make install      install: make install PREFIX=/usr DESTDIR=/tmp/package'
	@echo 'make bench        measure what things cost'
	@echo 'make bench-peers  the same frames by iceoryx, GStreamer, PipeWire, ZeroMQ: writes docs/benchmarks.md'
	@echo 'make crash        kill one side of a story, KILLS=100000 times'
	@echo 'make kills        kill one side at each system call, and at STEPS=12500 instructions of each story'
	@echo 'make fuzz         hostile input for TARGET=port, or all in turn, for SECONDS=60 each; ENGINE=afl is another engine'
	@echo 'make coverage     which branches of what reads a peer the tests and the corpora take'
	@echo 'make soak         begin and kill everything at random, MINUTES=10 long, and count what is left over'
	@echo 'make sanitize     test under AddressSanitizer and UndefinedBehaviorSanitizer'
	@echo 'make tsan         test what has threads under ThreadSanitizer'
	@echo 'make helgrind     test what has threads and locks under helgrind'
	@echo 'make valgrind     run the unit tests under valgrind'
	@echo 'make clang        build and unit tests with clang, warnings as errors'
	@echo 'make release      build with -O3 by gcc and clang, warnings as errors; unit tests'
	@echo 'make cross        build for arm64, and the unit tests in an emulator'
	@echo 'make format-check compare the sources with .clang-format'
	@echo 'make static       clang-tidy, gcc -fanalyzer and cppcheck on the library, cppcheck on the rest'
	@echo 'make abi          compare the binary interface with the one that is kept; make abi-renew keeps a new one'
	@echo 'make clean-root   the commands of README in a new Debian that has nothing (takes root)'
	@echo 'make check-kernel a camera and dma-bufs, in an emulator with a kernel that has them'
	@echo 'make clean        remove what was built'

build:
	@tools/install-packages build
	@tools/configure $(BUILD) $(MESON_ARGS)
	@ninja -C $(BUILD)

test:
	@tools/install-packages build test demo cli
	@tools/configure $(BUILD) $(MESON_ARGS)
	@ninja -C $(BUILD)
	@tools/run-tests $(BUILD)

# Kills one side of a running story with -9, KILLS times.
KILLS ?= 100000
crash: build
	@$(BUILD)/test/ipc-crash --kills $(KILLS)

# Kills a victim at STEPS instructions of each story, drawn by chance, besides all its system calls and all instructions
# that are marked as critical.
STEPS ?= 10000
kills: build
	@$(BUILD)/test/test-kill --steps $(STEPS) --points 0

# Looks for input that breaks what reads a peer's bytes: TARGET, of fuzz/corpus, or each in turn, for SECONDS. What was
# found stays in the build folder, and the next run goes on from there.
ENGINE ?= libfuzzer
TARGET ?=
SECONDS ?= 60
fuzz:
	@tools/install-packages build test fuzz
	@tools/fuzz $(BUILD)-fuzz-$(ENGINE) $(ENGINE) "$(SECONDS)" $(TARGET)

# Branches of what reads a peer's bytes that no unit test and no input of the corpora takes; each has its reason in
# docs/testing.md.
coverage:
	@tools/install-packages build test fuzz
	@CC=clang CXX=clang++ tools/configure $(BUILD)-coverage -Dbuildtype=debug -Db_ndebug=true -Ddemo=disabled -Dcli=disabled \
		-Dman-pages=disabled -Db_lundef=false \
		-Dc_args='-fprofile-instr-generate -fcoverage-mapping -fprofile-update=atomic' -Dc_link_args=-fprofile-instr-generate
	@tools/coverage $(BUILD)-coverage docs/testing.md

# Everything is begun and killed at random; what lives on must have in the end what it had at first. The seed that is
# printed gives the same lives again: SOAK_ARGS="--seed 4711".
MINUTES ?= 10
SOAK_ARGS ?=
soak: build
	@$(BUILD)/test/test-soak --minutes $(MINUTES) $(SOAK_ARGS)

# The main job on real input: `make demo INPUT=holiday.jpg`. Writes demo.png here.
demo:
	@tools/install-packages build demo
	@tools/configure $(BUILD) $(MESON_ARGS)
	@ninja -C $(BUILD)
	@$(BUILD)/cli/transom demo "$(INPUT)"

# The same tests under AddressSanitizer and UndefinedBehaviorSanitizer, but for the model, which has no code
# of ours. SANITIZE_ARGS=--no-suite=cli leaves out the program: minutes of other people's codecs and windows.
SANITIZE_ARGS ?=
sanitize:
	@tools/install-packages build test demo cli
	@tools/configure $(BUILD)-sanitize --werror -Db_sanitize=address,undefined $(MESON_ARGS)
	@ninja -C $(BUILD)-sanitize
	@TRANSOM_TEST_SLOWNESS=5 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
		tools/run-tests $(BUILD)-sanitize --timeout-multiplier=5 --no-suite=model $(SANITIZE_ARGS)

# What has threads under ThreadSanitizer: clang's, since gcc's does not accept fences.
tsan:
	@tools/install-packages build test ci
	@CC=clang CXX=clang++ tools/configure $(BUILD)-tsan --werror -Db_sanitize=thread -Db_lundef=false \
		-Ddemo=disabled -Dcli=disabled -Dman-pages=disabled $(MESON_ARGS)
	@ninja -C $(BUILD)-tsan
	@tools/run-tests $(BUILD)-tsan --suite=tsan --setup=tsan

# The rooms whose threads meet by locks alone. The others have atomic words too, of which helgrind knows nothing.
helgrind:
	@tools/install-packages build test ci
	@tools/configure $(BUILD) $(MESON_ARGS)
	@ninja -C $(BUILD)
	@tools/run-tests $(BUILD) --setup=helgrind base port pool value

# The unit tests under valgrind, but for Apple's names, whose tests write where nothing is and run out of memory on
# purpose.
valgrind:
	@tools/install-packages build test demo cli ci
	@tools/configure $(BUILD) $(MESON_ARGS)
	@ninja -C $(BUILD)
	@tools/run-tests $(BUILD) --suite=unit --no-suite=apple --setup=valgrind

# A second compiler, all warnings errors.
clang:
	@tools/install-packages build test demo cli ci
	@CC=clang CXX=clang++ tools/configure $(BUILD)-clang --werror $(MESON_ARGS)
	@ninja -C $(BUILD)-clang
	@tools/run-tests $(BUILD)-clang --suite=unit

# What things cost, as ratios within one run, beside the targets; BENCH_ARGS=--json for programs,
# BENCH_ARGS="--part streams" for a part alone. Without, Apple's names beside Transom's own too.
bench:
	@tools/install-packages build
	@tools/configure $(BUILD)-bench -Dbuildtype=release -Dtests=disabled -Dman-pages=disabled \
		-Ddemo=disabled -Dcli=disabled $(MESON_ARGS) >&2
	@ninja -C $(BUILD)-bench >&2
	@$(BUILD)-bench/bench/bench-transom $(BENCH_ARGS)
	@$(if $(BENCH_ARGS),,test ! -x $(BUILD)-bench/bench/bench-mach || $(BUILD)-bench/bench/bench-mach)

# The same frames by us and by others, in turn in one run of 20 to 30 minutes; docs/benchmarks.md, its figures and its
# plots are written anew, at the end and if nothing broke. BENCH_SECONDS=0.5 measures half as long, BENCH_ARGS="--parts latency,cpu" a part alone;
# BENCH_ARGS=--quick takes minutes, and what comes of it goes to the build folder.
BENCH_SECONDS ?=
PEERS_WHOLE = $(if $(findstring --,$(BENCH_ARGS)),,yes)
PEERS_TO = $(BUILD)-bench/peers-figures
bench-peers:
	@tools/install-packages build peers
	@tools/configure $(BUILD)-bench -Dbuildtype=release -Dpeers=enabled -Dtests=disabled -Dman-pages=disabled \
		-Ddemo=disabled $(MESON_ARGS)
	@ninja -C $(BUILD)-bench
	@mkdir -p $(PEERS_TO)/plots
	@bench/peers/run.py --build $(BUILD)-bench --output $(PEERS_TO)/benchmarks.json \
		$(if $(BENCH_SECONDS),--seconds $(BENCH_SECONDS)) $(BENCH_ARGS)
	@cp docs/benchmarks.md $(PEERS_TO)/benchmarks.md
	@bench/peers/report.py $(PEERS_TO)/benchmarks.json $(PEERS_TO)/benchmarks.md $(PEERS_TO)/plots
	@bench/peers/plot.py $(PEERS_TO)/benchmarks.json $(PEERS_TO)/plots
	@$(if $(PEERS_WHOLE),cp -r $(PEERS_TO)/benchmarks.json $(PEERS_TO)/benchmarks.md $(PEERS_TO)/plots docs/)
	@echo "$(if $(PEERS_WHOLE),docs,$(PEERS_TO))/benchmarks.md and the plots beside it are written"

# What distributions build: full optimisation, which warns of other things, and no assertions.
release:
	@tools/install-packages build test demo cli ci
	@CC=clang CXX=clang++ tools/configure $(BUILD)-release-clang --werror -Dbuildtype=release $(MESON_ARGS)
	@ninja -C $(BUILD)-release-clang
	@tools/configure $(BUILD)-release --werror -Dbuildtype=release $(MESON_ARGS)
	@ninja -C $(BUILD)-release
	@tools/run-tests $(BUILD)-release --suite=unit

# The library for arm64, and its unit tests and a stream under load in an emulator. Not in CI: it takes minutes.
ARM64 = $(BUILD)-arm64-libraries
cross:
	@tools/install-packages build cross
	@tools/fetch-arm64 $(ARM64)
	@tools/configure $(BUILD)-cross --werror --cross-file $(ARM64)/libraries.ini --cross-file tools/aarch64.ini
	@ninja -C $(BUILD)-cross
	@TRANSOM_TEST_UNDER=qemu TRANSOM_TEST_SLOWNESS=10 tools/run-tests $(BUILD)-cross --suite=unit --timeout-multiplier=10
	@TRANSOM_TEST_UNDER=qemu TRANSOM_TEST_SLOWNESS=10 tools/run-tests $(BUILD)-cross --timeout-multiplier=10 \
		--test-args='--threads --seconds 5' ipc-stream

# The headers are left out: their columns of comments, which clang-format would pull apart, are to be read.
format-check:
	@tools/install-packages ci
	@clang-format --dry-run -Werror src/*.[ch] test/*.[ch] test/*/*.[ch] examples/*.[ch] demo/*.[ch] cli/*.[ch] fuzz/*.[ch] \
		$(wildcard bench/*.[ch] bench/peers/*.[ch] bench/peers/*.cpp) \
		$(filter-out apple/include/%,$(wildcard apple/*/*.[ch]))

# What analysers find without running anything: all of them in the library, cppcheck in the rest but tests. Not in CI: it
# takes minutes.
static:
	@tools/install-packages build test demo cli static
	@tools/configure $(BUILD) $(MESON_ARGS)
	@tools/static-analysis $(BUILD) src apple cli demo bench examples

# The binary interface, on x86-64, beside the one that src/libtransom.abi keeps; abi-renew keeps that of this build.
abi abi-renew: build
	@tools/install-packages abi
	@tools/check-abi $(if $(filter abi-renew,$@),--renew) $(BUILD)/src/libtransom.so

# README's commands in a new Debian that has nothing. Takes root and 2 GB.
clean-root:
	@tools/check-clean-root

# Where there are a camera, /dev/udmabuf and vgem: a kernel of its own, in an emulator. Not in CI: it fetches a kernel,
# and takes minutes.
check-kernel:
	@tools/install-packages build test cli kernel
	@tools/configure $(BUILD) $(MESON_ARGS)
	@ninja -C $(BUILD)
	@tools/fetch-kernel $(BUILD)-kernel
	@tools/check-in-kernel $(BUILD) $(BUILD)-kernel

install: build
	@$(if $(PREFIX),meson configure $(BUILD) -Dprefix=$(PREFIX) && ninja -C $(BUILD))
	@meson install -C $(BUILD)

clean:
	@rm -rf $(BUILD) $(BUILD)-bench $(BUILD)-sanitize $(BUILD)-tsan $(BUILD)-clang $(BUILD)-release \
		$(BUILD)-release-clang $(BUILD)-cross $(ARM64) $(BUILD)-fuzz-libfuzzer $(BUILD)-fuzz-afl $(BUILD)-coverage $(BUILD)-kernel
