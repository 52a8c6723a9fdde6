#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# usage: boot_time.pl [-n RUNS] [--machine microvm|pc|q35] [further options of creance run]
# How long it takes from QEMU's start to the first word of init, and the kernel's own share of that: from its entry
# to the first instruction of a program, by its own clock.  The instructions that this takes follow; they are the same
# on every machine, while the times are of this one and of what else it does.
use strict;
use warnings;

my $build = $ENV{CREANCE_BUILD} // 'build';
my ($runs, @options) = (20);
while (@ARGV) {
	my $word = shift @ARGV;
	if ($word eq '-n') {
		$runs = shift @ARGV // 20;
	} else {
		push @options, $word;
	}
}

sub median {
	my @sorted = sort { $a <=> $b } @_;
	return $sorted[$#sorted / 2];
}

sub line {
	my ($what, @ms) = @_;
	my @sorted = sort { $a <=> $b } @ms;
	printf "%-52s %8.1f %8.1f %8.1f\n", $what, $sorted[0], median(@ms), $sorted[-1];
}

my (@driver, @init, @kernel, @main);
my $command = join ' ', map { "'$_'" } "$build/creance", 'run', '-v', '--append', 'quiet', @options,
	'--', "$build/bench/guest/boot_clock";
for (1 .. $runs) {
	my $output = `$command 2>&1 </dev/null`;
	my ($entered, $main) = $output =~ /^(\d+) (\d+)\r?$/m;
	my ($driver, $init) = $output =~ /kernel's driver ([\d.]+) ms, init ([\d.]+) ms/;
	die "boot_time.pl: run $_ failed:\n$output" unless defined $main && defined $init && $? == 0;
	push @driver, $driver;
	push @init, $init;
	push @kernel, $entered / 1e6;
	push @main, $main / 1e6;
}
printf "%-52s %8s %8s %8s\n", "boot time in ms, $runs runs" . (@options ? " (@options)" : ''),
	'least', 'median', 'most';
line("QEMU's start to the kernel's link driver", @driver);
line("QEMU's start to init's first word", @init);
line("of that the kernel's own: entry to first program", @kernel);
line("the kernel's entry to the main of a program of init's", @main);

# With -icount an instruction is a nanosecond.
my $counted = join ' ', map { "'$_'" } "$build/creance", 'run', '--icount', @options, '--', "$build/bench/guest/boot_clock";
my ($entered) = `$counted 2>/dev/null </dev/null` =~ /^(\d+) /;
printf "%-52s %8.2f\n", "millions of instructions, entry to first program", $entered / 1e6 if defined $entered;
