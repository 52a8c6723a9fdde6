# SPDX-License-Identifier: MIT
# What the system tests share: running the creance command with streams of one's choice under a watchdog.
#
# A test never has an upper bound on time but the watchdog's, which is generous (CREANCE_WATCHDOG seconds): the
# machine may be slow and is shared.  Only processes that were started here are ever killed; the emulator dies with
# the command that started it.
package Creance;
use strict;
use warnings;
use Cwd qw(abs_path getcwd);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use IO::Select;
use POSIX qw(:sys_wait_h);
use Test::More;
use Time::HiRes qw(time sleep);

our @EXPORT = qw(build creance source work_dir variants kernel_option run_command run_creance guest_sh start finish
	same_bytes slurp spew have panic_free is_status counts_of watchdog);

my $build = abs_path($ENV{CREANCE_BUILD} // 'build') // 'build';
my $source = abs_path(dirname(__FILE__) . '/../..');
my $work = tempdir('creance-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my %started;

$SIG{PIPE} = 'IGNORE';
# Told to end, a test still ends what it has started (END here, DESTROY in Terminal.pm).
my $owner = $$;
$SIG{$_} = sub { exit 1 } for qw(HUP INT TERM);
delete @ENV{qw(CREANCE_KERNEL CREANCE_GDB_SCRIPT CREANCE_INITRAMFS)};

BAIL_OUT("there is no creance in $build: run 'make', or set CREANCE_BUILD") if !-x "$build/creance";

sub build { return $build }
sub creance { return "$build/creance" }
sub source { return $source }
sub work_dir { return $work }
sub watchdog { return $ENV{CREANCE_WATCHDOG} // 150 }

# The kernels to test: both, or the one that CREANCE_KERNEL_VARIANT names.
sub variants {
	return $ENV{CREANCE_KERNEL_VARIANT} ? ($ENV{CREANCE_KERNEL_VARIANT}) : qw(release debug);
}

sub kernel_option {
	my ($variant) = @_;
	return $variant eq 'debug' ? ('--debug-kernel') : ();
}

sub slurp {
	my ($path) = @_;
	open my $in, '<:raw', $path or die "$path: $!";
	local $/;
	return scalar(<$in>) // '';
}

sub spew {
	my ($path, $bytes) = @_;
	open my $out, '>:raw', $path or die "$path: $!";
	print $out $bytes;
	close $out or die "$path: $!";
	return $path;
}

sub have {
	my ($command) = @_;
	return grep { -x "$_/$command" } split /:/, $ENV{PATH};
}

# In the child: a standard stream becomes a file, or an open handle.
sub redirect {
	my ($stream, $mode, $to) = @_;
	my $good = ref $to ? open($stream, "$mode&", $to) : open($stream, $mode, $to);
	POSIX::_exit(120) if !$good;
}

# With CREANCE_TEST_CPUS=N a guest gets N CPUs, unless the test says how many or needs one.
sub with_cpus {
	my ($command) = @_;
	my ($name, $verb, @rest) = @$command;
	return $command if !$ENV{CREANCE_TEST_CPUS} || $name ne creance() || ($verb // '') !~ /\A(?:run|trace|shell)\z/;
	return $command if grep { /\A--(?:cpus|icount|deterministic|help|compare)|\bregime=none\b/ } @rest;
	return [$name, $verb, '--cpus', $ENV{CREANCE_TEST_CPUS}, @rest];
}

# Start a command: {pid, in, out, err}, the last three pipes to it (unless the options name files or handles).
# Options: in => undef (/dev/null) | a string | \'path' | 'open' (leave the pipe to the caller);
#          out, err => \'path'; env => {NAME => VALUE, or undef to remove}; dir => working folder.
sub start {
	my ($command, %option) = (with_cpus($_[0]), @_[1 .. $#_]);
	my ($in_r, $in_w, $out_r, $out_w, $err_r, $err_w);
	pipe($in_r, $in_w) && pipe($out_r, $out_w) && pipe($err_r, $err_w) or die "pipe: $!";
	my $pid = fork() // die "fork: $!";
	if (!$pid) {
		for my $name (keys %{$option{env} // {}}) {
			my $value = $option{env}{$name};
			defined $value ? $ENV{$name} = $value : delete $ENV{$name};
		}
		chdir $option{dir} or die "$option{dir}: $!" if $option{dir};
		redirect(*STDIN, '<', defined $option{in} ? ref $option{in} ? ${$option{in}} : $in_r : '/dev/null');
		redirect(*STDOUT, '>', ref $option{out} ? ${$option{out}} : $out_w);
		redirect(*STDERR, '>', ref $option{err} ? ${$option{err}} : $err_w);
		# What the test runner left open would be inherited, and be seen in /proc/self/fd.
		POSIX::close($_) for 3 .. 1023;
		$SIG{PIPE} = 'DEFAULT';
		no warnings 'exec';
		exec {$command->[0]} @$command;
		POSIX::_exit(121);
	}
	close $_ for $in_r, $out_w, $err_w;
	$started{$pid} = 1;
	my $self = {pid => $pid, in => $in_w, out => $out_r, err => $err_r, command => "@$command"};
	if (!defined $option{in} || ref $option{in}) {
		close $in_w;
		$self->{in} = undef;
	}
	return $self;
}

# Wait until it has ended: {status, out, err, timed_out, seconds}.  The status is the exit code, or 1000 plus the
# signal, so that a command killed by a signal is not taken for one that reports its program's.
sub finish {
	my ($self, %option) = @_;
	my $begun = time;
	my $limit = $begun + ($option{limit} // watchdog());
	my $to_write = $option{in} // '';
	my $readers = IO::Select->new($self->{out}, $self->{err});
	my $writers = IO::Select->new;
	my %text = (out => '', err => '');
	my ($written, $timed_out) = (0, 0);

	if ($self->{in}) {
		if (length $to_write) {
			$self->{in}->blocking(0);
			$writers->add($self->{in});
		} else {
			close $self->{in};
		}
	}
	while ($readers->count) {
		my $left = $limit - time;
		if ($left <= 0) {
			$timed_out = 1;
			last;
		}
		my ($can_read, $can_write) = IO::Select->select($readers, $writers, undef, $left);
		for my $handle (@{$can_read // []}) {
			my $which = $handle == $self->{out} ? 'out' : 'err';
			my $n = sysread $handle, $text{$which}, 1 << 17, length $text{$which};
			$readers->remove($handle) if !$n;
		}
		for my $handle (@{$can_write // []}) {
			my $n = syswrite $handle, $to_write, 1 << 16, $written;
			$written += $n // 0;
			if ($written == length $to_write || (!defined $n && !$!{EAGAIN})) {
				$writers->remove($handle);
				close $handle;
			}
		}
	}
	my $status = reap($self->{pid}, $timed_out ? time : $limit);
	$timed_out ||= $status < 0;
	diag("timed out: $self->{command}\n$text{err}") if $timed_out;
	return {status => $status, out => $text{out}, err => $text{err}, timed_out => $timed_out,
		written => $written, seconds => time - $begun};
}

# Wait for one of our children until the limit, then end it.  Its status, or -1 when it had to be ended.
sub reap {
	my ($pid, $limit) = @_;
	my $late = 0;
	until (waitpid($pid, WNOHANG) == $pid) {
		if (time >= $limit && $late++ % 100 == 0) {
			kill $late > 1 ? 'KILL' : 'TERM', $pid;
		}
		sleep 0.01;
	}
	delete $started{$pid};
	return -1 if $late;
	return $? & 127 ? 1000 + ($? & 127) : $? >> 8;
}

# A command from start to end.
sub run_command {
	my ($command, %option) = @_;
	my $text = defined $option{in} && !ref $option{in} ? $option{in} : undef;
	return finish(start($command, %option), %option, in => $text);
}

sub run_creance {
	my ($arguments, %option) = @_;
	return run_command([creance(), @$arguments], %option);
}

# A line of shell in a guest of its own: options => further options of `creance run`.
sub guest_sh {
	my ($line, %option) = @_;
	my @options = @{delete $option{options} // []};
	return run_creance(['run', @options, '--', '/bin/busybox', 'sh', '-c', $line], %option);
}

# One test: the command ended by itself, with this status.
sub is_status {
	my ($result, $status, $name) = @_;
	my $good = is($result->{timed_out} ? 'timed out' : $result->{status}, $status, $name);
	for (['error', $result->{err}], ['output', $result->{out}]) {
		my ($stream, $text) = @$_;
		diag("standard $stream ended with:\n" . join "", grep { defined } (split /^/m, $text)[-30 .. -1]) if !$good && length $text;
	}
	return $good;
}

# One test: two long texts are the same; a failure prints where they differ, not all of both.
sub same_bytes {
	my ($got, $wanted, $name) = @_;
	return pass($name) if $got eq $wanted;
	my $same = 0;
	my $shorter = length $got < length $wanted ? length $got : length $wanted;
	$same = ($got ^ $wanted) =~ /\A(\0+)/ ? length $1 : 0;
	$same = $shorter if $same > $shorter;
	my $from = $same > 60 ? $same - 60 : 0;
	fail($name);
	diag(sprintf "%d bytes instead of %d; they differ at %d", length $got, length $wanted, $same);
	diag("got:    " . show(substr $got, $from, 200));
	diag("wanted: " . show(substr $wanted, $from, 200));
	return 0;
}

sub show {
	my ($text) = @_;
	return $text =~ s/([^ -~])/$1 eq "\n" ? "\\n" : sprintf '\\x%02x', ord $1/ger;
}

# One test: nothing of the kernel's last words in a text.
sub panic_free {
	my ($text, $name) = @_;
	my ($words) = $text =~ /^(.*\b(?:panic:|assertion|BUG)\b.*)$/mi;
	return ok(!defined $words, $name) || !diag($words);
}

# name => number of the lines of /proc/creance/counts.
sub counts_of {
	my ($text) = @_;
	return map { /^(\w+) (\d+)\s*$/ ? ($1 => $2) : () } split /\n/, $text;
}

END {
	local $?;
	return if $$ != $owner;
	kill 'KILL', keys %started if %started;
}

1;
