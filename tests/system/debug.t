#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# creance debug: gdb meets the stopped guest, knows its symbols, and its commands show threads, stacks and mappings.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Creance;
use Terminal;
use Test::More;

plan skip_all => 'gdb is not installed' if !have('gdb');
$ENV{CREANCE_GDB_SCRIPT} = source() . '/tools/gdb/creance.py';
$ENV{XDG_RUNTIME_DIR} = work_dir();

# Start a guest that waits, and run gdb on it with these commands: what gdb printed, and how the guest ended.
sub debug {
	my ($options, $program, @commands) = @_;
	my $guest = start([creance(), 'debug', @$options, '--', @$program], in => undef);
	my $said = readline $guest->{err};
	my ($gdb) = ($said // '') =~ /^creance: the guest waits for a debugger: (gdb .*)$/;
	ok(defined $gdb, 'the command says how to connect') or return ('', finish($guest));
	my $result = run_command(['/bin/sh', '-c', join ' ', $gdb, '-nx', '-batch', map { "-ex '$_'" } @commands],
		env => {HOME => work_dir(), DEBUGINFOD_URLS => undef});
	my $end = finish($guest);
	return ($result->{out} . $result->{err}, $end);
}

# The second one begins when the first one sleeps: gdb's stop takes so long that its turn may be over.
my $script = 'sleep 1000 & until grep -q "^State:.S" /proc/$!/status; do :; done; echo up; exec sleep 1000';
my @program = ('/bin/busybox', 'sh', '-c', $script);
for my $variant (variants()) {
	subtest "$variant kernel" => sub {
		my ($text, $end) = debug($variant eq 'debug' ? [] : ['--release-kernel'], \@program,
			'hbreak sys_clock_nanosleep', 'continue', 'continue',
			map({ ("echo == $_\\n", $_) } 'threads', 'ps', 'bt-all', 'creance current', 'vmmap 1', 'pte sys_wait4', 'pte 0x400000 1', 'pte 8 1', 'pte &boot_ist_stacks', 'trapframe 1', 'creance log 5'),
			'echo == locks\n', $variant eq 'debug' ? 'locks' : 'echo none\n', 'kill');
		is_status($end, 0, "gdb's kill ends the guest, which is no error");
		is($end->{out}, "up\n", 'the program ran meanwhile');
		my %part = map { split /\n/, $_, 2 } split /^== /m, $text;

		like($part{threads}, qr/^ *1 +1 +0 sleeping +init +0xffff\S+ +0xffff/m, 'threads: init sleeps');
		like($part{threads}, qr/^ *0 +- .* idle\/0/m, 'there is an idle thread');
		my @sleepers = $part{threads} =~ /^( *\d+ +\d+ .* sleep +.*)$/mg;
		is(scalar @sleepers, 2, 'and two that sleep, or are about to');
		is(scalar(grep { /\*0 running/ } @sleepers), 1, 'of which one runs');
		like($part{ps}, qr/^ *1 +0 +\d+ +\d+ +1 alive +init$/m, 'ps');
		my %stack = map { /^(\d+) /m ? ($1 => $_) : () } split /^thread /m, $part{'bt-all'};
		like($stack{1}, qr/^#0 .*switch.*\bsys_wait4\b.*\bsyscall/ms, 'the stack of a thread that waits');
		my @asleep = grep { /schedule|sched_sleep|switch_away/ && /\b(?:do_sleep|sys_clock_nanosleep)\b/ } values %stack;
		is(scalar @asleep, 1, 'that of the one asleep') or diag($part{'bt-all'});
		like(join('', values %stack), qr/^#0 +sys_clock_nanosleep/m, 'that of the one that runs');
		like($part{'creance current'}, qr/^CPU 0: thread \d+ \(sleep\)/m, 'what runs on the CPU');
		like($part{'vmmap 1'}, qr/^0000000000400000-\S+ r--p file.* rw-p stack$/ms, 'the mappings of a process');
		like($part{'pte sys_wait4'}, qr/^root .* present .*physical 0x/ms, 'where a function of the kernel lies');
		like($part{'pte 0x400000 1'}, qr/^root .* user .*^page table .*present user.*^0x400000 is physical 0x/ms, 'a page of a program');
		like($part{'pte 8 1'}, qr/nothing there$/m, 'and one that is not there');
		like($part{'pte &boot_ist_stacks'}, qr/^page table .*nothing there$/m, 'what lies below the stack of an NMI is not mapped');
		like($part{threads}, qr/^ *-\d+ +- +0 uninterruptible *\S* +tty /m, 'threads: one of the kernel');
		like($part{'trapframe 1'}, qr/original_ax  000000000000003d .* ip  00000000004/, 'where init entered the kernel: wait4');
		like($part{'creance log 5'}, qr/first program/, 'the log');
		unlike($text, qr/Python Exception|Traceback|Error occurred/, 'no command fails');
		unlike($part{locks}, qr/is held/, 'locks');
	};
}

subtest 'the end' => sub {
	for my $case (['exit 7', 7, 'the program ended with exit status 7'], ['kill -SEGV $$', 139, 'signal 11 ended the program (Segmentation fault)']) {
		my ($script, $status, $said) = @$case;
		my (undef, $end) = debug([], ['/bin/busybox', 'sh', '-c', $script], 'continue');
		is_status($end, $status, "$script: the status is the program's");
		is($end->{err}, "creance: $said\n", 'and is said');
	}
};

subtest 'help' => sub {
	my $gdb = sub {
		return run_command(['gdb', '-nx', '-batch', '-ex', "source $ENV{CREANCE_GDB_SCRIPT}", map({ ('-ex', $_) } @_),
			build() . '/kernel/debug/creance.elf'], env => {HOME => work_dir(), DEBUGINFOD_URLS => undef})->{out};
	};
	my $list = $gdb->('help creance');
	my @commands = $list =~ /^(creance \w+(?:, \S+)?) -- /mg;
	cmp_ok(scalar @commands, '>=', 9, 'help creance lists the commands');
	is(join("\n", $list =~ /^(creance .{73,})$/mg), '', 'a line of 80 columns each');
	for (@commands) {
		my ($long, $short) = split /, /;
		my $typed = $short // $long;
		my $help = $gdb->("help $typed");
		like($help, qr/^\Q$typed\E(?: |$)/m, "help $typed says what is typed");
		like($help, qr/\(or: \Q$long\E/, 'and its other name') if defined $short;
	}
};

subtest 'on a terminal' => sub {
	plan skip_all => 'tmux is not installed' if !have('tmux');
	my $t = Terminal->new(columns => 120, rows => 40) or BAIL_OUT('tmux does not start');
	my $modes = $t->command('stty -a');
	$t->forget;
	$t->line("CREANCE_GDB_SCRIPT=$ENV{CREANCE_GDB_SCRIPT} DEBUGINFOD_URLS= " . creance() . ' debug -- /bin/busybox echo from the guest');
	$t->shows(qr/^\(gdb\)\s*\z/m, 'gdb has the terminal');
	$t->forget;
	$t->line('hbreak sys_exit_group');
	$t->line('continue');
	$t->shows(qr/^from the guest$/m, 'what the guest prints appears between');
	$t->shows(qr/^Breakpoint 1, sys_exit_group/m, 'a breakpoint is met');
	$t->line('threads');
	$t->shows(qr/running +busybox/, 'its commands are there');
	$t->forget;
	$t->line('kill');
	$t->line('y');
	$t->line('quit');
	$t->shows(qr/HOST\$\s*\z/m, 'quit ends it');
	is($t->command('stty -a'), $modes, 'the terminal is as it was');
};
done_testing();
