# SPDX-License-Identifier: MIT
# Runs the guest's test programs in the guest, on one kernel, and makes a subtest of each.
#
# One boot runs them all, one after another, under a small shell script that prints a line before and after each.
# When a program hangs, or the guest dies of it, that program has failed, and the next one gets a new boot.
package GuestSuite;
use strict;
use warnings;
use Creance;
use Exporter qw(import);
use IO::Select;
use Test::More;
use Time::HiRes qw(time);

our @EXPORT = qw(run_guest_suite guest_suite);

# What the races kernel finds is chance. Who looks for races (make soak-cpus) is to see each; the other tests are to be
# the same each time, and name what was found without failing.
our $races_may_be_found = 0;

# How long one program may take: its cases have watchdogs of their own, of 60 seconds each.
my $limit = 2 * watchdog();

# FAMILY/PROGRAM of every test program in the initramfs that was built; with CREANCE_PART=N/PARTS of every PARTS-th from
# number N on, which takes some of each family.
sub programs {
	my $manifest = slurp(build() . '/initramfs-tests.cpio.manifest');
	my @all = sort $manifest =~ m{^file /tests/(\S+/\S+) }mg;
	my ($part, $parts) = split m{/}, $ENV{CREANCE_PART} // '0/1';
	my $only = $ENV{CREANCE_GUEST_TESTS};
	return grep { !defined $only || /$only/ } @all[grep { $_ % $parts == $part } keys @all];
}

# Boot, and run these programs: program => {text, status} of all that ended; the one that did not has no status.
# With fail_alloc= the shell is spared, and the programs' cases may fail (tests/guest/tap.c: TAP_TOLERANT).
# Then the name of the one that was running when it was over for the guest, and why; what was on standard error; the
# command's status; what the races kernel, where cases take much longer, has found.
sub boot_and_run {
	my ($options, @programs) = @_;
	my $tolerant = grep { /\bfail_alloc=/ } @$options;
	my $prelude = $tolerant ? "echo -1000 >/proc/self/oom_score_adj\nexport TAP_TOLERANT=1 TAP_TIMEOUT=5\n" : "[ ! -e /proc/creance/races ] || export TAP_TIMEOUT=600\n";
	# Under some scheduling policies one endless loop of a later program would stop all the others.
	my $script = $prelude . "cd /tmp\nread -r policy </proc/creance/sched\nfor t in @programs; do\n" .
		"echo \"=== begin \$t\"\n/tests/\$t </dev/null 2>&1\nstatus=\$?\nread -r now </proc/creance/sched\n" .
		"[ \"\$now\" = \"\$policy\" ] || echo \"not ok 0 - leaves the \$now\"\n" .
		"echo \"=== end \$t \$status\"\ndone\n" .
		"[ ! -e /proc/creance/races ] || sed 's/^/=== found: /' /proc/creance/races\n";
	my $guest = start([creance(), 'shell', @$options], in => 'open',
		env => {CREANCE_INITRAMFS => build() . '/initramfs-tests.cpio'});
	syswrite $guest->{in}, $script;
	close $guest->{in};
	$guest->{in} = undef;

	my (%result, $running, $why);
	my ($rest, $said, $races, $last_sign) = ('', '', '', time);
	my $readers = IO::Select->new($guest->{out}, $guest->{err});
	while ($readers->count) {
		my @ready = $readers->can_read($last_sign + $limit - time);
		if (!@ready) {
			$why = "took more than $limit seconds";
			last;
		}
		for my $handle (@ready) {
			my $text;
			if (!sysread $handle, $text, 65536) {
				$readers->remove($handle);
				next;
			}
			if ($handle == $guest->{err}) {
				$said .= $text;
				next;
			}
			$rest .= $text;
		}
		while ($rest =~ s/\A(.*)\n//) {
			my $line = $1;
			if ($line =~ /^=== begin (\S+)$/) {
				$running = $1;
				$last_sign = time;
				$result{$running} = {text => ''};
			} elsif ($line =~ /^(.*)=== end (\S+) (\d+)$/ && defined $running && $2 eq $running) {
				$result{$running}{text} .= "$1\n" if length $1;
				$result{$running}{status} = $3;
				$running = undef;
			} elsif (defined $running) {
				$result{$running}{text} .= "$line\n";
			} elsif ($line =~ /^=== found: (race: .*)/) {
				$races .= "$1\n";
			}
		}
	}
	$result{$running}{text} .= $rest if defined $running;
	$why //= 'stopped the guest' if defined $running;
	kill 'KILL', $guest->{pid} if $why;
	my $end = finish($guest, limit => $why ? 10 : watchdog());
	$said .= $end->{err};
	return (\%result, $running, $why, $said, $end->{status}, $races);
}

# One subtest: the program's own points, and its end.
sub report {
	my ($program, $result, $why, $said) = @_;
	subtest $program => sub {
		my @points = $result->{text} =~ /^((?:not )?ok \d+.*)$/mg;
		my ($planned) = $result->{text} =~ /^1\.\.(\d+)$/m;
		for my $point (@points) {
			my ($good, $name) = $point =~ /^(not )?ok \d+(?: - )?(.*)$/;
			ok(!defined $good, $name);
		}
		if (defined $why) {
			fail("$program ends");
			diag("it $why; its last words:");
			diag(map { "  $_\n" } last_lines($result->{text}, 15));
			diag("the guest's last words:\n", map { "  $_\n" } last_lines($said, 40)) if length $said;
		} else {
			is($result->{status}, 0, "$program ends well");
			is(scalar @points, $planned // 'none', 'all its points were there');
			if ($result->{status} || grep { /^not/ } @points) {
				diag(map { "  $_\n" } grep { !/^ok/ } split /\n/, $result->{text});
			}
		}
	};
}

sub last_lines {
	my ($text, $most) = @_;
	my @lines = split /\n/, $text;
	splice @lines, 0, @lines - $most if @lines > $most;
	return @lines;
}

# Run all of them in guests with these options of creance, and nothing else in this test.
sub run_guest_suite {
	guest_suite(@_);
	done_testing();
}

# The points of one such run.
sub guest_suite {
	my (@options) = @_;
	my @left = programs();
	die 'there are no guest tests' if !@left;
	while (@left) {
		my ($result, $culprit, $why, $said, $status, $races) = boot_and_run(\@options, @left);
		my @done = grep { $result->{$_} && defined $result->{$_}{status} } @left;
		report($_, $result->{$_}) for @done;
		if (defined $culprit) {
			report($culprit, $result->{$culprit}, $why, $said);
			push @done, $culprit;
		} else {
			is($status, 0, 'the guest ends well');
			# Some programs use up on purpose what there is, which is reported on the terminal.
			$said =~ s/^creance: the guest(?: ran out of memory|'s disk was full| had reached a limit)\b.*\n//mg;
			is($said, '', 'the kernel had nothing to say');
			if (($ENV{CREANCE_KERNEL} // '') =~ m{/races/}) {
				is($races, '', 'no two CPUs raced') if !$races_may_be_found;
				diag($races) if $races_may_be_found && length $races;
			}
			if (!@done) {
				fail('the guest starts');
				last;
			}
		}
		my %done = map { $_ => 1 } @done;
		@left = grep { !$done{$_} } @left;
	}
}

1;
