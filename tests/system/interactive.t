#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# creance shell as a person has it, in a terminal of tmux: job control, an editor, full-screen programs, the size of
# the window, and a terminal that is left as it was.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Creance;
use Terminal;
use Test::More;

plan skip_all => 'tmux is not installed' if !have('tmux');

my $t = Terminal->new(columns => 100, rows => 30) or BAIL_OUT('tmux does not start');
my $creance = creance();
my $at_prompt = qr/^creance:\S*#\s*\z/m;

# The guest's shell, at its prompt.
sub enter_guest {
	my (@options) = @_;
	$t->forget;
	$t->line(join ' ', $creance, 'shell', @options);
	return $t->shows($at_prompt, 'the guest gives a prompt');
}

# What a line prints in the guest.
sub guest {
	return $t->command($_[0]) // '';
}

my $pipeline = 'seq 100000 | grep 7 | sort -rn | tail -n 3 | tr 7 x';
my $pipeline_here = run_command(['/bin/busybox', 'sh', '-c', $pipeline])->{out};
my $modes = $t->command('stty -a');
ok(enter_guest(), 'creance shell on a terminal');

subtest 'simple commands' => sub {
	is(guest('uname -s'), "Linux\n", 'uname');
	is(guest('tty'), "/dev/console\n", 'the shell has a terminal');
	is(guest('echo $((6 * 7))'), "42\n", 'arithmetic');
	is(guest($pipeline), $pipeline_here, 'a pipeline of five');
	# Of what is in /proc some ends while find looks, as the shell that becomes wc.
	cmp_ok(guest('find / 2>/dev/null | wc -l'), '>', 100, 'find sees many files');
	like(guest('ps'), qr/\b1 .*init.*\bps\b/s, 'ps shows init and itself');
	like(guest('stty -a'), qr/isig.*icanon|icanon.*isig/s, 'stty tells the modes');
};

