#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# From SIGKILL until a heavy process is gone: by instructions, so that nothing the host does changes the figures. What
# it has must be freed, which takes time by how much that is; but a call under way ends at once.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Creance;
use Test::More;

my $most = 10_000_000;
# Those whose freeing takes longer: 40,000 areas, of nothing and of a file; 20,000 files; 6,000 threads, each of which
# runs once more to end itself.
my %freeing = (crowd => 12_000_000, descriptors => 20_000_000, areas => 30_000_000, smaps => 30_000_000, truncations => 60_000_000);

my $program = build() . '/tests/guest/misbehaviour/kill_heavy';
my $run = run_creance(['run', '--icount', '--user', 'root', '--memory', '1536M', '--', $program]);
is_status($run, 0, 'all heavy processes end');
my %gone = $run->{out} =~ /^# gone: (\w+): (\d+)$/mg;
cmp_ok(scalar keys %gone, '>=', 11, 'each says how long it took');
unlike($run->{out}, qr/of \d+ threads were made/, 'and it had all threads that it should have');
for my $what (sort keys %gone) {
	cmp_ok($gone{$what}, '<', $freeing{$what} // $most, "$what: gone within the bound");
	diag "$what: $gone{$what} instructions";
}
cmp_ok($gone{crowd}, '<', 4.2 * $gone{quarter}, 'four times the threads take four times as long');
done_testing();
