# SPDX-License-Identifier: MIT
#
# Fuzz harnesses, tests/fuzz/fuzz_NAME.c: libFuzzer with the sanitizers for memory and undefined behaviour, so clang.
# A harness of the host gets all of host/ but creance.c; one of the kernel names by a line "// KERNEL: folder/foo_test.c"
# the unit test whose files it gets as well.

F             := $(O)/fuzz
FUZZ_CC       ?= clang
FUZZ_SAN      := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
FUZZ_CFLAGS   := $(FUZZ_SAN) -fsanitize=fuzzer-no-link -Itests/fuzz
FUZZ_SRC      := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ_KERNEL   := $(shell grep -l '^// KERNEL:' $(FUZZ_SRC))
FUZZ_BINS     := $(FUZZ_SRC:tests/fuzz/%.c=$(F)/%)
FUZZ_HOST_OBJ := $(patsubst %.c,$(F)/obj/%.o,$(filter-out host/creance.c,$(HOST_SRC))) $(PERFETTO).o
SECONDS       ?= 600
# The files of the unit test that the harness $(1) names.
fuzz_files     = $(UNIT_FILES_kernel/$(basename $(shell sed -n 's,^// KERNEL: ,,p' $(1))))

$(F)/obj/host/trace/trace_names.o: $(TRACE_NAMES)
$(F)/obj/host/trace/trace_source.o: $(TRACE_SOURCE)
$(F)/obj/host/trace/perfetto_packet.o $(F)/obj/host/trace/trace_perfetto.o: $(PERFETTO).h
$(F)/obj/host/%.o: host/%.c
	$(call say,FUZZCC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(HOST_CFLAGS) -O1 $(FUZZ_CFLAGS) -MMD -MP -c -o $@ $<
$(patsubst tests/fuzz/%.c,$(F)/obj/tests/fuzz/%.o,$(filter-out $(FUZZ_KERNEL),$(FUZZ_SRC))): $(F)/obj/%.o: %.c
	$(call say,FUZZCC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(HOST_CFLAGS) -O1 $(FUZZ_CFLAGS) -MMD -MP -c -o $@ $<
$(F)/obj/%.o: %.c
	$(call say,FUZZCC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(UNIT_CFLAGS) -Wno-unused-function $(FUZZ_CFLAGS) -MMD -MP -c -o $@ $<

$(patsubst tests/fuzz/%.c,$(F)/%,$(filter-out $(FUZZ_KERNEL),$(FUZZ_SRC))): $(F)/%: $(F)/obj/tests/fuzz/%.o $(FUZZ_HOST_OBJ)
	$(call say,FUZZLD,$@)
	$(Q)$(FUZZ_CC) $(FUZZ_SAN) -fsanitize=fuzzer -o $@ $^ $(HOST_LIBS)

# Kernel code refers to functions of files that no harness needs, as in unit tests.
define fuzz_kernel_rule
$(1:tests/fuzz/%.c=$(F)/%): $(1:%.c=$(F)/obj/%.o) $(patsubst %.c,$(F)/obj/%.o,$(call fuzz_files,$(1)))
	$$(call say,FUZZLD,$$@)
	$$(Q)$$(FUZZ_CC) $$(FUZZ_SAN) -fsanitize=fuzzer -no-pie -Wl,--gc-sections -Wl,--unresolved-symbols=ignore-all -o $$@ $$^ -lcmocka
endef
$(foreach f,$(FUZZ_KERNEL),$(eval $(call fuzz_kernel_rule,$(f))))

# Without clang and its runtime there are no harnesses: tests/fuzz.t is skipped, and says why.
fuzzers:
	@if echo 'int LLVMFuzzerTestOneInput(void); int LLVMFuzzerTestOneInput(void) { return 0; }' | \
		$(FUZZ_CC) -fsanitize=fuzzer,address -x c -o $(O)/fuzz.probe - 2>/dev/null; then \
		rm -f $(O)/fuzz.probe; $(MAKE) --no-print-directory $(FUZZ_BINS); \
	else \
		echo 'There is no libFuzzer (Debian: clang, libclang-rt-14-dev): nothing is fuzzed.' >&2; \
	fi

# For long: each harness for $(SECONDS) seconds; an input that crashes it is kept in the folder that the message names.
fuzz: fuzzers
	@CREANCE_BUILD='$(abspath $(O))' CREANCE_FUZZ_SECONDS='$(SECONDS)' CREANCE_TEST_LIMIT=1000000 \
		prove -v --exec tests/run-one tests/fuzz.t
-include $(shell find $(F)/obj -name '*.d' 2>/dev/null)
