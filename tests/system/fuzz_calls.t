#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Random system calls (tests/fuzz/syscalls), in all configurations: both kernels, as root and as users, with much memory
# and little. No panic, no assertion, no thread that stays, and the kernel's counts are back where they were.
#
# CREANCE_FUZZ="FIRST SEEDS CALLS [KERNEL OPTIONS]" (make fuzz-calls) makes more of them. A failure is printed with the
# command that repeats it, and its log is kept in BUILD/fuzz-calls.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Creance;
use Test::More;

my ($first, $seeds, $calls, @append) = split ' ', $ENV{CREANCE_FUZZ} // '1 1 5000';
for ([FIRST => $first], [SEEDS => $seeds], [CALLS => $calls]) {
	my ($name, $value) = ($_->[0], $_->[1] // '');
	BAIL_OUT("$name=$value is not a number from 1 on: write make fuzz-calls $name=10") if $value !~ /\A[1-9]\d{0,8}\z/;
}
my $logs = build() . '/fuzz-calls';
my $program = build() . '/tests/fuzz/syscalls/callfuzz';
# The test's own first process is root wherever programs are not, unless asked for.
my @as_root = run_creance(['run', '--help'])->{out} =~ /--user/ ? ('--user', 'root') : ();
my ($total, $seconds) = (0, 0);
mkdir $logs;

# The same with switches forced at places chosen by chance (kernel/sched/force_preempt.h).
my @forced = (['debug', '256M', 'user', 1], ['release', '48M', 'root', 1], ['debug', '24M', 'root', 1]);
# Some of them are enough unless CREANCE_FUZZ asks for more.
my @configurations;
for my $memory (qw(256M 48M 24M)) {
	for my $variant (variants()) {
		push @configurations, [$variant, $memory, $_] for qw(root user);
	}
}
@configurations = @configurations[0, 3, 5, 6, 8, 11] if !$ENV{CREANCE_FUZZ} && @configurations == 12;
push @configurations, grep { my $c = $_; grep { $_ eq $c->[0] } variants() } @forced[0 .. ($ENV{CREANCE_FUZZ} ? 2 : 0)];

# What is wrong with it; '' when nothing is.
sub fault_of {
	my ($r) = @_;
	my ($words) = "$r->{out}$r->{err}" =~ /^(.*(?:panic:|assertion|BUG|LEAK|STUCK|corrupt|poison).*)$/mi;
	return $words if defined $words;
	return 'it took too long' if $r->{timed_out};
	return "exit status $r->{status}" if $r->{status};
	return $r->{out} =~ /^callfuzz: well/m ? '' : 'no last word';
}

sub run_one {
	my ($variant, $memory, $as, $forced, $seed) = @_;
	my @extra = (@append, $forced ? "force_preempt=$seed" : ());
	my @options = (kernel_option($variant), @as_root, '--memory', $memory, @extra ? ('--append', "@extra") : ());
	my @arguments = ('-s', $seed, '-n', $calls, $as eq 'user' ? '-u' : ());
	my $name = "$variant kernel, $memory, as $as, seed $seed" . ($forced ? ', forced switches' : '');
	my $r = run_creance(['run', @options, '--', $program, @arguments], limit => 2 * watchdog() + $calls / 100);
	my $fault = fault_of($r);
	my ($made) = $r->{out} =~ /^callfuzz: \w+: (\d+) calls/m;

	$total += $made // 0;
	$seconds += $r->{seconds};
	return pass("$name: " . ($made // 'no') . ' calls') if $fault eq '';
	my $log = spew("$logs/$variant-$memory-$as-" . ($forced ? "forced-" : "") . "$seed.log", $r->{out} . $r->{err});
	fail($name);
	diag("$fault\nthe log: $log\nonce more: creance run " .
		join(' ', map { / / ? "'$_'" : $_ } @options) . " -- $program @arguments");
	return 0;
}

for my $seed ($first .. $first + $seeds - 1) {
	run_one(@$_[0 .. 3], $seed) for @configurations;
}
note(sprintf '%d calls in %d s', $total, $seconds);
cmp_ok($total, '>=', $calls, 'calls were made');
done_testing();
