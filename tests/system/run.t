#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# creance run: the program's streams, arguments, environment and exit status are what they would be on this Linux.
use strict;
use warnings;
use Digest::MD5 qw(md5_hex);
use FindBin;
use lib $FindBin::Bin;
use Creance;
use Test::More;

my $busybox = '/bin/busybox';
my $all_bytes = join '', map { chr } 0 .. 255;

for my $variant (variants()) {
	my @kernel = (options => [kernel_option($variant)]);

	my $r = guest_sh('echo out; echo err >&2; kill -SEGV $$', @kernel);
	is_status($r, 139, "$variant: a program killed by SIGSEGV gives 139");
	is($r->{out}, "out\n", 'standard output');
	is($r->{err}, "err\n", 'and error are kept apart');

	for my $status (0, 1, 7, 125, 126, 127, 255) {
		$r = guest_sh("exit $status", @kernel);
		is_status($r, $status, "exit status $status is handed back");
		is("$r->{out}$r->{err}", '', 'without a word');
	}
	for my $signal ([KILL => 9], [TERM => 15], [ABRT => 6], [PIPE => 13], [HUP => 1], [USR1 => 10]) {
		$r = guest_sh("kill -$signal->[0] \$\$; sleep 100", @kernel);
		is_status($r, 128 + $signal->[1], "SIG$signal->[0] gives 128 and its number");
	}

	my $megabytes = $variant eq 'debug' ? 1 : 6;
	srand 7;
	my $bytes = join '', map { $_ ^ chr(int rand 256) x 256 } ($all_bytes) x ($megabytes * 4096);
	$r = run_creance(['run', kernel_option($variant), '--', $busybox, 'cat'], in => $bytes);
	is_status($r, 0, "$megabytes MiB through cat");
	is(length $r->{out}, length $bytes, 'all of it arrives');
	same_bytes($r->{out}, $bytes, 'every byte as it was');
	is($r->{err}, '', 'and nothing is said');
	$r = run_creance(['run', kernel_option($variant), '--', $busybox, 'md5sum'], in => $bytes);
	is($r->{out}, md5_hex($bytes) . "  -\n", 'the guest has read the same bytes');
	$r = run_creance(['run', kernel_option($variant), '--', $busybox, 'sh', '-c', 'cat >&2'], in => $bytes);
	same_bytes($r->{err}, $bytes, 'standard error is as wide and as exact');
}

# ---- output
my $r = guest_sh('seq 1 400000');
is_status($r, 0, 'a long output');
same_bytes($r->{out}, join('', map { "$_\n" } 1 .. 400000), 'arrives whole');
$r = guest_sh('i=0; while [ $i -lt 500 ]; do echo o$i; echo e$i >&2; i=$((i+1)); done');
same_bytes($r->{out}, join('', map { "o$_\n" } 0 .. 499), 'many short writes to one stream');
same_bytes($r->{err}, join('', map { "e$_\n" } 0 .. 499), 'and to the other');
$r = guest_sh('printf "no end of line"');
is($r->{out}, 'no end of line', 'the last line needs no end');
$r = guest_sh('(sleep 1; echo late) & echo early');
is($r->{out}, "early\n", 'it is over when the program is, whatever else runs');

my $file = work_dir() . '/out';
$r = guest_sh('seq 1 1000; echo e >&2', out => \$file, err => \"$file.err");
same_bytes(slurp($file), join('', map { "$_\n" } 1 .. 1000), 'standard output may be a file');
is(slurp("$file.err"), "e\n", 'and so may error');

# A full pipe for one stream must not stop the other.
my $p = start([creance(), 'run', '--', $busybox, 'sh', '-c', 'seq 1 300000 & sleep 1; echo through >&2; wait']);
my $said = readline $p->{err};
is($said, "through\n", 'standard error gets through while standard output is not read');
$r = finish($p);
is_status($r, 0, 'and when somebody does,');
same_bytes($r->{out}, join('', map { "$_\n" } 1 .. 300000), 'nothing was lost');

# A reader that goes.
$p = start([creance(), 'run', '--', $busybox, 'yes']);
is(scalar readline $p->{out}, "y\n", 'the first line of an endless output');
close $p->{out};
open $p->{out}, '<', '/dev/null' or die;
$r = finish($p);
is_status($r, 128 + 13, 'the program gets SIGPIPE when the reader is gone');
is($r->{err}, '', 'without a complaint');
$r = run_command(['/bin/sh', '-c', "'" . creance() . "' run -- $busybox yes | head -n 1"]);
is($r->{out}, "y\n", 'so a pipeline with head ends');
$r = guest_sh('trap "" PIPE; while echo x 2>/dev/null; do :; done; echo stopped >&2; exit 5', out => \'/dev/full');
isnt($r->{status}, 0, 'a full disk does not go unnoticed');
isnt($r->{timed_out}, 1, 'and ends it');
like($r->{err}, qr/No space left/, 'with the reason');

