#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# usage: boot_time.pl [-n RUNS] [--machine microvm|pc|q35] [further options of creance run]
# How long it takes from QEMU's start to the first word of init, and to the first instruction of a program; and
# the kernel's own share of that: from its entry to the program, by its own clock.  Times are of this machine.
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

my (@driver, @init, @kernel);
my $command = join ' ', map { "'$_'" } "$build/creance", 'run', '-v', '--append', 'quiet', @options,
	'--', "$build/bench/guest/boot_clock";
for (1 .. $runs) {
	my $output = `$command 2>&1 </dev/null`;
	my ($ns) = $output =~ /^(\d+)\r?$/m;
	my ($driver, $init) = $output =~ /kernel's driver ([\d.]+) ms, init ([\d.]+) ms/;
	die "boot_time.pl: run $_ failed:\n$output" unless defined $ns && defined $init && $? == 0;
	push @driver, $driver;
	push @init, $init;
	push @kernel, $ns / 1e6;
}
printf "%-52s %8s %8s %8s\n", "boot time in ms, $runs runs" . (@options ? " (@options)" : ''),
	'least', 'median', 'most';
line("QEMU's start to the kernel's link driver", @driver);
line("QEMU's start to init's first word", @init);
line("of that the kernel's: its entry to a program's main", @kernel);
