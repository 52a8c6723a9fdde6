#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# usage: gen_trace_events_doc.pl kernel/uapi/trace_events.tbl.h >docs/trace_events.md
# The page of all events, from the table's rows (its head says what they are).
use strict;
use warnings;

local $/;
my $text = <>;
$text =~ s{/\*(?! ----).*?\*/}{}gs;
print "<!-- Generated from kernel/uapi/trace_events.tbl.h by tools/gen_trace_events_doc.pl: edit that table. -->\n\n";
print "# Events\n\n";
print "What `creance trace` can tell ([trace.md](trace.md)). `{…}` stands for a value; what is in `[ ]` is there only when the\n";
print "step leaves user mode, or returns to it. The figures are those of *Operating Systems: Three Easy Pieces*, chapter 6\n";
print "([the guide](guide/README.md)).\n";
while ($text =~ m{/\* ---- (.*?) ---- \*/|^TRACE_EVENT\((\w+),\s*"([^"]*)",\s*((?:TRACE_ARG\(\w+,\s*\w+\)\s*)*),((?:\s*"(?:[^"\\]|\\.)*"|\s*,)*)\s*\)}gm) {
	if (defined $1) {
		print "\n## " . ucfirst($1) . "\n";
		next;
	}
	my ($name, $detail, $arguments, $texts) = ($2, $3, $4, $5);
	my @arguments = map { "`$_`" } $arguments =~ /TRACE_ARG\((\w+)/g;
	my @texts = map { join '', $_ =~ /"((?:[^"\\]|\\.)*)"/g } $texts =~ /((?:"(?:[^"\\]|\\.)*"\s*)+)/g;
	die "$name: three texts are wanted\n" if @texts != 3;
	print "\n**$name**" . ($detail ne '' ? " (detail: $detail)" : '') . ': ' . (join(', ', @arguments) || 'no arguments') . "\n";
	my @column = ('program', 'hardware', 'system');
	for (0 .. 2) {
		print "* $column[$_]: $texts[$_]\n" if $texts[$_] ne '';
	}
}
