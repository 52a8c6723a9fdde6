#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# usage: wrap_comments.pl FILE...
# Breaks comment lines wider than 100 columns, in place: what clang-format leaves alone.  A one-line comment on
# a line of its own becomes a block; a line of a block is broken, its rest on a line of its own with the same
# indentation.  A comment behind code is moved onto the line before it.  Text with several blanks in a row
# (diagrams, tables) is left alone.
use strict;
use warnings;

my $limit = 100;

sub columns {
	my ($line) = @_;
	1 while $line =~ s/\t/' ' x (8 - length($`) % 8)/e;
	return length $line;
}

# The words of the text, each line beginning with $prefix (a later one with $next).
sub wrapped {
	my ($prefix, $next, $text) = @_;
	my @lines;
	my $line = $prefix;
	my $empty = 1;
	for my $word (split ' ', $text) {
		if (!$empty && columns("$line $word") > $limit) {
			push @lines, $line;
			($line, $empty) = ($next, 1);
		}
		$line .= ($empty ? '' : ' ') . $word;
		$empty = 0;
	}
	return (@lines, $line);
}

# Breaks the line at hand; returns its lines, of which the last may be joined with the line that follows.
sub broken {
	my ($line) = @_;
	$line =~ s{ {2,}\*/$}{ */};
	return $line if columns($line) <= $limit;
	if ($line =~ m{^(\s*)/\* (\S.*?)\s*\*/$} && $2 !~ m{\*/}) {
		return ("$1/*", wrapped("$1 * ", "$1 * ", $2), "$1 */");
	} elsif ($line =~ m{^(\s*)/\* (\S.*)$} && $2 !~ m{\*/}) {
		return ("$1/*", wrapped("$1 * ", "$1 * ", $2));
	} elsif ($line =~ m{^(\s+\*\s+)(\S.*?)\s*\*/$} && $2 !~ m{\*/| {3}}) {
		my ($prefix, $text) = ($1, $2);
		return (wrapped($prefix, $prefix, $text), $prefix =~ s{\*.*}{*/}r);
	} elsif ($line =~ m{^(\s*// )(\S.*)$} || ($line =~ m{^(\s+\*\s+)(\S.*)$} && $line !~ m{\*/})) {
		my ($prefix, $text) = ($1, $2);
		return $line if $text =~ /\S {3,}\S/;
		return wrapped($prefix, $prefix, $text);
	} elsif ($line =~ m{^(\s*)(\S.*?;)\s*/\* (.*?)\s*\*/$}) {
		my ($indent, $code, $text) = ($1, $2, $3);
		return ("$indent/* $text */", "$indent$code") if columns("$indent/* $text */") <= $limit;
		return ("$indent/*", wrapped("$indent * ", "$indent * ", $text), "$indent */", "$indent$code");
	}
	return $line;
}

for my $file (@ARGV) {
	open my $in, '<', $file or die "$file: $!\n";
	my @lines = map { s/\n$//r } <$in>;
	my @out;
	my ($changed, $opened) = (0, 0);
	while (@lines) {
		my $line = shift @lines;
		if ($opened && $line =~ m{^(\s+)(\* .*\S)\s*\*/$} && columns($line) <= $limit) {
			push @out, "$1$2", "$1*/";
			$opened = 0;
			next;
		}
		$opened = 0 if $line =~ m{\*/$};
		if (columns($line) <= $limit) {
			push @out, $line;
			next;
		}
		$opened = 1 if $line =~ m{^\s*/\* } && $line !~ m{\*/};
		my @new = broken($line);
		$changed = 1 if @new > 1 || $new[0] ne $line;
		# What is left over goes in front of the next line, where the sentence goes on there.
		if (@new > 1 && @lines && $new[-1] =~ m{^(\s+\* |\s*// )(\S.*)$} && $new[-1] !~ m{\*/}) {
			my ($prefix, $rest) = ($1, $2);
			if ($lines[0] =~ m{^\Q$prefix\E([a-z(@].*)$}) {
				$lines[0] = "$prefix$rest $1";
				pop @new;
			}
		}
		push @out, @new;
	}
	next unless $changed;
	open my $out, '>', $file or die "$file: $!\n";
	print $out map { "$_\n" } @out;
}
