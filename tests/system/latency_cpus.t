#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The latency build on four CPUs: its longest stretches with interrupts off and with preemption off. With -icount QEMU
# runs the CPUs in turns, and the clock counts what all of them execute. So two CPUs after each of the four mark the turns
# (kernel/arch/x86/smp/smp_turns.c), and a stretch counts only what its own CPU executed. `creance run --icount` refuses
# several CPUs, as two runs may differ; for an upper bound that does not matter, so the emulator is given the options here.
# CREANCE_LATENCY_ALL=1: all of the guest's test programs, on one CPU and on four (make latency-all).
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Creance;
use Test::More;

my $most = 50_000;
my $kernel = build() . '/kernel/latency/creance.elf';
plan skip_all => "there is no $kernel: run 'make latency'" if !-e $kernel;

my $qemu = $ENV{CREANCE_QEMU} // 'qemu-system-x86_64';
my $emulator = spew(work_dir() . '/emulator', "#!/bin/sh\nexec '$qemu' \"\$@\" -icount shift=0,sleep=off -seed 1 " .
	"-rtc base=2026-01-01T00:00:00,clock=vm\n");
chmod 0755, $emulator;
my %env = (CREANCE_KERNEL => $kernel, CREANCE_INITRAMFS => build() . '/initramfs-tests.cpio');
my @four = ('--cpus', 4, '--accel', 'tcg', '--append', 'norandmaps nokaslr');
my @four_marked = ('--cpus', 12, '--accel', 'tcg', '--append', 'norandmaps nokaslr turn_marks');

# The output of a shell script in a guest with these options.
sub guest {
	my ($options, $script) = @_;
	my @emulator = grep({ $_ eq '--icount' } @$options) ? () : (CREANCE_QEMU => $emulator);
	return run_creance(['shell', '--memory', '1536M', @$options], in => "cd /tmp\n$script", env => {%env, @emulator},
		limit => ($ENV{CREANCE_LATENCY_ALL} ? 10 : 2) * watchdog());
}

# The longest stretch that a text tells of: [kind, CPU, length, times, begin, end].
sub longest {
	my ($text, $kind) = @_;
	my ($row) = sort { $b->[2] <=> $a->[2] } map { [split] } grep { /^$kind / } split /\n/, $text;
	return $row // [$kind, 0, 1e9, 0, 'nowhere', 'nowhere'];
}

sub check {
	my ($what, $text) = @_;
	for my $kind (qw(irqs_off preempt_off)) {
		my $row = longest($text, $kind);
		cmp_ok($row->[2], '<', $most, "$kind: nothing in $what takes $most instructions");
		diag sprintf '%s: %s: CPU %d: %d instructions from %s to %s', $what, @{$row}[0, 1, 2, 4, 5];
	}
	return;
}

# How many stretches of all CPUs were measured, and how many put aside.
sub counts {
	my ($text) = @_;
	my ($measured, $aside) = (0, 0);
	while ($text =~ /^stretches_\w+ \d+ (\d+) (\d+)$/mg) {
		$measured += $1;
		$aside += $2;
	}
	return ($measured, $aside);
}

# Nearly all were measured: what is put aside is chance.
sub check_counts {
	my ($what, $text) = @_;
	my ($measured, $aside) = counts($text);
	cmp_ok($measured, '>', 1000, "$what: stretches were measured");
	cmp_ok($aside, '<', $measured / 10, "$what: few were put aside");
	diag "$what: $measured stretches, $aside put aside";
	return;
}

my $reset = "echo reset >/proc/creance/latency\n";
my $tell = "cat /proc/creance/latency\n";

sub run_all {
	my ($name, @options) = @_;
	my $manifest = slurp(build() . '/initramfs-tests.cpio.manifest');
	# Its thread with 1 us in each 100 us does not get anywhere while all that is measured: 30 instructions a hook.
	my @programs = grep { $_ ne 'process/proc_deadline' } sort $manifest =~ m{^file /tests/(\S+/\S+) }mg;
	my $run = guest(\@options, join '', map { "echo '=== begin $_'\n$reset/tests/$_ </dev/null\n$tell" } @programs);
	is_status($run, 0, "$name: the latency kernel runs all programs");
	my %text = $run->{out} =~ /^=== begin (\S+)\n(.*?)(?==== begin |\z)/gms;
	is(scalar keys %text, scalar @programs, "$name: all began");
	check("$name: $_", $text{$_}) for sort keys %text;
	return $run;
}

if ($ENV{CREANCE_LATENCY_ALL}) {
	run_all('1 CPU', '--icount');
	check_counts('4 CPUs', run_all('4 CPUs', @four_marked)->{out});
	done_testing;
	exit;
}

# Processes, and traffic through pipes, on each CPU.
my $load = <<'END' . $tell;
echo reset >/proc/creance/latency
storm() { for i in 1 2 3 4 5 6 7 8; do (for j in 1 2 3 4 5 6 7 8; do true & done; wait) & done; wait; }
for i in 1 2 3 4; do
	(storm; dd if=/dev/zero bs=4k count=256 2>/dev/null | cat | wc -c; seq 1 2000 | sort -n | tail -n 1) &
done
wait
END

# Without marks the turns of others do count, and are longer than any stretch: so the marks are what makes the difference.
my $run = guest(\@four, $load);
is_status($run, 0, 'four CPUs without marks');
cmp_ok(longest($run->{out}, 'preempt_off')->[2], '>', 10 * $most, 'their turns are counted');

$run = guest(\@four_marked, "nproc\n$load");
is_status($run, 0, 'four CPUs with marks');
like($run->{out}, qr/^4$/m, 'of twelve CPUs four work');
is(scalar(() = $run->{out} =~ /^1048576$/mg), 4, 'the pipes carry what they should');
check('the load', $run->{out});
check_counts('the load', $run->{out});

# What one program makes as large as it can: latency.t.
for my $program (qw(event/event_races signal/sig_many process/proc_sched_policy memory/mem_truncate misbehaviour/kill_heavy misbehaviour/misbehaviour)) {
	$run = guest(\@four_marked, "$reset/tests/$program </dev/null\n$tell");
	is_status($run, 0, "four CPUs run $program");
	unlike($run->{out}, qr/^not ok/m, 'and its cases pass');
	check($program, $run->{out});
	check_counts($program, $run->{out});
}
done_testing;
