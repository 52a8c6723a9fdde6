#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# creance run: dynamically linked programs of the host run, with their libraries; scripts, with their interpreters;
# --file brings what else they open. What is not there is said by its name.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Creance;
use Test::More;

my $dir = work_dir();
my $busybox = '/bin/busybox';

sub executable {
	my ($name, $text) = @_;
	spew("$dir/$name", $text);
	chmod 0755, "$dir/$name" or die;
	return "$dir/$name";
}

# Compile a C program (or library) in the work folder.
sub compile {
	my ($name, $source, @options) = @_;
	spew("$dir/$name.c", $source);
	system('cc', '-o', "$dir/$name", "$dir/$name.c", @options) == 0 or BAIL_OUT("no $name");
	return "$dir/$name";
}

sub run_there {
	my ($options, @command) = @_;
	return run_creance(['run', @$options, '--', @command], dir => $dir);
}

sub prints {
	my ($out, $name, $options, @command) = @_;
	my $r = run_there($options, @command);
	is_status($r, 0, $name);
	is($r->{out}, $out, "$name: its output");
	is($r->{err}, '', "$name: no complaint");
	return;
}

sub refuses {
	my ($status, $pattern, $name, @command) = @_;
	my $r = run_creance(['run', @command], dir => $dir);
	is_status($r, $status, $name);
	like($r->{err}, $pattern, "$name: the words for it");
	is(($r->{err} =~ tr/\n//), 1, "$name: one line");
	return;
}

# ---- Debian's programs
for my $variant (variants()) {
	my @kernel = kernel_option($variant);
	prints("42\n", "$variant: perl", [@kernel], $^X, '-e', 'print 6 * 7, "\n"');
	prints("inner\n256\n", "$variant: perl's fork, exec and wait", [@kernel], $^X, '-e',
		'$| = 1; system "echo inner; exit 1"; print "$?\n"');
}
my $r = run_there([], '/bin/ls', '-l', '/creance');
is_status($r, 0, '/bin/ls');
like($r->{out}, qr/^-rw------- +1 +(?:root|0) .* argv$/m, 'lists as on this host');
$r = run_creance(['run', '--', 'sort', '-n'], in => "10\n9\n");
is($r->{out}, "9\n10\n", 'sort, found on PATH, sorts its standard input');
prints("A=1\n", '/usr/bin/env', [], '/usr/bin/env', '-i', 'A=1', '/usr/bin/env');
$r = run_creance(['trace', '--', $^X, '-e', 'exit 3']);
is_status($r, 3, 'trace runs them, too');

# ---- where ld.so looks
mkdir "$dir/$_" for 'libs', 'libs/deeper', 'bin';
compile('libs/libtwo.so', "int two(void) { return 2; }\n", '-shared', '-fPIC');
compile('libs/libone.so', "int two(void); int one(void) { return two() - 1; }\n", '-shared', '-fPIC', "-L$dir/libs", '-ltwo',
	'-Wl,-rpath,$ORIGIN');
my $source = "#include <stdio.h>\nint one(void); int main(void) { return !printf(\"one %d\\n\", one()); }\n";
my @link = ("-L$dir/libs", '-lone', "-Wl,-rpath-link,$dir/libs");
prints("one 1\n", 'a DT_RUNPATH with $ORIGIN', [], compile('bin/runpath', $source, @link, '-Wl,-rpath,$ORIGIN/../libs'));
prints("one 1\n", 'a DT_RPATH', [], compile('rpath', $source, @link, '-Wl,--disable-new-dtags', "-Wl,-rpath,$dir/libs"));
my $lost = compile('lost', $source, @link);
prints("one 1\n", 'LD_LIBRARY_PATH', ['--env', "LD_LIBRARY_PATH=$dir/libs"], $lost);
symlink 'bin/runpath', "$dir/by-a-link" or die;
prints("one 1\n", 'a program by a symbolic link: $ORIGIN is where it lies', [], './by-a-link');

# ---- scripts
prints("a b\n", 'a script for perl', [], executable('script', "#!$^X -l\nprint \"\@ARGV\";\n"), 'a', 'b');
prints("env\n", 'a script for env perl', [], executable('env-script', "#!/usr/bin/env perl\nprint \"env\\n\";\n"));
prints("guest\n", 'a script for the guest\'s own shell', [],
	executable('sh-script', "#!/bin/sh\n[ \"\$(readlink -f /bin/sh)\" = /bin/busybox ] && echo guest\n"));

# ---- --file
spew("$dir/data", "data\n");
mkdir "$dir/folder";
mkdir "$dir/folder/sub";
spew("$dir/folder/sub/file", "below\n");
symlink 'sub/file', "$dir/folder/link" or die;
prints("data\n", '--file', ['--file', "$dir/data"], $busybox, 'cat', "$dir/data");
prints("data\n", '--file HOST=GUEST', ['--file', 'data=/etc/new/name'], $busybox, 'cat', '/etc/new/name');
prints("below\nsub/file\n", '--file with a folder', ['--file', "$dir/folder"], $busybox, 'sh', '-c',
	"cat $dir/folder/link; readlink $dir/folder/link");
prints("below\n", '--file with a folder elsewhere', ['--file', "$dir/folder=/srv", '--file', 'data'], $busybox, 'cat', '/srv/link');
prints("one 1\n", 'a program of --file brings its libraries', ['--file', 'bin/runpath'], $busybox, 'sh', '-c', "$dir/bin/runpath");
my $mtime = (stat "$dir/data")[9];
prints("$mtime\n", 'files keep their times', ['--file', "$dir/data"], $busybox, 'stat', '-c', '%Y', "$dir/data");
$r = run_there(['--file', $INC{'strict.pm'}, '--file', $INC{'warnings.pm'}], $^X, '-I', $INC{'strict.pm'} =~ s/strict\.pm$//r,
	'-e', 'use strict; use warnings; print "strict\n"');
is($r->{out}, "strict\n", 'perl with modules');

# Small and large files, together more than half of the guest's memory.
mkdir "$dir/much";
spew("$dir/much/$_", $_ x 3_000_000) for 1 .. 9;
spew("$dir/much/last", "last\n");
prints("last\n", 'files that fill most of the memory', ['--memory', '40M', '--file', "$dir/much"], $busybox, 'cat', "$dir/much/last");

# ---- what cannot be
refuses(126, qr/^creance: \S*lost needs the library libone\.so, which is in none of ld\.so's places .*--env LD_LIBRARY_PATH/,
	'a library that is nowhere', '--', $lost);
mkdir "$dir/unfit";
spew("$dir/unfit/libone.so", "no library\n");
refuses(126, qr/needs the library libone\.so, and \S*unfit\/libone\.so is none for x86-64/, 'a library that is none',
	'--env', "LD_LIBRARY_PATH=$dir/unfit", '--', $lost);
unlink "$dir/libs/libtwo.so";
refuses(126, qr/libone\.so, which \S*bin\/runpath needs, needs the library libtwo\.so/, 'a library of a library',
	'--', "$dir/bin/runpath");
refuses(126, qr/needs the dynamic linker \/lib\/ld-nowhere\.so, which cannot be found/, 'a dynamic linker that is not there',
	'--', compile('no-linker', $source =~ s/one\(\)\)/1)/r, '-Wl,--dynamic-linker=/lib/ld-nowhere.so'));
