#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A user with thousands of sockets in flight does not make another user's closes dear: by instructions, so that nothing
# the host does changes the figures.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Creance;
use Test::More;

my $program = build() . '/tests/guest/misbehaviour/others_hoard';
my $run = run_creance(['run', '--icount', '--user', 'root', '--memory', '512M', '--', $program]);
is_status($run, 0, 'both users end');
my %round = map { /^(\w+): own (\d+) all (\d+)/ ? ($1 => [$2, $3]) : () } $run->{out} =~ /^# round: (.*)$/mg;
for my $what (qw(alone beside)) {
	ok($round{$what}, "it tells of a round $what");
	diag sprintf '%s: %d instructions of its own, %d in all', $what, @{$round{$what} // [0, 0]};
}
my ($alone, $beside) = @round{qw(alone beside)};
cmp_ok($beside->[0], '<', 1.2 * $alone->[0], 'a round beside the hoard costs what it costs alone');
# The collector of sockets has a fifth of the CPU at most, and what else there is to do is little.
cmp_ok($beside->[1], '<', 1.6 * $alone->[1], 'and lasts little longer');
my ($gift) = $run->{out} =~ /^# gift: own (\d+)/m;
# 256 of 4,250 files are put at once: what one of them costs, times that.
cmp_ok($gift // 1e9, '<', 1_000_000, 'a socket that another user filled is closed for a bounded price');
diag sprintf 'gift: %d instructions', $gift // 0;
done_testing();
