#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# tools/setup.sh: does nothing where nothing is missing; names the packages where it cannot install them; asks apt
# for exactly what is missing, as root or by sudo.  apt-get, sudo and id are stand-ins that write down their calls.
use strict;
use warnings;
use Cwd qw(getcwd);
use File::Temp qw(tempdir);
use Test::More;

my $work = tempdir(CLEANUP => 1);
my $setup = getcwd() . '/tools/setup.sh';
my @tools = map { chomp; m{([^/]+)$} ? $_ : () } map { `sh -c 'command -v $_'` } qw(sh dirname head grep tail rm env cat chmod sed);

# A folder of commands: what the script itself needs, and stand-ins.
sub commands {
	my ($name, %stand_in) = @_;
	my $folder = "$work/$name";
	mkdir $folder;
	symlink $_, "$folder/" . (split '/')[-1] for @tools;
	for my $command (keys %stand_in) {
		open my $out, '>', "$folder/$command" or die;
		print $out "#!$folder/sh\n$stand_in{$command}";
		close $out;
		chmod 0755, "$folder/$command";
	}
	return $folder;
}

sub run_setup {
	my ($folder, @options) = @_;
	unlink "$work/calls";
	my $said = `PATH=$folder TMPDIR=$work $setup @options 2>&1 </dev/null`;
	my $status = $? >> 8;
	my $calls = -e "$work/calls" ? do { open my $in, '<', "$work/calls" or die; local $/; <$in> } : '';
	return ($status, $said, $calls);
}

is(`$setup run 2>&1`, '', 'says nothing where nothing is missing');
is($?, 0, 'and succeeds');

my $log = "echo \"\${0##*/} \$*\" >>$work/calls\n";
my ($status, $said, $calls) = run_setup(commands('bare', id => "echo 0\n"), 'run');
is($status, 1, 'without apt it fails');
like($said, qr/no apt.*\bgcc\b.*\bqemu-system-x86\b/s, 'and names what is needed');

($status, $said, $calls) = run_setup(commands('user', id => "echo 1000\n", 'apt-get' => $log), 'run');
is($status, 1, 'a user without sudo is refused');
like($said, qr/as root:  apt-get install .*\bgcc\b/, 'and told what root has to type');
is($calls, '', 'and nothing is tried');

($status, $said, $calls) = run_setup(commands('root', id => "echo 0\n", 'apt-get' => $log . "exit 100\n"), 'run');
is($status, 1, 'when apt fails, it fails');
like($said, qr/apt could not read its lists/, 'and says what it could not do');
like($calls, qr/^apt-get .*update$/m, 'the lists are fetched first');

# An apt that installs: it makes all commands of the set run.
open my $list, '<', 'tools/packages.txt' or die;
my @listed = map { /^run +\S+ +(?:command|static) +(\S+)/ ? $1 : () } <$list>;
my $root = commands('apt', id => "echo 0\n", 'apt-get' => $log .
	"case \"\$*\" in *--assume-no*)\n" .
	"echo '0 upgraded, 102 newly installed, 0 to remove and 0 not upgraded.'\n" .
	"echo 'Need to get 83.0 MB of archives.'\n" .
	"echo 'After this operation, 390 MB of additional disk space will be used.'\nexit 1 ;; esac\n" .
	"for c in @listed; do\n" .
	"[ -e $work/apt/\$c ] || { echo >$work/apt/\$c; chmod 755 $work/apt/\$c; }; done\n");
($status, $said, $calls) = run_setup($root, 'run');
is($status, 0, 'where apt installs, it succeeds') or diag($said);
like($calls, qr/^apt-get .*install -y --no-install-recommends .*\bmusl-tools\b/m, 'with what is missing');
like($said, qr/Installing 102 packages: 83.0 MB to download, 390 MB on the disk/, 'and says before how much that is');
unlike($calls, qr/\blibelf-dev\b/, 'and not what is there') if -e '/usr/include/libelf.h';
unlike($calls, qr/\b(?:clang|gdb|tmux|chromium|rt-tests)\b/, 'nor what another set has');
($status, $said, $calls) = run_setup($root, 'run');
is("$status$said$calls", '0', 'the second time there is nothing to do');

# Other sets.
($status, $said, $calls) = run_setup($root, 'extra');
is($status, 1, 'what apt has not brought is missed');
like($calls, qr/^apt-get .*install -y --no-install-recommends .*\bchromium\b/m, 'the packages of a set are asked for');
unlike($calls, qr/\bgcc\b/, 'and no others');
($status, $said, $calls) = run_setup($root, 'nonsense');
is($status, 2, 'a set that does not exist is refused');
like($said, qr/no set nonsense/, 'by its name');
($status, $said, $calls) = run_setup($root, '--list', 'extra');
is("$status$calls", '1', '--list installs nothing');
like($said, qr/\bchromium\b/, 'and prints what is missing');

my $sudo = commands('sudo', id => "echo 1000\n", 'apt-get' => "exit 100\n", sudo => $log . 'exec "$@"' . "\n");
($status, $said, $calls) = run_setup($sudo, 'run');
like($calls, qr/^sudo env LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get .*update$/m, 'a user with sudo uses it');
done_testing();
