# SPDX-License-Identifier: MIT
# A page in headless Chromium, driven over the DevTools protocol (JSON over a pair of pipes, each message ended by a
# NUL).  There is no network: pages are files.
package Browser;
use strict;
use warnings;
use File::Temp qw(tempdir);
use IO::Handle;
use IO::Select;
use JSON::PP;
use MIME::Base64 qw(decode_base64);
use POSIX ();
use Time::HiRes qw(time);

my $json = JSON::PP->new->utf8->allow_nonref;

# Where it is; undef: this machine has none.
sub program {
	for my $name (qw(chromium chromium-browser google-chrome)) {
		for (split /:/, $ENV{PATH}) { return "$_/$name" if -x "$_/$name" }
	}
	return undef;
}

# open(URL, width => , height => , dark => , scale => )
sub open {
	my ($class, $url, %option) = @_;
	pipe(my $their_in, my $in) or die "pipe: $!";
	pipe(my $out, my $their_out) or die "pipe: $!";
	# In memory: the browser syncs its profile, and waits long for a disk that others use.
	my $profile = tempdir('creance-browser-XXXXXX', CLEANUP => 1, -w '/dev/shm' ? (DIR => '/dev/shm') : (TMPDIR => 1));
	my $pid = fork() // die "fork: $!";
	if (!$pid) {
		setpgrp;
		# Out of the way first, so that neither is overwritten by the other.
		my ($from, $to) = map { fileno $_ } $their_in, $their_out;
		for ($from, $to) { $_ = POSIX::dup($_) while $_ < 5 }
		POSIX::dup2($from, 3);
		POSIX::dup2($to, 4);
		POSIX::close($_) for 5 .. 63;
		CORE::open STDOUT, '>', '/dev/null';
		CORE::open STDERR, '>', '/dev/null';
		$ENV{HOME} = $profile;
		my $program = program();
		no warnings 'exec';
		exec $program, qw(--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run
			--disable-extensions --disable-background-networking --remote-debugging-pipe),
			"--user-data-dir=$profile", 'about:blank';
		POSIX::_exit(127);
	}
	close $their_in;
	close $their_out;
	my $self = bless {pid => $pid, owner => $$, in => $in, out => $out, next => 1, buffer => '', console => [],
		profile => $profile, limit => $option{limit} // 90}, $class;
	$in->autoflush(1);
	my $target = $self->call('Target.createTarget', {url => 'about:blank'})->{targetId};
	$self->{session} = $self->call('Target.attachToTarget', {targetId => $target, flatten => \1})->{sessionId};
	$self->call($_) for qw(Page.enable Runtime.enable Log.enable);
	$self->size($option{width} // 1680, $option{height} // 980, $option{scale});
	$self->dark($option{dark}) if defined $option{dark};
	$self->call('Page.navigate', {url => $url});
	return $self;
}

sub size {
	my ($self, $width, $height, $scale) = @_;
	$self->call('Emulation.setDeviceMetricsOverride',
		{width => $width, height => $height, deviceScaleFactor => $scale // 1, mobile => \0});
}

sub dark {
	my ($self, $dark) = @_;
	$self->call('Emulation.setEmulatedMedia',
		{features => [{name => 'prefers-color-scheme', value => $dark ? 'dark' : 'light'}]});
}

sub message {
	my ($self, $end) = @_;
	while (index($self->{buffer}, "\0") < 0) {
		my $left = $end - time;
		die "the browser does not answer\n" if $left <= 0 || !IO::Select->new($self->{out})->can_read($left);
		sysread($self->{out}, $self->{buffer}, 1 << 16, length $self->{buffer}) or die "the browser has ended\n";
	}
	my ($text, $rest) = split /\0/, $self->{buffer}, 2;
	$self->{buffer} = $rest;
	return $json->decode($text);
}

# What the page says on its console, and its errors.
sub note {
	my ($self, $m) = @_;
	my $p = $m->{params};
	if ($m->{method} eq 'Runtime.consoleAPICalled') {
		push @{$self->{console}}, "$p->{type}: " . join ' ', map { $_->{value} // $_->{description} // '' } @{$p->{args}};
	} elsif ($m->{method} eq 'Runtime.exceptionThrown') {
		my $d = $p->{exceptionDetails};
		push @{$self->{console}}, 'exception: ' . ($d->{exception}{description} // $d->{text});
	} elsif ($m->{method} eq 'Log.entryAdded') {
		push @{$self->{console}}, "$p->{entry}{level}: $p->{entry}{text}";
	}
}

sub call {
	my ($self, $method, $params) = @_;
	my $id = $self->{next}++;
	my %m = (id => $id, method => $method, params => $params // {});
	$m{sessionId} = $self->{session} if $self->{session};
	print {$self->{in}} $json->encode(\%m), "\0" or die "the browser has ended\n";
	my $end = time + $self->{limit};
	while (1) {
		my $answer = $self->message($end);
		if (!defined $answer->{id}) { $self->note($answer); next }
		next if $answer->{id} != $id;
		die "$method: $answer->{error}{message}\n" if $answer->{error};
		return $answer->{result};
	}
}

# The value of an expression; of a promise, what it becomes.
sub value {
	my ($self, $expression) = @_;
	my $r = $self->call('Runtime.evaluate',
		{expression => $expression, returnByValue => \1, awaitPromise => \1, userGesture => \1});
	die "$expression: " . ($r->{exceptionDetails}{exception}{description} // $r->{exceptionDetails}{text}) . "\n"
		if $r->{exceptionDetails};
	return $r->{result}{value};
}

# Wait until the expression is true. Returns: whether it came true.
sub wait_for {
	my ($self, $expression, $seconds) = @_;
	my $end = time + ($seconds // $self->{limit});
	while (time < $end) {
		return 1 if eval { $self->value("!!($expression)") };
		select undef, undef, undef, 0.05;
	}
	return 0;
}

# Two frames later, all is drawn.
sub settle {
	my ($self) = @_;
	$self->value('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))');
}

my %codes = (ArrowUp => 38, ArrowDown => 40, ArrowLeft => 37, ArrowRight => 39, Enter => 13, Escape => 27, Tab => 9,
	Home => 36, End => 35, PageUp => 33, PageDown => 34);

sub key {
	my ($self, $key, $modifiers) = @_;
	my %e = (key => $key, modifiers => $modifiers // 0, windowsVirtualKeyCode => $codes{$key} // ord uc $key);
	$e{code} = $key if $codes{$key};
	$e{text} = $key eq 'Enter' ? "\r" : $key if length $key == 1 || $key eq 'Enter';
	$self->call('Input.dispatchKeyEvent', {type => $e{text} ? 'keyDown' : 'rawKeyDown', %e});
	delete $e{text};
	$self->call('Input.dispatchKeyEvent', {type => 'keyUp', %e});
	$self->settle;
}

sub type {
	my ($self, $text) = @_;
	$self->key($_) for split //, $text;
}

sub mouse {
	my ($self, $type, $x, $y, %more) = @_;
	$self->call('Input.dispatchMouseEvent', {type => "mouse$type", x => $x, y => $y, %more});
}

sub click {
	my ($self, $x, $y) = @_;
	$self->mouse('Moved', $x, $y);
	$self->mouse($_, $x, $y, button => 'left', buttons => $_ eq 'Pressed' ? 1 : 0, clickCount => 1) for qw(Pressed Released);
	$self->settle;
}

sub picture {
	my ($self, $path) = @_;
	CORE::open my $out, '>:raw', $path or die "$path: $!";
	print $out decode_base64($self->call('Page.captureScreenshot', {format => 'png'})->{data});
	close $out or die "$path: $!";
}

sub console { return @{$_[0]{console}} }

sub DESTROY {
	my ($self) = @_;
	return if $self->{owner} != $$;
	local $?;
	kill 'KILL', -$self->{pid};
	waitpid $self->{pid}, 0;
}

1;
