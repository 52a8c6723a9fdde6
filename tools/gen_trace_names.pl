#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# usage: gen_trace_names.pl >trace_names.inc
#        gen_trace_names.pl --lines >trace_source.inc
# What the readers of a trace know of the kernel, from the kernel's own source, so that it cannot go stale: the
# names of traps and of the scheduler's reasons, and for each event, system call and trap the line of the code that
# does the step: the place of its TRACE, the definition of sys_NAME, the definition of the trap's handler.
# With --lines: the places with some lines of each, for readers who do not have the source.
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

# Some lines around each place, sorted by place: the first line's number, the text.
sub print_lines {
	my ($before, $after) = (3, 8);
	my %places = map { $_ => 1 } values %events, values %calls, grep { defined } map { $handlers{$_} } values %handler_of;
	print "/* Made by tools/gen_trace_names.pl --lines. */\n";
	for my $place (sort keys %places) {
		my ($path, $number) = split /:/, $place;
		my @lines = split /\n/, slurp($path);
		my $from = $number > $before ? $number - $before : 1;
		my $to = $number + $after < @lines ? $number + $after : @lines;
		my $text = join '\n', map { s/([\\"])/\\$1/gr =~ s/\t/\\t/gr =~ s/\?\?/?\\?/gr } @lines[$from - 1 .. $to - 1];
		print qq({"$place", $from, "$text"},\n);
	}
	exit 0;
}
print_lines() if @ARGV && $ARGV[0] eq '--lines';

print "/* Made by tools/gen_trace_names.pl. */\n";
table('trap_names', sub { "$trap_name{$_[0]}," }, @traps);
table('trap_sources', sub {
	my $at = $handlers{$handler_of{$trap_kind{$_[0]}} // ''};
	return $at ? qq("$at",) : 'NULL,';
}, @traps);
table('why_names', sub { '"' . lc($_[0]) . '",' }, enum_words('kernel/sched/sched_policy.h', 'sched_event', 'SCHED_'));
table('state_names', sub { '"' . lc($_[0]) =~ tr/_/ /r . '",' },
	enum_words('kernel/sched/thread_state.h', 'thread_state', 'THREAD_'));
table('event_sources', sub { qq([TRACE_$_[0]] = "$events{$_[0]}",) }, sort keys %events);
my %nr = slurp('kernel/syscall/syscalls.tbl.h') =~ /^SYSCALL\d\((\d+), (\w+)/mg;
table('call_sources', sub { my $at = $calls{$nr{$_[0]}}; $at ? qq([$_[0]] = "$at",) : () }, sort { $a <=> $b } keys %nr);
