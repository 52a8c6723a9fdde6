# SPDX-License-Identifier: MIT
# A formatter for prove: the lines that prove prints anyway, and before its summary what the tests that failed have
# said, so that the end of a log tells why.  On a terminal (COLUMNS is set), a line below changes: how many tests are
# done, which run, and about how long the rest takes.  What each took is kept in the build's folder; the first time,
# scripts count for more than programs.
package TestProgress;
use strict;
use warnings;
use parent 'TAP::Formatter::File';
use Time::HiRes 'time';

my $times_file = ($ENV{CREANCE_BUILD} // 'build') . '/test_times';
my $lines_most = 60;	# of each test that failed
my (%seconds_of, %running, %is_left, $begin, @failed);

sub expected {
	my $test = shift;
	return $seconds_of{$test} // ($test =~ /\.t$/ ? 25 : 2);
}

sub sum { my $sum = 0; $sum += expected($_) for @_; return $sum }

sub prepare {
	my ($self, @tests) = @_;
	if (open my $in, '<', $times_file) {
		/^([\d.]+) (\S+)$/ and $seconds_of{$2} = $1 while <$in>;
	}
	%is_left = map { $_ => 1 } @tests;
	$self->{tests} = [@tests];
	$begin = time;
	return $self->SUPER::prepare(@tests);
}

# As long as the tests so far took, compared with what they were expected to take.
sub time_left {
	my $self = shift;
	my $left = sum(keys %is_left);
	my $done = sum(@{$self->{tests}}) - $left;
	my $seconds = $done > 30 ? (time - $begin) * $left / $done : $left / ($self->jobs || 1);
	return $seconds > 90 ? sprintf('%.0f minutes', $seconds / 60) : sprintf('%.0f seconds', $seconds);
}

sub show_line {
	my $self = shift;
	return if !$ENV{COLUMNS};
	my $all = @{$self->{tests}};
	my $names = join ', ', map { m{([^/]+)$} } sort keys %running;
	my $line = sprintf '%d of %d tests, about %s left: %s', $all - keys %is_left, $all, $self->time_left, $names;
	print STDERR "\r\e[K", substr($line, 0, $ENV{COLUMNS} - 1);
	return;
}

sub hide_line { print STDERR "\r\e[K" if $ENV{COLUMNS}; return }

sub open_test {
	my ($self, $test, $parser) = @_;
	my $session = TestProgress::Session->new({name => $test, formatter => $self, parser => $parser});
	$running{$test} = time;
	$self->show_line;
	return $session;
}

sub test_ended {
	my ($self, $test, $lines) = @_;
	push @failed, [$test, @$lines] if $lines;
	delete $is_left{$test};
	$seconds_of{$test} = time - delete $running{$test};
	$self->show_line if %is_left;
	return;
}

sub summary {
	my ($self, @arguments) = @_;
	if (open my $out, '>', $times_file) {
		printf $out "%.1f %s\n", $seconds_of{$_}, $_ for sort keys %seconds_of;
		close $out;
	}
	for (@failed) {
		my ($test, @lines) = @$_;
		my $more = @lines - $lines_most;
		splice @lines, 0, $more, "($more lines more before these)" if $more > 0;
		$self->_output(join "\n    ", "\nWhat $test said:", @lines);
		$self->_output("\n");
	}
	return $self->SUPER::summary(@arguments);
}

package TestProgress::Session;
use parent -norequire, 'TAP::Formatter::File::Session';

sub result {
	my ($self, $result) = @_;
	# What passed, also within a subtest, says nothing of a failure.
	push @{$self->{lines}}, $result->raw if $result->raw !~ /^\s*(?:ok\b|1\.\.\d|# Subtest|$)/;
	return $self->SUPER::result($result);
}

sub close_test {
	my $self = shift;
	my ($name, $formatter, $parser) = ($self->name, $self->formatter, $self->parser);
	$formatter->hide_line;
	$self->SUPER::close_test;
	$formatter->test_ended($name, $parser->has_problems ? $self->{lines} // [] : undef);
	return;
}

1;
