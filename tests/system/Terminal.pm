# SPDX-License-Identifier: MIT
# A terminal for the interactive tests: a tmux server of its own (its socket is in a folder that is removed),
# with one window that runs a shell of this host.
package Terminal;
use strict;
use warnings;
use Creance;
use File::Temp qw(tempdir);
use Test::More;
use Time::HiRes qw(time sleep);

my $prompt = 'HOST$ ';

# Terminal->new(columns => 100, rows => 30): with the host's shell at its prompt.
sub new {
	my ($class, %option) = @_;
	my $folder = tempdir('creance-tmux-XXXXXX', TMPDIR => 1, CLEANUP => 1);
	my $self = bless {folder => $folder, socket => "$folder/$$", owner => $$}, $class;
	my @window = ('env', '-i', "PATH=$ENV{PATH}", "HOME=$folder", 'TERM=screen', "PS1=$prompt", 'LC_ALL=C', 'sh');
	$self->tmux('-f', '/dev/null', 'new-session', '-d', '-x', $option{columns} // 100, '-y', $option{rows} // 30,
		@window);
	$self->tmux('set-option', '-g', 'status', 'off');
	$self->tmux('resize-window', '-x', $option{columns} // 100, '-y', $option{rows} // 30);
	$self->wait_for(qr/^\Q$prompt\E*\s*\z/m, 'the prompt of the host') or return;
	return $self;
}

sub folder { return $_[0]{folder} }

# A command of tmux: what it prints.
sub tmux {
	my ($self, @words) = @_;
	my $result = run_command(['tmux', '-S', $self->{socket}, @words],
		env => {TMUX => undef, TMUX_TMPDIR => $self->{folder}}, limit => 60);
	diag("tmux @words: $result->{err}") if $result->{status} && $words[0] ne 'kill-server';
	return $result->{out};
}

# The text on the screen, without the blanks at the ends of lines and the empty lines at its own end.
sub screen {
	my ($self) = @_;
	my $text = $self->tmux('capture-pane', '-p');
	$text =~ s/[ \t]+$//mg;
	$text =~ s/\n+\z/\n/;
	return $text;
}

# Press keys, by tmux's names: keys('C-c'), keys('Escape', ':').
sub keys {
	my ($self, @names) = @_;
	$self->tmux('send-keys', @names);
}

# Type a text as it is.
sub type {
	my ($self, $text) = @_;
	$self->tmux('send-keys', '-l', $text);
}

# Type a line, and return.
sub line {
	my ($self, $text) = @_;
	$self->type($text) if length $text;
	$self->keys('Enter');
}

# Clear the screen and what scrolled away, as seen by tmux; the program at work does not notice.
sub forget {
	my ($self) = @_;
	$self->tmux('send-keys', '-R');
	$self->tmux('clear-history');
}

sub resize {
	my ($self, $columns, $rows) = @_;
	$self->tmux('resize-window', '-x', $columns, '-y', $rows);
}

# Wait until the screen matches (or a function of it is true): the screen, or undef when the watchdog was faster.
sub wait_for {
	my ($self, $wanted, $what, %option) = @_;
	my $limit = time + ($option{limit} // watchdog());
	my $screen;
	do {
		$screen = $self->screen;
		return $screen if ref $wanted eq 'CODE' ? $wanted->($screen) : $screen =~ $wanted;
		sleep 0.05;
	} while (time < $limit);
	diag("waited in vain for $what; the screen:\n" . $screen =~ s/^/  | /mgr);
	return;
}

# One test: the screen comes to match.
sub shows {
	my ($self, $wanted, $name) = @_;
	return ok(defined $self->wait_for($wanted, $name), $name);
}

# Run a line in the shell of the window, and wait until it has ended: what it printed.  The line's end is known by a
# word that the shell computes, so that the echo of what was typed is not taken for it.
my $marks = 0;

sub command {
	my ($self, $line) = @_;
	my $mark = 'mark' . ++$marks;
	$self->forget;
	$self->line("$line; echo ${mark}''end");
	my $screen = $self->wait_for(qr/^${mark}end$/m, "the end of '$line'");
	return if !defined $screen;
	# The line may have been broken at the margin, anywhere; its end is the mark as it was typed.
	my $typed = join '\n?', split //, "$mark''end";
	$screen =~ s/\A.*?$typed\s*?\n//s;
	$screen =~ s/^${mark}end\n.*\z//ms;
	return $screen;
}

sub DESTROY {
	my ($self) = @_;
	return if $$ != $self->{owner};
	local ($?, $@);
	$self->tmux('kill-server');
}

1;
