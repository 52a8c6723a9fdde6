#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Thousands of threads, children, ancestors and locks of one program: on the kernel that measures it, nothing that is done
# with them keeps interrupts or preemption off for 50,000 instructions.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Creance;
use Test::More;

my $most = 50_000;
my $kernel = build() . '/kernel/latency/creance.elf';
plan skip_all => "there is no $kernel: run 'make latency'" if !-e $kernel;

my $program = build() . '/tests/guest/misbehaviour/long_lists';
# Time for three passes: growth that is seen after the first is a leak only if it goes on (tests/guest/tap.c).
my $run = run_creance(['run', '--icount', '--user', 'root', '--memory', '1536M', '--', $program],
	env => {CREANCE_KERNEL => $kernel}, limit => 4 * watchdog());
is_status($run, 0, 'all that was made ends');
unlike($run->{out}, qr/of \d+ were made/, 'and it was as much as was wanted');
my @longest = $run->{out} =~ /^# (?:longest): (\w+: \w+ \d+ .*)$/mg;
cmp_ok(scalar @longest, '>=', 22, 'each case says how long the longest stretches are');
for (@longest) {
	my ($what, $kind, $ns) = /^(\w+): (\w+) (\d+)/;
	cmp_ok($ns, '<', $most, "$what: $kind");
	diag($_);
}
done_testing();