refuses(126, qr/script for nothing-of-that-name, which neither/, 'env with an unknown name', '--',
	executable('env-nothing', "#!/usr/bin/env nothing-of-that-name\n"));
refuses(125, qr/--file \S*nowhere cannot be found/, '--file that is not there', '--file', 'nowhere', '--', $busybox);
refuses(125, qr/--file \/dev\/null is in a place that the guest keeps for itself/, '--file of a device', '--file', '/dev/null',
	'--', $busybox);
refuses(125, qr/names no absolute path of the guest/, '--file to a relative path', '--file', 'data=x', '--', $busybox);
open my $big, '>', "$dir/big" or die;
truncate $big, 1 << 30;
close $big;
refuses(125, qr/files need 10\d\d MiB, which does not fit into --memory 256M: give it \d+M or more/, 'more than the memory holds',
	'--file', 'big', '--', $busybox);
mkdir "$dir/small";
spew("$dir/small/$_", $_) for 1 .. 4000;
refuses(125, qr/which does not fit into --memory 32M: give it \d+M or more/, 'more small files than the memory holds',
	'--memory', '32M', '--file', "$dir/small", '--', $busybox);
prints("4000\n", 'and in as much memory as that', ['--memory', '64M', '--file', "$dir/small"], $busybox, 'sh', '-c',
	"ls $dir/small | wc -l");

done_testing();
