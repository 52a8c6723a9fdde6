#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# creance trace --format perfetto: protoc decodes it, every slice is closed and nests, every switch has two sides, times
# do not go back, flows lead from a wake-up to a run; also when the trace is cut off, or cut out of a longer one.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Creance;
use Test::More;

plan skip_all => 'there is no protoc here (Debian: protobuf-compiler)' if !have('protoc');

# Messages in protoc's text form as hashes of lists.
sub parse {
	my ($text) = @_;
	my @stack = my $top = {};
	for (split /\n/, $text) {
		if (/^\s*(\w+) \{$/) {
			push @{$stack[-1]{$1}}, my $message = {};
			push @stack, $message;
		} elsif (/^\s*\}$/) {
			pop @stack;
		} elsif (/^\s*(\w+): (?:"(.*)"|(\S+))$/) {
			push @{$stack[-1]{$1}}, $2 // $3;
		}
	}
	return $top;
}

sub trace {
	my ($what, @args) = @_;
	my $file = work_dir() . '/trace.pftrace';
	unlink $file;
	my $run = run_creance(['trace', '--format', 'perfetto', '-o', $file, @args]);
	my $schema = source() . '/host/trace';
	my $text = `protoc --decode=perfetto.Trace -I$schema perfetto.proto <$file 2>&1`;
	is($?, 0, "$what: protoc decodes it") or diag($text);
	unlike($text, qr/^\s*\d+: /m, "$what: has no field that the schema does not know");
	return ($run, @{parse($text)->{packet} // []});
}

# The invariants; returns what was counted.
sub check {
	my ($what, @packets) = @_;
	my (%open, %running, %on, %track, %begun, %n, @wrong);
	my $last = 0;
	for (@packets) {
		my $at = $_->{timestamp}[0];
		push @wrong, "time goes back at $at" if $at < $last;
		$last = $at;
		if (my ($d) = @{$_->{track_descriptor} // []}) {
			$track{$d->{uuid}[0]} = $d;
		} elsif (my ($e) = @{$_->{track_event} // []}) {
			my ($type, $uuid, $name) = ($e->{type}[0], $e->{track_uuid}[0], $e->{name}[0] // '');
			my $stack = $open{$uuid} //= [];
			$n{$type}++;
			push @wrong, "no track $uuid" if !$track{$uuid};
			if ($type eq 'TYPE_SLICE_BEGIN') {
				my $category = $e->{categories}[0];
				push @wrong, "$name within user mode at $at" if @$stack && $stack->[-1] eq 'user';
				push @wrong, "$category in " . ($stack->[-1] // 'nothing')
					if $category =~ /handler|return/ && ($stack->[-1] // '') ne 'trap';
				push @$stack, $category;
				$n{"begin $category"}++;
				$n{"slice $name"}++;
			} elsif ($type eq 'TYPE_SLICE_END') {
				push @wrong, "an end without beginning at $at" if !defined pop @$stack;
			} elsif ($type eq 'TYPE_COUNTER') {
				push @wrong, "a counter on another track" if !$track{$uuid}{counter};
			}
			$begun{$_}++ for @{$e->{flow_ids} // []};
			for (@{$e->{terminating_flow_ids} // []}) {
				push @wrong, "flow $_ ends before it begins" if !$begun{$_};
				$n{flows}++;
			}
		} elsif (my ($s) = @{$_->{generic_kernel_task_state_event} // []}) {
			my ($tid, $cpu, $state) = ($s->{tid}[0], $s->{cpu}[0], $s->{state}[0]);
			$n{$state}++;
			if ($state eq 'TASK_STATE_RUNNING') {
				push @wrong, "CPU $cpu has $on{$cpu} when it is given to $tid" if defined $on{$cpu};
				push @wrong, "$tid runs twice" if defined $running{$tid};
				($on{$cpu}, $running{$tid}) = ($tid, $cpu);
			} elsif (defined(my $was = delete $running{$tid})) {
				delete $on{$was};
			}
		} elsif (my ($t) = @{$_->{generic_kernel_process_tree} // []}) {
			$n{processes} += @{$t->{processes} // []};
			$n{threads} += @{$t->{threads} // []};
		}
	}
	push @wrong, map { "open at the end on $_: @{$open{$_}}" } grep { @{$open{$_}} } keys %open;
	is(scalar @wrong, 0, "$what: slices nest and end, switches have two sides, times rise")
		or diag(join "\n", @wrong[0 .. ($#wrong < 9 ? $#wrong : 9)]);
	return \%n;
}

my $script = '(i=0; while [ $i -lt 3000 ]; do i=$((i+1)); done) & (sleep 0.01; echo hello | cat) & wait';
my ($run, @packets) = trace('three processes', '--', '/bin/busybox', 'sh', '-c', $script);
is($run->{out}, "hello\n", 'the program does what it does without a trace');
my $n = check('three processes', @packets);
cmp_ok($n->{"begin $_"} // 0, '>', 20, "there are $_ slices") for qw(user trap handler return);
cmp_ok($n->{'slice write'} // 0, '>', 0, 'a handler is called as its call');
cmp_ok($n->{"TASK_STATE_$_"} // 0, '>', 0, "threads come to be $_") for qw(RUNNING RUNNABLE INTERRUPTIBLE_SLEEP DEAD);
cmp_ok($n->{flows} // 0, '>', 3, 'flows lead from wake-ups to runs');
cmp_ok($n->{TYPE_COUNTER} // 0, '>', 3, 'counters count');
cmp_ok($n->{processes} // 0, '>=', 5, 'the tree has the processes');

# Its middle: the same run again takes about as long.
my @times = grep { $_ } map { $_->{timestamp}[0] } @packets;
my $quarter = int(($times[-1] - $times[0]) / 4);
my ($from, $to) = map { "${_}ns" } $times[0] + $quarter, $times[0] + 2 * $quarter;
($run, @packets) = trace('a part', '--from', $from, '--to', $to, '--', '/bin/busybox', 'sh', '-c', $script);
check('a part', @packets);

($run, @packets) = trace('one process', '--pid', 2, '--', '/bin/busybox', 'sh', '-c', 'echo hello | cat');
$n = check('one process', @packets);
is($n->{processes}, 1, 'which is alone');

($run, @packets) = trace('cut off', '--limit', '2s', '--', '/bin/busybox', 'sh', '-c', 'while :; do :; done');
is($run->{status}, 124, 'an endless program is ended');
$n = check('cut off', @packets);
cmp_ok($n->{'begin user'} // 0, '>', 5, 'and its trace is there');
done_testing();
