#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# usage: gen_unit_rules.pl UNIT_FOLDER kernel/..._test.c...
# Prints a make rule for each unit test: what it is linked from, by its "// UNIT: file.c ..." lines.
use strict;
use warnings;

my ($out, @tests) = @ARGV;
my @bins;
for my $test (@tests) {
	open my $in, '<', $test or die "$test: $!\n";
	my @sources;
	while (<$in>) {
		last if $. > 40;
		push @sources, split ' ', $1 if m{^(?://|\s\*|/\*)\s*UNIT:\s*(.*?)\s*(?:\*/)?$};
	}
	for (@sources) {
		-e "kernel/$_" or warn "$test: UNIT: names kernel/$_, which does not exist\n";
	}
	(my $stem = $test) =~ s/\.c$//;
	my @objs = map { s/\.c$//r } map { "kernel/$_" } @sources;
	print "$out/$stem: ", join(' ', map { "$out/obj/$_.o" } $stem, @objs), " \$(UNIT_SHIMS)\n";
	push @bins, "$out/$stem";
}
print "UNIT_LINK := @bins\n";
