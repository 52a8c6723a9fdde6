# SPDX-License-Identifier: MIT
#
# What runs on the host: the creance command, and the unit tests of kernel/ and host/.
#
# A kernel unit test names the kernel files it is linked with, in one of its first lines:
#     // UNIT: lib/rbtree.c mm/slab.c sched/policy_*.c
# and gets files of tests/unit as well: the architecture kernel/arch/host, for which it is compiled, and those
# replacements for files of the kernel whose header it includes, with what the UNIT: lines of the header name.
# tests/unit comes before kernel/ in the include path, so that it can replace a header.  A host unit test gets all of
# host/ but creance.c.

HOST_SRC    := $(filter-out %_test.c,$(wildcard host/*.c host/*/*.c)) $(addprefix kernel/lib/,boot_options.c parse.c printable.c)
HOST_OBJS   := $(HOST_SRC:%.c=$(O)/%.o)
HOST_CFLAGS := -std=gnu17 -D_GNU_SOURCE= -g -Wall -Wextra -Werror -Wmissing-prototypes -Wvla -Ihost -I$(O)/generated -iquote kernel
HOST_LIBS   := -ljansson -lelf -lprotobuf-c -lm

# What the readers of a trace know about the kernel; written only when it changes.
TRACE_NAMES := $(O)/generated/trace_names.inc
$(TRACE_NAMES): tools/gen_trace_names.pl $(shell find kernel -name '*.[ch]')
	$(Q)mkdir -p $(@D)
	$(Q)perl $< >$@.new
	$(Q)if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi
$(O)/host/trace/trace_names.o $(O)/unit/obj/host/trace/trace_names.o: $(TRACE_NAMES)

TRACE_SOURCE := $(O)/generated/trace_source.inc
$(TRACE_SOURCE): tools/gen_trace_names.pl $(shell find kernel -name '*.[ch]')
	$(Q)mkdir -p $(@D)
	$(Q)perl $< --lines >$@.new
	$(Q)if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi
$(O)/host/trace/trace_source.o $(O)/unit/obj/host/trace/trace_source.o: $(TRACE_SOURCE)

$(HOST_SRC:%.c=$(O)/%.o): $(O)/%.o: %.c
	$(call say,HOSTCC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -O2 -MMD -MP -c -o $@ $<

# What Perfetto reads; the generated sources are used unchanged.
PERFETTO := $(O)/generated/perfetto.pb-c
$(PERFETTO).h: host/trace/perfetto.proto
	$(call say,PROTOC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)protoc-c -I$(<D) --c_out=$(@D) $<
$(PERFETTO).c: $(PERFETTO).h
$(PERFETTO).o: $(PERFETTO).c
	$(call say,HOSTCC,$<)
	$(Q)$(CC) -std=gnu17 -O2 -w -I$(@D) -c -o $@ $<
HOST_OBJS += $(PERFETTO).o
$(foreach f,perfetto_packet trace_perfetto trace_perfetto_test,$(O)/host/trace/$(f).o $(O)/unit/obj/host/trace/$(f).o): $(PERFETTO).h

# The pages of `creance trace --format html`, of one trace and of two, are embedded by the assembler.
$(O)/host/trace/trace_page.o $(O)/unit/obj/host/trace/trace_page.o: $(wildcard host/trace/page/*)

$(O)/host/compare/compare_html.o $(O)/unit/obj/host/compare/compare_html.o: $(wildcard host/compare/page/*)

# So are the workloads and the page of `creance sched`.
$(O)/host/sched/builtin.o $(O)/unit/obj/host/sched/builtin.o: $(wildcard host/sched/workloads/*)
$(O)/host/sched/sched_html.o $(O)/unit/obj/host/sched/sched_html.o: $(wildcard host/sched/page/*)

$(O)/creance: $(HOST_OBJS)
	$(call say,HOSTLD,$@)
	$(Q)$(CC) -o $@ $(HOST_OBJS) $(HOST_LIBS)

U            := $(O)/unit
UNIT_SRC     := $(filter %_test.c,$(KERNEL_FILES))
HOST_TESTS   := $(patsubst %.c,$(U)/%,$(wildcard host/*_test.c host/*/*_test.c))
UNIT_BINS    := $(patsubst %.c,$(U)/%,$(UNIT_SRC)) $(HOST_TESTS)
UNIT_SAN     := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
# Kernel code refers to functions of files that are not linked; sections that no test reaches are dropped.
UNIT_CFLAGS  := -Wno-unknown-warning-option -std=gnu17 -D_GNU_SOURCE= -g -O1 -Wall -Wextra -Werror -Wno-unused-parameter \
                -DHOST_TEST=1 -DDEBUG=1 -Itests/unit -Ikernel -Ikernel/arch/host -I. -fno-strict-aliasing \
                -ffunction-sections -fdata-sections $(UNIT_SAN)

# In its test the kernel's memcpy() is not the C library's.
%/obj/kernel/lib/string.o: private UNIT_CFLAGS += -DSTRING_UNDER_TEST

$(U)/obj/host/%.o: host/%.c
	$(call say,UNITCC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -Itests/unit -O1 $(UNIT_SAN) -MMD -MP -c -o $@ $<

$(U)/obj/%.o: %.c
	$(call say,UNITCC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(UNIT_CFLAGS) -MMD -MP -c -o $@ $<

$(HOST_TESTS): $(U)/host/%: $(U)/obj/host/%.o $(patsubst %.c,$(U)/obj/%.o,$(filter-out host/creance.c,$(HOST_SRC))) $(PERFETTO).o
	$(call say,UNIT,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(UNIT_SAN) -o $@ $^ $(HOST_LIBS) -lcmocka

# From the UNIT: lines and the includes, one rule for each test.
include $(U)/tests.mk
$(U)/tests.mk: tools/gen_unit_rules.pl $(filter %.c,$(KERNEL_FILES)) $(wildcard tests/unit/*.[ch])
	@mkdir -p $(@D)
	@perl tools/gen_unit_rules.pl $(U) $(UNIT_SRC) >$@

$(UNIT_LINK):
	$(call say,UNIT,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(UNIT_SAN) -Wl,--gc-sections -o $@ $(filter %.o,$^) -lcmocka

units: $(UNIT_BINS)
-include $(shell find $(O)/host $(O)/kernel/lib $(U)/obj -name '*.d' 2>/dev/null)
