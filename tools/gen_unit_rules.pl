#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# usage: gen_unit_rules.pl UNIT_FOLDER kernel/..._test.c...
# Prints a make rule for each unit test: what it is linked from, by its "// UNIT: file.c ..." lines and by the headers of
# tests/unit that it includes. A name may be a pattern, as sched/policy_*.c: all such files that are no tests.
use strict;
use warnings;

my ($out, @tests) = @ARGV;

# What every test needs, also without a header: the architecture, files of the kernel that most do without, panic().
my @always = map { "tests/unit/$_.c" } qw(host_arch unit_kernel unit_panic);

sub lines {
	my ($file) = @_;
	open my $in, '<', $file or die "$file: $!\n";
	return <$in>;
}

sub expand {
	my ($test, $name) = @_;
	my @files = map { s{^kernel/}{}r } grep { -e && !/_test\.c$/ } glob "kernel/$name";
	warn "$test: UNIT: names kernel/$name, which does not exist\n" if !@files;
	return @files;
}

# The files of tests/unit whose headers these files include, or those include in turn.
sub replacements {
	my @files = @_;
	my %found;
	while (defined(my $file = shift @files)) {
		for my $stem (map { /^#include "(\w+)\.h"/ ? "tests/unit/$1" : () } lines($file)) {
			next if $found{$stem}++;
			push @files, grep { -e } "$stem.h", "$stem.c";
		}
	}
	return grep { -e } map { "$_.c" } keys %found;
}

my @bins;
for my $test (@tests) {
	my $line = 0;
	my @sources = map { split ' ' } map { ++$line <= 40 && m{^(?://|\s\*|/\*)\s*UNIT:\s*(.*?)\s*(?:\*/)?$} ? $1 : () } lines($test);
	@sources = map { "kernel/$_" } map { expand($test, $_) } @sources;
	my %files = map { $_ => 1 } $test, @sources, @always, replacements($test, @always);
	(my $stem = $test) =~ s/\.c$//;
	print "$out/$stem: ", join(' ', map { "$out/obj/" . s/c$/o/r } sort keys %files), "\n";
	push @bins, "$out/$stem";
}
print "UNIT_LINK := @bins\n";
