#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# creance trace --compare: two saved traces beside each other.  The same run twice is the same; another argument, another
# option of the kernel and another program are seen where they are; a file that is no whole trace is refused.
use strict;
use warnings;
use FindBin;
use JSON::PP;
use lib $FindBin::Bin;
use Creance;
use Test::More;

my $busybox = '/bin/busybox';
my $work = work_dir();
chdir $work or die "$work: $!";

sub save {
	my ($file, $program, @options) = @_;
	my $r = run_creance(['trace', '--deterministic', @options, '--format', 'json', '-o', $file, '--', $busybox, @$program]);
	is_status($r, 0, "$file: traced");
}

sub compare {
	my ($a, $b, @options) = @_;
	return run_creance(['trace', '--compare', $a, $b, @options], env => {COLUMNS => 140});
}

# The objects of a comparison as JSON: what is compared, kinds by name, differing steps.
sub parts {
	my ($head, @rest) = map { decode_json($_) } split /\n/, $_[0];
	my %kinds = map { $_->{kind} => $_ } grep { $_->{kind} } @rest;
	return ($head, \%kinds, grep { $_->{step} } @rest);
}

save('a.json', ['echo', 'hello']);
save('again.json', ['echo', 'hello']);
save('hallo.json', ['echo', 'hallo']);
save('slow.json', ['echo', 'hello'], '--append', 'nofast=all');

# ---- the same
my $r = compare('a.json', 'again.json');
is_status($r, 0, 'the same run twice');
is($r->{err}, '', 'nothing is said');
like($r->{out}, qr/^The steps are the same\.$/m, 'is the same');
like($r->{out}, qr/^program +\S*busybox echo hello +\S*busybox echo hello$/m, 'the programs are named');
like($r->{out}, qr/^steps +(\d+) +\1$/m, 'the steps are counted');
like($r->{out}, qr/^in the kernel +(\d+) instructions +\1 instructions$/m, 'and their instructions');
unlike($r->{out}, qr/A: boot and idle loop/, 'the boot is left out');

