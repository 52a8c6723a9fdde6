# SPDX-License-Identifier: MIT
#
# What `creance bench` needs besides the command and the kernel: the file systems of its guests, the phases of
# --explain, the script that fetches Linux.  tools/guest.mk has the cost program and its initramfs.

BENCH_TOOLS   := $(O)/bench/tools.cpio
BENCH_LATENCY := $(O)/bench/latency.cpio
BENCH_FILES   := $(BENCH_INITRAMFS) $(COST_PROGRAM) $(BENCH_TOOLS) $(BENCH_LATENCY) $(O)/bench/phases $(O)/bench/fetch_linux.sh
BENCH_HELPERS := $(O)/bench/guest/explain $(O)/bench/guest/boot_report
LINUX_KERNEL  := $(O)/linux/vmlinuz

# Both kernels read an archive that is appended to another as one archive.
$(BENCH_TOOLS): $(BENCH_INITRAMFS) $(BENCH_HELPERS) $(O)/mkinitramfs
	$(call say,CPIO,$@)
	$(Q)for p in $(BENCH_HELPERS); do echo "file /$${p##*/} 755 $$p"; done >$@.manifest
	$(Q)$(O)/mkinitramfs -o $@.added $@.manifest
	$(Q)cat $(BENCH_INITRAMFS) $@.added >$@

$(BENCH_LATENCY): $(BENCH_INITRAMFS) $(O)/bench/guest/latency_run $(O)/mkinitramfs bench/guest/latency_manifest.sh
	$(call say,CPIO,$@)
	$(Q)bench/guest/latency_manifest.sh $(O)/bench/guest/latency_run >$@.manifest
	$(Q)$(O)/mkinitramfs -o $@.added $@.manifest
	$(Q)cat $(BENCH_INITRAMFS) $@.added >$@

$(O)/bench/phases: bench/phases
	$(Q)mkdir -p $(@D) && cp $< $@
$(O)/bench/fetch_linux.sh: tools/fetch_linux.sh
	$(Q)mkdir -p $(@D) && cp $< $@

bench-files: $(BENCH_FILES)

linux-kernel: $(LINUX_KERNEL)
$(LINUX_KERNEL): | $(O)/bench/fetch_linux.sh
	$(call say,FETCH,$@)
	$(Q)tools/fetch_linux.sh $(@D)

# make bench [AGAINST=linux] [BENCH="further words for creance bench"]
bench: release initramfs bench-files $(O)/creance $(BENCH_BINS)
	@CREANCE_BUILD='$(abspath $(O))' perl bench/boot_time.pl
	@$(O)/creance bench $(if $(AGAINST),--against $(AGAINST) --goals) $(BENCH)
	@rsvg-convert -o $(O)/bench.png $(O)/bench.svg && echo "$(O)/bench.json, $(O)/bench.svg, $(O)/bench.png"

# make budgets [RAISE=1]: make the instructions that each row takes now its budget.
budgets: release bench-files $(O)/creance
	@$(O)/creance bench --icount --record bench/budgets $(if $(RAISE),--raise)

# make fast-paths: what each fast path gains now, in docs/fast_paths.md.
fast-paths: release bench-files $(O)/creance
	@perl bench/fast_paths.pl $(O)/creance kernel/uapi/fast_paths.tbl.h docs/fast_paths.md

.PHONY: bench-files linux-kernel budgets fast-paths
