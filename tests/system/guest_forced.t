#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The guest's test programs under forced preemption (kernel/sched/force_preempt.h) and with failing allocations
# (kernel/mm/fail_alloc.h): switches come where they hardly ever would, and memory ends where it hardly ever does. This
# is seed 1, the files beside it are 2 and 3.  CREANCE_SEEDS="4 5": these seeds instead; CREANCE_CPUS=2: with so many CPUs
# (make soak); CREANCE_PART=1/7: of each seven programs one, the second.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use GuestSuite;
use Test::More;

# The seed also says how. Rare switches find what takes long, frequent ones what takes two of them.
my @ways = (
	[['--debug-kernel', '--memory', '48M'], 20, 0],
	[[], 50, 0],
	[['--debug-kernel'], 20, 0],
	[['--debug-kernel'], 50, 200],
	[['--memory', '48M'], 10, 0],
	[['--debug-kernel', '--memory', '48M'], 50, 200],
);

my $cpus = $ENV{CREANCE_CPUS} // 1;
for my $seed (split ' ', $ENV{CREANCE_SEEDS} // '1') {
	my ($machine, $switches, $failures) = @{$ways[$seed % @ways]};
	my @options = (@$machine, $cpus > 1 ? ('--cpus', $cpus) : (), '--append',
		"force_preempt=$seed,$switches" . ($failures ? " fail_alloc=$seed,$failures" : ''));
	subtest "seed $seed: @options" => sub { guest_suite(@options) };
}
done_testing();
