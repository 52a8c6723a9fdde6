#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# usage: seeds.pl FOLDER
# Writes what each harness begins with to FOLDER/NAME: good inputs, which the fuzzer then spoils.
use strict;
use warnings;
no warnings 'portable'; # the numbers have 64 bits
use File::Path qw(make_path);

my ($folder) = @ARGV;

sub seed {
	my ($name, $number, $bytes) = @_;
	make_path("$folder/$name");
	open my $out, '>:raw', "$folder/$name/seed$number" or die "$folder/$name: $!";
	print $out $bytes;
	close $out or die;
}

# ---- frames: kind, channel, payload
sub frame { return pack 'C C v V/a*', $_[0], $_[1], 0, $_[2] }
my $hello = frame(1, 4, pack 'V', 2);
my $run = frame(9, 4, '') . frame(3, 0, pack 'V', 100) . frame(2, 1, "out\n") . frame(2, 2, 'err') . frame(2, 3, "log\n");
seed('fuzz_link', 1, chr(4) . $run . frame(7, 4, pack 'V', 256));
seed('fuzz_link', 2, chr(4) . $run . frame(11, 4, pack 'V V a16', 1, 2, 'hog') . frame(8, 4, pack 'V', 2));
seed('fuzz_link', 3, chr(7) . $run . frame(10, 4, pack 'V V', 1, 1) . $hello . frame(5, 0, '') . frame(4, 1, ''));
seed('fuzz_link', 4, chr(0) . $hello . frame(2, 1, 'x' x 40000) . frame(2, 1, 'y' x 10000));

