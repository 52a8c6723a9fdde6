#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# One user takes all it can get, kind by kind, in a small guest: root's ordinary work never fails.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Creance;
use Test::More;

my $program = build() . '/tests/guest/misbehaviour/hoard';
for my $memory ('64M') {
	my $end = run_creance(['run', '--user', 'root', '--memory', $memory, '--', $program]);
	my @points = $end->{out} =~ /^((?:not )?ok \d+.*)$/mg;

	cmp_ok(scalar @points, '>=', 15, "in $memory every kind was tried");
	for my $point (@points) {
		my ($bad, $name) = $point =~ /^(not )?ok \d+(?: - )?(.*)$/;

		ok(!$bad && $name !~ /# SKIP/, "$memory: $name");
	}
	is($end->{status}, 0, "in $memory the guest ends well") or diag($end->{out}, $end->{err});
}
done_testing();
