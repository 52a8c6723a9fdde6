#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# creance, when it cannot do what is asked: one or two lines that say what is wrong and what to do; 125, 126 or 127.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Creance;
use IO::Select;
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
refuses(125, qr/there is no event or group 'cal': did you mean 'call'\?/, 'a misspelt group', ['trace', '--filter', 'cal', '--', $busybox]);
refuses(125, qr/group 'nothing-like-it': 'creance help trace' has the groups, /, 'no such event', ['trace', '--filter', 'call,nothing-like-it', '--', $busybox]);
refuses(125, qr/the name of 'a b' does not say its format/, 'a name without an ending', ['trace', '-o', 'a b', '--', $busybox]);
refuses(125, qr/a --limit of 0 leaves the guest no time/, 'no time', ['trace', '--limit', '0', '--', $busybox]);
refuses(125, qr/--limit 3 has no unit: write 3s, 3ms or 3us$/m, 'a time without a unit', ['trace', '--limit', '3', '--', $busybox]);
refuses(125, qr/--limit soon is not a time: write a number with a unit/, 'no time', ['trace', '--limit', 'soon', '--', $busybox]);
refuses(125, qr/--$_ 10 has no unit: write 10s, /, "--$_ without a unit", ['trace', "--$_", '10', '--', $busybox]) for qw(from to);
refuses(125, qr/--$_ 64 has no unit: write 64M, 64K or 64G$/m, "--$_ without a unit", ['trace', "--$_", '64', '--', $busybox]) for qw(memory buffer);
refuses(125, qr/--watchdog 1500ms is not a number of seconds from 1 to 3600/, 'a part of a second', ['run', '--watchdog', '1500ms', '--', $busybox]);
refuses(125, qr/--from is later than --to/, 'times in the wrong order', ['trace', '--from', '2s', '--to', '1s', '--', $busybox]);
refuses(125, qr/--user '' names no user/, 'a user without a name', ['run', '--user', '', '--', $busybox]);
refuses(125, qr/strace and count would both go to standard output: leave one out \(-c is --format count\), or write -o FILE after it$/m, 'two formats for one stream',
	['trace', '--format', 'strace', '-c', '--', $busybox]);
refuses(125, qr/--memory 65G is too much: give at most 64G$/m, 'more memory than the kernel uses', ['run', '--memory', '65G', '--', $busybox]);
my ($has_kib) = slurp('/proc/meminfo') =~ /^MemTotal: +(\d+)/m;
refuses(125, qr/--memory \d+M is more than this host has/, 'more memory than there is', ['run', '--memory', '64G', '--', $busybox])
	if $has_kib < 32 << 20;
