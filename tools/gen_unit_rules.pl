#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# usage: gen_unit_rules.pl UNIT_FOLDER kernel/..._test.c...
# Prints a make rule for each unit test: what it is linked from, by its "// UNIT: file.c ..." lines.
# A name may be a pattern, as sched/policy_*.c: all such files that are no tests.
use strict;
use warnings;

my ($out, @tests) = @ARGV;

sub expand {
	my ($test, $name) = @_;
	my @files = map { s{^kernel/}{}r } grep { -e && !/_test\.c$/ } glob "kernel/$name";
	warn "$test: UNIT: names kernel/$name, which does not exist\n" if !@files;
	return @files;
}

my @bins;
for my $test (@tests) {
	open my $in, '<', $test or die "$test: $!\n";
	my @sources;
	while (<$in>) {
		last if $. > 40;
		push @sources, split ' ', $1 if m{^(?://|\s\*|/\*)\s*UNIT:\s*(.*?)\s*(?:\*/)?$};
	}
	@sources = map { expand($test, $_) } @sources;
	(my $stem = $test) =~ s/\.c$//;
	my @objs = map { s/\.c$//r } map { "kernel/$_" } @sources;
	print "$out/$stem: ", join(' ', map { "$out/obj/$_.o" } $stem, @objs), " \$(UNIT_SHIMS)\n";
	push @bins, "$out/$stem";
}
print "UNIT_LINK := @bins\n";
