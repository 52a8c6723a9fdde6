#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# usage: gen_traps_doc.pl kernel/arch/x86/entry/traps.tbl.h kernel/init/main.c >docs/traps.md
# The page of all traps, from the table's rows (its head says what they are) and from the handlers of their kinds,
# which main.c:trap_table_fill sets.
use strict;
use warnings;

my %others = (OTHER_EXCEPTIONS => 'others below 32', OTHER_INTERRUPTS => 'others from 32 on');
my ($main) = splice @ARGV, 1, 1;
my (@rows, %taken, %handlers);
open my $in, '<', $main or die "$main: $!\n";
/^\ttrap_table_set\(TRAP_(\w+), (\w+)\);/ and $handlers{$1} = $2 while <$in>;
close $in;
while (<>) {
	next unless /^TRAP_/;
	/^TRAP_(SIGNAL|HANDLER)\((\w+), (\w+), "([^"]*)", (\w+), (.*), "([^"]*)"\)$/ or die "$ARGV:$.: cannot read this row\n";
	my ($form, $vector, $text, $kind, $middle, $when) = ($1, $2, $4, $5, $6, $7);
	die "$ARGV:$.: vector $vector stands twice\n" if $taken{$vector}++;
	my $what;
	if ($form eq 'SIGNAL') {
		my ($signal, $code, $address) = split /, /, $middle;
		$code = $code eq 'FPU' ? "code by the FPU's flags" : "`$code`";
		$what = "`$signal`, $code" . ($address eq 'IP' ? ', address of the instruction' : '');
	} else {
		my ($label) = $middle =~ /^"(.*)"$/ or die "$ARGV:$.: cannot read this row\n";
		my $function = $handlers{$kind} // die "$ARGV:$.: kind $kind has no handler\n";
		$what = "$label (`$function`)";
	}
	push @rows, [$others{$vector} // $vector, $text, $what, $when];
}
print "<!-- Generated from kernel/arch/x86/entry/traps.tbl.h by tools/gen_traps_doc.pl: edit that table. -->\n\n";
print "# Traps\n\n";
print "What the kernel does when an exception or an interrupt comes. `/proc/creance/trap_table` shows the same rows with\n";
print "their counts. A trap that is a signal is a panic when the kernel itself caused it, except in a copy of user memory,\n";
print "which then ends with `EFAULT`. System calls by `syscall` do not pass through this table.\n\n";
print "| vector | trap | what becomes of it | when it happens |\n|---:|---|---|---|\n";
printf "| %s | %s | %s | %s |\n", @$_ for @rows;
