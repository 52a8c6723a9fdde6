#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# System calls as a person reads them: what `creance trace --format strace` shows is what strace shows of the same
# program on the host; counts and times; calls that others interrupt; memory that is not there; and a program does the
# same whether a trace copies its memory or not.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Creance;
use JSON::PP;
use Test::More;

my $busybox = '/bin/busybox';
my $work = work_dir();
my $tests = build() . '/tests/guest';

sub trace {
	my ($arguments, %option) = @_;
	return run_creance(['trace', @$arguments], env => {COLUMNS => 250}, %option);
}

# The calls of the thread that writes $begin, or of all; those that were interrupted are put together, and what differs
# from run to run is masked.
sub calls_of {
	my ($path, $begin) = @_;
	my (@lines, %begun, $thread);
	for (split /\n/, slurp($path)) {
		my $of = s/^(?:\[pid +(\d+)\] |(\d+) +)// ? $1 // $2 : 0;
		$thread //= $of if defined $begin && /$begin/;
		if (/^(.*) <unfinished \.\.\.>$/) {
			$begun{$of} = $1;
			next;
		}
		s/^<\.\.\. \w+ resumed>/$begun{$of} \/\/ ''/e;
		push @lines, $_ if !defined $begin || $of == ($thread // -1);
	}
	for (@lines) {
		s/\s+= / = /;
		s/0x[0-9a-f]{6,}/ADDRESS/g;
		s/\bsi_pid=\K[1-9]\d*(, si_uid=)\d+/PID$1UID/g;
		s{\bsi_[us]time=\K\d+(?: /\*.*?\*/)?}{TIME}g;
		s/^(?:kill|wait4|rt_sigqueueinfo)\(\K\d+/PID/;
		s/^((?:getpid|fork|wait4)\(.*\) = )\d+$/$1PID/;
	}
	return @lines;
}

# How many lines both have, in order.
sub common {
	my ($x, $y) = @_;
	my @last = (0) x (@$y + 1);
	for my $line (@$x) {
		my @next = (0);
		for my $j (0 .. $#$y) {
			push @next, $line eq $y->[$j] ? $last[$j] + 1 : $next[-1] > $last[$j + 1] ? $next[-1] : $last[$j + 1];
		}
		@last = @next;
	}
	return $last[-1];
}

# ---- beside the host's strace
SKIP: {
	my $can = have('strace') && run_command(['strace', '-o', '/dev/null', 'true'])->{status} == 0;
	skip 'there is no strace here, or it may not trace', 6 if !$can;

	my $program = "$tests/trace/trace_calls";
	is_status(run_command(['strace', '-f', '-s', 40, '-o', "$work/host", $program]), 0, 'strace');
	is_status(trace(['--format', 'strace', '-o', "$work/guest", '--', $program]), 0, 'the same program in a trace');
	my @part = map { my $path = $_; [grep { /# begin/ .. /# end/ } calls_of("$work/$path", qr/# begin/)] } qw(host guest);
	cmp_ok(scalar @{$part[0]}, '>', 150, 'there are calls');
	# A child may be dead before its parent waits for it, or only then.
	my @child = map { [grep { /^--- SIGCHLD/ } @$_] } @part;
	my @rest = map { [grep { !/^--- SIGCHLD/ } @$_] } @part;
	is_deeply($rest[1], $rest[0], 'the calls, their arguments and results are the same');
	is_deeply($child[1], $child[0], 'and what children tell');

	# Two systems have other files, so ls does not the same on both; the beginning is the loader's, which does.
	mkdir "$work/dir";
	spew("$work/dir/file", "hello\n");
	run_command(['strace', '-s', 40, '-o', "$work/host", 'ls', '-l', "$work/dir"], env => {LC_ALL => 'C'});
	trace(['--file', "$work/dir", '--format', 'strace', '-o', "$work/guest", '--', 'ls', '-l', "$work/dir"]);
	my ($host, $guest) = map { [calls_of("$work/$_")] } qw(host guest);
	my $same = common($host, $guest);
	diag("ls -l: $same lines of " . @$host . ' of the host, and ' . @$guest . ' of the guest, are the same') if $same < 40;
	cmp_ok($same, '>', @$guest / 2, 'ls: most lines are the same');
}

# ---- without it
my $r = trace(['--format', 'strace', '--', $busybox, 'cat', '/nowhere']);
is_status($r, 1, 'a file that is not there');
like($r->{out}, qr/^execve\("[^"]*busybox", \["[^"]*busybox", "cat", "\/nowhere"\], 0x[0-9a-f]+ \/\* \d+ vars \*\/\) += 0\n/m, 'argv');
like($r->{out}, qr/^open(?:at)?\((?:AT_FDCWD, )?"\/nowhere", O_RDONLY[^)]*\) += -1 ENOENT \(No such file or directory\)\n/m,
	'a path, flags and an error');
like($r->{out}, qr/^exit_group\(1\) +=\ \?\n\+\+\+ exited with 1 \+\+\+\n\z/m, 'the end');
$r = trace(['-o', "$work/x.strace", '-o', "$work/x.count", '--', $busybox, 'sh', '-c',
	'(sleep 0.05; echo out) | cat; kill -TERM $$']);
is_status($r, 128 + 15, 'several processes');
my $text = slurp("$work/x.strace");
like($text, qr/^\[pid +\d+\] wait4\(-1,  ?<unfinished \.\.\.>$/m, 'a call that others interrupt');
like($text, qr/^\[pid +\d+\] <\.\.\. wait4 resumed>\[\{WIFEXITED\(s\) && WEXITSTATUS\(s\) == 0\}\], 0, NULL\) += \d+$/m,
	'and what it returned');
like($text, qr/^\[pid +\d+\] write\(1, "out\\n", 4(?:\) += 4| <unfinished \.\.\.>)$/m, 'a buffer');
my $by_user = qr/\{si_signo=SIGTERM, si_code=SI_USER, si_pid=\d+, si_uid=\d+\}/;
like($text, qr/^\[pid +\d+\] --- SIGTERM $by_user ---\n\[pid +\d+\] \+\+\+ killed by SIGTERM \+\+\+$/m, 'a signal ends it');
like($text, qr/^\[pid +\d+\] --- SIGCHLD \{si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=\d+, si_uid=\d+, si_status=0, si_utime=\d+.*, si_stime=\d+.*\} ---$/m,
	'others go to a handler');
$r = trace(['--format', 'strace', '--', $^X, '-e',
	'my ($id, $soon) = (pack("i", 0), pack("q4", 0, 0, 0, 1)); syscall 222, 1, 0, $id; syscall 223, 0, 0, $soon, 0; sleep 100']);
is_status($r, 128 + 14, "a timer's signal ends it"); # timer_create, timer_settime
like($r->{out}, qr/^--- SIGALRM \{si_signo=SIGALRM, si_code=SI_TIMER, si_timerid=0, [^}]*\} ---\n\+\+\+ killed by SIGALRM \+\+\+$/m,
	'and is shown');
my @rows = slurp("$work/x.count") =~ /^ *[\d.]+ +([\d.]+) +[\d.]+ +(\d+) +(\d*) +(\w+)$/mg;
my ($calls, $total) = (0, 0);
while (my ($seconds, $nr, $errors, $name) = splice @rows, 0, 4) {
	$name eq 'total' ? ($total = $nr) : ($calls += $nr);
}
my @returned = grep { / = / && !/ = \?$/ && !/^\[pid +\d+\] (?:\+\+\+|---)/ } split /\n/, $text;
is($calls, $total, 'the counts add up');
is($total, scalar @returned, 'to the calls that have returned');
$r = trace(['-c', '--', $busybox, 'true']);
like($r->{out}, qr/^% time +seconds +usecs\/call +calls +errors syscall\n/, '-c');

# ---- in the other formats
$r = trace(['--format', 'json', '-o', "$work/x.json", '-o', "$work/x.txt", '--', $busybox, 'md5sum', '/etc/passwd']);
my @steps = map { decode_json($_) } split /\n/, slurp("$work/x.json");
my ($opened) = grep { ($_->{event} // '') eq 'syscall_enter' && $_->{call}{text} =~ /^open(?:at)?\(.*passwd/ } @steps;
is_deeply((grep { $_->{arg} eq 'path' } @{$opened->{call}{arguments}})[0],
	{arg => 'path', type => 'const char *', text => '"/etc/passwd"'}, 'JSON: an argument');
my ($read) = grep { $_->{ns} && $_->{ns} > $opened->{ns} && $_->{pid} == $opened->{pid} && $_->{event} eq 'syscall_exit' &&
	$_->{name} eq 'read' } @steps;
is_deeply($read->{result}{written}, [{arg => 'buf', text => '"root:x:0:0:root:/root:/bin/sh\\ndaemon:x:1"...'}],
	'what a call has written');
is(scalar(grep { ($_->{event} // '') eq 'syscall_data' } @steps), 0, 'copies of memory are no steps');
like(slurp("$work/x.txt"), qr/read = \d+ \(buf "root:x/, 'the table has it, too');

# ---- a program does the same as without a trace
for my $variant (variants()) {
	for my $name (qw(abi/abi_pointers trace/trace_memory)) {
		my $traced = trace([kernel_option($variant), '--format', 'strace', '-o', "$work/out", '--', "$tests/$name"]);
		is_status($traced, 0, "$variant: $name in a trace");
		unlike($traced->{out}, qr/^not ok/m, 'and nothing fails');
	}
	like(slurp("$work/out"), qr/^\[pid +\d+\] chdir\(0x[0-9a-f]+\) += -1 EFAULT/m, 'what cannot be read is an address');
}
done_testing();
