#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# usage: guide.pl [--check] [CHAPTER...]        (CREANCE_BUILD: the build folder)
#
# The commands in the chapters of docs/guide and what they print.  A chapter has marks
#
#     <!-- run: COMMAND -->
#     <!-- cut: WORD... -->        (may be left out)
#     ```
#     $ COMMAND
#     what it printed
#     ```
#
# and this tool runs each COMMAND (by sh, in a folder whose `build` is the build folder) and writes the fenced block
# again; with --check it only compares, says what differs, and exits 1 if anything does.  COMMAND may go over several
# lines.  What changes from build to build or is too long is cut by words:
#     times         the columns of times in a trace's table and how long a program runs, the times of the kernel's log, "until"
#                   of a trace's remarks
#     addresses     hexadecimal numbers of five digits and more (0x..., and the log's ip, sp, address) become 0x...
#     sizes         "123 bytes" becomes "... bytes"
#     steps         the number of steps that a trace's remark leaves out, and of events at its end
#     from:/RE/     begin at the first line that matches; again: at the next;  to:/RE/  end at the next that matches
#     until:/RE/    end before the next line that matches
#     lines:N       only N lines
# A line [...] takes the place of lines that are left out.
use strict;
use utf8;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);

my $top = dirname(abs_path(__FILE__)) . '/..';
my $build = abs_path($ENV{CREANCE_BUILD} // "$top/build") // '';
my $limit = $ENV{CREANCE_WATCHDOG} // 150;
my $check = @ARGV && $ARGV[0] eq '--check' && shift @ARGV;
my $work = tempdir('creance-guide-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $owner = $$;
my %printed; # command => what it prints

die "guide.pl: there is no $build/creance: run make\n" if !-x "$build/creance";
symlink $build, "$work/build" or die "$work/build: $!\n";
symlink abs_path("$top/docs"), "$work/docs" or die "$work/docs: $!\n";
delete @ENV{grep { /^CREANCE_/ } keys %ENV};
@ENV{qw(COLUMNS LC_ALL TZ)} = (132, 'C.UTF-8', 'UTC');

sub slurp {
	my ($path) = @_;
	open my $in, '<', $path or die "$path: $!\n";
	local $/;
	return scalar(<$in>) // '';
}

# A block: from its run mark to the end of its fence.
my $block = qr{^<!--\ run:\ (?<command>(?:(?!-->).)+?)\s*-->\n
	(?:<!--\ cut:\ (?<cut>[^\n]*?)\s*-->\n)?
	```\n(?<old>.*?)^```\n}xms;

# The words of a cut: [name, value].
sub cut_words {
	my ($text) = @_;
	my @words;
	while ($text =~ m{\G\s*(\w+)(?::(?:/((?:[^/\\]|\\.)+)/|(\d+)))?(?=\s|$)}gc) {
		push @words, [$1, $2 // $3];
	}
	die "cannot read the cut '$text'\n" if substr($text, pos($text) // 0) =~ /\S/;
	return @words;
}

# A trace's table without its times: the thread, then the columns.
sub without_times {
	my ($text) = @_;
	my @lines = split /\n/, $text;
	for (@lines) {
		if (/^─*┼/) {
			s/^─*┼/'─' x 14 . '┼'/e;
		} elsif (/^\s*(?:time µs\s+cost\s+|\d+\.\d+(?:\s+\d+\.\d+)?\s+)?([^│]*?)\s*│(.*)/) {
			$_ = sprintf '%-14s│%s', $1, $2;
		}
		s/, until [\d.]+$//;
		s/ runs: [\d.]+ (?:ns|µs|ms|s)$/ runs/;
		s/^\s+(?=… )/  /;
		s/^\[ *\d+\.\d+\]/[...]/;
	}
	return join "\n", @lines;
}

# Replaces in the cells of tables, whose width stays, and elsewhere.
sub in_cells {
	my ($text, $replace) = @_;
	my @lines = split /\n/, $text;
	for (@lines) {
		my @cells = split /│/, $_, -1;
		for (@cells) {
			my $width = length;
			$_ = $replace->($_);
			next if @cells == 1;
			$_ .= ' ' x ($width - length) if $width > length;
			s/ {1,@{[length() - $width]}}\z// if length > $width;
		}
		$_ = join '│', @cells;
	}
	return join "\n", @lines;
}

sub lines_between {
	my ($text, $name, $value, $from_again) = @_;
	my @lines = split /\n/, $text;
	my $nr = @lines;
	my $re = qr/$value/;
	if ($name eq 'from') {
		# What an earlier cut left out is left out already; a second from: begins after the first one's line.
		shift @lines if @lines && $lines[0] eq '[...]';
		shift @lines if $from_again;
		shift @lines while @lines && $lines[0] !~ $re;
		die "no line of the output matches from:/$value/\n" if !@lines;
		return join "\n", @lines < $nr ? '[...]' : (), @lines;
	}
	my $at = $name eq 'lines' ? $value : $lines[0] eq '[...]' ? 2 : 1;
	if ($name ne 'lines') {
		$at++ while $at < @lines && $lines[$at] !~ $re;
		die "no line of the output matches $name:/$value/\n" if $at >= @lines;
		$at++ if $name eq 'to';
	}
	return join "\n", @lines[0 .. ($at < $nr ? $at : $nr) - 1], $at < $nr ? '[...]' : ();
}

# The folder that the commands run in has another name each time; a table may break it into lines.
sub without_random {
	my ($text) = @_;
	my ($random) = $work =~ /(\w+)\z/;
	my $break = qr/(?:\s*\n[^\n]*│ )?/;
	my $broken = join $break, split //, $random;
	return $text =~ s/($broken)/$1 =~ s{\w}{X}gr/ger;
}

sub cut {
	my ($text, $words) = @_;
	my $froms = 0;
	utf8::decode($text);
	$text = without_random($text =~ s/\r//gr);
	utf8::decode($words);
	for (cut_words($words)) {
		my ($name, $value) = @$_;
		if ($name eq 'times') {
			$text = without_times($text);
		} elsif ($name eq 'addresses') {
			$text = in_cells($text, sub { s/\b(?:0x|(?<=ip )|(?<=sp )|(?<=address ))[0-9a-f]{5,}\b/0x.../gr });
		} elsif ($name eq 'sizes') {
			$text = in_cells($text, sub { s/\b\d+(?= bytes\b)/.../gr });
		} elsif ($name eq 'steps') {
			$text =~ s/^(\s*… .*: )\d+ steps?$/$1... steps/mg;
			$text =~ s/^(end: .*; )\d+ events(?:(, )\d+( of them))?/$1 . '... events' . ($2 ? "$2...$3" : '')/emg;
		} elsif ($name =~ /^(?:from|to|until|lines)$/ && defined $value) {
			$text = lines_between($text, $name, $value, $name eq 'from' && $froms++);
		} else {
			die "there is no cut '$name'\n";
		}
	}
	$text =~ s/[ \t]+$//mg;
	$text =~ s/\n*\z//;
	utf8::encode($text);
	return $text;
}

# The chapter's text with each block as it should be.
sub renewed {
	my ($text) = @_;
	$text =~ s{$block}{
		my ($command, $cut) = ($+{command}, $+{cut});
		my $mark = "<!-- run: $command -->\n" . (defined $cut ? "<!-- cut: $cut -->\n" : '');
		"$mark```\n\$ $command\n" . cut($printed{$command}, $cut // '') . "\n```\n";
	}ge;
	return $text;
}

# Runs the commands, two at a time.
sub run_all {
	my @queue = @_;
	my (%running, $nr);
	while (@queue || %running) {
		while (@queue && keys %running < 2) {
			my $command = shift @queue;
			my $file = "$work/out." . ++$nr;
			my $pid = fork() // die "fork: $!\n";
			if (!$pid) {
				chdir $work or die "$work: $!\n";
				open STDIN, '<', '/dev/null';
				open STDOUT, '>', $file or die "$file: $!\n";
				open STDERR, '>&', \*STDOUT;
				exec 'timeout', '-k', 5, $limit, 'sh', '-c', $command;
				die "timeout: $!\n";
			}
			$running{$pid} = [$command, $file];
		}
		my $pid = wait;
		my ($command, $file) = @{delete $running{$pid} // next};
		my $status = $? >> 8;
		$printed{$command} = slurp($file);
		die "$command:\n$printed{$command}" . "guide.pl: the command "
			. ($status == 124 ? "took too long\n" : "could not be run (status $status)\n") if $status =~ /^(?:124|125)$/;
	}
}

sub differences {
	my ($old, $new) = @_;
	for ([old => $old], [new => $new]) {
		open my $out, '>', "$work/$_->[0]" or die "$!\n";
		print $out $_->[1];
	}
	return `diff -U 2 '$work/old' '$work/new' | tail -n +3 | head -60`;
}

my @chapters = @ARGV ? @ARGV : sort glob "$top/docs/guide/*.md";
my %text = map { $_ => slurp($_) } @chapters;
my %commands;
for my $chapter (@chapters) {
	my $marks = () = $text{$chapter} =~ /^<!-- run:/mg;
	my $blocks = 0;
	while ($text{$chapter} =~ /$block/g) {
		$commands{$+{command}} = 1;
		$blocks++;
	}
	die "$chapter: a run mark is not followed by a block\n" if $marks != $blocks;
}
run_all(sort keys %commands);

my ($stale, @mistakes) = (0);
for my $chapter (@chapters) {
	my $new = eval { renewed($text{$chapter}) };
	if (!defined $new) {
		push @mistakes, "$chapter: $@";
		next;
	}
	next if $new eq $text{$chapter};
	$stale++;
	if ($check) {
		print "$chapter: commands print other things than it says; run make guide\n", differences($text{$chapter}, $new);
	} else {
		open my $out, '>', $chapter or die "$chapter: $!\n";
		print $out $new;
		close $out or die "$chapter: $!\n";
		print "$chapter is new\n";
	}
}
die @mistakes if @mistakes;
exit($check && $stale ? 1 : 0);
