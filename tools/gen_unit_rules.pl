#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# usage: gen_unit_rules.pl UNIT_FOLDER kernel/..._test.c...
# Prints for each unit test a variable, what it is linked from but for itself, and a make rule: the files of its lines
# "// UNIT: file.c ...", and files of tests/unit, those that every test needs and those whose header it includes, with
# what the UNIT: lines of these headers name. A name may be a pattern, as sched/policy_*.c: all such files that are no tests.
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

# What the UNIT: lines of a file name.
sub named {
	my ($file) = @_;
	my @names = map { m{^// UNIT: (.*)} ? split ' ', $1 : () } lines($file);
	my @found;
	for my $name (@names) {
		my @files = grep { -e && !/_test\.c$/ } glob "kernel/$name";
		warn "$file: UNIT: names kernel/$name, which does not exist\n" if !@files;
		push @found, @files;
	}
	return @found;
}

# The files of tests/unit whose headers these files include, or those include in turn.
sub replacements {
	my @files = @_;
	my %found;
	while (defined(my $file = shift @files)) {
		for my $stem (map { /^#include "(\w+)\.h"/ ? "tests/unit/$1" : () } lines($file)) {
			push @files, grep { -e && !$found{$_}++ } "$stem.h", "$stem.c";
		}
	}
	return keys %found;
}

my @bins;
for my $test (@tests) {
	my @more = replacements($test, @always);
	my %files = map { $_ => 1 } @always, grep { /\.c$/ } @more, map { named($_) } $test, @more;
	(my $stem = $test) =~ s/\.c$//;
	print "UNIT_FILES_$stem := @{[sort keys %files]}\n";
	print "$out/$stem: \$(patsubst %.c,$out/obj/%.o,$test \$(UNIT_FILES_$stem))\n";
	push @bins, "$out/$stem";
}
print "UNIT_LINK := @bins\n";
