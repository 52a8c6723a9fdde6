#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The matrix of creance regimes: what each rogue does to its machine without limits, under cooperation and under
# preemption; and that ordinary programs run under all three.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Creance;
use JSON::PP;
use Test::More;

# What a lost machine does is chance: it falls silent, its kernel panics, or it resets itself.
my $lost = 'dead|panicked|reset';
my @regimes = qw(none cooperative preemptive);
# rogue => under none, cooperative, preemptive
my %expected = (
	loop => ['dead', 'held', 'runs_on'],
	cli_hlt => ['dead', ('killed SEGV') x 2],
	timer_off => ['dead', ('killed SEGV') x 2],
	lidt => [$lost, ('killed SEGV') x 2],
	wrmsr => [$lost, ('killed SEGV') x 2],
	kernel_overwrite => [$lost, ('killed SEGV') x 2],
	kernel_jump => [$lost, ('killed SEGV') x 2],
	steal_memory => ['steals', ('killed SEGV') x 2],
	port_console => ['device_used', ('killed SEGV') x 2],
	div0 => [('killed FPE') x 3],
	null_deref => [('killed SEGV') x 3],
	stack_smash => [('killed SEGV') x 3],
	memory_hog => [('killed KILL') x 3],
	fork_bomb => [('ended 0') x 3],
	long_work => ['starves', 'starves', 'ended 0'],
);
my %signal = (FPE => 8, KILL => 9, SEGV => 11);

# One run against what is expected: a pattern for the outcome, and the signal or the status.
sub as_expected {
	my ($run, $wanted, $name) = @_;
	my ($outcome, $detail) = split / /, $wanted;
	like($run->{outcome}, qr/^(?:$outcome)$/, "$name: $wanted") or diag($run->{sentence});
	is($run->{rogue_signal}, $signal{$detail}, "$name: the signal") if $outcome eq 'killed';
	is($run->{rogue_status}, $detail, "$name: the status") if $outcome eq 'ended';
	my $is_lost = $outcome =~ /^(?:held|dead)/;
	is(!!$run->{reset_needed}, !!$is_lost, "$name: " . ($is_lost ? 'a reset is needed' : 'no reset is needed'));
	is(!!$run->{witness_went_on}, !$is_lost, "$name: the witness");
	is(!!$run->{kernel_answers}, !!(!$is_lost || $outcome eq 'held'), "$name: the kernel");
}

my $r = run_creance(['regimes', '--json'], limit => 4 * watchdog());
is_status($r, 0, 'creance regimes');
is($r->{err}, '', 'without a complaint');
my $all = eval { decode_json($r->{out}) } // {};
is(scalar @{$all->{runs} // []}, 3 * keys %expected, 'every rogue under every regime');
note(sprintf '%.1f s', $r->{seconds});
for my $run (@{$all->{runs} // []}) {
	my ($i) = grep { $regimes[$_] eq $run->{regime} } 0 .. 2;
	as_expected($run, $expected{$run->{rogue}}[$i], "$run->{rogue} under $run->{regime}");
}

# The matrix as people see it, of some; with the kernel that checks itself.
$r = run_creance(['regimes', '--debug-kernel', '--rogue', 'loop', '--rogue', 'div0', '--regime', 'cooperative', '--regime', 'none'],
	limit => 2 * watchdog());
is_status($r, 0, 'two rogues under two regimes');
like($r->{out}, qr/^rogue +none +cooperative *\nendless loop +MACHINE DEAD +HOLDS THE MACHINE *\ndivide by zero +killed: SIGFPE +killed: SIGFPE *\n\n/,
	'the matrix has their rows and columns');
like($r->{out}, qr/^endless loop \(loop\): It loops.*\n  none +The witness stopped.*reset\.\n  cooperative +The witness stopped; the kernel takes its interrupts/m,
	'and a sentence for each');

for my $wrong (['--rogue', 'nobody'], ['--regime', 'strict'], ['--limit', 'x'], ['--colour'], ['loop'], ['--rogue']) {
	my $r = run_creance(['regimes', @$wrong]);
	is_status($r, 125, "creance regimes @$wrong");
	like($r->{err}, qr/^creance: .*(?:see|choose|try|name)/, 'says what to do');
}
my %listed = map { (split)[0] => 1 } split /\n/, run_creance(['regimes', '--list'])->{out};
is_deeply([sort keys %listed], [sort keys %expected], '--list has them all');

# The kernel says which regime it has, and programs that behave run in each.
my $script = 'cat /proc/creance/regime; ls /proc/self | wc -l >/dev/null; i=0; while [ $i -lt 20 ]; do echo $i | cat; i=$((i + 1)); done | tail -1;
	(sleep 0.1; echo woken) & wait; trap "echo caught" USR1; kill -USR1 $$; seq 1 2000 | sort -rn | head -1; /rogues/div0; echo $?;
	grep -c processor /proc/cpuinfo; /rogues/stack_overflow; echo $?; dd if=/dev/zero bs=1M count=3 2>/dev/null | wc -c';
for my $variant (variants()) {
	for my $regime (@regimes) {
		my $r = guest_sh($script, options => [kernel_option($variant), '--append', "regime=$regime"]);
		is_status($r, 0, "$variant, $regime: a shell's work");
		like($r->{out}, qr/^regime $regime\nmeaning programs run in .*\ntick_us 10000\npolicy rr\n/, 'the kernel knows its regime');
		is($r->{out} =~ s/^(?:regime|meaning|tick_us|policy) .*\n//mgr, "19\nwoken\ncaught\n2000\n136\n1\n139\n3145728\n",
			'all of it is done');
	}
}
$r = guest_sh('cat /proc/creance/regime', options => ['--append', 'tick=1ms']);
like($r->{out}, qr/^regime preemptive\n.*\ntick_us 1000\n/, 'the usual regime, with another tick');

$r = guest_sh('cat /proc/creance/sched');
like($r->{out}, qr/^policy rr,quantum=10ms\navailable rr,quantum=10ms\n(?:available .*\n)+range rr,quantum 100000 1000000000 ns\n(?:range [a-z]+,[a-z]+ \d+ \d+(?: ns)?\n)+tick_ns 10000000\ncpu 0 current \d+ \((?:cat|busybox|sh)\) policy rr slice_left_ns \d+ ready \d+ switches [1-9]\d* idle_ns \d+\n\z/,
	'who runs, and what waits');
$r = guest_sh('head -n 1 /proc/creance/sched; tail -n 1 /proc/creance/regime; echo rr >/proc/creance/sched; head -n 1 /proc/creance/sched',
	options => ['--user', 'root', '--append', 'sched=sjf,alpha=25,preempt=1']);
is($r->{out}, "policy sjf,alpha=25,initial=10ms,preempt=1\npolicy sjf\npolicy rr,quantum=10ms\n", 'a policy chosen at boot, and later another');

# Cooperation: nothing but a call gives the CPU away, not even a signal from a timer's interrupt.  The call that says
# "done" does, so one of the others may be faster than it.
my $others = '(while sleep 0.02; do echo other; done) & /rogues/long_work; kill $!';
for (['cooperative', 0, 1], ['preemptive', 2, 1e6]) {
	my ($regime, $min, $max) = @$_;
	my $r = guest_sh($others, options => ['--append', "regime=$regime"]);
	my ($between) = $r->{out} =~ /^busy\n(.*?)^done$/ms;
	my $n = () = ($between // '') =~ /^other$/mg;
	ok(defined $between && $n >= $min && $n <= $max, "$regime: turns of others during long work") or diag($r->{out});
}
done_testing();
