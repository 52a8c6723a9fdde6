#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# usage: gen_layers_doc.pl kernel/LAYERS docs/architecture.md >new
# The page with its table of layers made again: a row for each "layer" line, its words from the comment above that.
use strict;
use warnings;

my ($layers, $page) = @ARGV;
my ($table, $comment) = ("| layer | folders and files | what it holds |\n|---:|---|---|\n", '');
open my $in, '<', $layers or die "$layers: $!\n";
while (<$in>) {
	if (/^#\s?(.*)/) {
		$comment .= ($comment eq '' ? '' : ' ') . $1;
		next;
	}
	if (/^layer (\d+): (.*)/) {
		my ($number, $paths) = ($1, $2);
		die "$layers:$.: layer $number has no comment\n" if $comment eq '';
		$table .= "| $number | " . join(', ', map { "`$_`" } split ' ', $paths) . " | $comment |\n";
	}
	$comment = '';
}

open my $text, '<', $page or die "$page: $!\n";
local $/;
$_ = <$text>;
s{(<!-- Generated from kernel/LAYERS .*? -->\n).*?(<!-- end of the generated part -->)}{$1$table$2}s
	or die "$page: no place for the table of layers\n";
print;