# ---- another argument
$r = compare('a.json', 'hallo.json');
is_status($r, 1, 'another argument: the status says that they differ');
like($r->{out}, qr/^\d steps differ: \d with other arguments or results\./m, 'that is counted');
like($r->{out}, qr/write\(1, "hello\\n", 6\) = 6 +\| +\d+ write\(1, "hallo\\n", 6\) = 6$/m, 'the two calls are beside each other');
like($r->{out}, qr/… \d+ equal steps +\d+ … \d+ equal steps$/m, 'equal steps are one line');
my ($head, $kinds, @steps) = parts(compare('a.json', 'hallo.json', '--format', 'json')->{out});
is($head->{same}, JSON::PP::false, 'JSON says the same');
my ($write) = grep { $_->{step} eq 'changed' && $_->{a}{kind} eq 'call write' } @steps;
is($write->{b}{text}, 'write(1, "hallo\n", 6) = 6', 'and has the steps');
my $line = (split /\n/, slurp('hallo.json'))[$write->{b}{line} - 1];
like($line, qr/"event":"syscall_enter".*write\(1, /, 'with their lines in the traces');
my $sum = 0;
$sum += $_->{a}{cost_ns} for values %$kinds;
is($sum, $head->{a}{kernel_ns}, 'the costs of the kinds add up to the time in the kernel');

# ---- another option of the kernel: the same steps at other costs
$r = compare('a.json', 'slow.json');
is_status($r, 0, 'without fast paths the steps are the same');
like($r->{out}, qr/^kernel options +- +nofast=all$/m, "the kernel's options are told");
like($r->{out}, qr/\d+ write\(1, "hello\\n", 6\) = 6 +~ +\d+ write\(1, /, 'a cost that differs is seen');
($head, $kinds, @steps) = parts(compare('a.json', 'slow.json', '--format', 'json')->{out});
cmp_ok($kinds->{'call write'}{b}{cost_ns}, '>', $kinds->{'call write'}{a}{cost_ns}, 'a write takes more instructions');

# ---- another program: threads are matched by their creation
save('one.json', ['sh', '-c', '/bin/busybox true; echo done']);
save('two.json', ['sh', '-c', '/bin/busybox true; /bin/busybox sleep 0; echo done']);
$r = compare('one.json', 'two.json');
is_status($r, 1, 'another program');
like($r->{out}, qr/^ +instr\. A: - +instr\. B: \w+ \d+$/m, 'a process that only one has is named');
like($r->{out}, qr/^ +> +\d+ execve\("\/bin\/busybox", \["\/bin\/busybox", "sleep", "0"\]/m, 'and its steps are shown');
$r = compare('two.json', 'one.json', '--filter', 'call');
unlike($r->{out}, qr/page fault/, '--filter');
is_status($r, 1, 'and the status is of what it takes');

# ---- all
$r = compare('a.json', 'hallo.json', '--all');
like($r->{out}, qr/A: init 1 +instr\. B: init 1$/m, '--all has what is not of the program');
like($r->{out}, qr/A: boot and idle loop +instr\. B: boot and idle loop$/m, 'the boot among it');
like($r->{out}, qr/A: \w+ -1 +instr\. B: \w+ -1$/m, "and each of the kernel's threads");

# ---- several outputs
$r = compare('a.json', 'hallo.json', '-o', 'x.txt', '-o', 'x.html', '--format', 'json', '-o', 'x');
is_status($r, 1, 'outputs by their names');
is("$r->{out}$r->{err}", '', 'and nothing else');
like(slurp('x.txt'), qr/steps differ/, 'a table');
like(slurp('x.html'), qr/^<!doctype html>/, 'a page');
like(slurp('x'), qr/^\{"creance_comparison":1,/, 'JSON');

# ---- without --deterministic: calls are the same, and the table says what is not
my @measured = map { "measured$_.json" } 1, 2;
is_status(run_creance(['trace', '--format', 'json', '-o', $_, '--', $busybox, 'true']), 0, "$_: traced") for @measured;
$r = compare(@measured, '--filter', 'call');
is_status($r, 0, 'the calls of two measured runs are the same');
like($r->{out} =~ s/\n/ /gr, qr/Costs and interrupts depend on chance here/, 'a hint that costs are not');
like($r->{out}, qr/^in the kernel +\d+\.\d{3} µs +\d+\.\d{3} µs/m, 'which are times');
$r = compare('a.json', $measured[0]);
like($r->{out} =~ s/\n/ /gr, qr/One trace counts instructions and the other measures time/, 'a time is not compared with instructions');

# ---- what is refused: a message, and status 125
sub refused {
	my ($name, $wanted, @arguments) = @_;
	my $result = run_creance(['trace', '--compare', @arguments]);
	is_status($result, 125, $name);
	like($result->{err}, $wanted, 'with a message');
	is($result->{out}, '', 'and nothing else');
}

sub file {
	my ($name, $text) = @_;
	open my $out, '>:raw', $name or die "$name: $!";
	print $out $text;
	close $out or die "$name: $!";
	return $name;
}

my $whole = slurp('a.json');
my @lines = split /^/, $whole;
refused('no file', qr/^creance: none\.json cannot be read \(No such file.*name a file/, 'a.json', 'none.json');
refused('a folder', qr/cannot be read \(Is a directory\)/, 'a.json', $work);
refused('an empty file', qr/^creance: empty is empty: trace/, file('empty', ''), 'a.json');
refused('a table', qr/^creance: x\.txt is no trace that was saved as JSON: name/, 'x.txt', 'a.json');
refused('a comparison', qr/^creance: x is no trace/, 'x', 'a.json');
refused('another version', qr/^creance: new is a trace of version 7, and this command reads version 1: /,
	file('new', $whole =~ s/"creance_trace":1/"creance_trace":7/r), 'a.json');
refused('an earlier version', qr/^creance: old, line 1: .*as in earlier versions/,
	file('old', $whole =~ s/"steps":\d+,//r), 'a.json');
refused('cut within a line', qr/^creance: cut ends after \d+ of its \d+ steps.*copy it again/,
	file('cut', substr $whole, 0, length($whole) / 2), 'a.json');
refused('cut between two lines', qr/^creance: cut ends after 99 of its \d+ steps/, file('cut', join '', @lines[0 .. 99]), 'a.json');
refused('too many lines', qr/^creance: long, line \d+: there are more steps/, file('long', $whole . $lines[-1]), 'a.json');
refused('a damaged line', qr/^creance: bad, line 9: it is no JSON object/,
	file('bad', join '', @lines[0 .. 7], "{\"ns\":\n", @lines[9 .. $#lines]), 'a.json');
refused('a wrong number', qr/^creance: bad, line 9: its "tid" is missing or wrong/,
	file('bad', join '', @lines[0 .. 7], $lines[8] =~ s/"tid":-?\d+/"tid":[]/r, @lines[9 .. $#lines]), 'a.json');
refused('one file', qr/^creance: --compare needs two values, and has only 'a\.json': write --compare FILE FILE/, 'a.json');
refused('an option instead of a file', qr/^creance: --compare needs two values/, 'a.json', '--all');
refused('a program', qr/takes two files and no program, but '.*true' follows/, 'a.json', 'again.json', '--', "$busybox true");
refused('a format', qr/^creance: a comparison cannot be written as perfetto: choose table, html or json/,
	'a.json', 'again.json', '--format', 'perfetto');
refused('an option of a run', qr/^creance: --$_->[0] is of a run, and --compare runs nothing/, 'a.json', 'again.json', "--$_->[0]", @{$_->[1]})
	for ['deterministic', []], ['memory', ['1G']], ['pid', [2]], ['env', ['A=1']], ['limit', ['2s']];
refused('a trace as output', qr/^creance: --output 'a\.json' is one of the traces/, 'a.json', 'again.json', '-o', 'a.json');
is(slurp('a.json'), $whole, 'which stays as it is');

# ---- what a file contains is text
file('evil', $whole =~ s/hello\\\\n/\\u001b[31m<script>/gr);
$r = compare('evil', 'a.json');
is_status($r, 1, 'control characters in a trace');
like($r->{out}, qr/\\x1b\[31m<script>/, 'are shown as text');

done_testing;
