#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Idle CPUs have no ticks (option nohz=), and with nohz=full those with one busy thread have few: few timer interrupts
# come, and what ticks do is done all the same.  Runs with --icount, where a guest's second is the same everywhere, name
# the option, because there the command turns it off.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Creance;
use Test::More;

my @counted = ('--icount', '--append');

# The sums of the CPUs' timer interrupts that the text of /proc/interrupts has, each time.
sub timer_interrupts {
	my ($text) = @_;
	return map { my $sum = 0; $sum += $_ for split; $sum } $text =~ /^ *LOC: +([\d ]+?) +Local timer interrupts$/mg;
}

# How many come while nothing runs.
sub while_idle {
	my (@options) = @_;
	my $r = guest_sh('cat /proc/interrupts; sleep 5; cat /proc/interrupts', options => \@options);
	is_status($r, 0, "a guest idles with @options");
	my ($before, $after) = timer_interrupts($r->{out});
	ok(defined $after, 'its timer interrupts are counted') or return (diag($r->{out}))[1];
	return $after - $before;
}

for (['one CPU, counted', '--icount'], ['one CPU', '--cpus', 1], ['two CPUs', '--cpus', 2], ['four CPUs', '--cpus', 4]) {
	my ($name, @options) = @$_;
	my $ticking = while_idle(@options, '--append', 'nohz=off') // 0;
	my $tickless = while_idle(@options, '--append', 'nohz=on') // $ticking;
	cmp_ok($ticking, '>', 100, "$name: there are ticks with nohz=off");
	cmp_ok(10 * $tickless, '<', $ticking, "and ten times fewer timer interrupts with nohz=on");
	note("$name: $ticking and $tickless timer interrupts");
}

# ---- time goes on, and is accounted for
my $r = guest_sh('cat /proc/uptime; sleep 0.02; cat /proc/uptime; sleep 20; cat /proc/uptime; grep ^cpu0 /proc/stat; sleep 100; grep ^cpu0 /proc/stat; ' .
	'date +%s; sleep 3600; date +%s; true >/tmp/x; stat -c %Y /tmp/x; date +%s', options => [@counted, 'nohz=on']);
is_status($r, 0, 'a guest sleeps');
my @up = map { $_ * 100 } $r->{out} =~ /^(\d+\.\d\d) \d+\.\d\d$/mg;
is(scalar @up, 3, 'and tells the time') or diag($r->{out});
ok($up[1] - $up[0] >= 1 && $up[1] - $up[0] <= 5, 'a short sleep is short');
ok($up[2] - $up[1] >= 1999 && $up[2] - $up[1] <= 2010, 'and a long one as long as it should be');
my @idle = $r->{out} =~ /^cpu0 \d+ 0 \d+ (\d+) /mg;
ok(@idle == 2 && $idle[1] - $idle[0] >= 9990 && $idle[1] - $idle[0] <= 10010, 'all of it is idle time') or diag("@idle");
my @dates = $r->{out} =~ /^(1\d{9})$/mg;
is(scalar @dates, 4, 'four times');
ok($dates[1] - $dates[0] >= 3600 && $dates[1] - $dates[0] <= 3601, 'an hour');
ok($dates[2] >= $dates[1] && $dates[2] <= $dates[3], 'the coarse clock, which files are stamped with, is not late');

