#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The lockstat build: each class of locks is counted; what two CPUs wait for is told apart from what one takes alone; a 0
# clears; and the kernel runs programs on two CPUs.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Creance;
use GuestSuite;
use Test::More;

my $kernel = build() . '/kernel/lockstat/creance.elf';
plan skip_all => "there is no $kernel: run 'make lockstat'" if !-e $kernel;
$ENV{CREANCE_KERNEL} = $kernel;
my @two = ('--cpus', 2);

# The rows of one reading: class => {column => number}.
sub table {
	my ($text) = @_;
	my ($head, @rows) = split /\n/, $text;
	my (undef, undef, @columns) = split ' ', $head // '';
	my %table;
	for (@rows) {
		my ($class, $kind, @numbers) = split;
		is(scalar(grep { /^\d+$/ } @numbers), scalar @columns, "$class: a number in each column");
		@{$table{$class}}{'kind', @columns} = ($kind, @numbers);
	}
	return \%table;
}

my @classes = slurp('kernel/sync/lock_order.h') =~ /^\tLOCK_CLASS\(\d+, (\w+), /mg;
my $pipes = 'head -c 100000 /dev/zero | cat | wc -c';
my $r = run_creance(['run', '--user', 'root', '--', '/bin/busybox', 'sh', '-c', "$pipes; cat /proc/creance/locks"]);
is_status($r, 0, 'the lockstat kernel runs a shell');
panic_free($r->{out} . $r->{err}, 'and does not panic');
like($r->{out}, qr/\A100000\n/, 'its pipes carry what they should');
my $one = table($r->{out} =~ s/\A.*\n//r);
is_deeply([sort keys %$one], [sort @classes], 'each class has a row');
for my $class (sort keys %$one) {
	my %row = %{$one->{$class}};
	cmp_ok($row{contended}, '<=', $row{acquired}, "$class: what was waited for was taken");
	cmp_ok($row{wait_longest_ns}, '<=', $row{wait_total_ns}, "$class: the longest wait is one of them");
	cmp_ok($row{held_longest_ns}, '<=', $row{held_total_ns}, "$class: and the longest section");
	is($row{contended} + $row{wait_total_ns}, 0, "$class: one CPU finds no spinlock held") if $row{kind} eq 'spin';
}
for my $class (qw(inode pipe vm_map fdtable runqueue page_zone)) {
	cmp_ok($one->{$class}{acquired}, '>', 0, "$class: was taken");
	cmp_ok($one->{$class}{held_total_ns}, '>', 0, "$class: was held");
}
is($one->{$_}{acquired}, 0, "$_: was not") for qw(socket epoll socket_names);

# Two CPUs write to one pipe: its lock is waited for. While the host lets only one of them run, there is nothing to wait
# for: so this may take several attempts. Nothing sends a descriptor through a socket meanwhile.
my $script = <<'END';
echo 0 >/proc/creance/locks
for i in 1 2 3 4 5 6 7 8 9 10; do
	{
		taskset 1 dd if=/dev/zero bs=32 count=4000 2>/dev/null &
		taskset 2 dd if=/dev/zero bs=32 count=4000 2>/dev/null &
		wait
	} | wc -c
	awk '$1 == "pipe" && $4 { found = 1 } END { exit !found }' /proc/creance/locks && break
done
echo first
cat /proc/creance/locks
echo 1 >/proc/creance/locks || echo refused
echo 0 >/proc/creance/locks || echo refused too
echo second
cat /proc/creance/locks
END
$r = run_creance(['run', '--user', 'root', @two, '--', '/bin/busybox', 'sh', '-c', $script]);
is_status($r, 0, 'two CPUs');
my ($first, $second) = $r->{out} =~ /^first\n(.*)^refused\nsecond\n(.*)/ms;
ok(defined $second, 'only a 0 clears') or diag($r->{out}, $r->{err});
($first, $second) = (table($first // ''), table($second // ''));
my %pipe = %{$first->{pipe}};
cmp_ok($pipe{acquired}, '>=', 8000, 'the lock of the pipe was taken by each write');
cmp_ok($pipe{contended}, '>', 0, 'and waited for');
cmp_ok($pipe{wait_longest_ns}, '>', 0, 'for some time');
cmp_ok($second->{pipe}{acquired}, '<', 8000, 'a 0 clears what both CPUs have counted');
is($second->{pipe}{contended}, 0, 'waits, too');

$ENV{CREANCE_GUEST_TESTS} = 'pipe_basic|abi_futex|proc_fork' unless defined $ENV{CREANCE_GUEST_TESTS};
guest_suite(@two);
done_testing();
