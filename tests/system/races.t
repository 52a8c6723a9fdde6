#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Races that a guest test looks for by trying moment after moment.  With counted instructions nothing disturbs the
# search, so it finds the moment, to the instruction: each of these fails every time on a kernel that has the fault.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Creance;
use Test::More;

my %race_of = (
	'process/proc_exec' => 'no other process shares the handlers of a new program',
);
for my $kernel ('release', 'debug') {
	for my $program (sort keys %race_of) {
		my $r = run_creance(['run', '--icount', '--user', 'root', kernel_option($kernel), '--', build() . "/tests/guest/$program"]);
		like($r->{out}, qr/^ok \d+ - $race_of{$program}$/m, "$kernel kernel: $race_of{$program}") or diag($r->{out});
		is($r->{status}, 0, 'and the other tests of the program pass');
	}
}
done_testing();
