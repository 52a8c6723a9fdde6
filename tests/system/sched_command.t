#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# creance sched: the textbook's figures come out, within a tick; runs are repeatable; workloads of one's own, programs,
# pictures; and what is wrong with a workload is said with its line.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Creance;
use JSON::PP;
use Test::More;

my $tick_ms = 1;

sub sched { return run_creance(['sched', @_], limit => 3 * watchdog()) }

# The report, by workload and policy.
sub report {
	my ($run) = @_;
	my %by;
	for my $workload (@{(eval { decode_json($run->{out}) } // {})->{workloads} // []}) {
		$by{$workload->{name}}{$_->{policy}} = $_ for @{$workload->{policies}};
	}
	return \%by;
}

# ---- the textbook ----

my $list = sched('--list');
is_status($list, 0, 'sched --list');
my ($workloads, $policies) = split /\npolicies/, $list->{out};
my @workloads = $workloads =~ /^  (ostep-\S+)/mg;
my @policies = $policies =~ /^  (\w+)/mg;
cmp_ok(scalar @workloads, '>=', 9, 'workloads come with the command');
ok((grep { $_ eq 'fifo' } @policies) && (grep { $_ eq 'sjf' } @policies), "and the kernel has policies: @policies");

# Those with figures of the textbook under all policies; the others where they show something.
my @with_figures = map { "ostep-$_" } qw(fifo convoy late response io mlfq);
my %where = (boost => 'mlfq,boost=1s,mlfq,boost=50ms', interactive => 'mlfq', lottery => 'rr,mlfq,stride',
	nice => 'stride', stride => 'stride,fifo');
is(join(' ', sort @workloads), join(' ', sort @with_figures, map { "ostep-$_" } keys %where), 'each is looked at here');
my $all = {};
for (['--json', @with_figures], map { ['--json', '--policies', $where{$_}, "ostep-$_"] } sort keys %where) {
	my $run = sched(@$_);
	is_status($run, 0, "sched @$_");
	is($run->{err}, '', 'without a complaint');
	$all = {%$all, %{report($run)}};
}
my $checked = 0;
for my $workload (@with_figures) {
	my %seen = map { /(\w+)/ ? ($1 => 1) : () } keys %{$all->{$workload}};
	is(join(' ', sort keys %seen), join(' ', sort @policies), "$workload ran under each policy");
	for my $policy (sort keys %{$all->{$workload}}) {
		my $got = $all->{$workload}{$policy};
		my $book = $got->{textbook} or next;
		for my $what (grep { defined $book->{$_} } qw(turnaround response)) {
			my ($is, $wanted) = ($got->{$what}{mean}, $book->{$what});
			ok(abs($is - $wanted) < $tick_ms, "$workload, $policy: $what $is, textbook $wanted");
			$checked++;
		}
	}
}
cmp_ok($checked, '>=', 13, 'figures of the textbook were compared');

# What the textbook shows and has no figures for.
sub job_of {
	my ($workload, $policy, $name) = @_;
	my ($job) = grep { $_->{name} eq $name } @{$all->{$workload}{$policy}{jobs}};
	return $job;
}
for (['1s', 0, 'without a boost: while short jobs come the long one has no turn'], ['50ms', 1, 'with one: it has some']) {
	my ($boost, $turns, $what) = @$_;
	my @turns = grep { $_->{state} eq 'runs' && $_->{to} - $_->{from} > 5 && $_->{from} > 35 && $_->{to} < 148 }
		@{job_of('ostep-boost', "mlfq,boost=$boost", 'long')->{timeline}};
	is(!!@turns, !!$turns, "mlfq $what");
}
for my $policy (qw(rr mlfq stride)) {
	my ($one, $other) = map { job_of('ostep-lottery', $policy, $_)->{end} } qw(A B);
	cmp_ok(abs($one - $other), '<', 15, "$policy: equal jobs end together");
}
cmp_ok($all->{'ostep-stride'}{stride}{fairness}, '>', 0.95, 'stride: the CPU in proportion to the weights');
cmp_ok($all->{'ostep-stride'}{fifo}{fairness}, '<', 0.5, 'fifo: not so');
my ($heavy, $light) = map { job_of('ostep-nice', 'stride', $_)->{end} } qw(A B);
cmp_ok($light - $heavy, '>', 45, 'stride: the job with more weight ends long before the other');
cmp_ok(job_of('ostep-interactive', 'mlfq', 'B')->{waiting}, '<', 1, 'mlfq: who waits for a device has the CPU at once');

# A job's timeline has no gaps, and its figures follow from it.
for my $workload (@workloads) {
	for my $policy (values %{$all->{$workload}}) {
		my $wrong = '';
		for my $job (@{$policy->{jobs}}) {
			my ($at, %sum) = ($job->{arrival});
			for my $span (@{$job->{timeline}}) {
				$wrong .= " gap of $job->{name} at $at" if abs($span->{from} - $at) > 1e-6;
				$sum{$span->{state}} += $span->{to} - $span->{from};
				$at = $span->{to};
			}
			$wrong .= " end of $job->{name}" if abs($at - $job->{end}) > 1e-6;
			$wrong .= " cpu of $job->{name}" if abs($sum{runs} - $job->{cpu}) > 1e-6;
			$wrong .= " waiting of $job->{name}" if abs(($sum{ready} // 0) - $job->{waiting}) > 1e-6;
		}
		is($wrong, '', "$workload, $policy->{policy}: the timelines are whole");
	}
}

# One CPU: at no time do two jobs run.
my @runs = sort { $a->{from} <=> $b->{from} } grep { $_->{state} eq 'runs' }
	map { @{$_->{timeline}} } @{$all->{'ostep-response'}{'rr,quantum=1ms'}{jobs}};
cmp_ok(scalar @runs, '>=', 15, 'turns of a millisecond: each job has five');
is(scalar(grep { $runs[$_]{from} < $runs[$_ - 1]{to} - 1e-6 } 1 .. $#runs), 0, 'one at a time');

# Lots are drawn again with the same seed, and others with another.
my %draw = map { $_ => sched('--policies', 'lottery', '--seed', $_, 'ostep-lottery')->{out} } 1, 2;
like($draw{1}, qr/^lottery +\d/m, 'a seed for a policy that draws lots');
isnt($draw{1}, $draw{2}, 'with another seed it goes otherwise');
is(sched('--policies', 'lottery', '--seed', 2, 'ostep-lottery')->{out}, $draw{2}, 'and with the same as before');

# ---- one's own workload ----

my $file = spew(work_dir() . '/own.txt', <<'END');
title <b>Mine</b> & yours
job compile nice 5 cpu 30      # long
job editor at 5 cpu 1 io 4 times 3
expect fifo turnaround 30
END
my ($svg, $html) = map { work_dir() . "/own.$_" } qw(svg html);
my $run = sched('--policies', 'fifo,rr,quantum=2ms,fifo', '--svg', $svg, '--html', $html, $file);
is_status($run, 0, 'a file, three policies, a picture and a page');
like($run->{out}, qr/^\Q$file\E: <b>Mine<\/b> & yours\n/, 'the table has the title');
is(join(' ', $run->{out} =~ /^(fifo|rr,quantum=2ms) +\d/mg), 'fifo rr,quantum=2ms fifo', 'and the policies in their order');
like($run->{out}, qr/^  textbook +30\.00$/m, 'and what is expected');
my @fifo = $run->{out} =~ /^fifo +(\d.*)/mg;
is($fifo[0], $fifo[1], 'the same run twice is the same to the last digit');
like($fifo[0], qr/^ *3\d\.\d\d +39\.\d\d +12\.\d\d +2[45]\.\d\d/, 'fifo: the editor waits for the compiler');
like($run->{out}, qr/^fifo +A{40}[B.]{20}$/m, 'as letters, too');
like($run->{out}, qr/^A is compile, B is editor$/m, 'which are explained');
my ($rr) = $run->{out} =~ /^rr,quantum=2ms +(\d.*)/m;
like($rr, qr/^ *\d+\.\d\d +\d+\.\d\d +[01]\.\d\d +[0-3]\.\d\d/, 'rr: it gets its turn at once');
my $picture = slurp($svg);
is(() = $picture =~ /class="policy"/g, 3, 'the picture has a panel for each');
like($picture, qr/&lt;b&gt;Mine&lt;\/b&gt; &amp; yours/, 'and the title as text');
SKIP: {
	skip 'there is no xmllint here', 1 if !have('xmllint');
	is_status(run_command(['xmllint', '--noout', $svg]), 0, 'it is XML');
}
my $page = slurp($html);
is(() = $page =~ /<svg /g, 1, 'the page has the picture');
unlike($page, qr/<b>Mine|\@\@|(?:src|href)=/, 'the title as text, no mark, and nothing from outside');

# It may come through a pipe; letters are the names of jobs that have such ones; a file may have any name.
$run = run_command(['/bin/sh', '-c', 'printf "job B cpu 10\njob A cpu 10\n" | "$0" sched --policies fifo /dev/stdin', creance()]);
is_status($run, 0, 'a workload from a pipe');
like($run->{out}, qr/^fifo +B{30}A{30}$/m, 'each job has the letter of its name');
unlike($run->{out}, qr/ is /, 'so nothing is to be explained');
my $odd = spew(work_dir() . "/odd\xff\e.txt", "job A cpu 1\n");
$run = sched('--json', '--policies', 'fifo', $odd);
is_status($run, 0, 'a file with an odd name');
is(scalar @{decode_json($run->{out})->{workloads}}, 1, 'is in the JSON');
like($run->{out}, qr/odd\\\\xff\\\\x1b\.txt/, 'with what is no text escaped');

# ---- programs ----

my $shell = 'i=0; while [ $i -lt 3000 ]; do i=$((i+1)); done';
$run = sched('--json', '--policies', 'rr,fifo', '--', 'busybox', 'sh', '-c', $shell, '--', '/bin/sh', '-c',
	'(sleep 0.02; : "it\'s") & wait');
is_status($run, 0, 'two programs');
my $programs = report($run)->{programs};
for my $policy (qw(rr fifo)) {
	my %job = map { $_->{name} => $_ } @{$programs->{$policy}{jobs}};
	is(join(' ', sort keys %job), 'busybox sh', "$policy: they have names");
	cmp_ok($job{busybox}{cpu}, '>', 1, "$policy: one computes");
	cmp_ok($job{sh}{turnaround}, '>', 20, "$policy: the other ends with its child");
	ok((grep { $_->{state} eq 'waits' } @{$job{sh}{timeline}}), "$policy: and has waited");
}
$run = sched('--policies', 'fifo', '--', 'sh', '-c', 'echo hidden; exit 3');
is_status($run, 0, 'a program that fails');
unlike($run->{out}, qr/hidden/, 'what it prints is not in the table');
like($run->{err}, qr/run_jobs: sh ended with exit status 3/, 'and it is told');

$run = sched('ostep-fifo', '--json', '--policies', 'fifo', '--', 'true', '--', 'sh', '-c', 'exit', '--json');
is_status($run, 0, 'programs beside a workload');
is(join(' ', map { $_->{name} } @{(eval { decode_json($run->{out}) } // {})->{workloads} // []}), 'ostep-fifo programs',
	'are one more workload');
is(join(' ', map { $_->{name} } @{report($run)->{programs}{fifo}{jobs} // []}), 'true sh', 'of all programs, and nothing else');

# What a program leaves behind belongs to its job: that it is waited for is told, and what it is.
$run = sched('--json', '--policies', 'fifo', '--', 'sh', '-c', 'sleep 25 & sleep 1', '--', 'true');
is_status($run, 0, 'a program that leaves one behind');
like($run->{err}, qr/^run_jobs: the programs have ended, but left behind what they started, and this is waited for: sleep \(process \d+\)$/m,
	'which is told');
is(() = $run->{err} =~ /left behind/g, 1, 'once');
my %left = map { $_->{name} => $_ } @{report($run)->{programs}{fifo}{jobs}};
cmp_ok($left{sh}{turnaround}, '>=', 25000, 'the job ends with it');
cmp_ok($left{true}{turnaround}, '<', 1000, 'the other with its program');
$run = sched('--json', '--policies', 'fifo', '--', 'sh', '-c', '(exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; exec sleep 25) &');
is_status($run, 0, 'one that is left behind and closes all that it does not know');
like($run->{err}, qr/^run_jobs: .* is waited for: sleep \(process \d+\)$/m, 'is told, too');
cmp_ok(report($run)->{programs}{fifo}{jobs}[0]{turnaround}, '>=', 25000, 'and belongs to the job');

# On a terminal a line says what runs, and is gone at the end.
SKIP: {
	skip 'there is no script(1) here', 2 if !have('script');
	my $typed = run_command(['script', '-qec', creance() . ' sched --policies fifo,rr ostep-fifo', '/dev/null']);
	like($typed->{out}, qr/ostep-fifo under fifo: 1 of 2\r.*ostep-fifo under rr: 2 of 2\r+\e\[Kostep-fifo: Three/s, 'a line of progress');
	unlike($typed->{out}, qr/of 2\r?\n/, 'which does not stay');
}

# ---- what is wrong ----

sub refused {
	my ($message, @arguments) = @_;
	my $run = sched(@arguments);
	is_status($run, 125, "sched @arguments");
	like($run->{err}, qr/^creance: $message/, 'says why');
	is($run->{out}, '', 'and prints nothing else');
}

# The limits that the help names are those that there are.
my $help = run_creance(['help', 'workload'])->{out} =~ s/\s+/ /gr;
sub one_too_many {
	my ($limit, $message, $text) = @_;
	my ($most) = $help =~ $limit;
	ok($most, "the help says: $limit") or return;
	my $file = spew(work_dir() . '/many.txt', $text->($most));
	refused(qr/\Q$file\E:\d+: \Q$message\E.*\b$most\b/, $file);
}
one_too_many(qr/up to (\d+) jobs/, 'there are more than', sub { join '', map { "job J$_ cpu 1\n" } 0 .. $_[0] });
one_too_many(qr/names of up to (\d+) letters/, "found 'nnn", sub { 'job n' . 'n' x $_[0] . " cpu 1\n" });
one_too_many(qr/(\d+) cpu and io each/, 'the job has more than', sub { 'job A' . ' cpu 1' x ($_[0] + 1) });
one_too_many(qr/up to (\d+) lines 'expect'/, 'there are more than', sub { join '', map { "expect p$_\n" } 0 .. $_[0] });
one_too_many(qr/MS is from \S+ to (\d+) behind cpu/, "found '", sub { 'job A cpu ' . ($_[0] + 1) });
one_too_many(qr/from (\S+) to \d+ behind cpu/, "found '0.009'", sub { 'job A cpu 0.009' });
one_too_many(qr/all turns of a job may take (\d+)/, 'the job takes too long', sub { "job A cpu $_[0] times 2" });
one_too_many(qr/from 0 to (\d+) otherwise/, "found '", sub { 'job A at ' . ($_[0] + 1) });
one_too_many(qr/to (\d+) behind nice/, "found '", sub { 'job A nice ' . ($_[0] + 1) });
one_too_many(qr/to (\d+) behind times/, "found '", sub { 'job A cpu 1 times ' . ($_[0] + 1) });
one_too_many(qr/to (\d+) behind rehearse/, "found '", sub { 'rehearse ' . ($_[0] + 1) });
one_too_many(qr/up to (\d+) words/, 'found no program', sub { 'job A run' . ' a' x ($_[0] + 1) });
one_too_many(qr/(\d+) bytes in all/, 'the command is too long', sub { 'job A run ' . 'a' x ($_[0] + 1) });
one_too_many(qr/a title has up to (\d+)/, 'found a title', sub { 'title ' . 'a' x ($_[0] + 1) });
one_too_many(qr/a line up to (\d+)/, 'found a line', sub { 'a' x ($_[0] + 1) });

my $bad = spew(work_dir() . '/bad.txt', "title bad\n\njob A cpu 10\njob B at soon cpu 1\n");
refused(qr/\Q$bad\E:4: found 'soon' after 'at': expected milliseconds/, $bad);
refused(qr/\S+empty.txt: there is no job: expected/, spew(work_dir() . '/empty.txt', "# nothing\n"));
refused(qr/there is no workload 'ostep-fif': did you mean 'ostep-fifo'\?/, 'ostep-fif');
refused(qr{/nonexistent cannot be read}, '/nonexistent');
refused(qr{/ cannot be read \(Is a directory\)}, '/');
refused(qr{/dev/zero is longer than a workload may be: leave something out, up to 256 KiB}, '/dev/zero');
refused(qr/sched needs a workload/);
refused(qr/no program follows a '--'/, @$_) for ['--'], ['ostep-fifo', '--'], ['--', 'true', '--'];
refused(qr/there is no workload 'true'/, 'true', '--', 'true');
refused(qr/--policies: the kernel has no policy 'fif': did you mean 'fifo'\?/, '--policies', 'fif', 'ostep-fifo');
refused(qr/--policies: the setting 'quantum=1ms' belongs to no policy/, '--policies', 'quantum=1ms', 'ostep-fifo');
refused(qr/--policies: the policy 'rr' cannot have 'quantum=1h': write quantum= with a time from 100us to 1s/,
	'--policies', 'rr,quantum=1h', 'ostep-fifo');
refused(qr/--policies: the policy 'sjf' cannot have 'alpha=0': write alpha= with a number from 1 to 100/,
	'--policies', 'fifo,sjf,alpha=0', 'ostep-fifo');
refused(qr/--policies: the policy 'fifo' has no settings: write 'fifo'/, '--policies', 'fifo,x=1', 'ostep-fifo');
refused(qr/--policies: the policy 'rr' has no setting 'x': it is written as 'rr,quantum=10ms'/, '--policies', 'rr,x=1', 'ostep-fifo');
refused(qr/--policies: 'x=y{300}' makes a policy of more than/, '--policies', 'rr,x=' . 'y' x 300, 'ostep-fifo');
refused(qr/--append sched=: the policy 'mlfq' cannot have 'levels=17': write levels= with a number from 1 to 16/,
	'--append', 'tick=2ms sched=mlfq,levels=17', 'ostep-fifo');
for my $line ('expect foo', 'expect rr,quantum=1h turnaround 3', 'rehearse 1 under foo') {
	my $file = spew(work_dir() . '/named.txt', "job A cpu 1\n$line\n");
	my ($word, $policy) = $line =~ /^(\w+) (?:1 under )?(\S+)/;
	refused(qr/\Q$file\E: '$word(?: \Q$policy\E'|' under '\Q$policy\E'): the (?:kernel has no policy 'foo'|policy 'rr' cannot have)/, $file);
}
refused(qr/\Q$bad\E would be written over/, '--svg', $bad, $bad);
refused(qr/--cpus 2: a machine that is the same in every run has one CPU/, '--cpus', 2, 'ostep-fifo');
refused(qr/--accel kvm: a machine that is the same in every run is emulated/, '--accel', 'kvm', 'ostep-fifo');
refused(qr/--append trace= would be a second size/, '--append', 'tick=1ms trace=64K', 'ostep-fifo');
refused(qr/--list and --print run no workload/, '--list', 'ostep-fifo');
refused(qr/--seed -1 is no number from 0 to 999999999/, '--seed', '-1', 'ostep-fifo');

# Output that goes nowhere is a failure, as of any command.
for (['--list'], ['--print', 'ostep-fifo'], ['--policies', 'fifo', 'ostep-fifo'], ['--json', '--policies', 'fifo', 'ostep-fifo']) {
	my $run = run_command(['/bin/sh', '-c', "exec '" . creance() . "' sched @$_ >&-"]);
	is_status($run, 125, "sched @$_ >&-");
	like($run->{err}, qr/standard output cannot be written \(Bad file descriptor\)/, 'and says why');
}

$run = sched('--print', 'ostep-convoy');
like($run->{out}, qr/^title .*\n(?:.*\n)*job A cpu 100\n/, '--print shows a text to begin with');
is_status(sched('--policies', 'fifo', spew(work_dir() . '/copy.txt', $run->{out})), 0, 'which is a workload');

done_testing;
