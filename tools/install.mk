# SPDX-License-Identifier: MIT
#
# What `make install` puts where, `make uninstall` removes, and `make deb` makes a Debian package of.

BIN_DIR  = $(DESTDIR)$(PREFIX)/bin
SHARE    = $(DESTDIR)$(PREFIX)/share/creance
MAN_DIR  = $(DESTDIR)$(PREFIX)/share/man/man1
BASH_DIR = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
ZSH_DIR  = $(DESTDIR)$(PREFIX)/share/zsh/site-functions
GDB_FILES := $(wildcard tools/gdb/*.py)

put = $(Q)install -D -m $(1) $(2) $(3) && echo '  $(3)'

install: release debug initramfs bench-files manual $(O)/creance
	$(say_done)
	$(call put,755,$(O)/creance,$(BIN_DIR)/creance)
	$(call put,644,$(O)/kernel/release/creance.elf,$(SHARE)/creance.elf)
	$(call put,644,$(O)/kernel/debug/creance.elf,$(SHARE)/creance-debug.elf)
	$(call put,644,$(INITRAMFS),$(SHARE)/initramfs.cpio)
	$(Q)install -d $(SHARE)/bench $(SHARE)/gdb $(MAN_DIR)
	$(Q)install -m 755 $(BENCH_FILES) $(SHARE)/bench && echo '  $(SHARE)/bench/: $(words $(BENCH_FILES)) files'
	$(Q)install -m 644 $(GDB_FILES) $(SHARE)/gdb && echo '  $(SHARE)/gdb/: $(words $(GDB_FILES)) files'
	$(Q)install -m 644 $(O)/man/*.1 $(MAN_DIR) && echo "  $(MAN_DIR)/: $$(cd $(O)/man && echo *.1)"
	$(call put,644,$(O)/man/creance.bash,$(BASH_DIR)/creance)
	$(call put,644,$(O)/man/_creance,$(ZSH_DIR)/_creance)

# Only what install made; a folder that others use stays.
uninstall:
	$(Q)rm -rf $(SHARE)
	$(Q)rm -f $(BIN_DIR)/creance $(MAN_DIR)/creance.1 $(MAN_DIR)/creance-*.1 $(BASH_DIR)/creance $(ZSH_DIR)/_creance
	@echo 'Removed: $(BIN_DIR)/creance, $(SHARE), the manual pages and the completions.'

# The manual pages and completions, from the command's own table of options.
manual: $(O)/man/.done
$(O)/man/.done: $(O)/creance
	$(call say,MAN,$(@D))
	$(Q)mkdir -p $(@D)
	$(Q)$(O)/creance help man $(@D)
	$(Q)$(O)/creance help bash >$(@D)/creance.bash
	$(Q)$(O)/creance help zsh >$(@D)/_creance
	$(Q)touch $@

# debhelper wants its folder in a tree of its own: the files of the repository, and packaging/debian.
deb: bench-files
	$(say_done)
	$(Q)rm -rf $(O)/deb && mkdir -p $(O)/deb/creance
	$(Q)git ls-files -z | grep -zv '^packaging/' | xargs -0 cp -t $(O)/deb/creance --parents
	$(Q)cp -r packaging/debian $(O)/deb/creance/debian
	+$(Q)cd $(O)/deb/creance && dpkg-buildpackage -b -us -uc -d >../log 2>&1 || { tail -n 20 ../log >&2; exit 1; }
	@ls $(abspath $(O))/deb/*.deb

.PHONY: uninstall manual deb
