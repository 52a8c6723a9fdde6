#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# creance, when it cannot do what is asked: one or two lines that say what is wrong and what to do; 125, 126 or 127.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Creance;
use Test::More;

my $busybox = '/bin/busybox';

# One test of a refusal: the status, a pattern of what it says, and that it says little.
sub refuses {
	my ($status, $pattern, $name, $arguments, %option) = @_;
	my $r = run_creance($arguments, %option);
	subtest $name => sub {
		is_status($r, $status, "status $status");
		like($r->{err}, $pattern, 'it says why');
		is($r->{out}, '', 'on standard error only');
		cmp_ok(($r->{err} =~ tr/\n//), '<=', $option{lines} // 2, 'in few lines');
		like($r->{err}, qr/\Acreance: /, 'and who says it') if !$option{usage};
	};
	return $r;
}

# Busybox with some bytes changed.
sub patched {
	my ($name, %bytes) = @_;
	my $image = slurp($busybox);
	substr($image, $_, length $bytes{$_}) = $bytes{$_} for keys %bytes;
	my $path = spew(work_dir() . "/$name", $image);
	chmod 0755, $path;
	return $path;
}

sub executable {
	my ($name, $text) = @_;
	my $path = spew(work_dir() . "/$name", $text);
	chmod 0755, $path;
	return $path;
}

# ---- the program
refuses(127, qr{/no/such/program does not exist}, 'no such file', ['run', '--', '/no/such/program']);
refuses(127, qr/nosuchprogram is not found on PATH/, 'no such name', ['run', '--', 'nosuchprogram']);
refuses(127, qr/name is empty/, 'an empty name', ['run', '--', '']);
refuses(126, qr{/etc is a folder}, 'a folder', ['run', '--', '/etc']);
refuses(126, qr/not executable/, 'a file without permission', ['run', '--', spew(work_dir() . '/data', slurp($busybox))]);
refuses(126, qr/not executable/, 'a device', ['run', '--', '/dev/null']);
refuses(126, qr/neither an ELF program nor a script/, 'no program', ['run', '--', executable('text', "words\n")]);
refuses(126, qr/neither an ELF program nor a script/, 'an empty file', ['run', '--', executable('empty', '')]);
refuses(126, qr/for 64-bit Arm \(aarch64\), and the guest is x86-64/, 'a program for another machine',
	['run', '--', patched('arm', 18 => pack('v', 183))]);
refuses(126, qr/for 32-bit x86/, 'a program for i386', ['run', '--', patched('i386', 4 => "\1", 18 => pack('v', 3))]);
refuses(126, qr/object or core file/, 'an object file', ['run', '--', patched('object', 16 => pack('v', 1))]);
refuses(126, qr/damaged/, 'a damaged program', ['run', '--', executable('cut', substr slurp($busybox), 0, 5000)]);
refuses(126, qr/script for \/usr\/bin\/python9, which neither the guest nor this host has/, 'a script without its interpreter',
	['run', '--', executable('script', "#!/usr/bin/python9\n")]);

# ---- options
refuses(125, qr/run needs a program/, 'no program named', ['run']);
refuses(125, qr/run has no option '--nosuch'/, 'an unknown option', ['run', '--nosuch', '--', $busybox]);
refuses(125, qr/no option '-z'/, 'an unknown letter', ['run', '-z', '--', $busybox]);
refuses(125, qr/--memory needs a value/, 'an option without its value', ['run', '--memory']);
refuses(125, qr/--memory 4M is too little.*16M/, 'too little memory', ['run', '--memory', '4M', '--', $busybox]);
refuses(125, qr/--memory lots is not a size/, 'no size', ['run', '--memory', 'lots', '--', $busybox]);
refuses(125, qr/--cpus 0 is not a number/, 'no CPU', ['run', '--cpus', '0', '--', $busybox]);
refuses(125, qr/no machine 'amiga': choose microvm, pc or q35/, 'an unknown machine', ['run', '--machine', 'amiga', '--', $busybox]);
refuses(125, qr/--env =x names no variable/, 'a variable without a name', ['run', '--env', '=x', '--', $busybox]);
refuses(125, qr/--file '' names no file/, 'a file without a name', ['run', '--file', '', '--', $busybox]);
refuses(125, qr/--limit 0 leaves the guest no time/, 'no time', ['trace', '--limit', '0', '--', $busybox]);
refuses(124, qr/time limit, before its kernel/, 'too little time to begin', ['trace', '--limit', '1us', '--', $busybox, 'sleep', '99']);
refuses(125, qr/no command 'fly': see 'creance help'/, 'an unknown command', ['fly']);
refuses(125, qr/no option '--fly'/, 'an unknown option of creance', ['--fly']);
refuses(125, qr/usage: creance COMMAND/, 'nothing at all', [], usage => 1, lines => 20);

my $r = run_creance(['help']);
is_status($r, 0, 'help is no error');
like($r->{out}, qr/\brun\b.*\bhelp\b|\bshell\b.*\brun\b/s, 'and lists the commands');
is(run_creance(['help', 'help'])->{out}, $r->{out}, 'help has the help of help');
for my $command (qw(run shell debug)) {
	$r = run_creance([$command, '--help']);
	is($r->{out}, run_creance(['help', $command])->{out}, "$command --help is help $command");
	like($r->{out}, qr/\Acreance $command .*--memory/s, 'and tells the options');
}
like(run_creance(['--version'])->{out}, qr/\Acreance \d+\.\d+/, 'the version');

# ---- the host's side
my @run = ('run', '--', $busybox, 'true');
refuses(125, qr/qemu-system-x86_64.*install/i, 'no emulator', \@run, env => {PATH => work_dir()});
refuses(125, qr{/no/such/qemu, which CREANCE_QEMU names, is not there}, 'a wrong name of one', \@run,
	env => {CREANCE_QEMU => '/no/such/qemu'});
my $old = executable('old-qemu', "#!/bin/sh\ncase \$* in *version*) echo 'QEMU emulator version 2.5.0';; *) echo 'no microvm' >&2; exit 1;; esac\n");
refuses(125, qr/2\.5/, 'an emulator that is too old', \@run, env => {CREANCE_QEMU => $old}, lines => 4);
my $broken = executable('broken-qemu', "#!/bin/sh\ncase \$* in *version*) echo 'QEMU emulator version 7.2.0';; *) echo 'it is broken' >&2; exit 1;; esac\n");
refuses(125, qr/did not start.*it is broken/s, 'an emulator that fails is quoted', \@run, env => {CREANCE_QEMU => $broken}, lines => 4);
refuses(125, qr/CREANCE_KERNEL/, 'no kernel', \@run, env => {CREANCE_KERNEL => '/no/such/kernel'});
refuses(125, qr/CREANCE_INITRAMFS/, 'no initramfs', \@run, env => {CREANCE_INITRAMFS => '/no/such/initramfs'});
refuses(125, qr/emulator/, 'a kernel that is none', \@run, env => {CREANCE_KERNEL => '/etc/passwd'}, lines => 8);
if (!-e '/dev/kvm') {
	refuses(125, qr{no /dev/kvm.*--accel kvm}, 'no KVM', ['run', '--accel', 'kvm', '--', $busybox]);
}

# ---- the guest's side
refuses(125, qr/guest stopped before its program ended/, 'a guest that stops by itself',
	['run', '--user', 'root', '--', $busybox, 'poweroff', '-f'], lines => 40);
refuses(125, qr/guest stopped before its program ended/, 'a guest that resets', ['run', '--user', 'root', '--', $busybox, 'reboot', '-f'], lines => 40);
my $big = spew(work_dir() . '/big', slurp($busybox) . "\0" x (20 << 20));
chmod 0755, $big;
refuses(125, qr/does not fit into --memory 16M: give it \d+M/, 'a program too big for the memory',
	['run', '--memory', '16M', '--', $big, 'true']);

# ---- signals: the command ends, the emulator with it
sub emulator_of {
	my ($parent) = @_;
	for (1 .. 500) {
		for my $stat (glob '/proc/[0-9]*/stat') {
			my $text = eval { slurp($stat) } // next;
			return $1 if $text =~ /^(\d+) \(qemu.*\) \S $parent /;
		}
		select undef, undef, undef, 0.02;
	}
	return;
}

for my $case ([TERM => 143], [INT => 130], [HUP => 129], [KILL => 1009]) {
	my ($signal, $status) = @$case;
	my $p = start([creance(), 'run', '--', $busybox, 'sh', '-c', 'echo started; sleep 1000'], in => undef);
	is(scalar readline $p->{out}, "started\n", "SIG$signal: a guest at work");
	my $emulator = emulator_of($p->{pid});
	ok($emulator, 'in its emulator');
	kill $signal, $p->{pid};
	my $end = finish($p);
	is($end->{status}, $status, 'the command ends');
	is($end->{err}, '', 'without a word');
	my $gone = 0;
	for (1 .. 500) {
		last if $gone = !$emulator || !-e "/proc/$emulator" || slurp("/proc/$emulator/stat") =~ /\) Z /;
		select undef, undef, undef, 0.02;
	}
	ok($gone, 'and its emulator, too');
}
done_testing();
