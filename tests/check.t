#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Runs every check of tools/check/, two at a time, and reports each as one test.
use strict;
use warnings;
use FindBin;
use Test::More;

my $folder = "$FindBin::Bin/../tools/check";
my @checks = map { m{([^/]+)$} } grep { -x && -f } sort glob "$folder/*";

# The slow ones first, so that they run beside the quick ones.
my %slow = (headers => 1, 'thread-safety' => 1, format => 1);
my @queue = ((grep { $slow{$_} } @checks), (grep { !$slow{$_} } @checks));
my (%result, %running);

sub start {
	my $check = shift @queue // return;
	my $pid = open(my $out, '-|') // die "fork: $!";
	if (!$pid) {
		open STDERR, '>&', \*STDOUT;
		exec "$folder/$check" or die "$check: $!";
	}
	$running{$pid} = [$check, $out];
}

start() for 1 .. 2;
while (my ($pid) = sort { $a <=> $b } keys %running) {
	my ($check, $out) = @{delete $running{$pid}};
	my @lines = <$out>;
	close $out;
	$result{$check} = [$? == 0, @lines];
	start();
}

plan tests => scalar @checks;
for my $check (@checks) {
	my ($good, @lines) = @{$result{$check}};
	ok($good, $check);
	my $most = 40;
	diag(map { "  $_" } @lines[0 .. ($#lines < $most ? $#lines : $most - 1)]) if !$good;
	diag("  ... and " . (@lines - $most) . " more; run tools/check/$check") if !$good && @lines > $most;
}
