#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The races build: it finds a race that is there, and none where the same accesses are marked, annotated or under a lock;
# and it runs programs on two CPUs.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Creance;
use GuestSuite;
use Test::More;

my $kernel = build() . '/kernel/races/creance.elf';
plan skip_all => "there is no $kernel: run 'make races'" if !-e $kernel;
$ENV{CREANCE_KERNEL} = $kernel;
my @two = ('--cpus', 2);

# A race is found only while both CPUs run, which a busy host does not always let them: so the one that is there may take
# several attempts.
my $script = <<'END';
for way in marked atomic locked annotated plain; do
	for i in 1 2 3 4 5 6 7 8 9 10; do
		echo $way >/proc/creance/race_test
		[ $i -ge 2 -a $way != plain ] && break
		grep -q test_plain /proc/creance/races && break
	done
done
cat /proc/creance/races
echo forget >/proc/creance/races
grep -c test_plain /proc/creance/races
END
my $r = run_creance(['run', '--user', 'root', @two, '--', '/bin/busybox', 'sh', '-c', $script]);
panic_free($r->{out} . $r->{err}, 'the races kernel runs a shell');
my $access = qr/(?:marked )?(?:read|write) of \d+ bytes at [\w.]+\+0x[0-9a-f]+/;
my @races = grep { /^(?:race|unmarked write): / } split /\n/, $r->{out};
my @odd = grep { !/^(?:race|unmarked write): $access and (?:$access|a write from elsewhere) \[(?:linked at )?[0-9a-f]+, [1-9]\d* times\]$/ } @races;
is_deeply(\@odd, [], 'each race has two accesses and an address');
like($r->{out}, qr/^race: \w+ of 8 bytes at test_plain\+0x\w+ and \w+ of 8 bytes at test_plain\+/m, 'a race of plain accesses is found');
unlike($r->{out}, qr/\btest_$_\b/, "none of the accesses that are $_") for qw(marked atomic locked annotated);
like($r->{out}, qr/^races @{[scalar @races]}$/m, 'the number of races');
like($r->{out}, qr/^watched [1-9]\d*\n0$/m, 'a write forgets them');

$r = run_creance(['run', '--user', 'root', '--', '/bin/busybox', 'sh', '-c', 'echo plain >/proc/creance/race_test; cat /proc/creance/races']);
is($r->{out}, "races 0\nraces_without_room 0\nwatched 0\n", 'with one CPU nothing is watched');

$ENV{CREANCE_GUEST_TESTS} = 'pipe_basic|abi_futex|proc_fork' unless defined $ENV{CREANCE_GUEST_TESTS};
$GuestSuite::races_may_be_found = 1;
guest_suite(@two);
done_testing();
