#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# usage: gen_callfuzz_table.pl kernel/syscall/syscalls.tbl.h >callfuzz_table.inc
# The table of system calls as initialisers of struct fuzz_call (tests/fuzz/syscalls/callfuzz.h): number, name, and
# the arguments' types and names as text.
use strict;
use warnings;

while (<>) {
	/^SYSCALL(\d)\(\s*(\d+),\s*(\w+),\s*[^,)]+?\s*(?:,\s*(.*))?\)\s*$/ or do {
		die "$ARGV:$.: cannot read this row\n" if /^SYSCALL\d/;
		next;
	};
	my ($count, $number, $name, $rest) = ($1, $2, $3, $4 // '');
	my @words = split /\s*,\s*(?![^(]*\))/, $rest; # not within ( )
	die "$ARGV:$.: $name: $count arguments, but " . @words . " words\n" if @words != 3 * $count;
	my (@types, @names);
	while (my ($type, $argument) = splice @words, 0, 3) {
		push @types, '"' . ($type =~ s/ __user//r) . '"';
		push @names, "\"$argument\"";
	}
	print "{.number = $number, .name = \"$name\", .nr_args = $count";
	print ', .type = {' . join(', ', @types) . '}, .arg = {' . join(', ', @names) . '}' if $count;
	print "},\n";
}
