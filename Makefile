# gp - a continuous profiler as a Unix toolchain. `make help` lists the targets.

CC      ?= cc
CLANG   ?= clang
BUILD   ?= build
PREFIX  ?= /usr/local
DESTDIR ?=
SAN     ?=
OPT     ?= -O2 -g

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wmissing-prototypes \
	-Wstrict-prototypes -Wwrite-strings -Wundef -Wvla -Wformat=2
ifeq ($(WERROR),1)
WARN += -Werror
endif
ifneq ($(SAN),)
SANFLAGS := -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer
endif

# Frame pointers, so that gp can profile itself; hardening as Debian has it; no
# trace of the folder that it was built in.
CFLAGS_ALL := -std=c11 -D_GNU_SOURCE -Ilibcommon -I. -I$(BUILD) $(OPT) \
	-ffile-prefix-map=$(CURDIR)=. \
	-fno-omit-frame-pointer -fstack-protector-strong $(WARN) $(SANFLAGS) \
	$(CFLAGS)
ifeq ($(SAN),)
CFLAGS_ALL += -D_FORTIFY_SOURCE=2
endif
LDFLAGS_ALL := -Wl,--as-needed -Wl,-z,relro,-z,now $(SANFLAGS) $(LDFLAGS)

# What each command links beside libcommon; --as-needed drops the rest.
LIBS_gp-discover  := -lelf
LIBS_gp-record    := -lbpf -lelf -lz
LIBS_gp-flame     := -lm
LIBS_gp-symbolize := -ldw -lelf -liberty -lseccomp
LIBS_gp-diff      := -lm
LIBS_gp-upload    := -larchive
LIBS_tests        := $(shell pkg-config --libs check 2>/dev/null) -ldw -lelf \
	-liberty -lcurl -larchive -lbpf -lz -lseccomp -lm

