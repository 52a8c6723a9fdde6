#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# usage: gen_trace_names.pl >trace_names.inc
# What the readers of a trace know of the kernel, from the kernel's own source, so that it cannot go stale: the
# names of traps and of the scheduler's reasons, and for each event, system call and trap the line of the code that
# does the step: the place of its TRACE, the definition of sys_NAME, the definition of the trap's handler.
use strict;
use warnings;

my (%events, %calls, %handlers, %handler_of, @traps, %trap_name, %trap_kind);

sub slurp {
	my ($path) = @_;
	open my $in, '<', $path or die "$path: $!\n";
	local $/;
	return scalar <$in>;
}

# The words of an enum, in order: NAME_... without the prefix.
sub enum_words {
	my ($path, $name, $prefix) = @_;
	my ($body) = slurp($path) =~ /^enum $name \{(.*?)^\}/ms or die "$path: no enum $name\n";
	$body =~ s{/\*.*?\*/}{}gs;
	return $body =~ /\b$prefix(\w+)/g;
}

my @sources = sort split /\n/, `find kernel -name '*.[ch]'`;
for my $path (@sources) {
	next if $path =~ m{^kernel/trace/trace(?:_ring)?\.|_test\.c$|_ktest\.c$};
	my $number = 0;
	for (split /\n/, slurp($path)) {
		$number++;
		$events{$1} //= "$path:$number" if /\bTRACE\((\w+),/ || /\btrace_emit\w*\(TRACE_(\w+)/;
		$calls{$1} //= "$path:$number" if $path =~ /\.c$/ && /^(?:\w+ )?long sys_(\w+)\(/;
		$handlers{$1} //= "$path:$number" if $path =~ /\.c$/ && /^(?:_Noreturn )?(?:void|long|int)\s+(\w+)\(/;
		$handler_of{$1} = $2 if /^\ttrap_table_set\(TRAP_(\w+), (\w+)\);/;
		next unless my ($trap, $text, $kind) = /^TRAP_(?:SIGNAL|HANDLER)\(\w+, (\w+), ("[^"]*"), (\w+),/;
		push @traps, $trap;
		$trap_name{$trap} = $text;
		$trap_kind{$trap} = $kind;
	}
}

sub table {
	my ($name, $rows, @order) = @_;
	print "static const char *const $name\[] = {\n";
	print "\t$_\n" for map { $rows->($_) } @order;
	print "};\n";
}

print "/* Made by tools/gen_trace_names.pl. */\n";
table('trap_names', sub { "$trap_name{$_[0]}," }, @traps);
table('trap_sources', sub {
	my $at = $handlers{$handler_of{$trap_kind{$_[0]}} // ''};
	return $at ? qq("$at",) : 'NULL,';
}, @traps);
table('why_names', sub { '"' . lc($_[0]) . '",' }, enum_words('kernel/sched/sched_policy.h', 'sched_event', 'SCHED_'));
table('state_names', sub { '"' . lc($_[0]) =~ tr/_/ /r . '",' },
	enum_words('kernel/sched/thread.h', 'thread_state', 'THREAD_'));
table('event_sources', sub { qq([TRACE_$_[0]] = "$events{$_[0]}",) }, sort keys %events);
my %nr = slurp('kernel/syscall/syscalls.tbl.h') =~ /^SYSCALL\d\((\d+), (\w+)/mg;
table('call_sources', sub { my $at = $calls{$nr{$_[0]}}; $at ? qq([$_[0]] = "$at",) : () }, sort { $a <=> $b } keys %nr);