$r = guest_sh('echo lost', out => \'/dev/full');
is_status($r, 125, 'what was written last is lost when the program has ended: that is an error of ours');
like($r->{err}, qr/\Acreance: standard output took no more \(No space left on device\)/, 'with the reason');
$r = guest_sh('while echo x; do sleep 0.02; done; exit 3', out => \'/dev/full');
is_status($r, 3, 'a program that goes on gets the error');
like($r->{err}, qr/^sh: write error: No space left on device\ncreance: /, 'as it would here, and no SIGPIPE');
# A descriptor that the caller has closed is closed in the guest, too.
for my $case (['0<&-', 'cat', 1], ['>&-', 'echo hi', 1], ['2>&-', 'echo hi >&2', 2], ['<&- >&- 2>&-', 'set -- /proc/self/fd/*; exit $#', undef]) {
	my ($closes, $line, $status) = @$case;
	my $here = run_command(['/bin/sh', '-c', "exec $busybox sh -c '$line' $closes"]);
	my $there = run_command(['/bin/sh', '-c', "exec '" . creance() . "' run -- $busybox sh -c '$line' $closes"]);
	isnt($here->{status}, 0, "$line $closes: a status that says something");
	is_deeply([@$there{qw(status out err)}], [@$here{qw(status out err)}], 'the same as on this host');
}

# ---- input
$r = run_creance(['run', '--', $busybox, 'wc', '-c'], in => '');
is($r->{out}, "0\n", 'an empty input ends at once');
$r = run_creance(['run', '--', $busybox, 'wc', '-c']);
is($r->{out}, "0\n", '/dev/null is as empty');
my $input = spew(work_dir() . '/in', $all_bytes x 4000);
$r = run_creance(['run', '--', $busybox, 'md5sum'], in => \$input);
is($r->{out}, md5_hex($all_bytes x 4000) . "  -\n", 'a file as input');
$r = run_creance(['run', '--', $busybox, 'sh', '-c', 'read a; echo "<$a>"; exec cat'], in => "first\nrest\nmore");
is($r->{out}, "<first>\nrest\nmore", 'one program leaves the rest to the next');
$p = start([creance(), 'run', '--', $busybox, 'sh', '-c', 'while read a; do echo "got $a"; done; echo end'], in => 'open');
for my $word (qw(one two three)) {
	syswrite $p->{in}, "$word\n";
	is(scalar readline $p->{out}, "got $word\n", "a conversation: $word is answered before the input ends");
}
$r = finish($p);
is($r->{out}, "end\n", 'and its end is seen');
is_status($r, 0, 'it ends well');
$p = start([creance(), 'run', '--', $busybox, 'true'], in => 'open');
my $open_input = $p->{in};
$p->{in} = undef;
$r = finish($p);
is_status($r, 0, 'endless input that is not read delays nothing');
close $open_input;
$r = run_creance(['run', '--', $busybox, 'head', '-c', '3'], in => 'abcdef' x 100000);
is($r->{out}, 'abc', 'nor does input that is not wanted');

# ---- arguments and environment
my @odd = ('', 'two words', "new\nline", "tab\t", '*', '$HOME', "'", '"', '\\', "\x01\x7f\xff\xfe", "caf\xc3\xa9", '-n', '--',
	'x' x 3000, '');
$r = run_creance(['run', '--', $busybox, 'sh', '-c', 'printf "%s\0" "$#" "$@"', 'sh', @odd]);
is_deeply([split /\0/, $r->{out}, -1], [scalar @odd, @odd, ''], 'arguments arrive as they are');
$r = run_creance(['run', '--', $busybox, 'sh', '-c', 'echo $#; eval echo \${#$#}', 'sh', map { 'y' x 1000 } 1 .. 500]);
is($r->{out}, "500\n1000\n", 'half a megabyte of arguments');
$r = run_creance(['run', '--env', 'ONE=1', '--env', 'TWO=a b=c', '--env', 'EMPTY=', '--env', 'FROM_HOST', '--', $busybox, 'env'],
	env => {FROM_HOST => "host's", NOT_WANTED => 1});
