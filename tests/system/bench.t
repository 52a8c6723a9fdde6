#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# creance bench: its table, its JSON and plot, its budgets, where it goes, and what it says when it cannot.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Creance;
use JSON::PP;
use Test::More;

my $work = work_dir();
my @bench = ('bench', '--output', $work);

sub bench {
	my (@words) = @_;
	return run_creance([@bench, @words], limit => 300);
}

# ---- counted instructions: the same twice
my @rows = qw(null_call pipe_round_trip);
my $r = bench('--icount', '--json', @rows);
is_status($r, 0, 'two rows, counted');
my $text = slurp("$work/bench.json");
is($r->{out}, $text, 'standard output is what bench.json has');
my $json = decode_json($text);
is($json->{schema}, 'creance-bench-1', 'it names its form');
is($json->{unit}, 'instructions', 'and its unit');
is_deeply([map { $_->{key} } @{$json->{rows}}], \@rows, 'and has the rows asked for');
my ($null_call, $pipe) = map { $_->{ours}{min_ticks} } @{$json->{rows}};
ok($null_call > 10 && $null_call < 400, "a call takes some instructions ($null_call)");
ok($pipe > 2 * $null_call, "a round trip by pipes takes more ($pipe)");
$r = bench('--icount', '--json', @rows);
is($r->{out}, $text, 'a second run gives the same to the byte');

$r = bench('--icount', @rows);
like($r->{out}, qr/\A.*reading the timer costs \d+ instructions/, 'the table begins with the timer');
like($r->{out}, qr/^null_call +getppid by syscall +[\d.,]+ +[\d.,]+$/m, 'a row has its figures');
like($r->{out}, qr/lmbench in 1996.*\n.*system call.*instructions/, 'and ends with 1996');
my $svg = slurp("$work/bench.svg");
unlike("$r->{out}$svg", qr/\bgoal\b[^{]/i, "neither speaks of the developers' goals");
like($svg, qr/^<\?xml.*<svg .*null_call.*<\/svg>\n\z/s, 'bench.svg is a picture');

# ---- time
$r = bench('--rounds', 2, 'null_call');
is_status($r, 0, 'one row, timed');
like($r->{out}, qr/^null_call .* [\d.,]+ +[\d.,]+ +[\d.,]+$/m, 'nanoseconds, median, cycles');

# ---- several CPUs
my @short = ('--cpus', 2, '--rounds', 1, '--guest-rounds', 1);
$r = bench(@short, '--json');
is_status($r, 0, 'two CPUs, all rows');
$json = decode_json($r->{out});
is($json->{cpus}, 2, 'it says how many CPUs there are');
my @team = grep { $_->{key} =~ /^(?:processes|threads)_/ } @{$json->{rows}};
cmp_ok(scalar @team, '>=', 26, 'there are rows of processes and of threads');
is_deeply([map { $_->{key} } grep { !$_->{ours}{min_ticks} || ($_->{team}{workers} // 0) != 2 || !exists $_->{team}{ours}{scaling} } @team],
	[], 'each was measured with one worker and with two');
is_deeply([sort map { $_->{key} } grep { $_->{group} eq 'from one CPU to another' && $_->{ours}{min_ticks} } @{$json->{rows}}],
	[qw(remote_futex remote_pipe remote_wake shootdown_protect shootdown_unmap)], 'so was what passes between CPUs');
is(@{$json->{rows}} - @team, 5, 'and nothing else');

$r = bench(@short, qw(null_call threads_null_call));
is_status($r, 0, 'rows of both kinds');
like($r->{out}, qr/^null_call .* [\d.,]+ +[\d.,]+ +[\d.,]+$/m, 'one CPU of two has nanoseconds, median, cycles');
like($r->{out}, qr/by 1 +by 2 +2:1\n.*^threads_null_call +getppid by syscall +[\d,]+ +[\d,]+ +\d+\.\d\d$/ms,
	'a team has operations a second, and their ratio');

# ---- budgets
my $budgets = spew("$work/budgets", "# a remark\nnull_call 1\n");
$r = bench('--icount', '--budgets', $budgets, 'null_call');
is_status($r, 1, 'over the budget');
like($r->{out}, qr/^null_call +OVER ITS BUDGET: [\d.]+ instructions; its budget is 1 /m, 'is named');
like($r->{out}, qr/make budgets RAISE=1/, 'with what to do');
$r = bench('--icount', '--record', $budgets, 'null_call');
is(slurp($budgets), "# a remark\nnull_call 1\n", 'recording does not raise a budget');
$r = bench('--icount', '--record', $budgets, '--raise', 'null_call');
is_status($r, 0, 'unless it is told to');
like(slurp($budgets), qr/\A# a remark\nnull_call +\d\d+\n\z/, 'and keeps remarks');
$r = bench('--icount', '--budgets', $budgets, 'null_call');
is_status($r, 0, 'what was recorded is kept to');

# ---- where it goes
$r = run_creance(['bench', '--explain', 'null_call'], limit => 300);
is_status($r, 0, 'a call explained');
for my $phase (qw(program entry dispatch exit)) {
	like($r->{out}, qr/^  $phase +[\d.,]+ +[\d.]+ %$/m, "it has the phase $phase");
}
my ($sum, $clock) = $r->{out} =~ /^  sum +([\d.,]+) +the program's clock says ([\d.,]+)$/m;
ok(abs($sum - $clock) <= 1, "the sum ($sum) is what the program's clock says ($clock)");

# ---- what cannot be done
for ([['no_such_row'], qr/there is no row 'no_such_row'/],
     [['--against', 'minix'], qr/write --against linux/],
     [['--goals', 'null_call'], qr/add --against linux/],
     [['threads_stat'], qr/the row threads_stat needs .* add --cpus 2/],
     [['--cpus', 2, '--icount'], qr/leave out --cpus/],
     [['--budgets', 'x'], qr/need --icount/],
     [['--icount', '--budgets', "$work/none", 'null_call'], qr/none cannot be read/],
     [['--cpu', 'abacus', 'null_call'], qr/--cpu abacus: the emulator has no such CPU model/],
     [['--output', "$work/no/folder", 'null_call'], qr/cannot be written/]) {
	my ($words, $says) = @$_;
	$r = bench(@$words);
	is_status($r, 125, "@$words: 125");
	like($r->{err}, $says, 'and why');
}
{
	local $ENV{CREANCE_LINUX_KERNEL} = "$work/none";
	$r = bench('--against', 'linux', 'null_call');
	is_status($r, 125, 'no Linux where there should be one: 125');
	like($r->{err}, qr/CREANCE_LINUX_KERNEL names, cannot be read/, 'and why');
}
{
	local $ENV{CREANCE_KERNEL} = spew("$work/kernel", "no kernel\n");
	$r = bench('null_call');
	is_status($r, 125, 'no kernel: 125');
	isnt($r->{err}, '', 'and a word');
}

# ---- told to end, it ends at once, and its machine with it
my $running = start([creance(), @bench, '--rounds', 30]);
sleep 1;
kill 'TERM', $running->{pid};
$r = finish($running, limit => 20);
is_status($r, 128 + 15, 'SIGTERM ends it');
is($r->{out}, '', 'without a table');

like(run_creance(['help', 'bench'])->{out}, qr/--against linux.*--explain.*--budgets/s, 'creance help bench');
done_testing();
