#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# guest_forced.t on two CPUs, where forced preemption also moves threads: some programs whose threads and processes work on
# the same things, with one seed.  All of them with many: make soak CPUS=2.
use strict;
use warnings;
use FindBin;

my @programs = qw(abi_futex event_races file_lock mem_cow pipe_basic proc_clone proc_fork proc_wait sig_kill);
$ENV{CREANCE_GUEST_TESTS} //= '/(?:' . join('|', @programs) . ')$';
$ENV{CREANCE_CPUS} = '2';
$ENV{CREANCE_SEEDS} = '1';
exec $^X, '-w', "$FindBin::Bin/guest_forced.t";
