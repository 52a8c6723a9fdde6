#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# creance trace: the protocol of a run, in the order in which it happens; whole or its losses told; to the last event of
# a guest that died; the same each time where that is asked for.
use strict;
use warnings;
use FindBin;
use JSON::PP;
use lib $FindBin::Bin;
use Creance;
use Test::More;
use Time::HiRes qw(sleep);

my $busybox = '/bin/busybox';
my $work = work_dir();

sub trace {
	my ($arguments, %option) = @_;
	return run_creance(['trace', @$arguments], env => {COLUMNS => 250, %{delete $option{env} // {}}}, %option);
}

# The objects of a JSON trace: the run's, and the steps'.
sub steps_of {
	my ($path) = @_;
	my ($run, @steps) = map { decode_json($_) } split /\n/, slurp($path);
	return ($run, @steps);
}

# One test: the texts come in this order.
sub in_order {
	my ($text, $name, @wanted) = @_;
	my $at = 0;
	for (@wanted) {
		my $found = substr($text, $at) =~ $_ ? $at + $+[0] : -1;
		if ($found < 0) {
			fail($name);
			diag("after character $at there is no $_");
			return;
		}
		$at = $found;
	}
	pass($name);
}

# ---- the table: figure 6.2
for my $variant (variants()) {
	my $r = trace([kernel_option($variant), '--', $busybox, 'echo', 'hello']);
	is_status($r, 0, "$variant: a program is traced");
	is($r->{err}, '', 'nothing is said');
	like($r->{out}, qr/\Ahello\n/, 'its output comes first');
	my $row = qr/[^\n]*\n/;
	in_order($r->{out}, 'the steps are in order',
		qr/OS at boot/, qr/initialise the trap table/, qr/remember the trap table at/, qr/start the interrupt timer/,
		qr/OS at run/, qr/create the entry of process (\d+) in the/, qr/switch: save kernel registers of/,
		qr/execve\(/, qr/allocate memory: /, qr/load the program: /, qr/set up the user stack: argv with 3/,
		qr/fill the kernel stack of thread/, qr/return-from-trap/, qr/restore user registers from the/,
		qr/move to user mode/, qr/\│ write\(1, "hello\\n", 6\): trap/, qr/save user registers on the kernel stack/,
		qr/move to kernel mode/, qr/handle the trap: system call write/, qr/write = 6/, qr/exit_group\(0\): trap/,
		qr/process \d+ ends: exit 0/, qr/free memory: /, qr/remove process \d+ from the process list/,
		qr/^end: exit 0; \d+ events$/m);
	my @wide = grep { length > 250 } map { utf8::decode(my $line = $_); $line } split /\n/, $r->{out};
	is("@wide", '', 'no line is wider than the terminal');
}

# ---- JSON
my $r = trace(['--format', 'json', '-o', "$work/a.json", '-o', "$work/a.txt", '--', $busybox, 'sh', '-c', 'exit 7']);
is_status($r, 7, "the exit status is the program's");
is("$r->{out}$r->{err}", '', 'with -o nothing else is written');
like(slurp("$work/a.txt"), qr/^end: exit 7;/m, 'two formats at once');
my ($run, @steps) = steps_of("$work/a.json");
is($run->{creance_trace}, 1, 'the first line tells of the run');
my $cpus = $ENV{CREANCE_TEST_CPUS} // 1;
is_deeply([@$run{qw(cpus program end lost)}], [$cpus, [$busybox, 'sh', '-c', 'exit 7'], 'exit 7', [(0) x $cpus]], 'what ran, and how it ended');
is($run->{events}, scalar @steps, 'as many steps as it says');
is($run->{steps}, scalar @steps, 'twice');
is_deeply([@$run{qw(kernel_options instructions)}], ['', JSON::PP::false], 'how it ran');
my ($of, $others) = (0, 0);
for (@steps) { ($_->{of_program} ? $of : $others)++ }
cmp_ok($of, '>', 50, "steps of the program are marked");
ok($others > 50 && !grep({ $_->{event} =~ /^boot/ && $_->{of_program} } @steps), 'the boot is not');
is(scalar(grep { $_->{to_user} ? !defined $_->{runs_ns} || defined $_->{cost_ns} : defined $_->{runs_ns} } @steps), 0,
	'the time after a step is the program\'s or the kernel\'s');
is(scalar(grep { $steps[$_]{ns} < $steps[$_ - 1]{ns} } 1 .. $#steps), 0, 'times rise');
my %seen = map { $_->{event} => $_ } @steps;
for (qw(boot_trap_table boot_traps_installed boot_timer_started process_create thread_name memory_allocate program_load
	stack_setup kernel_stack_fill syscall_enter syscall_exit trap_enter trap_exit user_enter sched_pick sched_switch
	sched_wake address_space signal_send thread_exit process_exit memory_free process_reap)) {
	ok($seen{$_}, "there is a $_");
}
my @without = grep { !$_->{source} } @steps;
is(scalar @without, 0, 'each step has a line of code');
my %line_is_good;
for (@steps) {
	my ($file, $line) = split /:/, $_->{source};
	$line_is_good{$_->{source}} //= -e source() . "/$file" && $line <= (() = slurp(source() . "/$file") =~ /\n/g);
}
is(join(' ', grep { !$line_is_good{$_} } sort keys %line_is_good), '', 'which exists');
my ($call) = grep { $_->{event} eq 'syscall_enter' && ($_->{name} // '') eq 'execve' } @steps;
like($call->{source}, qr{^kernel/syscall/sys_\w+\.c:\d+$}, "a system call's is its handler");

# Every event that the kernel can write has its place in the kernel, so that readers can show it.
my @rows = slurp(source() . '/kernel/uapi/trace_events.tbl.h') =~ /^TRACE_EVENT\((\w+),/mg;
my $names = slurp(build() . '/generated/trace_names.inc');
is(join(' ', grep { $names !~ /\[TRACE_$_\] = "kernel/ } @rows), '', 'every event of the table is written somewhere');

# What the kernel says of calls is what the program did: each entry is left, or the thread ends.
my %inside;
my $mismatch = 0;
for (@steps) {
	$inside{$_->{tid}} = $_->{detail} if $_->{event} eq 'syscall_enter';
	next if $_->{event} ne 'syscall_exit';
	my $number = delete $inside{$_->{tid}};
	$mismatch++ if defined $number && $number != $_->{detail};
}
is($mismatch, 0, 'a call that is left is the one that was entered');

# ---- what is taken
$r = trace(['--filter', 'call,!user_enter', '--format', 'json', '--', $busybox, 'true']);
is(join(' ', sort keys %{{map { /"event":"(\w+)"/ ? ($1 => 1) : () } split /\n/, $r->{out}}}), 'syscall_enter syscall_exit',
	'--filter');
$r = trace(['--format', 'json', '--from', '1ns', '--to', '2ns', '--', $busybox, 'true']);
is(scalar(() = $r->{out} =~ /\n/g), 1, '--from and --to');
$r = trace(['--pid', '2', '--format', 'json', '--', $busybox, 'true']);
unlike($r->{out}, qr/boot_trap_table/, '--pid');
like($r->{out}, qr/"event":"process_reap"/, 'has what is done to the process');
$r = trace(['--all', '--', $busybox, 'true']);
unlike($r->{out}, qr/\d+ steps$/m, '--all leaves nothing out');
$r = trace(['--pid', '2', '--', $busybox, 'true']);
my ($all, $within) = $r->{out} =~ /^end: exit 0; (\d+) events, (\d+) of them within --filter, --from, --to and --pid$/m;
cmp_ok($within // 0, '>', 0, 'the end counts what the options leave');
cmp_ok($within // 0, '<', $all // 0, 'beside all');
$r = trace(['--deterministic', '--buffer', '16K', '--', $busybox, 'true']);
my $losses = $r->{err} =~ /^creance: (\d+ of \d+ events and copies of memory were lost): /m ? $1 : 'none';
like($r->{out}, qr/^end: exit 0; \d+ events; $losses$/m, 'the table ends with the losses as they were said');

# ---- losses
$r = trace(['--deterministic', '--buffer', '16K', '--format', 'json', '-o', "$work/lost.json", '--', $busybox, 'true']);
is_status($r, 0, 'with a buffer that is too small');
like($r->{err}, qr/^creance: (\d+) of \d+ events and copies of memory were lost: /, 'the losses are said');
my ($said) = $r->{err} =~ /(\d+) of/;
($run, @steps) = steps_of("$work/lost.json");
is($run->{lost}[0], $said, 'and stand in the trace');
cmp_ok(scalar @steps, '>', 128, 'which has what there was room for');
cmp_ok(scalar @steps, '<=', 256, 'and no more: some of the events are memory of calls');
$r = trace(['--buffer', '64K', '--format', 'json', '-o', "$work/drained.json", '--', $busybox, 'sh', '-c',
	'i=0; while [ $i -lt 300 ]; do i=$((i+1)); echo $i; done; sleep 1']);
is_status($r, 0, 'a small buffer that is read while the guest runs');
($run, @steps) = steps_of("$work/drained.json");
cmp_ok(scalar(@steps), '>', 1100, 'holds more than fits into it at once');

# ---- guests that die
$r = trace(['--append', 'init=/nowhere', '--format', 'json', '-o', "$work/panic.json", '--', $busybox, 'true']);
is_status($r, 125, 'a guest that panics');
($run, @steps) = steps_of("$work/panic.json");
is($run->{end}, 'the guest died', 'is known as such');
my ($panic) = grep { $_->{event} eq 'panic' } @steps;
like($panic->{os}, qr{^panic: cannot start /nowhere}, 'and its last words are in the trace');
$r = trace(['--limit', '2s', '--', $busybox, 'sh', '-c', 'echo begun; while :; do :; done']);
is_status($r, 124, 'a guest that does not end is ended at its limit');
like($r->{out}, qr/\Abegun\n.*timer interrupt.*^end: ended at its time limit;/ms, 'its trace ends there');
for my $limit ('1us', '100ms') {
	$r = trace(['--limit', $limit, '--', $busybox, 'sleep', '1000']);
	is_status($r, 124, "a limit of $limit");
	like($r->{out}, qr/^end: ended at its time limit; \d+ events$/m, 'leaves the trace up to there');
	like($r->{err}, qr/^creance: the guest was ended at its time limit: the trace ends there$/m, 'and says so');
}
my $stuck = spew("$work/stuck-qemu", "#!/bin/sh\ncase \$* in *version*) echo 'QEMU emulator version 7.2.0';; *) exec sleep 1000;; esac\n");
chmod 0755, $stuck;
$r = trace(['--limit', '1s', '--', $busybox, 'true'], env => {CREANCE_QEMU => $stuck});
is_status($r, 124, 'an emulator that does nothing is ended, too');
like($r->{err}, qr/did not start within \d+ s: try again with -v/, 'and that is said');
is_status(trace(['--limit', '10000000000s', '--', $busybox, 'true']), 0, 'a limit of centuries ends nothing');
# With --deterministic nothing reaches the program, and the guest is ended.
for my $case ([], ['--deterministic']) {
	my $started = start([creance(), 'trace', @$case, '--', $busybox, 'sh', '-c', 'echo begun; while :; do :; done']);
	sysread $started->{out}, my $begun, 6;
	is($begun, "begun\n", 'a program that hangs');
	kill 'INT', $started->{pid};
	$r = finish($started);
	is_status($r, 130, 'and is ended by Ctrl-C');
	my ($got, $end) = @$case ? ('', 'ended by us: signal 2') : ('signal SIGINT to process 2.*', 'signal 2');
	like($r->{out}, qr/write\(1, "begun\\n", 6\).*$got^end: $end;/ms, 'leaves its trace');
}
$r = trace(['--', $busybox, 'sh', '-c', 'kill -SEGV $$']);
is_status($r, 139, 'a program killed by a signal');
in_order($r->{out}, 'the signal is in the table', qr/signal SIGSEGV to process/, qr/ends: SIGSEGV/, qr/^end: signal 11;/m);

# ---- the same each time
my @script = ('sh', '-c', 'cat; seq 1 3000; sleep 0.1; (while :; do :; done) & (while :; do :; done) & sleep 0.2; kill %1 %2; ls /');
for my $variant (variants()) {
	my @outputs;
	for my $i (1, 2) {
		my $to = "$work/same$i";
		my $run = trace([kernel_option($variant), '--deterministic', '--format', 'json', '-o', "$to.json",
			map({ ('-o', "$to.$_") } qw(txt html pftrace)), '--', $busybox, @script], in => "typed\n");
		is_status($run, 0, "$variant: --deterministic, run $i");
		is($run->{err}, '', 'nothing is lost');
		like($run->{out}, qr/\Atyped\n1\n2\n/, 'standard input is there');
		push @outputs, join '', $run->{out}, map { slurp("$to.$_") } qw(json txt html pftrace);
	}
	same_bytes($outputs[0], $outputs[1], 'two runs have the same bytes in every format');
}

for my $machine (qw(pc q35)) {
	my @outputs = map {
		trace(['--machine', $machine, '--deterministic', '--format', 'json', '--', $busybox, 'sh', '-c', 'seq 1 2000; sleep 0.1'])->{out}
	} 1 .. 3;
	same_bytes($outputs[1], $outputs[0], "$machine: two runs are the same");
	same_bytes($outputs[2], $outputs[0], 'and a third');
}

# ---- two loops on one CPU: figure 6.3
$r = trace(['--deterministic', '-o', "$work/loops.txt", '--', $busybox, 'sh', '-c',
	'(while :; do :; done) & (while :; do :; done) & sleep 0.5; kill %1 %2']);
my $loops = slurp("$work/loops.txt");
in_order($loops, 'both kinds of saves are there, and a run folds', qr/timer interrupt/, qr/save user registers on the kernel stack/,
	qr/handle the trap: timer interrupt/, qr/the scheduler picks thread \d+, because thread \d+/, qr/switch: save kernel registers of/,
	qr/restore user registers from the kernel stack/, qr/… the last \d+ steps \d+ times more, until/);

# ---- from within, on one CPU: with several the order of steps is not one
for my $variant (variants()) {
	$r = guest_sh('COLUMNS=250 lde busybox echo hello; echo status $?; lde -o /x sh -c "exit 3"; echo status $?; ' .
		'tail -1 /x; lde --json -o /y busybox true; cat /y; lde nothing; echo status $?; lde; echo status $?',
		options => ['--user', 'root', '--cpus', 1, kernel_option($variant)]);
	in_order($r->{out}, "$variant: lde prints the table", qr/\Ahello\n/, qr/OS at run/, qr/create the entry of process/,
		qr/lde: \d+ steps/, qr/execve\(/, qr/load the program/, qr/write\(1, "hello\\n", 6\): trap/,
		qr/ends: exit 0/, qr/remove process/, qr/^end: exit 0;/m, qr/^status 0\n/m, qr/^status 3\nend: exit 3; /m);
	unlike($r->{out}, qr/OS at boot/, 'which has no boot');
	my @lines = map { decode_json($_) } grep { /^\{/ } split /\n/, $r->{out};
	is($lines[0]{events}, $#lines, 'and JSON');
	like($r->{out}, qr/status 127\nstatus 125\n\z/, 'and hands back its own failures');
}
$r = guest_sh('COLUMNS=80 lde busybox true; lde --help; echo status $?', options => ['--user', 'root']);
my @wide = grep { length > 80 } map { utf8::decode(my $line = $_); $line } split /\n/, $r->{out};
is("@wide", '', 'lde fits 80 columns');
like($r->{out}, qr/^usage: lde .*--json.*status 0\n\z/ms, 'and has a help');

# ---- what is wrong with the options is said
for (['--format', 'pdf'], ['-o', 'x.doc'], ['--filter', 'nothing'], ['--from', 'noon'], ['--pid', 'x'], ['--buffer', '1'],
	['--buffer', '1G', '--memory', '64M'], ['--format', 'json', '--format', 'table'], ['--cpus', '2', '--deterministic'],
	['--limit', 'x'], ['--none']) {
	$r = trace([@$_, '--', $busybox, 'true']);
	is_status($r, 125, "trace @$_");
	like($r->{err}, qr/\Acreance: [^\n]+: [^\n]+\n\z/, 'says what is wrong, and what to do');
}
$r = trace(['-o', "$work/no/such/folder/x.json", '--', $busybox, 'true']);
is_status($r, 125, 'an output that cannot be written');
like($r->{err}, qr/x\.json' cannot be written/, 'is said');
$r = run_creance(['help', 'trace']);
like($r->{out}, qr/--deterministic.*--cpus/s, 'help trace');

done_testing();