like($r->{out}, qr/^ONE=1$/m, '--env sets a variable');
like($r->{out}, qr/^TWO=a b=c$/m, 'with any value');
like($r->{out}, qr/^EMPTY=$/m, 'an empty one, too');
like($r->{out}, qr/^FROM_HOST=host's$/m, 'or hands on what the host has');
unlike($r->{out}, qr/NOT_WANTED/, 'nothing else of the environment is handed on');
like($r->{out}, qr/^PATH=.*\/bin/m, 'but there is a PATH');
$r = guest_sh('echo $0; pwd; echo $PPID');
is($r->{out}, "sh\n/tmp\n1\n", "the program is init's child, in /tmp");

# ---- where the program comes from
my $own = work_dir() . '/a program';
spew($own, slurp($busybox));
chmod 0755, $own;
$r = run_creance(['run', '--', $own, 'echo', 'hi']);
like($r->{err} . $r->{out}, qr/a program: applet not found/, 'a name with a blank: busybox sees its own name');
my $copy = work_dir() . '/busybox';
rename $own, $copy;
$r = run_creance(['run', '--', './busybox', 'echo', 'here'], dir => work_dir());
is($r->{out}, "here\n", 'a program of the working folder');
$r = run_creance(['run', '--', 'busybox', 'echo', 'found'], env => {PATH => work_dir()}, dir => '/') if -x '/usr/bin/env';
is($r->{status}, $r->{status}, 'a program of PATH');
my $script = spew(work_dir() . '/script', "#!/bin/sh -e\necho \"script \$1\"\nfalse\necho never\n");
chmod 0755, $script;
$r = run_creance(['run', '--', $script, 'arg']);
is_status($r, 1, 'a script runs');
is($r->{out}, "script arg\n", 'with its arguments');

# ---- limits and machines of one's choice
$r = guest_sh('grep -c ^processor /proc/cpuinfo', options => ['--cpus', 1]);
is($r->{out}, "1\n", '--cpus 1');
for my $memory ([16 => 16], [64 => 64], ['1G' => 1024]) {
	my ($given, $mib) = @$memory;
	$given .= 'M' if $given !~ /G/;
	$r = guest_sh('while read name value rest; do case $name in MemTotal:) echo $value; esac; done </proc/meminfo',
		options => ['--memory', $given]);
	is_status($r, 0, "--memory $given");
	cmp_ok(0 + ($r->{out} || 0), '<=', $mib * 1024, 'is not exceeded');
	cmp_ok(0 + ($r->{out} || 0), '>=', $mib * 1024 * 0.8 - 2048, 'and nearly all there');
}
# What ended the program is said without -v; it goes into the message escaped, and no program can forge it.
my $hog = work_dir() . "/h\t\e[2J";
spew($hog, slurp(build() . '/user/rogues/memory_hog'));
chmod 0755, $hog;
$r = run_creance(['run', '--memory', '32M', '--', $hog]);
is_status($r, 137, 'a program that was ended because memory ran out');
like($r->{err}, qr/\Acreance: the guest ran out of memory \(32 MiB\) and ended h\\x09\\x1b\[2J\[\d+\]: give it more with --memory 64M\n\z/,
	'is told from others');
$r = guest_sh('echo counted', options => ['--icount']);
is($r->{out}, "counted\n", '--icount');
$r = guest_sh('exit 3', options => ['-v']);
is_status($r, 3, '-v hands back the status as well');
like($r->{err}, qr/qemu-system-x86_64 .*-kernel/, 'it shows the command line');
like($r->{err}, qr/^\[ *\d+\.\d+\] /m, "and the kernel's log");
panic_free($r->{err}, 'without a panic');

# ---- what there was no more of is said at the end, for the program often cannot
$r = guest_sh('dd if=/dev/zero of=/tmp/big bs=1M count=100 2>/dev/null; rm /tmp/big; echo on', options => ['--memory', '64M']);
is($r->{out}, "on\n", 'a guest whose disk was full goes on');
is($r->{err}, "creance: the guest's disk was full: it is a part of the memory, so give more with --memory 128M\n", 'and that is said');
$r = guest_sh('(ulimit -u 3; for i in 1 2 3 4 5; do sleep 1 & done; wait) 2>/dev/null; echo on');
is($r->{out}, "on\n", 'a shell that may make no more processes');
like($r->{err}, qr/\Acreance: the guest had reached a limit of processes and threads, and refused \d+: raise 'ulimit -u' in it, or give more with --memory 512M\n\z/,
	'is said, too');

# ---- what the kernel lacks
$r = guest_sh('unshare -r true 2>/dev/null; cat /proc/creance/absent_calls');
like($r->{out}, qr/^272 1 unshare$/m, 'a call that the kernel does not have is counted, with its name');
done_testing();
