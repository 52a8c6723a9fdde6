#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The latency build: what it says of the longest stretches with interrupts off and with preemption off, after a storm of
# processes and traffic through pipes.  Under -icount a nanosecond of the guest is an instruction, so that nothing the
# host does changes the figures.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Creance;
use Test::More;

my $kernel = build() . '/kernel/latency/creance.elf';
plan skip_all => "there is no $kernel: run 'make latency'" if !-e $kernel;

my $script = <<'END';
cat /proc/creance/latency >/dev/null
echo reset >/proc/creance/latency
for i in 1 2 3 4 5 6 7 8; do (for j in 1 2 3 4 5 6 7 8; do true & done; wait) & done; wait
dd if=/dev/zero bs=4k count=256 2>/dev/null | cat | wc -c
seq 1 2000 | sort -n | tail -n 1
sleep 0.05
cat /proc/creance/latency
echo reset >/proc/creance/latency
echo after
cat /proc/creance/latency
echo uptime $(cut -d ' ' -f 1 /proc/uptime)
END

my $run = run_creance(['run', '--icount', '--user', 'root', '--', '/bin/busybox', 'sh', '-c', $script], env => {CREANCE_KERNEL => $kernel});
is_status($run, 0, 'the latency kernel runs a shell');
panic_free($run->{out} . $run->{err}, 'and does not panic');
my ($before, $after) = split /^after$/m, $run->{out};
like $before, qr/^1048576$/m, 'the pipes carry what they should';
my ($uptime) = ($after // '') =~ /^uptime ([\d.]+)/m;
ok $uptime, 'and it tells how long it has run';

sub rows {
	my ($text, $kind) = @_;
	return map { [split] } grep { /^$kind / } split /\n/, $text // '';
}

for my $kind (qw(irqs_off preempt_off)) {
	my @rows = rows($before, $kind);
	cmp_ok scalar @rows, '>=', 8, "$kind: at least eight places";
	my @odd = grep { "@$_" !~ /^$kind \d+ [1-9]\d* [1-9]\d* [\w.]+\+0x[0-9a-f]+ [\w.]+\+0x[0-9a-f]+$/ } @rows;
	is_deeply \@odd, [], "$kind: each row has CPU, length, count and two places with names";
	is_deeply [map { $_->[2] } @rows], [sort { $b <=> $a } map { $_->[2] } @rows], "$kind: the longest come first";
	my %seen;
	is scalar(grep { $seen{"@$_[4, 5]"}++ } @rows), 0, "$kind: no pair of places stands twice";
	cmp_ok $rows[0][2], '<', ($uptime // 0) * 1e9, "$kind: shorter than the run";
	cmp_ok $rows[0][2], '<', 50_000, "$kind: nothing keeps the CPU for 50,000 instructions";
	diag sprintf '%s: %d instructions from %s to %s', $kind, @{$_}[2, 4, 5] for @rows[0 .. 2];
}
my ($longest) = sort { $b <=> $a } map { $_->[2] } rows($before, 'irqs_off');
cmp_ok $longest, '<', 20_000, 'interrupts are never off for 20,000 instructions';

my %total;
$total{$_->[0]} += $_->[3] for rows($before, 'irqs_off');
my %rest;
$rest{$_->[0]} += $_->[3] for rows($after, 'irqs_off');
cmp_ok $rest{irqs_off} // 0, '<', $total{irqs_off}, 'a write starts from zero';

# Queues that a program makes long: polls that name one epoll instance 900 times each, threads that wait for it; queued
# signals, a group of processes, a parent's children; many ready threads while the policy changes. Then what is freed at
# once: 20,000 areas of memory and areas of a file, thousands of threads, files, locks and signals of a process that is
# killed, and all memory that there is. And budgets that end.
for my $program (qw(event/event_races signal/sig_many process/proc_sched_policy memory/mem_truncate misbehaviour/kill_heavy
	misbehaviour/misbehaviour process/proc_deadline)) {
	$run = run_creance(['shell', '--icount', '--memory', '1536M'],
		in => "cd /tmp\necho reset >/proc/creance/latency\n/tests/$program </dev/null\ncat /proc/creance/latency\n",
		env => {CREANCE_KERNEL => $kernel, CREANCE_INITRAMFS => build() . '/initramfs-tests.cpio'});
	is_status($run, 0, "the latency kernel runs $program");
	unlike $run->{out}, qr/^not ok/m, 'and its cases pass';
	for (['irqs_off', 20_000], ['preempt_off', 50_000]) {
		my ($kind, $most) = @$_;
		my ($row) = sort { $b->[2] <=> $a->[2] } rows($run->{out}, $kind);
		cmp_ok $row->[2] // 1e9, '<', $most, "$kind: nothing in $program takes $most instructions";
		diag sprintf '%s: %s: %d instructions from %s to %s', $program, $kind, @{$row}[2, 4, 5];
	}
}
done_testing;
