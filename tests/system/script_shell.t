#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# creance shell with a script on its standard input: it prints what this Linux prints, and ends as the script does.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Creance;
use Test::More;

my $script = 'uname -s; echo $((6*7)); ls /proc/self/fd | wc -l; sh -c "exit 7"';

for my $variant (variants()) {
	my @shell = ('shell', kernel_option($variant));
	my $here = run_command(['/bin/busybox', 'sh'], in => $script);
	my $there = run_creance(\@shell, in => $script);
	is_status($there, 7, "$variant: the shell's status is the command's");
	is($there->{out}, $here->{out}, 'it prints what Linux prints');
	is($there->{err}, '', 'and nothing else');
	is($here->{status}, 7, 'as does Linux');

	my $mixed = "cat <<END\nhere\nEND\n(read line; echo got \$line)\necho the line\nexit 3\necho never\n";
	$here = run_command(['/bin/busybox', 'sh'], in => $mixed);
	$there = run_creance(\@shell, in => $mixed);
	is_status($there, 3, 'exit ends the shell');
	is($there->{out}, $here->{out}, 'a script with its data is read as Linux reads it');

	$there = run_creance(\@shell, in => '');
	is_status($there, 0, 'an empty script');
	is($there->{out} . $there->{err}, '', 'prints nothing');

	$there = run_creance([@shell, '--', '-c', 'echo $0 $1 $2; exit 4', 'name', 'a b', 'c'], in => '');
	is_status($there, 4, 'arguments are handed to the shell');
	is($there->{out}, "name a b c\n", 'as they are');

	$there = run_creance(\@shell, in => "kill -TERM \$\$\n");
	is_status($there, 128 + 15, 'a shell that is killed gives 128 and the signal');

	$there = run_creance(\@shell, in => "nosuchcommand\n");
	is_status($there, 127, 'a command that is not there');
	like($there->{err}, qr/nosuchcommand: not found/, 'is named on standard error');

	$there = run_creance(\@shell, in => join '', map { "echo line $_\n" } 1 .. 2000);
	is_status($there, 0, 'a long script');
	same_bytes($there->{out}, join('', map { "line $_\n" } 1 .. 2000), 'is executed to its end');
}
done_testing();