refuses(125, qr/--file \/ names all of this host/, 'all files', ['run', '--file', '/', '--', $busybox]);
refuses(125, qr/busybox is a file and the guest's $_ is a folder/, "a file in place of $_", ['run', '--file', "$busybox=$_", '--', $busybox]) for qw(/ /usr /tmp);
refuses(125, qr/is a folder and the guest's \/bin\/sh is not a folder/, 'a folder in place of a file', ['run', '--file', work_dir() . '=/bin/sh', '--', $busybox]);
refuses(125, qr/no command 'fly': see 'creance help'/, 'an unknown command', ['fly']);
refuses(125, qr/no command 'trcae': did you mean 'trace'\?/, 'a misspelt command', ['trcae']);
refuses(125, qr/run has no option '--memroy': did you mean '--memory'\?/, 'a misspelt option', ['run', '--memroy', '64M', 'x']);
refuses(125, qr/there is no $_->[0] '$_->[2]': did you mean '$_->[3]'\?/, "a misspelt $_->[0]", $_->[1])
	for ['machine', ['run', '--machine', 'micorvm', '--', $busybox], 'micorvm', 'microvm'], ['format', ['trace', '--format', 'htlm', '--', $busybox], 'htlm', 'html'],
	['rogue', ['regimes', '--rogue', 'memoryhog'], 'memoryhog', 'memory_hog'], ['regime', ['regimes', '--regime', 'preemptiv'], 'preemptiv', 'preemptive'],
	['row', ['bench', 'nul_call'], 'nul_call', 'null_call'];
refuses(125, qr/no regime 'chaos': choose none, cooperative or preemptive/, 'an unknown regime', ['regimes', '--regime', 'chaos']);
refuses(125, qr/--append nokaslrs: the kernel has no such option: did you mean 'nokaslr'\?/, 'a misspelt option of the kernel', ['run', '--append', 'nokaslrs', '--', $busybox]);
refuses(125, qr/no option '--fly'/, 'an unknown option of creance', ['--fly']);
refuses(125, qr/usage: creance COMMAND/, 'nothing at all', [], usage => 1, lines => 20);
like(run_creance(['help', $_])->{out}, qr/usage: creance COMMAND.*^  help .*^  version /ms, "help $_") for qw(help version);


# ---- where the results go is tried before the run, and nothing is changed by that
my $kept = spew(work_dir() . '/kept.json', 'the old trace');
my @echo = ('--', $busybox, 'echo', 'it ran');
refuses(125, qr{--output '\S+/no/such.json' cannot be written \(No such file or directory\): name another file}, 'a folder that is not there',
	['trace', '-o', $kept, '-o', work_dir() . '/no/such.json', @echo]);
refuses(125, qr/cannot be written \(Is a directory\)/, 'a folder as a file', ['trace', '--format', 'json', '-o', work_dir(), @echo]);
symlink 'none/x', work_dir() . '/link.json';
refuses(125, qr{--output '\S+/link.json' cannot be written \(No such file or directory\)}, 'a link to a folder that is not there',
	['trace', '-o', work_dir() . '/link.json', @echo]);
refuses(125, qr/is named for two formats/, 'one file for two', ['trace', '-o', $kept, '--format', 'table', '-o', $kept, @echo]);
my $traced = executable('traced', slurp($busybox));
link $traced, work_dir() . '/traced.json';
refuses(125, qr/--output '\S+' is the program that is traced, which it would overwrite: name another file$/m, 'the program as the file',
	['trace', '--format', 'json', '-o', @$_, 'true']) for [$traced, '--', $traced], [work_dir() . '/traced.json', '--', $traced];
refuses(125, qr/is the program that is traced/, 'one that is found on PATH', ['trace', '--format', 'json', '-o', $traced, '--', 'traced', 'true'],
	env => {PATH => work_dir() . ":$ENV{PATH}"});
refuses(125, qr/is a file that --file names, which/, "a file for the guest, --file $_", ['trace', '--file', $_, '-o', $kept, @echo]) for $kept, "$kept=/tmp/x";
refuses(125, qr/is the program's standard input, which/, 'the input', ['trace', '-o', $kept, @echo], in => \$kept);
is(slurp($traced), slurp($busybox), 'the program is kept');
my $budgets = spew(work_dir() . '/bench.json', "null_call 1\n");
refuses(125, qr/the budgets \S+ are where bench.json goes: name another place/, 'budgets in place of the results',
	['bench', '--icount', '--output', work_dir(), @$_, 'null_call']) for ['--budgets', $budgets], ['--record', $budgets];
is(slurp($budgets), "null_call 1\n", 'which are kept');
unlink $budgets;
refuses(125, qr{/none/bench.json cannot be written}, 'a folder of bench', ['bench', '--output', work_dir() . '/none', 'null_call']);
refuses(125, qr{none cannot be read.*make budgets}, 'a file of budgets', ['bench', '--icount', '--budgets', work_dir() . '/none', 'null_call']);
refuses(125, qr{no/new cannot be written .*--record FILE}, 'a new one',
	['bench', '--icount', '--output', work_dir(), '--record', work_dir() . '/no/new', 'null_call']);
is(slurp($kept), 'the old trace', 'what was there is kept');
ok(!-e work_dir() . "/bench.$_", "no bench.$_ is left") for qw(json svg);

# ---- options of the kernel: each wrong word is refused, with -v or without
for (['nonsense', qr/--append nonsense: the kernel has no such option/], ['nokaslrs', qr/no such option/],
	['quiet=1', qr/has no value: write --append quiet$/m], ['regime', qr/needs a value: write --append regime=none\|/],
	['regime=anarchy', qr/regime=anarchy: the kernel cannot use this value: write regime=none\|cooperative\|preemptive/],
	['quiet nofast=nothing', qr/nofast=nothing: the kernel cannot use this value: write nofast=fault\|clock\|.*\|all/],
	['nofast', qr/needs a value: write --append nofast=fault\|/], ['force_preempt=x', qr/write force_preempt=SEED\[,N\]/],
	['force_preempt=1,0', qr/cannot use/], ['force_preempt=1,', qr/cannot use/], ['fail_alloc=', qr/write fail_alloc=SEED\[,N\]/],
	['fail_alloc=1,1000001', qr/cannot use/], ['nohz=some', qr/nohz=some: the kernel cannot use this value: write nohz=on\|off\|full/], ['nohz', qr/needs a value: write --append nohz=on\|off\|full/],
	['tick=1us', qr/write tick=TIME/], ['tick=soon', qr/write tick=TIME/],
	['tick=10', qr/tick=10 has no unit: write tick=10ms/], ['trace=64', qr/trace=64 has no unit: write trace=64K/], ['heartbeat=1ms', qr/write heartbeat=TIME/], ['trace=2K', qr/write trace=SIZE/], ['trace=1T', qr/write trace=SIZE/],
	['sched=best', qr/sched=best: the kernel cannot use this value: write sched=rr\|fair\|/], ['panic=smoke', qr/halt\|reboot\|poweroff/], ['console=tty9', qr/ttyS0\|hvc0/], ['epoch=now', qr/write epoch=SECONDS/], ['init=', qr/write init=PATH/]) {
	refuses(125, $_->[1], "--append '$_->[0]'", ['run', '--append', $_->[0], '--', $busybox]);
}
my $r = guest_sh('cat /proc/cmdline', options => ['--append', 'tick=1ms nofast=fault nofast=space nofast=all console=ttyS0,115200 fail_alloc=0x10,1000000']);
like($r->{out}, qr/tick=1ms nofast=fault nofast=space nofast=all/, 'right words of the kernel are taken');
is($r->{err}, '', 'in silence');

# The kernel itself prints it when it is started by other means, also with option quiet.
$r = run_command(['qemu-system-x86_64', qw(-nodefaults -no-user-config -display none -accel tcg -cpu max -m 64M -serial stdio -no-reboot),
	'-machine', 'microvm,acpi=on,pit=on,pic=on,rtc=on,isa-serial=on', '-kernel', build() . '/kernel/release/creance.elf',
	'-append', 'console=ttyS0 quiet panic=poweroff nonsense=1 tick=soon force_preempt=x sched=best sched=rr,quantum=0']);
like($r->{out}, qr/there is no option nonsense=1: ignored/, 'the kernel reports an unknown option');
like($r->{out}, qr/option $_ has no such value: ignored/, "and $_") for qw(tick=soon force_preempt=x);
like($r->{out}, qr/option sched=best has none of the values rr\|fair\|\S+: ignored/, 'and names of no policy');
like($r->{out}, qr/option sched=rr,quantum=0 is none of these, .*: ignored\r?\n.*  sched=rr,quantum=10ms\r?\n.*  sched=fair,latency=20ms,slice=4ms\r?\n/,
	'and settings of a policy that it cannot have');
unlike($r->{out}, qr/option (?:virtio_mmio|console|quiet|panic)/, 'and no other');

# ---- what does nothing says so, and the run goes on
for ([['--cpus', '2', '--append', 'regime=none'], qr/--cpus 2: with regime=none .* on one CPU, .*: leave out one of the two/], [['--env', 'CREANCE_UNSET'], qr/--env CREANCE_UNSET: the variable is not set here/]) {
	$r = run_creance(['run', @{$_->[0]}, '--', $busybox, 'true']);
	is_status($r, 0, "@{$_->[0]}: the run goes on");
	like($r->{err}, qr/\Acreance: $_->[1]/, 'after a message');
}

refuses(125, qr/--watchdog would restart the guest/, 'a watchdog of a trace', ['trace', '--watchdog', '5', '--', $busybox, 'true']);
refuses(125, qr/--append trace= .*: write --buffer/, 'a second buffer', ['trace', '--append', 'quiet trace=64K', '--', $busybox, 'true']);
refuses(125, qr/--list lists all rogues and runs none/, 'a list of one rogue', ['regimes', '--list', '--rogue', 'loop']);
refuses(125, qr/leave out --rounds and --output/, 'rounds of an explanation', ['bench', '--explain', '--rounds', '2', 'null_call']);
refuses(125, qr/takes no 'twice'/, "@$_ and more", [@$_, 'twice']) for ['help', 'run'], ['version'], ['--version'];
$r = run_creance(['run', '--debug-kernel', '--', $busybox, 'true'], env => {CREANCE_KERNEL => build() . '/kernel/release/creance.elf'});
is_status($r, 0, 'two names of the kernel: the run goes on');
like($r->{err}, qr/\Acreance: --debug-kernel changes nothing, because CREANCE_KERNEL names the kernel: /, 'after a message');
for (['--pid', '99'], ['--from', '1000s'], ['--filter', 'signal', '--to', '1ns']) {
	$r = run_creance(['trace', @$_, '--format', 'json', '-o', work_dir() . '/nothing.json', '--', $busybox, 'true']);
	is_status($r, 0, "@$_ leaves nothing");
	like($r->{err}, qr/\Acreance: none of the (\d+) events is within what --filter, --from, --to and --pid leave: /, 'and that is said');
}

# ---- help
for (['help'], ['help', 'run'], ['help', 'kernel'], ['trace', '--help'], ['--version'], ['version'], ['regimes', '--list']) {
	$r = run_creance($_, out => \'/dev/full');
	is_status($r, 125, "creance @$_ >/dev/full fails");
	like($r->{err}, qr/\Acreance: standard output cannot be written \(No space left on device\)/, 'and says why');
}
for (['help', 'kernel'], ['--version'], ['regimes', '--list'], ['trace', '-c', '--', $busybox, 'true'],
	['trace', '--format', 'json', '-o', '-', '--', $busybox, 'true']) {
	$r = run_command(['/bin/sh', '-c', "exec '" . creance() . "' @$_ >&-"]);
	is_status($r, 125, "creance @$_ >&- fails");
	like($r->{err}, qr/\Acreance: standard output cannot be written \(Bad file descriptor\)/, 'and says why');
}
$r = run_command(['/bin/sh', '-c', "{ '" . creance() . "' trace -- $busybox true; echo \$? >&2; } | true"]);
is($r->{err}, "0\n", 'but a reader that wants no more is no failure');
$r = run_creance(['help', 'kernel']);
like($r->{out}, qr/^  regime=none\|cooperative\|preemptive\n      \S/m, 'help kernel lists the kernel\'s options');
$r = run_creance(['help']);
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
refuses(125, qr/\A[^\n]*the emulator \S+ cannot be started \(Permission denied\): check its file\n\z/, 'a folder as one', \@run, env => {CREANCE_QEMU => work_dir()});
refuses(125, qr/--cpu nosuch: the emulator has no such CPU model: .* \(QEMU: unable to find CPU model 'nosuch'\)$/m, 'no such CPU',
	['run', '--cpu', 'nosuch', '--', $busybox]);
refuses(125, qr/--cpu max,nosuch: the emulator's CPU has no such feature: /, 'no such feature', ['run', '--cpu', 'max,nosuch', '--', $busybox]);
refuses(125, qr/the kernel \/etc\/passwd: the emulator cannot load it: .*CREANCE_KERNEL/, 'a text as the kernel', \@run, env => {CREANCE_KERNEL => '/etc/passwd'});
refuses(125, qr/the kernel \/bin\/busybox: the emulator cannot load it: /, 'a program as the kernel', \@run, env => {CREANCE_KERNEL => $busybox});
refuses(125, qr/passwd is no initramfs of Creance/, 'a text as the initramfs', \@run, env => {CREANCE_INITRAMFS => '/etc/passwd'});
# Each of these stands for an emulator, or a host, that is not here.
for (["unsupported machine type", qr/--machine microvm: a part of QEMU is missing: install/], ["'virtio-serial-device' is not a valid device model name", qr/--machine microvm: a part/],
	["cannot set up guest memory 'pc.ram': Cannot allocate memory", qr/--memory 256M: this host does not give/], ["failed to initialize kvm: Permission denied", qr/--accel kvm: this host's KVM/]) {
	my ($said, $expected) = @$_;
	my $qemu = executable('says-qemu', "#!/bin/sh\ncase \$* in *version*) echo 'QEMU emulator version 7.2.0';; *) echo \"qemu-system-x86_64: $said\" >&2; exit 1;; esac\n");
	refuses(125, $expected, "QEMU: $said", \@run, env => {CREANCE_QEMU => $qemu});
	my $r = run_creance(['run', '-v', '--', $busybox], env => {CREANCE_QEMU => $qemu});
	like($r->{err}, qr/^qemu-system-x86_64: \Q$said\E\n(?:.*\n)*.*: \Q@{[$expected =~ s{.*(--\w+ \w+).*}{$1}r]}\E/m, 'with -v its own words come first');
}
# An emulator that stops the guest stays, and waits to be asked about it.
my $stops = executable('stopping-qemu', "#!/bin/sh\ncase \$* in *version*) echo 'QEMU emulator version 7.2.0'; exit;; esac\n" .
	"echo 'KVM internal error. Suberror: 1' >&2; echo emulation failure >&2; exec sleep 1000\n");
refuses(125, qr/--accel kvm: this host's KVM does not run the guest: leave the option out, or write --accel tcg \(QEMU: KVM internal error/, "$_->[0]: an emulator that stops the guest",
	$_, env => {CREANCE_QEMU => $stops}, lines => 3) for \@run, ['shell'], ['debug', '--release-kernel', '--no-gdb', '--', $busybox], ['trace', '--', $busybox, 'true'];
refuses(125, qr/CREANCE_KERNEL/, 'no kernel', \@run, env => {CREANCE_KERNEL => '/no/such/kernel'});
refuses(125, qr/CREANCE_INITRAMFS/, 'no initramfs', \@run, env => {CREANCE_INITRAMFS => '/no/such/initramfs'});
refuses(125, qr/emulator/, 'a kernel that is none', \@run, env => {CREANCE_KERNEL => '/etc/passwd'}, lines => 8);
if (!-e '/dev/kvm') {
	refuses(125, qr{no /dev/kvm.*--accel kvm}, 'no KVM', ['run', '--accel', 'kvm', '--', $busybox]);
}

# ---- the guest's side
refuses(125, qr/the guest was switched off from inside, before its program had ended/, 'a guest that stops by itself',
	['run', '--user', 'root', '--', $busybox, 'poweroff', '-f']);
refuses(125, qr/the guest was restarted from inside, before its program had ended/, 'a guest that resets', ['run', '--user', 'root', '--', $busybox, 'reboot', '-f']);
# That the machine ends, only the kernel says: a frame of init's is taken, and the kernel's refused.
$r = guest_sh('send() { printf "$1" >/dev/host/control 2>/dev/null && echo taken || echo refused; }; ' .
	'send "\\011\\004\\000\\000\\000\\000\\000\\000"; send "\\016\\004\\000\\000\\004\\000\\000\\000\\001\\000\\000\\000"', options => ['--user', 'root']);
is($r->{out}, "taken\nrefused\n", 'a program cannot say that it has switched the guest off');
my $big = spew(work_dir() . '/big', slurp($busybox) . "\0" x (20 << 20));
chmod 0755, $big;
refuses(125, qr/does not fit into --memory 16M: give it \d+M/, 'a program too big for the memory',
	['run', '--memory', '16M', '--', $big, 'true']);

# ---- the test suite's own numbers
for ([qr/SEEDS=x is not a number from 1 on/, [source() . '/tests/soak', build(), 'x']], [qr/SEEDS=0 is/, [source() . '/tests/soak', build(), '0']],
	[qr/FIRST=-1 is/, [source() . '/tests/soak', build(), '1', '-1']],
	[qr/CPUS=x is/, [source() . '/tests/soak', build(), '1', '1', '2', 'x']],
	[qr/PARTS=0 is/, [source() . '/tests/soak', build(), '--parts', '0', '1']],
	[qr/PARTS=8: .* PARTS=7/, [source() . '/tests/soak', build(), '--parts', '8', '1']],
	[qr/CPUS=no is not a number from 1 on/, [source() . '/tests/soak', build(), '--cpus', '2', 'no']],
	[qr/SECONDS=x is not a number from 1 to/, [source() . '/tests/load', build(), 'x', '1']],
	[qr/CPUS= is not a number from 1 to 64/, [source() . '/tests/load', build(), '1']],
	[qr/CPUS=65 is not/, [source() . '/tests/load', build(), '1', '2', '65']]) {
	$r = run_command(['perl', @{$_->[1]}]);
	isnt($r->{status}, 0, 'make soak refuses');
	like($r->{err}, $_->[0], 'and says what');
}
$r = run_command(['perl', source() . '/tests/soak', '--system-tests']);
like($r->{out}, qr{system/$_\.t$}m, "make soak-cpus runs $_.t") for qw(run trace trace_calls misbehaviour interactive);
unlike($r->{out}, qr{system/$_\.t$}m, "but not $_.t") for qw(guest_cpus trace_cpus races bench latency_cpus);
for (['1 0 10', qr/SEEDS=0 is not a number from 1 on/], ['1 x 10', qr/SEEDS=x is/], ['1 1 no', qr/CALLS=no is/], ['-1 1 10', qr/FIRST=-1 is/]) {
	$r = run_command(['perl', source() . '/tests/system/fuzz_calls.t'], env => {CREANCE_FUZZ => $_->[0]});
	isnt($r->{status}, 0, 'make fuzz-calls refuses');
	like($r->{out} . $r->{err}, $_->[1], 'and says what');
}

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

# ---- signals to the command are the program's
sub started {
	my ($options, $script) = @_;
	my $p = start([creance(), 'run', @$options, '--', $busybox, 'sh', '-c', $script], in => undef);
	is(scalar readline $p->{out}, "started\n", 'a program that catches signals');
	return $p;
}

for my $case (['INT', 'QUIT'], ['TERM'], ['HUP'], ['USR1'], ['USR2']) {
	my $traps = join '; ', map { "trap 'echo $_; n=\$((n+1))' $_" } @$case;
	my $p = started([], "n=0; $traps; echo started; while [ \$n -lt " . @$case . ' ]; do sleep 0.05; done; exit 5');
	for my $signal (@$case) {
		kill $signal, $p->{pid};
		is(scalar readline $p->{out}, "$signal\n", "SIG$signal reaches the program");
	}
	my $end = finish($p);
	is_status($end, 5, 'which ends as it likes');
}
# As from a terminal: the whole group gets SIGHUP (and SIGINT, which a shell's job ignores), and only the program SIGTERM.
for my $case ([HUP => 'wait', "child\n"], [TERM => 'sleep 1', '']) {
	my ($signal, $while, $printed) = @$case;
	my $p = started([], "trap '$while; exit 6' $signal; sh -c 'trap \"echo child; exit\" $signal; echo started; while :; do sleep 0.05; done' & wait");
	kill $signal, $p->{pid};
	my $end = finish($p);
	is_status($end, 6, "SIG$signal reaches the program");
	is($end->{out}, $printed, 'and its group, if a terminal sends it');
}
{
	my $p = started([], 'trap "" TERM; echo started; while :; do sleep 0.05; done');
	my ($says, $limit) = (IO::Select->new($p->{err}), time + watchdog());
	kill 'TERM', $p->{pid} until $says->can_read(0.02) || time > $limit;
	my $end = finish($p);
	is_status($end, 143, 'a guest whose program ignores signals is ended by several in short order');
	is($end->{err}, "creance: the guest was ended at the third signal within a second\n", 'and that is said');
}
{
	my $p = start([creance(), 'trace', '--deterministic', '--', $busybox, 'sh', '-c', 'trap "" TERM; echo started; while :; do :; done'], in => undef);
	is(scalar readline $p->{out}, "started\n", 'a guest that hears nothing');
	kill 'TERM', $p->{pid};
	is_status(finish($p), 143, 'is ended by the first');
}

# ---- SIGTSTP: the command stops, the emulator with it, and both go on at SIGCONT
sub comes_to_state {
	my ($pid, $state) = @_;
	for (1 .. 500) {
		return 1 if (eval { slurp("/proc/$pid/stat") } // '') =~ /\) $state /;
		select undef, undef, undef, 0.02;
	}
	return 0;
}

for my $case ([['run', '--', $busybox, 'sh', '-c', 'read word; echo $word'], qr/\Aword\n\z/],
	[['regimes', '--limit', '4', '--rogue', 'loop', '--regime', 'cooperative'], qr/HOLDS THE MACHINE/]) {
	my ($arguments, $printed) = @$case;
	my $p = start([creance(), @$arguments], in => '');
	my $emulator = emulator_of($p->{pid});
	ok($emulator, "$arguments->[0] has an emulator");
	kill 'TSTP', $p->{pid};
	ok(comes_to_state($p->{pid}, 'T') && comes_to_state($emulator, 'T'), 'SIGTSTP stops both');
	kill 'CONT', $p->{pid};
	my $end = finish($p, in => "word\n");
	is_status($end, 0, 'SIGCONT continues both');
	like($end->{out}, $printed, 'to the usual end');
}
done_testing();
