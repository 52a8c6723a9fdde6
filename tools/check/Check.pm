# SPDX-License-Identifier: MIT
# What the checks of this folder share: finding files, blanking comments, allow-lists, reports.
#
# A check looks at the tree it is started for (CREANCE_TOP, by default the one that contains it), prints a line
# "path:line: what is wrong" for each problem and exits 1 if there was any.  An allow-list NAME.allow has lines
# "path[:word]  reason"; an entry that no longer excuses anything is a problem, too, so that lists shrink.
package Check;
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Find ();
use File::Basename qw(dirname);
use Exporter 'import';
our @EXPORT = qw(sources slurp code_only c_functions contract_functions allowed problem finish build_folder kernel_flags parallel);

my $home = dirname(abs_path(__FILE__));
my $name = (split '/', $0)[-1];
my ($nr_problems, %allow, %used) = (0);
chdir($ENV{CREANCE_TOP} // "$home/../..") or die "$name: $!\n";
load_allow();

# Files under the folders whose path matches, sorted; build output and .git are never looked at.
sub sources {
	my ($match, @folders) = @_;
	@folders = qw(kernel host user tests tools bench docs .ci) unless @folders;
	my @found;
	File::Find::find({no_chdir => 1, wanted => sub {
		$File::Find::prune = 1 if -d && m{(^|/)(build[^/]*|\.git)$};
		push @found, $_ if -f && /$match/;
	}}, grep { -e } @folders);
	return sort @found;
}

sub slurp {
	my ($path) = @_;
	open my $in, '<', $path or die "$path: $!\n";
	local $/;
	return scalar <$in> // '';
}

# The text with comments and the insides of strings blanked; lines stay where they are.
sub code_only {
	my ($text) = @_;
	my $blank = sub { my ($s) = @_; $s =~ s/[^\n]/ /g; return $s };
	$text =~ s{(//[^\n]*|/\*.*?\*/)|"((?:[^"\\\n]|\\.)*)"|('(?:[^'\\\n]|\\.)+')}
		  {defined $1 ? $blank->($1) : defined $2 ? '"' . $blank->($2) . '"' : $3}gse;
	return $text;
}

# The functions that a text of C defines: hashes of name, is_static, line (of the name) and lines (of the body).
sub c_functions {
	my ($text) = @_;
	my $parens = qr/(\((?:[^()]++|(?-1))*+\))/;
	my @functions;
	$text = code_only($text);
	$text =~ s/\\\n/ \n/g;
	$text =~ s/^[ \t]*#.*/ /mg;
	# From the margin: a type, the name, its parameters, annotations, and the body as far as the margin.
	while ($text =~ /^((?:\w[\w\s*]*?[\s*])??)(\w+)\s*$parens(?:\s*+\w++\s*+(?:$parens)?+)*+\s*\{/mg) {
		my ($type, $name, $begin, $at) = ($1, $2, $-[2], pos $text);
		$text =~ /^\}/mg or last;
		push @functions, {
			name => $name,
			is_static => scalar($type =~ /\bstatic\b/),
			is_inline => scalar($type =~ /\binline\b|__always_inline/),
			line => 1 + (substr($text, 0, $begin) =~ tr/\n//),
			lines => 1 + (substr($text, $at, pos($text) - $at) =~ tr/\n//),
		};
	}
	return @functions;
}

# The functions that the machine contract declares: name => its header.
sub contract_functions {
	my %found;
	for my $header (glob 'kernel/arch/arch_*.h') {
		my $code = code_only(slurp($header)) =~ s/^[ \t]*#.*//mgr;
		$found{$1} = $header while $code =~ /^\w[\w\s*]*?\b(arch_\w+)(\((?:[^()]++|(?-1))*+\))[^;{}=]*;/mg;
	}
	return %found;
}

sub load_allow {
	my $file = ($ENV{CREANCE_TOP} ? "tools/check" : $home) . "/$name.allow";
	open my $in, '<', $file or return;
	while (<$in>) {
		next if /^\s*(#|$)/;
		my ($what, $reason) = /^(\S+)\s+(\S.*)$/ or die "$file:$.: an entry needs a reason\n";
		$allow{$what} = "$file:$.";
	}
}

sub allowed {
	my ($what) = @_;
	return 0 unless $allow{$what};
	$used{$what} = 1;
	return 1;
}

sub problem {
	print "$_[0]\n";
	$nr_problems++;
}

sub finish {
	for (sort keys %allow) {
		problem("$allow{$_}: $_ needs no exception any more; remove the line") unless $used{$_};
	}
	exit($nr_problems ? 1 : 0);
}

sub build_folder {
	return $ENV{CREANCE_BUILD} // "$home/../../build";
}

# The flags that the debug kernel is compiled with.
sub kernel_flags {
	my $text = slurp(build_folder() . '/kernel/debug/flags');
	$text =~ s/\s+/ /g;
	return grep { length } split / /, $text;
}

# Runs job(item) for the items, two at a time; what a job prints is a problem.
sub parallel {
	my ($job, @items) = @_;
	my (@pids, @outputs);
	my $workers = 2;
	for my $w (0 .. $workers - 1) {
		my $pid = open(my $from, '-|') // die "fork: $!\n";
		if (!$pid) {
			for (my $i = $w; $i < @items; $i += $workers) {
				my $text = $job->($items[$i]);
				print $text if defined $text && length $text;
			}
			close STDOUT;
			require POSIX;
			POSIX::_exit(0);
		}
		push @outputs, $from;
	}
	for my $from (@outputs) {
		while (<$from>) {
			chomp;
			problem($_);
		}
		close $from;
		problem("a worker of the check died") if $?;
	}
}

1;
