#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# usage: reflow_comments.pl [--check] FILE...
# Fills the paragraphs of comments again, to 100 columns, where that is needed: a line is too long, or ends much
# earlier than its neighbours. In place; with --check it only names them, and exits 1 if there are any. Diagrams, tables
# and lists stay as they are: an item begins a paragraph, and so does a line with another indentation, or one that
# begins with a heading ("Locks. ..."). A comment behind code that is too long moves onto the line before it.
use strict;
use warnings;

my $limit = 100;
my $ragged = 45; # a line inside a paragraph that leaves more columns free than this
# What begins an item, with the blanks that follow it: "1  ", "T1  ", "Idea.  "
my $mark = qr/^(?:\d+|[A-Z]{1,2}\d+|[A-Z][\w' ]{0,30}\.) {1,2}(?! )/;
my $check = @ARGV && $ARGV[0] eq '--check' ? shift : 0;

sub columns {
	my ($line) = @_;
	1 while $line =~ s/\t/' ' x (8 - length($`) % 8)/e;
	utf8::decode($line);
	return length $line;
}

# The words of the text in lines, the first of which begins with $first, the others with $next.
sub filled {
	my ($first, $next, $text) = @_;
	my @lines;
	my ($line, $empty) = ($first, 1);
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

# Does this line begin a paragraph after @$paragraph, lines of [indentation, text]?
sub begins_paragraph {
	my ($paragraph, $indent, $text) = @_;
	my $above = $paragraph->[-1][1];
	# A line that could have held more, and ends a sentence.
	return 1 if $above =~ /[.:;]$/ && $text =~ /^[A-Z]/ && length($above) + length($text =~ s/ .*//r) < $limit - 16;
	return 1 if $text =~ /^(?:[-*+|=>]|\d+\.? |[0-9a-f]{8,}\b|[A-Z]{1,2}\d+ |[a-z]\) |\@\w+:|[A-Z][\w' -]{2,30}\.(?: |$)|[A-Z]\w*:)/;
	return $indent != ($paragraph->[1] // $paragraph->[0])->[0] if @$paragraph > 1;
	return $indent < $paragraph->[0][0];
}

# Must the paragraph be filled again?
sub is_bad {
	my ($margin, @paragraph) = @_;
	return 0 if grep { $_->[1] =~ s/$mark//r =~ /\S {2,}\S|\t|[\x{2500}-\x{257f}]|-->|\\$/ } @paragraph;
	my @width = map { $margin + $_->[0] + columns($_->[1]) } @paragraph;
	return 1 if grep { $_ > $limit } @width;
	for my $i (0 .. $#paragraph - 1) {
		my ($word) = $paragraph[$i + 1][1] =~ /^(\S+)/;
		return 1 if $width[$i] + 1 + columns($word) <= $limit && $width[$i] < $limit - $ragged
			&& grep { $_ > $width[$i] + $ragged / 2 } @width;
	}
	return 0;
}

sub flowed {
	my ($prefix, @paragraph) = @_;
	return map { $prefix . ' ' x $_->[0] . $_->[1] } @paragraph unless is_bad(columns($prefix), @paragraph);
	my ($first, @more) = @paragraph;
	my $begin = $prefix . ' ' x $first->[0];
	my $next = $more[0] ? $more[0][0] : $first->[0] + ($first->[1] =~ /$mark/ && $first->[1] !~ /^\w+\./ ? length $& : 0);
	$begin .= $& if $first->[1] =~ /$mark/;
	return filled($begin, $prefix . ' ' x $next, join ' ', $first->[1] =~ s/$mark//r, map { $_->[1] } @more);
}

# The lines of a block comment, the first and the last included.
sub block {
	my @lines = @_;
	my ($indent) = $lines[0] =~ m{^(\s*)/\*};
	my $prefix = "$indent * ";
	return @lines if grep { !m{^\Q$indent\E \*(?: |$|/)} } @lines[1 .. $#lines];
	my $last = pop @lines;
	if ($last =~ m{^\Q$indent\E \* (.*?)\s*\*/$}) { # the end on a line of its own
		push @lines, "$prefix$1" if length $1;
		$last = "$indent */";
	}
	my $first = shift @lines;
	my (@out, @paragraph);
	if ($first =~ m{^\s*/\* (.*)$}) {
		unshift @lines, "$prefix$1";
		$first = "$indent/*";
	}
	for my $line (@lines) {
		my ($space, $text) = $line =~ m{^\Q$indent\E \* ?( *)(.*?)\s*$};
		my $blank = $text eq '';
		if (@paragraph && ($blank || begins_paragraph(\@paragraph, length $space, $text))) {
			push @out, flowed($prefix, @paragraph);
			@paragraph = ();
		}
		push @out, "$indent *" if $blank;
		push @paragraph, [length $space, $text] unless $blank;
	}
	push @out, flowed($prefix, @paragraph) if @paragraph;
	return ($first, @out, $last);
}

# A line with a whole comment that is too long; others as they are.
sub single {
	my ($line) = @_;
	$line =~ s{ {2,}\*/$}{ */} if columns($line) > $limit;
	return $line if columns($line) <= $limit;
	return ("$1/*", filled("$1 * ", "$1 * ", $2), "$1 */") if $line =~ m{^(\s*)/\* (\S.*?)\s*\*/$} && $2 !~ m{\*/};
	return filled("$1// ", "$1// ", $2) if $line =~ m{^(\s*)// (\S.*)$} && $2 !~ / {3}/;
	if ($line =~ m{^(\s*)(\S.*?;)\s*/\* (.*?)\s*\*/$}) {
		my ($indent, $code, $text) = ($1, $2, $3);
		return ("$indent/* $text */", "$indent$code") if columns("$indent/* $text */") <= $limit;
		return ("$indent/*", filled("$indent * ", "$indent * ", $text), "$indent */", "$indent$code");
	}
	return $line;
}

my $nr_bad = 0;
for my $file (@ARGV) {
	open my $in, '<', $file or die "$file: $!\n";
	my @lines = map { s/\n$//r } <$in>;
	my @out;
	for (my $i = 0; $i < @lines; $i++) {
		if ($lines[$i] !~ m{^\s*/\*(?: |$)} || $lines[$i] =~ m{\*/}) {
			push @out, single($lines[$i]);
		} else {
			my $end = $i;
			$end++ while $end < $#lines && $lines[$end] !~ m{\*/\s*$};
			my @block = @lines[$i .. $end];
			my @new = block(@block);
			# The way a block begins and ends is no reason to change it.
			push @out, join("\n", grep { length } map { s{^\s*/?\*+/?\s?|\s*\*/$}{}gr } @new)
				eq join("\n", grep { length } map { s{^\s*/?\*+/?\s?|\s*\*/$}{}gr } @block)
				&& $block[-1] !~ m{^\s*\* +\*/} && !grep({ columns($_) > $limit } @block) ? @block : @new;
			$i = $end;
		}
	}
	next if join("\n", @out) eq join("\n", @lines);
	$nr_bad++;
	if ($check) {
		my $first = 0;
		$first++ while ($out[$first] // '') eq ($lines[$first] // '');
		printf "%s:%d: a ragged or over-long comment\n", $file, $first + 1;
		next;
	}
	open my $out, '>', $file or die "$file: $!\n";
	print $out map { "$_\n" } @out;
}
exit($check && $nr_bad ? 1 : 0);
