#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# make install: the command runs from where it was put, its manual pages and completions are read by man, bash and zsh;
# make uninstall: nothing is left.
use strict;
use warnings;
use Cwd qw(getcwd);
use File::Temp qw(tempdir);
use Test::More;

my $build = $ENV{CREANCE_BUILD} or die;
# The folder as make was given it: another name of it would mean other compiler flags, and everything made again.
my $o = $build =~ m{^\Q@{[getcwd()]}\E/(.+)} ? $1 : $build;
my $root = tempdir(CLEANUP => 1);

sub have { system("command -v $_[0] >/dev/null 2>&1") == 0 }
sub files { my @all = map { chomp; $_ } `cd '$root' && find . -type f`; return sort @all }

my $said = `make -s O='$o' DESTDIR='$root' PREFIX=/usr install 2>&1`;
is($?, 0, 'make install') or diag($said);
like($said, qr{^  \Q$root\E/usr/bin/creance$}m, 'says what it put where');
my @files = files();
for my $file (qw(bin/creance share/creance/creance.elf share/creance/creance-debug.elf share/creance/initramfs.cpio
	share/creance/gdb/creance.py share/man/man1/creance.1 share/man/man1/creance-run.1
	share/bash-completion/completions/creance share/zsh/site-functions/_creance))
{
	ok(-s "$root/usr/$file", "there is $file");
}
my $out = `'$root/usr/bin/creance' run -- /bin/busybox echo installed 2>&1 </dev/null`;
is($out, "installed\n", 'the installed command runs a program with the installed kernel');

SKIP: {
	skip 'groff is not installed', 1 unless have('groff');
	my $warnings = `cat '$root'/usr/share/man/man1/*.1 | groff -man -K utf8 -T utf8 -ww 2>&1 >/dev/null`;
	is($warnings, '', 'groff finds nothing wrong in the manual pages');
}
like(`cat '$root/usr/share/man/man1/creance-trace.1'`, qr/^\\fB\\-\\-format\\fR \\fI\w+\\fR\n/m, 'an option of trace in its page');
like(`cat '$root/usr/share/man/man1/creance-run.1'`, qr/^memory, .* \(256M\)$/m, 'the usual value of an option');

# What bash offers at the end of a line.
sub completions {
	my @words = @_;
	my $script = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _creance; printf "%s\n" "${COMPREPLY[@]}"';
	open my $in, '-|', 'bash', '-c', $script, 'bash', "$root/usr/share/bash-completion/completions/creance", @words or die;
	return join ' ', map { chomp; $_ } <$in>;
}
SKIP: {
	skip 'bash is not installed', 15 unless have('bash');
	is(completions('creance', 'tr'), 'trace', 'bash completes a command');
	is(completions('creance', 'run', '--mem'), '--memory', 'an option');
	is(completions('creance', 'run', '--machine', ''), 'microvm pc q35', 'the words of an option');
	is(completions('creance', 'run', '--machine', 'q'), 'q35', 'one of them');
	like(completions('creance', 'trace', '--format', ''), qr/\Atable json html\b/, 'the formats of a trace');
	is(completions('creance', 'trace', '--format', '=', 'ht'), 'html', 'one of them, behind =');
	is(completions('creance', 'regimes', '--regime', ''), 'none cooperative preemptive', 'the regimes');
	is(completions('creance', 'regimes', '--rogue', 'mem'), 'memory_hog', 'a rogue');
	is(completions('creance', 'bench', '--against', ''), 'linux', 'what there is to compare with');
	is(completions('creance', 'bench', 'null_c'), 'null_call null_call_int80', 'the rows of bench');
	like(completions('creance', 'help', ''), qr/\brun\b.*\bkernel\b/, 'what help knows');
	like(completions('creance', 'run', '--', 'ls'), qr/\bls\b/, 'a program');
	like(completions('creance', 'run', '--file', '/et'), qr{^/etc\b}, 'a path');
	like(completions('creance', 'trace', '--compare', '/et'), qr{^/etc\b}, 'a trace to compare');
	like(completions('creance', 'trace', '--compare', 'a.json', '/et'), qr{^/etc\b}, 'and the one to compare it with');
}
sub slurp_zsh {
	open my $in, '<', "$root/usr/share/zsh/site-functions/_creance" or return '';
	local $/;
	return scalar <$in>;
}
SKIP: {
	my $functions = slurp_zsh();
	like($functions, qr/--format\[[^\n]*:NAME:\(table json html\b/, "zsh's file has the formats");
	like($functions, qr/--regime\[[^\n]*:REGIME:\(none cooperative preemptive\)/, 'and the regimes');
	skip 'zsh is not installed', 1 unless have('zsh');
	is(`zsh -n '$root/usr/share/zsh/site-functions/_creance' 2>&1`, '', 'zsh reads its file');
}

$said = `make -s O='$o' DESTDIR='$root' PREFIX=/usr uninstall 2>&1`;
is($?, 0, 'make uninstall') or diag($said);
is(join("\n", files()), '', 'leaves no file');
done_testing();