subtest 'line editing and history' => sub {
	$t->forget;
	$t->type('echo wrogn');
	$t->keys('Left', 'BSpace', 'End', 'BSpace', 'n', 'g', 'Enter');
	$t->shows(qr/^wr.*g$/m, 'a line is edited');
	$t->forget;
	$t->keys('Up');
	$t->keys('Enter');
	$t->shows(qr/^wr.*g\n.*# $|^wr.*g$/m, 'the last one comes again');
	$t->forget;
	$t->type('ls /pro');
	$t->keys('Tab');
	$t->shows(qr{ls /proc/}, 'a name is completed');
	$t->keys('C-u');
	$t->keys('C-c');
};

subtest 'job control' => sub {
	$t->forget;
	$t->line('sleep 100');
	$t->wait_for(qr/sleep 100/, 'the echo');
	sleep 1;
	$t->keys('C-z');
	$t->shows(qr/Stopped.*sleep 100/, '^Z stops');
	$t->shows($at_prompt, 'and gives the prompt');
	like(guest('jobs'), qr/Stopped.*sleep 100/, 'jobs knows it');
	like(guest('ps -o stat,args | grep "[s]leep 100"'), qr/^T/m, 'ps shows it stopped');
	like(guest('bg'), qr/sleep 100/, 'bg');
	like(guest('jobs'), qr/Running.*sleep 100/, 'makes it run');
	$t->forget;
	$t->line('fg');
	$t->shows(qr/^sleep 100$/m, 'fg brings it to the front');
	sleep 1;
	$t->keys('C-c');
	$t->shows($at_prompt, '^C ends it');
	is(guest('jobs'), '', 'no job is left');
	$t->forget;
	$t->line('cat');
	$t->line('a line');
	$t->shows(qr/^a line\na line$/m, 'cat answers');
	$t->keys('C-d');
	$t->shows($at_prompt, '^D ends its input');
	$t->forget;
	$t->line('sleep 100 | cat | cat');
	sleep 1;
	$t->keys('C-\\');
	$t->shows($at_prompt, '^\\ ends a whole pipeline');
	is(guest('ps | grep -c "[s]leep 100"'), "0\n", 'all of it');
	guest('{ cat & }');
	like(guest('sleep 1; jobs'), qr/Stopped.*cat/, 'a background job that reads the terminal is stopped');
	like(guest('kill -9 %1; sleep 1; jobs'), qr/Killed.*cat/, 'and can be killed');
	is(guest('jobs'), '', 'no job is left');
};

subtest 'an endless loop in the background' => sub {
	guest('/rogues/loop & echo $!');
	for my $n (1 .. 3) {
		is(guest("echo \$(($n * 7))"), $n * 7 . "\n", 'the shell stays quick');
	}
	cmp_ok(guest('find / 2>/dev/null | wc -l'), '>', 100, 'and so do others');
	guest('kill -9 %1; wait');
	is(guest('ps | grep -c "[r]ogues/loop"'), "0\n", 'the loop is gone when it is killed');
};

subtest 'vi' => sub {
	$t->forget;
	$t->line('vi /tmp/poem');
	$t->shows(qr/^~$/m, 'an empty file');
	$t->keys('i');
	$t->type('Roses are red');
	$t->keys('Enter');
	$t->type('violets are blue');
	# What follows the escape key at once would be taken for one key's code.
	$t->keys('Escape');
	$t->wait_for(qr/^- /m, 'the end of the insertion');
	$t->shows(qr/^Roses are red\nviolets are blue\n~/m, 'what is typed is seen');
	$t->type('1Gx');
	$t->type('iP');
	$t->keys('Escape');
	$t->wait_for(qr/^- /m, 'the end of the insertion');
	$t->shows(qr/^Poses are red/m, 'a letter is replaced');
	$t->type(':wq');
	$t->keys('Enter');
	$t->shows($at_prompt, 'it is left');
	is(guest('cat /tmp/poem'), "Poses are red\nviolets are blue\n", 'and the file is what it showed');
};

subtest 'top' => sub {
	$t->forget;
	$t->line('top -d 1');
	my $first = $t->wait_for(qr/Load average.*PID.*COMMAND/s, 'the first screen');
	ok(defined $first, 'it shows a table');
	my $second = $t->wait_for(sub { defined $first && $_[0] =~ /COMMAND/ && $_[0] ne $first }, 'another screen');
	ok(defined $second, 'and refreshes it');
	like($second // '', qr/Mem: *\d+K used, *\d+K free/, 'with the memory');
	like($second // '', qr/\btop\b/, 'and itself');
	$t->keys('q');
	$t->shows($at_prompt, 'q leaves it');
};

subtest 'the size of the window' => sub {
	is(guest('stty size'), "30 100\n", 'the guest knows it');
	$t->resize(77, 25);
	ok(defined $t->wait_for(sub { guest('stty size') eq "25 77\n" }, 'the new size'), 'and follows it');
	$t->forget;
	$t->line('lde busybox true');
	my $table = $t->wait_for(qr/^end: exit 0;/m, 'the end of a trace') // '';
	like($table, qr/^(?:(?:─)+┼){3}(?:─)+\nend: /m, 'lde draws its table in it');
	unlike($table, qr/^(?:─)+$/m, 'and breaks no line');
	guest(q{trap 'echo resized' WINCH});
	$t->forget;
	$t->line('while :; do :; done');
	sleep 1;
	$t->resize(100, 30);
	$t->shows(qr/^resized$/m, 'SIGWINCH comes');
	$t->keys('C-c');
	$t->shows($at_prompt, '^C ends the loop');
};

subtest 'the end' => sub {
	$t->forget;
	$t->line('(exit 9)');
	$t->shows($at_prompt, 'a command that fails');
	$t->keys('C-d');
	$t->shows(qr/HOST\$\s*\z/m, '^D ends the shell');
	is($t->command('echo status $?'), "status 9\n", "creance's status is the shell's");
	is($t->command('stty -a'), $modes, 'the terminal is as it was');
};

subtest 'exit status' => sub {
	enter_guest();
	$t->forget;
	$t->line('exit 7');
	$t->shows(qr/HOST\$\s*\z/m, 'back at the host');
	is($t->command('echo status $?'), "status 7\n", 'exit 7 is handed back');
	enter_guest();
	$t->forget;
	$t->keys('C-d');
	$t->shows(qr/HOST\$\s*\z/m, '^D');
	is($t->command('echo status $?'), "status 0\n", 'is a good end');
	is($t->command('stty -a'), $modes, 'the terminal is as it was');
};

subtest 'killed' => sub {
	my $pid_file = $t->folder . '/pid';
	for my $case ([TERM => 143], [HUP => 129], [INT => 130]) {
		my ($signal, $status) = @$case;
		$t->forget;
		$t->line("sh -c 'echo \$\$ >$pid_file; exec $creance shell'");
		$t->shows($at_prompt, 'the guest gives a prompt');
		$t->forget;
		kill $signal, slurp($pid_file) =~ /(\d+)/;
		$t->shows(qr/HOST\$\s*\z/m, "SIG$signal ends creance");
		is($t->command('echo status $?'), "status $status\n", "with status $status");
		is($t->command('stty -a'), $modes, 'the terminal is as it was');
	}
};

for my $options (['--debug-kernel'], ['--machine', 'pc', '--memory', '16M'], ['--machine', 'q35', '--cpu', 'qemu64']) {
	subtest "with @$options" => sub {
		enter_guest(@$options);
		is(guest('echo $((6 * 7))'), "42\n", 'it answers');
		$t->forget;
		$t->line('sleep 100');
		sleep 1;
		$t->keys('C-z');
		$t->shows(qr/Stopped.*sleep 100/, '^Z');
		$t->line('fg');
		$t->shows(qr/^sleep 100$/m, 'fg');
		sleep 1;
		$t->keys('C-c');
		$t->shows($at_prompt, '^C');
		$t->line('exit 3');
		$t->shows(qr/HOST\$\s*\z/m, 'back at the host');
		is($t->command('echo status $?'), "status 3\n", 'with its status');
	};
}

subtest 'help fits the window' => sub {
	for my $columns (60, 80) {
		$t->resize($columns, 50);
		for my $topic ('', 'run', $columns < 80 ? () : ('kernel', 'regimes')) {
			$t->command("clear; $creance help $topic");
			my @broken = grep { length > $columns } split /\n/, $t->tmux('capture-pane', '-p', '-J');
			is("@broken", '', "help $topic breaks no line at $columns columns");
		}
	}
	$t->resize(100, 30);
};

subtest 'a trace by the pager' => sub {
	my $trace = "$creance trace -- /bin/busybox sh -c 'exit 7'";
	my $shown = $t->command("PAGER='sed -n s/^end:/paged:/p' $trace; echo status \$?");
	is($shown =~ s/\d+ events/N events/r, "paged: exit 7; N events\nstatus 7\n", 'PAGER shows it, and the status is the program\'s');
	is($t->command("PAGER='head -n 0' $trace; echo status \$?"), "status 7\n", 'a pager that is left at once is no error');
	like($t->command("PAGER=nosuchpager $trace; echo status \$?"), qr/^end: exit 7; .*status 7\n\z/ms, 'without the pager it is shown all the same');
	like($t->command("PAGER=nosuchpager $trace | tail -n 1"), qr/\Aend: exit 7;.*\n\z/, 'there is none when standard output is no terminal');
	like($t->command("PAGER=cat $trace"), qr/^end: exit 7; \d+ events\n\z/m, 'nor with PAGER=cat');
	like($t->command("$creance trace --format perfetto -- /bin/busybox true; echo status \$?"), qr/name a file, such as -o trace.pftrace\nstatus 125/, 'a binary format wants a file');
	is($t->command('stty -a'), $modes, 'the terminal is as it was');
	return if !have('less');
	$t->forget;
	$t->line("unset PAGER; $trace; echo status \$?");
	$t->shows(qr/time µs.*^:\s*\z/ms, 'less is the usual one');
	$t->keys('C-c');
	$t->keys('G');
	$t->shows(qr/^end: exit 7;.*^\(END\)/ms, 'which Ctrl-C does not end');
	$t->keys('q');
	$t->shows(qr/^status 7$/m, 'and q does');
	is($t->command('stty -a'), $modes, 'the terminal is as it was');
};

subtest 'left in the middle of a full screen' => sub {
	enter_guest();
	$t->forget;
	$t->line('vi /etc/passwd');
	$t->shows(qr/^root:/m, 'vi shows a file');
	$t->type("\x1d\x1d\x1d");
	$t->shows(qr/ended, as you asked/, 'Ctrl-] three times ends the guest');
	$t->shows(qr/HOST\$\s*\z/m, 'and gives back the shell');
	is($t->command('echo status $?'), "status 125\n", 'with the status of a failure');
	is($t->command('stty -a'), $modes, 'the terminal is as it was');
};
done_testing();
