#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# More than one CPU: all that a machine has come up, on every machine, take programs, and stop with the first.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Creance;
use Digest::SHA qw(sha1_hex);
use GuestSuite;
use Test::More;

my @two = ('--cpus', 2);

for my $machine (qw(microvm pc q35)) {
	for my $variant (variants()) {
		my $r = guest_sh('nproc; taskset 1 cut -d " " -f 39 /proc/self/stat; taskset 2 cut -d " " -f 39 /proc/self/stat',
			options => ['-v', '--machine', $machine, kernel_option($variant), @two]);
		is_status($r, 0, "two CPUs of $machine, $variant kernel");
		is($r->{out}, "2\n0\n1\n", 'each runs the programs that may run only there');
		like($r->{err}, qr/cpu: 2 CPUs/, 'as the log says');
		panic_free($r->{err}, 'no panic');
	}
}

# As many as the kernel knows, on this host's few: they come up in its turns.
for my $machine (qw(microvm pc q35)) {
	my $r = guest_sh('nproc; taskset -c 63 cut -d " " -f 39 /proc/self/stat; uname', options => ['-v', '--machine', $machine, '--cpus', 64]);
	is_status($r, 0, "64 CPUs of $machine");
	is($r->{out}, "64\n63\nLinux\n", 'all take programs');
	like($r->{err}, qr/cpu: 64 CPUs/, 'as the log says');
}
my $r = run_creance(['run', '--cpus', 65, '--', 'true']);
is_status($r, 125, 'more than 64 are refused');
like($r->{err}, qr/\Acreance: --cpus 65 is not a number from 1 to 64/, 'by a message');
$r = guest_sh('nproc; grep -c ^processor /proc/cpuinfo', options => ['-v', '--cpus', 8, '--append', 'maxcpus=5']);
is($r->{out}, "5\n5\n", 'of more CPUs than are wanted as many as are wanted');
$r = guest_sh('nproc', options => ['-v', '--cpus', 2, '--append', 'maxcpus=8']);
is($r->{out}, "2\n", 'of fewer all');
$r = guest_sh('nproc', options => ['-v', '--cpus', 2, '--append', 'regime=none']);
is($r->{out}, "1\n", 'without protection one CPU is used');
like($r->{err}, qr/only one CPU is used: regime none/, 'and the log says why');

SKIP: {
	skip 'no lscpu here', 2 if !grep { -x "$_/lscpu" } split /:/, $ENV{PATH};
	$r = run_creance(['run', '--cpus', 3, '--', 'lscpu']);
	like($r->{out}, qr/^CPU\(s\): +3\n(?:.*\n)*Core\(s\) per socket: +3\nSocket\(s\): +1\n/m, 'lscpu sees three cores');
	like($r->{out}, qr/^CPU op-mode\(s\): +32-bit, 64-bit$/m, 'that run programs of 64 bits');
}

my $loop = 'n=0; while [ $n -lt 20000 ]; do n=$((n + 1)); done';
$r = guest_sh("grep ^cpu[01] /proc/stat; taskset 2 sh -c '$loop'; grep ^cpu[01] /proc/stat", options => ['-v', @two]);
my @user = $r->{out} =~ /^cpu[01] (\d+) /mg;
ok(@user == 4 && $user[3] - $user[1] > $user[2] - $user[0], '/proc/stat tells which CPU has worked')
	or diag($r->{out}, $r->{err});

# Both CPUs work, send each other what a pipe carries, and change one table of pages.
$r = guest_sh("taskset 1 sh -c '$loop' & taskset 2 sh -c '$loop' & wait; " .
	'for i in 1 2 3 4 5 6 7 8; do taskset 1 seq 2000 | taskset 2 cat >/dev/null; done; cat /proc/interrupts', options => ['-v', @two]);
like($r->{out}, qr/^ {11}CPU0 {7}CPU1 {7}\n/, '/proc/interrupts has a column for each CPU');
my %of = map { /^ *(\w+): +(\d+) +(\d+)   (\w.*)$/ ? ($1 => [$2, $3, $4]) : () } split /\n/, $r->{out};
is_deeply([map { $of{$_}[2] } qw(NMI LOC RES TLB)],
	['Non-maskable interrupts', 'Local timer interrupts', 'Rescheduling interrupts', 'TLB shootdowns'], 'and the rows of Linux');
