# SPDX-License-Identifier: MIT
#
# Creance: the kernel, the creance command, the guest programs, the tests.  `make help` lists the targets.
#
# Everything is built out of tree, in $(O).  The first thing any target does is tools/setup.sh, which installs what
# this machine lacks of the target's sets in tools/packages.txt; nothing below is evaluated before that has succeeded.
# What the build says goes to standard error: on a terminal it is one line that changes.

O       ?= build
DEBUG   ?=
LATENCY ?=
RACES   ?=
V       ?=
ARCH    ?= x86
PREFIX  ?= /usr/local
ifneq ($(filter default undefined,$(origin CC)),)
CC      := gcc
endif

MAKEFLAGS += -r --no-print-directory
ifeq ($(filter -j%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2)
endif
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all
.PHONY: all run test soak soak-cpus soak-load latency-all check fuzz fuzzers bench clean help kernel release debug latency lockstat races kernel-objs listing user \
        units guest-tests initramfs install docs metrics guide format fuzz-calls FORCE

help:
	@sed -n 's/^#: //p' Makefile

clean:
	rm -rf $(O)

#: make              everything `creance` needs: kernel, initramfs, command (in build/)
#: make debug        the kernel that checks itself: for `creance debug` and --debug-kernel
#: make run          a shell on Creance (standard input that is no terminal is its script)
#: make test         build all, run every test; ends in prove's summary.  TESTS="..." picks some
#: make soak         the guest's tests with SEEDS=100 seeds of forced switches and failing memory, FIRST=1 on, CPUS=1
#:                  PARTS=7: each seed a seventh of them, so that 7 seeds take as long as one
#: make soak-cpus    the guest's tests with each of CPUS="1 2 4 8" CPUs: release, debug, races kernel; system tests
#: make soak-load    hackbench, then stress-ng for SECONDS=600, with each of CPUS="1 2 4 8": nothing fails or leaks
#: make check        style and structure checks (docs/guidelines.md), under 30 s
#: make metrics      how the tree reads: functions, assertions, comments, tests by folder
#: make bench        boot time, and what each operation costs.  AGAINST=linux: beside Debian's Linux
#: make bench-files  what `creance bench` needs
#: make budgets      record what each operation costs now in bench/budgets.  RAISE=1: also what costs more
#: make fast-paths   measure what each fast path gains, for docs/fast_paths.md
#: make linux-kernel fetch Debian's cloud kernel, to compare with, into $(O)/linux
#: make listing      disassembly beside each kernel
#: make kernel-objs  compile the kernel's objects without linking (with -k: as far as it goes)
#: make units        the host unit tests;  make guest-tests: the guest's test programs
#: make fuzz         what reads a guest's or a file's bytes against made-up ones, SECONDS=600 each
#: make docs         regenerate the generated pages of docs/;  make format: clang-format the tree
#: make guide        run the commands of docs/guide and write down what they print now
#: make install      the command and what it needs, to PREFIX (/usr/local); make uninstall: removes it
#: make deb          a Debian package of it, in $(O)
#: make clean        remove $(O)
#: make fuzz-calls   random system calls in all configurations; SEEDS=n of CALLS=n each, from FIRST=n, APPEND="kernel options"
#: make latency      the kernel that measures its longest stretches with interrupts and preemption off
#: make latency-all  its longest stretches in each of the guest's test programs, on one CPU and on four
#: make lockstat     the kernel that counts how often locks are taken, and how long they are waited for and held
#: make races        the kernel that looks for accesses of several CPUs to the same memory that nothing orders
#: ARCH=x86          the architecture, a folder of kernel/arch/ (host: that of unit tests, with kernel-objs alone)
#: DEBUG=1           use the debug kernel (assertions, poison);  CC=clang;  O=dir;  V=1: show commands

ifeq ($(V),)
Q := @
endif
# On a terminal the cursor stays at the line's beginning, so that a message of the compiler begins there.
ifneq ($(and $(filter-out dumb,$(TERM)),$(shell test -t 2 && echo 1)),)
say      = @printf '\r\033[K  %-8s%s\r' $(1) $(2) >&2
say_done = @printf '\r\033[K' >&2
else
say      = @printf '  %-8s%s\n' $(1) $(2) >&2
say_done = @:
endif

include tools/install.mk

# The set-up comes first.  Its file in $(O) exists only after tools/setup.sh has succeeded; make builds it before
# anything else and starts over, so that the rest of this file may rely on every tool of the target's sets.
GOALS := $(or $(MAKECMDGOALS),all)
RUN_GOALS   := all run kernel release debug latency lockstat races kernel-objs listing user initramfs metrics docs manual
BENCH_GOALS := install bench budgets bench-files bench-guest linux-kernel guide fast-paths
SETS := run
ifneq ($(filter deb,$(GOALS)),)
SETS += bench deb
endif
ifneq ($(filter $(BENCH_GOALS),$(GOALS)),)
SETS += bench
endif
ifneq ($(filter-out $(RUN_GOALS) $(BENCH_GOALS) deb uninstall help clean,$(GOALS)),)
SETS := run bench test
endif
ifneq ($(filter soak-load,$(GOALS)),)
SETS += load
endif
ifneq ($(filter-out help clean uninstall,$(GOALS)),)
space := $(subst ,, )
SETUP := $(O)/setup-$(subst $(space),-,$(SETS)).mk
include $(SETUP)
$(SETUP): tools/setup.sh tools/packages.txt
	@tools/setup.sh $(SETS) </dev/null
	@mkdir -p $(@D) && echo 'SETUP_DONE := 1' >$@
endif

ifdef SETUP_DONE

VARIANT := $(if $(DEBUG),debug,$(if $(LATENCY),latency,$(if $(LOCKSTAT),lockstat,$(if $(RACES),races,release))))
LD      := ld
OBJDUMP := objdump

# The ABI's headers and nothing else of the C library: <linux/...>, <asm/...> and the compiler's own.
MULTIARCH := $(shell gcc -print-multiarch)
UAPI      := $(O)/uapi-include
UAPI_DONE := $(UAPI)/.done
CC_ID     := $(shell $(CC) --version | head -n 1)
CC_INC    := $(shell $(CC) -print-file-name=include)

$(UAPI_DONE):
	$(call say,UAPI,$(UAPI))
	$(Q)mkdir -p $(UAPI)
	$(Q)for d in linux asm asm-generic; do \
		for from in /usr/include/$(MULTIARCH) /usr/include; do \
			if [ -d $$from/$$d ]; then ln -sfn $$from/$$d $(UAPI)/$$d; break; fi; \
		done; \
	done
	$(Q)touch $@

include tools/kernel.mk
include tools/guest.mk
include tools/host.mk
include tools/bench.mk
include tools/fuzz.mk

all: kernel initramfs $(O)/creance $(EXAMPLE_BINS)
	$(say_done)

# Run: the build has its own standard input, the shell gets ours.
# The shell's status is no error of the build, which make would make of it: told, and lost if a user sat before the
# terminal; a script's failure is one of `make run`, too.
run: all
	@$(O)/creance shell $(if $(DEBUG),--debug-kernel); status=$$?; \
	if [ $$status -ne 0 ] && [ $$status -ne 125 ]; then \
		echo "make run: the shell ended with status $$status" >&2; \
		[ ! -t 0 ] || status=0; \
	fi; exit $$status

# What only tests need; those that lack it are skipped, so a machine that cannot have it goes on.
TEST_SETUP := $(O)/setup_tests.done
$(TEST_SETUP): tools/setup.sh tools/packages.txt
	$(Q)tools/setup.sh extra </dev/null || echo 'Tests that need these packages will be skipped.' >&2
	$(Q)mkdir -p $(@D) && touch $@

test: $(TEST_SETUP) release debug latency lockstat races initramfs initramfs-tests user units guest-tests bench-files $(CALLFUZZ) $(O)/creance fuzzers $(CHECK_NEEDS)
	$(say_done)
	@tests/run-all '$(abspath $(O))' $(TESTS)

SEEDS ?= 10
CALLS ?= 50000
FIRST ?= 1
fuzz-calls: release debug initramfs initramfs-tests $(CALLFUZZ) $(O)/creance
	@CREANCE_BUILD='$(abspath $(O))' CREANCE_FUZZ='$(FIRST) $(SEEDS) $(CALLS) $(APPEND)' \
		CREANCE_TEST_LIMIT=1000000 prove -v --exec tests/run-one tests/system/fuzz_calls.t

soak: SEEDS = 100
soak: CPUS = 1
soak: PARTS = 1
soak: release debug initramfs initramfs-tests user guest-tests $(O)/creance
	@tests/soak '$(abspath $(O))' --parts $(PARTS) $(SEEDS) $(FIRST) $(CPUS)

CPUS ?= 1 2 4 8
soak-cpus: release debug races initramfs initramfs-tests user guest-tests $(O)/creance
	@tests/soak '$(abspath $(O))' --cpus $(CPUS)

soak-load: release debug initramfs user $(O)/creance
	@tests/load '$(abspath $(O))' $(SECONDS) $(CPUS)

latency-all: latency initramfs-tests $(O)/creance
	@CREANCE_BUILD='$(abspath $(O))' CREANCE_LATENCY_ALL=1 CREANCE_TEST_LIMIT=1000000 \
		prove -v --exec tests/run-one tests/system/latency_cpus.t

check: $(CHECK_NEEDS)
	@CREANCE_BUILD='$(abspath $(O))' prove -v --exec tests/run-one tests/check.t

metrics:
	@tools/metrics

docs: $(O)/creance
	$(Q)$(O)/creance help markdown >docs/command.md
	$(Q)perl tools/gen_syscalls_doc.pl kernel/syscall/syscalls.tbl.h >docs/syscalls.md
	$(Q)perl tools/gen_trace_events_doc.pl kernel/uapi/trace_events.tbl.h >docs/trace_events.md
	$(Q)perl tools/gen_traps_doc.pl kernel/arch/$(ARCH)/entry/traps.tbl.h kernel/init/main.c >docs/traps.md
	$(Q)perl tools/gen_layers_doc.pl kernel/LAYERS docs/architecture.md >docs/architecture.md.new
	$(Q)mv docs/architecture.md.new docs/architecture.md

guide: all
	@CREANCE_BUILD='$(abspath $(O))' perl tools/guide.pl

format:
	$(Q)tools/check/format --fix

endif # SETUP_DONE
