#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Every machine, with the plainest CPU and the fullest, and with the least memory: programs run, and the end is clean.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Creance;
use Test::More;

my $program = 'uname -s; ls / | wc -l >/dev/null; seq 1 1000 | sort -n | tail -n 1; ' .
	'awk "BEGIN { print 10 / 4 }"; sleep 0.05; exit 5';

sub machine {
	my ($name, @options) = @_;
	subtest $name => sub {
		my $r = guest_sh($program, options => ['-v', @options]);
		is_status($r, 5, 'a small program');
		is($r->{out}, "Linux\n1000\n2.5\n", 'prints what it should');
		panic_free($r->{err}, 'no panic');
		like($r->{err}, qr/init [\d.]+ ms, end [\d.]+ ms/, 'from start to end');

		$r = run_creance(['shell', @options], in => "echo \$((6 * 7))\nexit 3\n");
		is_status($r, 3, 'a shell');
		is($r->{out}, "42\n", 'answers');
		is($r->{err}, '', 'and nothing is said');
	};
}

for my $machine (qw(microvm pc q35)) {
	for my $cpu (qw(max qemu64)) {
		for my $variant (variants()) {
			machine("$machine, $cpu, $variant kernel", '--machine', $machine, '--cpu', $cpu, kernel_option($variant));
		}
	}
	machine("$machine with 16 MiB", '--machine', $machine, '--memory', '16M');
	machine("$machine with 16 MiB, qemu64", '--machine', $machine, '--memory', '16M', '--cpu', 'qemu64');
}
machine('microvm, repeatable', '--icount');
machine('pc with 3 GiB, which is above the hole for devices in part', '--machine', 'pc', '--memory', '3584M');

# The instructions that a run takes do not depend on chance.
my @clocks = map {
	guest_sh('cat /proc/uptime', options => ['--icount'])->{out}
} 1 .. 2;
is($clocks[0], $clocks[1], 'two runs with --icount are the same');
done_testing();