# ---- load averages: the loops are there when it is time to count them, at a multiple of five seconds
my $loads = <<'END';
loads() { cut -d ' ' -f 1-3 /proc/loadavg; }
now=$(awk '{ print int($1 * 100) }' /proc/uptime)
wait=$((998 - now % 500))
sleep $((wait / 100)).$(printf %02d $((wait % 100)))
for i in 1 2 3 4 5 6 7 8 9 10; do (while :; do :; done) & all="$all $!"; done
sleep 0.06
kill $all
wait
loads
sleep 61
loads
sleep 600
loads
END
my %loads = map {
	my $run = guest_sh($loads, options => [@counted, "nohz=$_"]);
	is_status($run, 0, "ten loops run for a moment, nohz=$_");
	($_ => [$run->{out} =~ /^(\d+\.\d\d) (\d+\.\d\d) (\d+\.\d\d)$/mg]);
} qw(on off);
is(scalar @{$loads{on}}, 9, 'the load averages are read three times');
cmp_ok($loads{on}[0] // 0, '>', 0.4, 'they count the loops');
cmp_ok($loads{on}[3] // 0, '<', 0.5 * ($loads{on}[0] // 0), 'a minute later less than half is left');
is($loads{on}[6], '0.00', 'and after ten more nothing');
my @apart = grep { abs($loads{on}[$_] - $loads{off}[$_]) > 0.05 } 0 .. $#{$loads{on}};
is_deeply(\@apart, [], 'about as if there had been ticks') or diag("on @{$loads{on}} off @{$loads{off}}");

# ---- what is freed when no CPU looks at it any more is freed though one sleeps, and more than may wait
$r = guest_sh('taskset 1 sh -c "n=0; while [ \$n -lt 20000 ]; do : </dev/null; n=\$((n + 1)); done; echo \$n"',
	options => ['--cpus', 2, '--append', 'nohz=on']);
is_status($r, 0, 'one CPU opens files while the other sleeps');
is($r->{out}, "20000\n", 'to the end');

# ---- an idle CPU takes what waits elsewhere, though it does not look by itself
my $moves = <<'END';
place() { cut -d ' ' -f 39 /proc/$1/stat; }
(while :; do :; done) & a=$!
(while :; do :; done) & b=$!
sleep 0.3
echo before $(place $a) $(place $b)
taskset -p 3 $a >/dev/null
taskset -p 3 $b >/dev/null
n=0
while [ $n -lt 1000 ]; do
	at_a=$(place $a) at_b=$(place $b)
	[ $at_a = $at_b ] || break
	sleep 0.02
	n=$((n + 1))
done
echo after $((at_a + at_b))
kill $a $b
END
for my $nohz (qw(on off)) {
	$r = run_creance(['run', '--cpus', 2, '--append', "nohz=$nohz", '--', '/bin/busybox', 'taskset', '1', 'sh', '-c', $moves]);
	is_status($r, 0, "two loops on one CPU, nohz=$nohz");
	is($r->{out}, "before 0 0\nafter 1\n", 'run on two when they may');
}

# ---- nohz=full: a lone busy program has a tick a second
sub while_busy {
	my (@options) = @_;
	my $run = guest_sh('(while :; do :; done) & sleep 0.5; cat /proc/interrupts; sleep 5; cat /proc/interrupts; kill $!',
		options => \@options);
	is_status($run, 0, "a guest is busy with @options");
	my ($before, $after) = timer_interrupts($run->{out});
	ok(defined $after, 'its timer interrupts are counted') or return (diag($run->{out}))[1];
	return $after - $before;
}

for my $cpus (1, 2, 4) {
	my $ticking = while_busy('--cpus', $cpus, '--append', 'nohz=on') // 0;
	my $full = while_busy('--cpus', $cpus, '--append', 'nohz=full') // $ticking;
	cmp_ok($ticking, '>', 100, "$cpus CPUs: a busy one ticks with nohz=on");
	cmp_ok(10 * $full, '<', $ticking, "and ten times less with nohz=full");
	note("$cpus CPUs: $ticking and $full timer interrupts");
}

# ---- its time is known all the same, exactly: what a program does itself, and what the kernel does for it
$r = guest_sh('time -f "user %U %S" sh -c "i=0; while [ \$i -lt 300000 ]; do i=\$((i + 1)); done"; ' .
	'time -f "system %U %S" dd if=/dev/zero of=/dev/null bs=16M count=200 2>&1; grep "^cpu " /proc/stat', options => [@counted, 'nohz=full']);
is_status($r, 0, 'one program computes, another reads zeroes');
my $said = "$r->{out}$r->{err}";
my ($user, $system) = $said =~ /^user ([\d.]+) ([\d.]+)$/m;
cmp_ok($user // 0, '>', 20 * ($system // 1), 'the time of the first is user time') or diag($said);
($user, $system) = $said =~ /^system ([\d.]+) ([\d.]+)$/m;
cmp_ok($system // 0, '>', 20 * ($user // 1), 'that of the second is system time') or diag($said);
my ($all_user, $all_system) = $said =~ /^cpu +(\d+) 0 (\d+) /m;
ok(defined $all_system && $all_user >= 100 * $user && $all_system >= 100 * $system, "and so it is of the CPU");

# ---- who needs others gets what they give: memory is freed, threads are moved, limits are kept, files have their time
$r = guest_sh('(while :; do :; done) & n=0; while [ $n -lt 20000 ]; do : </dev/null; n=$((n + 1)); done; echo $n; kill $!',
	options => ['--cpus', 2, '--append', 'nohz=full']);
is_status($r, 0, 'one CPU opens files while the other is in user mode');
is($r->{out}, "20000\n", 'to the end');

$r = run_creance(['run', '--cpus', 2, '--append', 'nohz=full', '--', '/bin/busybox', 'taskset', '1', 'sh', '-c', $moves]);
is_status($r, 0, 'two loops on one CPU, nohz=full');
is($r->{out}, "before 0 0\nafter 1\n", 'run on two when they may');

my $three = 'all=; for i in 1 2 3; do (while :; do :; done) & all="$all $!"; done; sleep 8; ' .
	'for i in $all; do cut -d " " -f 14 /proc/$i/stat; done; kill $all';
$r = guest_sh($three, options => ['--cpus', 2, '--append', 'nohz=full']);
is_status($r, 0, 'three loops on two CPUs');
my @shares = sort { $a <=> $b } $r->{out} =~ /^(\d+)$/mg;
ok(@shares == 3 && 2 * $shares[0] > $shares[2], 'take turns on them') or diag("@shares");

$r = guest_sh('(ulimit -t 1; while :; do :; done) & wait $!; echo $?; i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done; ' .
	'date +%s; >/tmp/x; stat -c %Y /tmp/x; date +%s', options => ['--append', 'nohz=full']);
is_status($r, 0, 'a limit on CPU time, and a file after a while without calls');
my ($status, @times) = $r->{out} =~ /^(\d+)$/mg;
is($status, 128 + 9, 'the limit is kept') or diag($r->{out});
ok(@times == 3 && $times[0] - 1 <= $times[1] && $times[1] <= $times[2], 'the file has its time') or diag("@times");
done_testing();