# ---- a trace: how to read, what to write; the area; rings; records
sub record { # event, tid, cycles, arguments
	my ($event, $tid, $cycles, @args) = @_;
	return pack 'V v C C Q< Q<6', $tid, 1, $event, 1, $cycles, map { $_ // 0 } @args[0 .. 5];
}
my @names = map { unpack 'Q<', $_ } "a\nb\e[2J<", "/script>";
for my $number (1 .. 4) {
	my $records = join '', map { record($_, $number + $_ % 3, 100 * $_, $_ % 3, $_ % 5, @names, $_ % 2, 3) } 1 .. 40;
	my $area = pack 'Q< V4 Q<5', 0x31636172746e6372, 1, 2, 64, 40, 1_000_000_000, 50, 0, 0, 0;
	my $rings = join '', map { pack 'Q<8', 20, 0, $_, 16384 + 0x500 * $_, 6, 6, 0, 0 } 0 .. 3;
	seed('fuzz_trace', $number, pack('CC', 2 * $number + 1, 4 << $number | 1) . $area . $rings . $records);
}

# Calls, with memory that points to itself: in each trace eight of them.
my ($rows, %event) = (0);
open my $events, '<', 'kernel/uapi/trace_events.tbl.h' or die "the table of events: $!\n";
/^TRACE_EVENT\((\w+),/ and $event{$1} = ++$rows while <$events>;
for my $first (map { 8 * $_ } 0 .. 58) {
	my $memory = sub {
		map { pack 'V v C C Q<7', 1, 40, $event{syscall_data}, 1, 200, 0x10000 + 40 * $_, 0x10000, 3, 0x10050, 5, 0 } 0 .. 3;
	};
	my @records = map {
		(pack('V v C C Q<7', 1, $_, $event{syscall_enter}, 1, 100, (0x10000) x 6), $memory->(),
			pack('V v C C Q<7', 1, $_, $event{syscall_exit}, 1, 300, 2, (0) x 5), $memory->())
	} $first .. $first + 7;
	my $area = pack 'Q< V4 Q<5', 0x31636172746e6372, 1, 1, 64, 40, 1_000_000_000, 50, 0, 0, 0;
	my $rings = join '', map { pack 'Q<8', scalar @records, 0, 0, 16384, 7, 7, 0, 0 } 0 .. 3;
	seed('fuzz_trace', 100 + $first, pack('CC', 1, 0xfd) . $area . $rings . join '', @records);
}

# ---- workloads; and the events of two jobs, each with its CPU: a name, a sleep, the arrival, a turn, the end
my @workloads = sort glob 'host/sched/workloads/*.txt';
for my $number (0 .. $#workloads) {
	open my $in, '<', $workloads[$number] or die "$workloads[$number]: $!";
	local $/;
	seed('fuzz_sched', $number, scalar <$in>);
}
seed('fuzz_sched', 100, "job A at 1 nice 3 run /bin/sh -c 'exit 1' \\' # x\njob B cpu 1\n");
my ($ns, @jobs) = (0);
sub at { # CPU, event, tid, arguments
	my ($cpu, $event, $tid, @args) = @_;
	return chr($cpu) . pack 'V v C C Q<7', $tid, 4, $event{$event}, 1, $ns += 1000, map { $_ // 0 } @args[0 .. 5];
}
my @job_names = map { [unpack 'Q<2', pack 'a16', "creance job $_"] } 0, 1;
push @jobs, at(0, 'process_create', 2, $_, 2, $_), at(0, 'thread_name', $_, $_, $_, @{$job_names[$_ - 3]}),
	at(0, 'sched_switch', $_, $_, 0, 3) for 3, 4;
push @jobs, at(0, 'sched_wake', 0, $_) for 3, 4;
push @jobs, at(0, 'sched_pick', 0, $_), at(0, 'sched_switch', 0, 0, $_, 1), at(0, 'user_enter', $_, $_),
	at(0, 'thread_exit', $_, $_, $_), at(0, 'sched_switch', $_, $_, 0, 7) for 3, 4;
seed('fuzz_sched', 101, chr(0) . join '', @jobs);

# ---- saved traces: how, the numbers of lines; then A and B, which are as long as each other
my $saved = join '', map { "$_\n" } '{"creance_trace":1,"steps":3,"lost":[0],"program":["p"],"instructions":true,"end":"exit 0"}',
	'{"event":"syscall_enter","args":{},"tid":5,"cpu":0,"detail":1,"name":"w","cost_ns":9,"of_program":true,' .
	'"call":{"arguments":[{"arg":"a","type":"pid_t","text":"5"}]}}',
	'{"event":"trap_enter","args":{},"tid":5,"cpu":0,"detail":14,"name":"x","cost_ns":7,"of_program":true,"os":"fault at 0x7f00"}',
	'{"event":"syscall_exit","args":{},"tid":5,"cpu":0,"detail":1,"name":"w","runs_ns":8,"of_program":true,' .
	'"result":{"text":"0","written":[{"arg":"a","text":"b"}]}}';
seed('fuzz_compare', 1, "\x01\0\0" . $saved . $saved);
seed('fuzz_compare', 2, "\x03\0\0" . $saved . $saved =~ s/"cost_ns":9/"cost_ns":3/r);
# Of words; in the last, A has a thread that B has not.
my $words = sub { pack 'C*', map { ($_ * $_[0] + $_[1]) % 251 } 1 .. 300 };
seed('fuzz_compare', 2 + $_, pack('CCC', 4 * $_, 12, 12 + $_) . $words->($_, 1) . $words->($_, 2)) for 1 .. 8;
seed('fuzz_compare', 11, pack 'CCC', 0, 1, 0);

# ---- lines
seed('fuzz_lines', 1, "cost: clock tsc_khz=1 overhead=2 resolution=1\ncost: row null_call ops=5 min=1.5 median=2\n" .
	"cost: absent x nowhere\ncost: boot memory 12\ncost: fact total 7\ncost: end\n");
seed('fuzz_lines', 2, "tick\nbusy\ndone\nrogue begins\nrogue exit 3\nrogue signal 11\nanswer secret\nstolen secret\n[    0.1] panic: x\r\n");

# ---- programs: a header, segments, a dynamic section
sub elf {
	my ($type, $interpreter, $machine) = @_;
	my @segments = ([1, 5, 0, 0x400000, 0x1000, 0x1000], [2, 6, 0x200, 0x400200, 0x80, 0x80], [1, 6, 0x800, 0x401800, 0x100, 0x900]);
	push @segments, [3, 4, 0x300, 0x400300, 12, 12] if $interpreter;
	my $bytes = pack 'a4 C5 x7 v v V Q< Q< Q< V v6', "\x7fELF", 2, 1, 1, 0, 0, $type, $machine, 1, 0x400100, 64, 0, 0, 64, 56,
		scalar @segments, 64, 0, 0;
	$bytes .= pack 'V V Q< Q< Q< Q< Q< Q<', @{$_}[0, 1], @{$_}[2, 3], $_->[3], @{$_}[4, 5], 0x1000 for @segments;
	$bytes .= "\0" x (0x200 - length $bytes);
	$bytes .= pack 'Q<14', 1, 1, 5, 0x400310, 15, 5, 29, 9, 14, 1, 10, 32, 0, 0;
	$bytes .= "\0" x (0x300 - length $bytes) . "/lib/linker\0";
	$bytes .= "\0" x (0x310 - length $bytes) . "\0lib.so\0\$ORIGIN\0";
	return $bytes . "\0" x (0x1000 - length $bytes);
}
my $number = 0;
for my $type (2, 3) {
	for my $interpreter (0, 1) {
		$number++;
		seed('fuzz_elf', $number, elf($type, $interpreter, 62));
		seed('fuzz_elf_load', $number, elf($type, $interpreter, 4711));
	}
}
seed('fuzz_elf', 5, "#! /usr/bin/env  perl -w\nprint 1\n");
seed('fuzz_elf', 6, substr elf(2, 1, 183), 0, 64);

# ---- the cache of libraries: the old form's name before the new one
my $strings = "libc.so.6\0/lib/libc.so.6\0";
my $at = 48 + 2 * 24;
seed('fuzz_ld_cache', 1, pack('a20 V V x20', 'glibc-ld.so.cache1.1', 2, length $strings) .
	join('', map { pack 'V4 Q<', $_, $at, $at + 10, 0, 0 } 0x303, 3) . $strings);
seed('fuzz_ld_cache', 2, "ld.so-1.7.0\0" . "\0" x 20 . pack('a20 V V x20', 'glibc-ld.so.cache1.1', 0, 0));

# ---- archives
sub entry {
	my ($name, $mode, $data) = @_;
	my $head = sprintf '070701' . '%08X' x 13, 1, $mode, 0, 0, 1, 0, length $data, 0, 0, 0, 0, length($name) + 1, 0;
	my $bytes = "$head$name\0";
	$bytes .= "\0" x (-length($bytes) % 4) . $data;
	return $bytes . "\0" x (-length($bytes) % 4);
}
my $archive = entry('etc', 040755, '') . entry('etc/passwd', 0100644, "root:x:0:0::/:/bin/sh\n") . entry('bin', 040755, '') .
	entry('bin/sh', 0120777, 'busybox') . entry('dev', 040755, '') . entry('dev/null', 020666, '') . entry('TRAILER!!!', 0, '');
seed($_, 1, $archive) for qw(fuzz_cpio fuzz_initramfs);
seed($_, 2, $archive . "\0" x 200 . $archive) for qw(fuzz_cpio fuzz_initramfs);
