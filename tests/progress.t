#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# What a person sees while the tests run and at their end: TestProgress.pm.
use strict;
use warnings;
use File::Temp qw(tempdir);
use FindBin;
use Test::More;

my $work = tempdir(CLEANUP => 1);
my %says = (good => "ok 1\n1..1\n", bad => "ok 1\nnot ok 2 - a part that fails\n# got 3\n    ok 1 - a part of a part\n1..2\n",
	ends => join('', map { "line $_\n" } 1 .. 80), skipped => "1..0 # SKIP no reason\n");
for my $name (keys %says) {
	open my $out, '>', "$work/$name.t" or die;
	print $out "print <<'END';\n$says{$name}END\n";
	close $out;
}

sub run_tests {
	my ($columns, @names) = @_;
	local %ENV = (%ENV, CREANCE_BUILD => $work, PERL5LIB => $FindBin::Bin);
	delete $ENV{COLUMNS};
	$ENV{COLUMNS} = $columns if $columns;
	my $files = join ' ', map { "$work/$_.t" } @names;
	my $out = `prove --formatter TestProgress $files 2>$work/err`;
	open my $in, '<', "$work/err" or die;
	return ($out, join('', <$in>));
}

my ($out, $line) = run_tests(80, 'good', 'skipped');
like($out, qr/good\.t \.+ ok\n.*skipped\.t \.+ skipped: no reason\n.*Result: PASS/s, 'each test has a line, and the end is prove\'s summary');
like($line, qr/\r\e\[K0 of 2 tests, about 50 seconds left: good\.t/, 'a line says how many are done, the time left, and what runs');
like($line, qr/\r\e\[K1 of 2 tests, about \d+ seconds left: skipped\.t\r\e\[K$/, 'it is gone at the end');

($out, $line) = run_tests(30, 'good', 'bad');
like($out, qr/bad\.t .*\nFailed 1\/2 subtests.*Failed test:  2\n.*Result: FAIL/s, 'what failed is said as prove says it');
like($out, qr/\nWhat \S+bad\.t said:\n    not ok 2 - a part that fails\n    # got 3\n\nTest Summary/, 'and what the test said stands before it');
is((grep { length > 29 } split /\r\e\[K/, $line), 0, 'the line is no wider than the terminal');
like($line, qr/0 of 2 tests, about (?!50)\d+ second/, 'the time is that of the last run, where there was one');

($out, $line) = run_tests(undef, 'ends', 'good');
is($line, '', 'without a terminal there is no such line');
like($out, qr/What \S+ends\.t said:\n    \(20 lines more before these\)\n    line 21\n.*    line 80\n/s, 'of a long text the end is shown');
unlike($out, qr/What \S+good/, 'and nothing of a test that passes');
done_testing();
