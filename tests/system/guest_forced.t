#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The guest's test programs under forced preemption (kernel/sched/force_preempt.h), with a seed or three: switches
# come where they hardly ever would.  CREANCE_SEEDS="4 5": these seeds instead (make soak).
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use GuestSuite;
use Test::More;

# Seed => kernel, and how often. Rare switches find what takes long, frequent ones what takes two of them.
my @rounds = ([1, [], 50], [2, ['--debug-kernel'], 20], [3, [], 10]);
@rounds = map { [$_, $_ % 2 ? [] : ['--debug-kernel'], (50, 20, 10)[$_ % 3]] } split ' ', $ENV{CREANCE_SEEDS}
	if $ENV{CREANCE_SEEDS};
for my $round (@rounds) {
	my ($seed, $kernel, $one_in) = @$round;
	subtest "force_preempt=$seed,$one_in @$kernel" => sub {
		guest_suite(@$kernel, '--append', "force_preempt=$seed,$one_in");
	};
}
done_testing();
