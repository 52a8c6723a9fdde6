#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Everything that reads what a guest or a file says, against what libFuzzer makes of good inputs, with the sanitizers. A
# number of runs from a fixed seed here; for CREANCE_FUZZ_SECONDS seconds each by `make fuzz`.
use strict;
use warnings;
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use FindBin;
use Test::More;

my $build = $ENV{CREANCE_BUILD} // "$FindBin::Bin/../build";
my $seconds = $ENV{CREANCE_FUZZ_SECONDS};
my @sources = sort glob "$FindBin::Bin/fuzz/fuzz_*.c";

sub slurp {
	open my $in, '<', $_[0] or die "$_[0]: $!";
	local $/;
	return scalar <$in>;
}

plan skip_all => 'there is no libFuzzer: install clang with its runtime (Debian: clang, libclang-rt-dev)'
	if grep { my ($name) = m{([^/]+)\.c$}; !-x "$build/fuzz/$name" } @sources;

my $work = tempdir('creance-fuzz-XXXXXX', TMPDIR => 1, CLEANUP => 1);
system($^X, "$FindBin::Bin/fuzz/seeds.pl", $work) == 0 or die 'no seeds';
# What `make fuzz` finds is kept, and is where the next one begins.
my $kept = "$build/fuzz/found";
for my $source (@sources) {
	my ($name) = $source =~ m{([^/]+)\.c$};
	my ($runs) = slurp($source) =~ m{^// FUZZ: (\d+)$}m or die "$source does not say how many runs";
	my @length = $seconds ? ("-max_total_time=$seconds") : ("-runs=$runs", '-seed=1');
	my @corpus = grep { -d } ($seconds ? "$kept/$name" : "$work/own/$name"), "$work/$name", "$FindBin::Bin/fuzz/corpus/$name";
	my $own = $seconds ? "$kept/$name" : "$work/own/$name";
	make_path($own, "$kept/crashes");
	@corpus = ($own, grep { $_ ne $own } @corpus);
	local $ENV{ASAN_OPTIONS} = ($ENV{ASAN_OPTIONS} // '') . ':detect_leaks=1';
	# What the command says of bad inputs is closed; libFuzzer and the sanitizers still speak.
	my $output = `'$build/fuzz/$name' -max_len=65536 -rss_limit_mb=1024 -timeout=60 -close_fd_mask=2 -artifact_prefix='$kept/crashes/$name-' @length @corpus 2>&1`;
	my $good = ok($? == 0, "$name: " . ($seconds ? "$seconds seconds" : "$runs runs"));
	diag($output =~ /((?:.*\n){0,40})\z/) if !$good;
	note($1) if $output =~ /^(Done \d+ runs.*)$/m;
}
done_testing();
