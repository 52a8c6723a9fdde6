#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Memory that comes back late, as it does on several CPUs, is waited for before a process is ended.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Creance;
use Test::More;

my $program = build() . '/tests/guest/misbehaviour/late_frees';
my $end = run_creance(['run', '--user', 'root', '--cpus', 2, '--memory', '48M', '--', $program]);
is_status($end, 0, 'the guest ends well');
like($end->{out}, qr/^ok $_\b(?!.*# SKIP)/m, "case $_ passes") or diag($end->{out}, $end->{err}) for 1 .. 3;
unlike($end->{err}, qr/ran out of memory/, 'and memory does not run out');
done_testing();
