#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# usage: gen_syscalls_doc.pl kernel/syscall/syscalls.tbl.h >docs/syscalls.md
# The page of all system calls, from the table's rows:
#   SYSCALLn(number, name, flags, type, argument, kind, ...)
use strict;
use warnings;

my (@rows, %taken);
while (<>) {
	/^SYSCALL(\d)\(\s*(\d+),\s*(\w+),\s*([^,)]+?)\s*(?:,\s*(.*))?\)\s*$/ or do {
		die "$ARGV:$.: cannot read this row\n" if /^SYSCALL/;
		next;
	};
	my ($count, $number, $name, $flags, $rest) = ($1, $2, $3, $4, $5 // '');
	my @words = split /\s*,\s*(?![^(]*\))/, $rest; # not within ( )
	die "$ARGV:$.: $name: $count arguments, but " . @words . " words\n" if @words != 3 * $count;
	die "$ARGV:$.: number $number stands twice\n" if $taken{$number}++;
	my @arguments;
	while (my ($type, $argument) = splice @words, 0, 3) {
		$type =~ s/ __user//;
		push @arguments, $type =~ /\*$/ ? "$type$argument" : "$type $argument";
	}
	push @rows, [$number, "$name(" . (join(', ', @arguments) || 'void') . ')', $flags];
}

print "<!-- Generated from kernel/syscall/syscalls.tbl.h by tools/gen_syscalls_doc.pl: edit that table. -->\n\n";
print "# System calls\n\n";
print "The numbers, names and meanings are those of Linux on x86-64, by `syscall` and by `int 0x80` alike\n";
print "(`int 0x80` takes these numbers, too, not the 32-bit ones). " . @rows . " calls are implemented. Any\n";
print "other number gives `ENOSYS`; `/proc/creance/absent_calls` has how often each was tried, and its name on Linux.\n\n";
print "| number | call |\n|---:|---|\n";
printf "| %d | `%s` |\n", $_->[0], $_->[1] for sort { $a->[0] <=> $b->[0] } @rows;
