#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The guest's test programs on two CPUs, debug kernel: some of those whose threads and processes work on the same things,
# also with option nohz=full.
# CREANCE_CPUS="1 2 4 8": all programs instead, with each of these numbers of CPUs and both kernels, or that which
# CREANCE_KERNEL_VARIANT names: also races (make soak-cpus).
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Creance;
use GuestSuite;
use Test::More;

my @programs = qw(abi_futex event_races file_fd file_fd_threads file_lock file_storm mount_race name_race
	mem_cow mem_map mem_threads mem_unmap pipe_basic pipe_poll proc_affinity proc_clone proc_fork proc_names proc_wait sig_crowd
	sig_kill sig_stop socket_rights socket_storm tty_session);

my $numbers = $ENV{CREANCE_CPUS};
$ENV{CREANCE_GUEST_TESTS} //= '/(?:' . join('|', @programs) . ')$' if !defined $numbers;
for my $cpus (split ' ', $numbers // '2') {
	for my $kernel (defined $numbers ? variants() : 'debug') {
		local $ENV{CREANCE_KERNEL} = build() . '/kernel/races/creance.elf' if $kernel eq 'races';
		subtest "CPUs: $cpus, $kernel kernel" => sub {
			guest_suite(kernel_option($kernel), '--cpus', $cpus);
		};
	}
}
if (!defined $numbers) {
	local $ENV{CREANCE_GUEST_TESTS} = '/(?:' . join('|', @programs, qw(proc_limits proc_sched sig_timers time_cpus time_timers time_vdso)) . ')$';
	subtest 'CPUs: 2, nohz=full' => sub {
		guest_suite(kernel_option('debug'), '--cpus', 2, '--append', 'nohz=full');
	};
}
done_testing();