cmp_ok($of{LOC}[$_] // 0, '>', 0, "CPU $_ has had interrupts of its own timer") for 0, 1;
for my $row (qw(RES TLB)) {
	cmp_ok(($of{$row}[0] // 0) + ($of{$row}[1] // 0), '>', 0, "$row: the CPUs have had messages from each other");
}
diag($r->{out}) if !Test::More->builder->is_passing;

$r = run_creance(['run', @two, '--', build() . '/tests/guest/memory/mem_unmap']);
is_status($r, 0, 'the unmapping of pages on two CPUs');
like($r->{out}, qr/^ok \d+ - [^#\n]* an idle CPU[^#\n]*$/m, 'one that idles is not asked about it again and again');

$r = run_creance(['trace', @two, '--', '/bin/busybox', 'sh', '-c', 'taskset 1 uname; taskset 2 uname']);
is_status($r, 0, 'a trace of two CPUs');
my %cpus = map { $_ => 1 } $r->{out} =~ /^ *\d+\.\d+ +(?:\d+\.\d+ +)?([01]) +uname /mg;
is_deeply([sort keys %cpus], [0, 1], 'has the steps of both');

# The raw rings, one after the other at the end (uapi/trace_wire.h): on both CPUs system calls are traced.
$r = guest_sh('echo on >/proc/creance/trace; taskset 1 uname >/dev/null; taskset 2 uname >/dev/null; ' .
	'echo off >/proc/creance/trace; cat /proc/creance/trace', options => ['-v', '--user', 'root', @two]);
is_status($r, 0, 'a trace that begins while two CPUs run');
my $ring = 2 << 20;
for my $cpu (0, 1) {
	my $slots = substr $r->{out}, ($cpu - 2) * $ring, $ring;
	my $calls = grep { (unpack 'L S', $_)[1] == 63 } unpack '(a64)*', $slots;
	cmp_ok($calls, '>=', 2, "has uname(2) and its end on CPU $cpu");
}

for ([3, 2 << 20], [9, 1 << 20]) {
	my ($cpus, $size) = @$_;
	$r = guest_sh('echo on >/proc/creance/trace; echo off >/proc/creance/trace; wc -c </proc/creance/trace',
		options => ['--user', 'root', '--cpus', $cpus]);
	cmp_ok($r->{out} =~ /^(\d+)$/ ? $1 : 0, '>=', $cpus * $size, "$cpus CPUs have rings of their own");
}

$r = guest_sh('taskset 2 sh -c "while :; do :; done" & sleep 0.2; taskset 1 sh -c "echo test >/proc/creance/panic"',
	options => ['-v', '--user', 'root', @two]);
like($r->{err}, qr/^  CPU 1 was (?:in \w+\+0x|at )[0-9a-f]+/m, 'a panic says where the other CPU was');
unlike($r->{err}, qr/CPU 1 was in kernel_text_end/, 'and no function of the kernel holds an address of a program');

# How often one thread that never sleeps finds itself on another CPU than before, of LOOKS times that it looks; 31 suffice.
my $looks = 'moves=0; n=0; while [ $n -lt LOOKS -a $moves -lt 31 ]; do read -r line </proc/self/stat; set -- $line; ' .
	'[ "${39}" = "$last" ] || moves=$((moves + 1)); last=${39}; n=$((n + 1)); done; echo $moves';
$r = guest_sh($looks =~ s/LOOKS/500/r, options => [@two]);
cmp_ok($r->{out}, '<', 20, 'a thread that runs alone stays where it is');
# An idle CPU takes it back at once, unseen, if the host does not run the other: many times, where the host is busy.
$r = guest_sh($looks =~ s/LOOKS/20000/r, options => ['--cpus', 2, '--append', 'force_preempt=7,20']);
cmp_ok($r->{out}, '>', 30, 'forced preemption moves it between the CPUs');

# Interrupts of devices, on the machine's ways to send them: lines of the I/O APIC, and messages of PCI.
for my $machine (qw(microvm pc q35)) {
	my $all = 'for n in [0-9]*; do echo %s >$n/%s; done; ';
	$r = guest_sh('cd /proc/irq; cat default_smp_affinity [0-9]*/smp_affinity_list; for set in 0 4 x; do echo $set >0/smp_affinity && echo taken; done; ' .
		sprintf($all, 2, 'smp_affinity') . 'cat /proc/interrupts; head -c 500000 | wc -c; cat /proc/interrupts [0-9]*/effective_affinity; ' .
		sprintf($all, 0, 'smp_affinity_list') . 'wc -c; cat /proc/interrupts [0-9]*/smp_affinity; ' .
		'su nobody -s /bin/sh -c "echo 1 >0/smp_affinity" || cat 0/smp_affinity_list',
		options => ['--user', 'root', '--machine', $machine, @two], in => 'x' x 1e6);
	is_status($r, 0, "interrupts of devices of $machine") or next;
	like($r->{out}, qr/\A3\n(?:0-1\n)+ +CPU0/, 'may go to both CPUs, and neither to none nor to what is no CPU');
	my @rows = map { [/ (\d+) +(\d+)   (?:IO-APIC|MSI)/mg] } $r->{out} =~ /^( +CPU0 (?:.*\n)+?MCE)/mg;
	my @sums = map { my ($n, @sum) = (0, 0, 0); $sum[$n++ % 2] += $_ for @$_; \@sum } @rows;
	is(scalar @sums, 3, 'looked at three times') or diag($r->{out});
	cmp_ok($sums[1][1], '>', $sums[0][1], 'CPU 1 has them when it is asked for');
	cmp_ok($sums[1][0], '<=', $sums[0][0] + 1, '... and CPU 0, but for one that was on its way, no longer');
	cmp_ok($sums[2][0], '>', $sums[1][0], 'CPU 0 has them again');
	like($r->{out}, qr/^MCE.*\n(?:2\n)+\d+\n/m, 'the effective CPU is told');
	like($r->{out}, qr/^MCE.*\n(?:1\n)+0\n\z/m, 'and only root may change it');
	like($r->{out}, qr/^500000\n(?:.*\n)*\d{6}\n/m, 'no input is lost');
}

# They move all the time while there is input: none is lost, and no handler runs twice at once.
$r = guest_sh('(while :; do for n in 1 2; do for irq in /proc/irq/[0-9]*; do echo $n >$irq/smp_affinity; done; done; done) & ' .
	'sha1sum; kill $!', options => ['--debug-kernel', '--user', 'root', @two], in => join('', map { "$_\n" } 1 .. 200000));
is_status($r, 0, 'interrupts that move while they come');
is($r->{out}, sha1_hex(join '', map { "$_\n" } 1 .. 200000) . "  -\n", 'bring all input in order');

# Programs of the guest that change how threads are scheduled, and look at CPUs and their clocks.
$ENV{CREANCE_GUEST_TESTS} = '^process/proc_(sched|affinity|cpus)|^time/time_cpus';
subtest 'scheduling on two CPUs' => sub { guest_suite(@two) };
done_testing();