CMDS     := $(notdir $(patsubst %/,%,$(wildcard cmd/*/)))
LIB_SRC  := $(wildcard libcommon/*/*.c)
PROTO    := $(patsubst libcommon/%.proto,$(BUILD)/%.pb-c, \
	$(wildcard libcommon/*/*.proto))
LIB_OBJ  := $(LIB_SRC:%.c=$(BUILD)/%.o) $(PROTO:=.o)
LIB      := $(BUILD)/libcommon.a
BINS     := $(CMDS:%=$(BUILD)/bin/%)
UNIT     := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%, \
	$(wildcard tests/unit/test_*.c))
FUZZ     := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FIXTURES := $(patsubst tests/fixtures/%.c,$(BUILD)/tests/fixtures/%, \
	$(wildcard tests/fixtures/*.c))
BPF_OBJ  := $(patsubst bpf/%.bpf.c,$(BUILD)/bpf/%.bpf.o,$(wildcard bpf/*.bpf.c))

.PHONY: all
all: $(BINS)

## -- what is built ---------------------------------------------------------

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

# Messages: libcommon/room/x.proto becomes room/x.pb-c.h and .c below $(BUILD).
PROTOC ?= protoc-c
$(BUILD)/%.pb-c.c $(BUILD)/%.pb-c.h: libcommon/%.proto
	@mkdir -p $(@D)
	$(PROTOC) --proto_path=libcommon --c_out=$(BUILD) $<
$(BUILD)/%.pb-c.o: $(BUILD)/%.pb-c.c
	$(CC) $(CFLAGS_ALL) -w -MMD -MP -c -o $@ $<
$(LIB_OBJ): | $(PROTO:=.h)
.PRECIOUS: $(PROTO:=.c)

$(LIB): $(LIB_OBJ)
	@rm -f $@
	ar rcs $@ $^

define command
$(BUILD)/bin/$(1): $(patsubst %.c,$(BUILD)/%.o,$(wildcard cmd/$(1)/*.c)) $(LIB)
	@mkdir -p $$(@D)
	$$(CC) $$(CFLAGS_ALL) -o $$@ $$(filter %.o %.a,$$^) $$(LDFLAGS_ALL) $$(LIBS_$(1))
endef
$(foreach c,$(CMDS),$(eval $(call command,$(c))))

# BPF: the UAPI headers and CO-RE, never the running kernel. With 32-bit
# instructions (v3, from 5.1 on) the verifier has half as much to look at.
BPF_CFLAGS := -target bpf -mcpu=v3 -O2 -g -D__TARGET_ARCH_x86 -Ibpf -Ilibcommon \
	-ffile-prefix-map=$(CURDIR)=. \
	-Wall -Wextra -Wshadow -Werror=implicit-function-declaration \
	-I/usr/include/$(shell $(CC) -print-multiarch 2>/dev/null)

$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c
	@mkdir -p $(@D)
	$(CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<
	llvm-strip -g $@

# gp-record carries them as bytes of its own.
$(BUILD)/cmd/gp-record/objects.o: CFLAGS_ALL += -DGP_BUILD='"$(BUILD)"'
$(BUILD)/cmd/gp-record/objects.o: $(BPF_OBJ)

# gp-flame's page is compiled in as a byte array.
include $(wildcard cmd/*/rules.mk)

## -- tests -----------------------------------------------------------------

# It looks for itself in its own DWARF.
$(BUILD)/tests/unit/test_debuginfo: private CFLAGS_ALL += -g
# An archive: a test that has a main() of its own keeps that.
UNIT_MAIN := $(BUILD)/tests/unit/main.a
$(UNIT_MAIN): $(BUILD)/tests/unit/main.o
	ar rcs $@ $^
$(BUILD)/tests/unit/%: tests/unit/%.c $(UNIT_MAIN) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -Wno-format-extra-args -Wno-gnu-zero-variadic-macro-arguments \
	    -MMD -MP -MF $@.d -o $@ $< $(UNIT_MAIN) $(LIB) $(LDFLAGS_ALL) $(LIBS_tests)

# Without libFuzzer a target replays files: fuzz_x FILE...
$(BUILD)/tests/fuzz/replay_%: tests/fuzz/fuzz_%.c tests/fuzz/replay.c $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -MMD -MP -MF $@.d -o $@ $< tests/fuzz/replay.c $(LIB) \
	    $(LDFLAGS_ALL) $(LIBS_tests)

# With clang and SAN=fuzzer-no-link,address,undefined: see tests/fuzz/run.
$(BUILD)/tests/fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -fsanitize=fuzzer -MMD -MP -MF $@.d -o $@ $< $(LIB) \
	    $(LDFLAGS_ALL) $(LIBS_tests)

# Test programs: FLAGS_<name> in tests/fixtures/rules.mk says how.
-include tests/fixtures/rules.mk
$(BUILD)/tests/fixtures/%: tests/fixtures/%.c
	@mkdir -p $(@D)
	$(CC) $(or $(FLAGS_$*),-O1 -g -fno-omit-frame-pointer) -MMD -MP -MF $@.d \
	    -o $@ $< $(LIBS_$*)

# Unwind rows against libdw's answers: of everything here, or a sample in check.
$(BUILD)/tests/rows/%: tests/rows/%.c $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -MMD -MP -MF $@.d -o $@ $< $(LIB) $(LDFLAGS_ALL) \
	    -ldw -lelf -lz
ROWS_OF ?= /usr
.PHONY: check-rows
check-rows: $(BUILD)/tests/rows/check_rows
	$< $(ROWS_OF)

# Names of everything that this machine has, against those of other symbolizers.
.PHONY: check-names
check-names: all fixtures
	BUILD=$(abspath $(BUILD)) CC=$(CC) tests/names/check-corpus

# Damaged copies of real binaries through the whole of gp-symbolize.
COUNT ?= 10000
.PHONY: check-mutants
check-mutants: all fixtures
	BUILD=$(abspath $(BUILD)) tests/mutants/check-mutants -n $(COUNT)

# Gigabytes through gp-collapse, in memory that does not depend on them.
GB ?= 10
.PHONY: check-big
check-big: all
	BUILD=$(abspath $(BUILD)) tests/big $(GB)

.PHONY: test-programs unit fixtures replays
.PHONY: check check-live check-all check-asan check-valgrind check-fresh check-package check-systemd check-gpu
test-programs: all unit fixtures replays $(BUILD)/tests/rows/check_rows
unit: $(UNIT)
fixtures: $(FIXTURES)
replays: $(FUZZ:fuzz_%=$(BUILD)/tests/fuzz/replay_%)
check: test-programs
	BUILD=$(abspath $(BUILD)) tests/run unit golden cli corpus
check-live: all fixtures
	BUILD=$(abspath $(BUILD)) tests/run live
check-all: test-programs
	BUILD=$(abspath $(BUILD)) tests/run unit golden cli corpus live
check-asan:
	$(MAKE) BUILD=$(BUILD)-asan SAN=address,undefined OPT='-O1 -g' check
check-valgrind: all unit
	BUILD=$(abspath $(BUILD)) CK_FORK=no tests/run valgrind
check-fresh:
	tests/fresh bookworm trixie
check-package: all
	BUILD=$(abspath $(BUILD)) sh tests/package
check-systemd: all
	BUILD=$(abspath $(BUILD)) sh tests/systemd
check-gpu: all $(BUILD)/tests/rows/check_rows
	BUILD=$(abspath $(BUILD)) sh tests/gpu

# Every shape of stack on every CPython that can be had: half an hour.
.PHONY: check-pythons
check-pythons: all fixtures
	BUILD=$(abspath $(BUILD)) PYTHONS="$(PYTHONS) $$(tests/pythons)" \
	    ALL_SHAPES=1 TEST_TIMEOUT=3600 tests/run tests/live/2501-python.t \
	    tests/live/2502-python-older.t tests/live/2510-python-newer.t \
	    tests/live/2505-python-shares.t tests/live/2509-python-bundles.t

# Long runs with everything real: root. SEED chooses what is killed when.
CYCLES ?= 500
SEED ?= 1
.PHONY: chaos soak day
chaos: all
	BUILD=$(abspath $(BUILD)) python3 tests/longrun/chaos.py $(CYCLES) $(SEED)
SOAK ?= 10000
soak: all
	BUILD=$(abspath $(BUILD)) python3 tests/longrun/soak.py $(SOAK)
DAY ?= 1440
day: all fixtures
	BUILD=$(abspath $(BUILD)) sh tests/longrun/day.sh $(DAY)

.PHONY: bench fuzz coverage golden
bench: all fixtures
	BUILD=$(abspath $(BUILD)) tests/bench/run
FUZZ_SECONDS ?= 60
fuzz:
	CLANG=$(CLANG) SECONDS_EACH=$(FUZZ_SECONDS) tests/fuzz/run
coverage:
	$(MAKE) BUILD=$(BUILD)-cov OPT='-Og -g' CFLAGS=--coverage LDFLAGS=--coverage check
	scripts/coverage $(BUILD)-cov
golden: all
	BUILD=$(abspath $(BUILD)) tests/run-golden --rewrite
	git --no-pager diff --stat -- tests/golden

## -- the source ------------------------------------------------------------

.PHONY: lint format order
lint:
	scripts/lint
format:
	clang-format -i $(shell git ls-files '*.c' '*.h')
order:
	scripts/include-order

## -- shipping --------------------------------------------------------------

.PHONY: install uninstall dist deb repro clean help
install: all
	BUILD=$(BUILD) DESTDIR=$(DESTDIR) PREFIX=$(PREFIX) scripts/install
uninstall:
	BUILD=$(BUILD) DESTDIR=$(DESTDIR) PREFIX=$(PREFIX) scripts/install --remove
dist:
	@mkdir -p $(BUILD)
	git archive --prefix=gp-$(VERSION)/ HEAD | gzip -n > $(BUILD)/gp-$(VERSION).tar.gz
deb:
	scripts/build-deb
repro:
	scripts/check-repro
clean:
	rm -rf $(BUILD)
VERSION = $(shell sed -n 's/^.define GP_VERSION "\(.*\)"/\1/p' libcommon/base/attr.h)

help:
	@echo 'all             build the commands into $(BUILD)/bin'
	@echo 'check           unit, golden, command-line and corpus tests; no privilege'
	@echo 'check-live      tests against the running kernel; root'
	@echo 'check-all       both'
	@echo 'check-asan      check, with AddressSanitizer and UBSan'
	@echo 'check-valgrind  unit tests under valgrind'
	@echo 'check-rows      unwind rows of all of ROWS_OF (/usr) against libdw'
	@echo 'check-names     names of real binaries against eu-addr2line and LLVM'
	@echo 'check-mutants   COUNT (10000) damaged binaries through gp-symbolize'
	@echo 'check-big       GB (10) gigabytes through gp-collapse: minutes'
	@echo 'check-fresh     the README in fresh Debian roots; root, debootstrap'
	@echo 'check-pythons   stacks of every CPython that can be had; root, debootstrap'
	@echo 'check-package   the Debian package in a fresh root; root, debootstrap'
	@echo 'check-systemd   its units, with a systemd that is booted; root, debootstrap'
	@echo 'check-gpu       programs that use an NVIDIA GPU, and its driver; root, PyTorch'
	@echo 'chaos           CYCLES (500) cycles with a kill -9 in each; root'
	@echo 'day             DAY (1440) cycles on a busy machine: is any error said? root'
	@echo 'soak            SOAK (10000) cycles and heartbeats: does anything grow? root'
	@echo 'bench           speed and memory as ratios against perf; root'
	@echo 'fuzz            every fuzz target for FUZZ_SECONDS (60); clang'
	@echo 'coverage        line coverage of check'
	@echo 'golden          rewrite the golden files and show what changed'
	@echo 'lint            clang-tidy, cppcheck, shellcheck, mandoc, headers'
	@echo 'format          clang-format, advisory'
	@echo 'order           print the order in which to read the code'
	@echo 'install         to $$(DESTDIR)$$(PREFIX); uninstall takes it away'
	@echo 'dist deb        a source archive; a Debian package'
	@echo 'repro           build twice, compare the bytes'

-include $(LIB_OBJ:.o=.d) $(PROTO:=.d) $(wildcard $(BUILD)/cmd/*/*.d $(BUILD)/bpf/*.d \
	$(BUILD)/tests/*/*.d)
.SECONDARY:
