#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The machine contract is enough for a second architecture: every portable file compiles for kernel/arch/host, with the
# ABI's headers and nothing else, and what is missing when all are linked are exactly the contract's functions. It finds
# what would be missed: a field of x86's, a function that is not declared, one that nothing needs.
use strict;
use warnings;
use File::Temp qw(tempdir);
use FindBin;
use Test::More;

$ENV{CREANCE_BUILD} //= "$FindBin::Bin/../build";
my $out = "$ENV{CREANCE_BUILD}/host_arch";
require "$FindBin::Bin/../tools/check/Check.pm";
Check->import;

# Not the contract's functions, but an architecture has them, too: a variable of the contract; what the compiler calls;
# the symbols that the last steps of linking make.
my $besides = qr/^(?:arch_clock|__stack_chk_\w+|ksyms_\w+)$/;

delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};
my $output = `make -k ARCH=host O='$out' kernel-objs 2>&1`;
is($?, 0, 'every portable file compiles for another architecture') or diag($output =~ s/^  CC.*\n//mgr);

my $work = tempdir(CLEANUP => 1);
my $cc = $ENV{CC} || 'gcc'; # as the Makefile chooses it, whose flags it gets
my @objects = grep { -e } map { "$out/kernel/release/" . s{^kernel/(.*)c$}{$1o}r }
	grep { !m{^kernel/arch/|_k?test\.c$} } Check::sources(qr/\.c$/, 'kernel');
cmp_ok(scalar @objects, '>', 100, 'there are objects');

# The names that the objects, and the files given, want from elsewhere.
sub wanted {
	my @more = @_;
	system('ld', '-r', '-o', "$work/portable.o", @objects, @more) == 0 or return ('ld');
	return grep { !/^unit_/ && !/$besides/ } map { /^\s+U (\w+)$/ ? $1 : () } `nm -u $work/portable.o`;
}

my %contract = Check::contract_functions();
# What the latency kernel alone needs (arch/arch_turns.h) is not in these objects: its files are read.
my @measures = grep { $contract{$_} =~ /arch_turns\.h$/ } sort keys %contract;
my $portable = join "\n", map { Check::slurp($_) } grep { !m{^kernel/arch/} } Check::sources(qr/\.c$/, 'kernel');
is(scalar(grep { $portable =~ /\b$_\(/ } @measures), scalar @measures, 'portable files call what the latency kernel needs');
is_deeply([sort(wanted(), @measures)], [sort keys %contract], 'the contract has the functions that portable files need');

# Compiles a file of these lines as the portable ones; 0: it does.
sub compile {
	my ($arch, @lines) = @_;
	my $flags = Check::slurp("$out/kernel/release/flags") =~ s{-Ikernel/arch/\K\w+}{$arch}r =~ s/\n//r;
	open my $file, '>', "$work/planted.c" or die;
	print $file map { "$_\n" } @lines;
	close $file;
	return system("$cc $flags -c -o $work/planted.o $work/planted.c 2>$work/errors");
}
my @frame = ('#include "arch/arch_thread.h"', 'u64 planted(const struct trap_frame *f);', 'u64 planted(const struct trap_frame *f)', '{');
is(compile('x86', @frame, 'return f->cs;', '}'), 0, 'a file that reads a register of x86 compiles there');
isnt(compile('host', @frame, 'return f->cs;', '}'), 0, '... and only there');
isnt(compile('host', @frame, 'return arch_no_such_function(f);', '}'), 0, 'a call of what is not declared does not compile');
is(compile('host', @frame, 'extern u64 arch_undeclared(void);', 'return frame_ip(f) + arch_undeclared();', '}'), 0,
	'a declaration elsewhere does');
my @missing = grep { !$contract{$_} } wanted("$work/planted.o");
is_deeply(\@missing, ['arch_undeclared'], '... and is seen when all is linked');
done_testing();
