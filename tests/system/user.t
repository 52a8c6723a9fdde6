#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Whose rights a program has in its guest: an ordinary user's, unless --user says otherwise; the shell is root's.
use strict;
use warnings;
use File::Temp 'tempdir';
use FindBin;
use lib $FindBin::Bin;
use Creance;
use Test::More;

my $busybox = '/bin/busybox';
my ($uid, $gid) = $< ? ($<, (split ' ', $()[0] || 65534) : (65534, 65534);
my $who = 'id -u; id -g; sed -n "s/^Groups:[\t ]*/groups /p" /proc/self/status; pwd; echo $HOME';

my $r = guest_sh($who);
is($r->{out}, "$uid\n$gid\ngroups \n/tmp\n/tmp\n", 'a program has the rights of its caller, and never of root');
for (['root', "0\n0\ngroups \n/\n/root\n"], ['0', "0\n0\ngroups \n/\n/root\n"], ['user', "1000\n1000\ngroups \n/tmp\n/tmp\n"],
	['1234', "1234\n1234\ngroups \n/tmp\n/tmp\n"], ['1234:5', "1234\n5\ngroups \n/tmp\n/tmp\n"], ['5:0', "5\n0\ngroups \n/tmp\n/tmp\n"])
{
	my ($user, $out) = @$_;
	is(guest_sh($who, options => ['--user', $user])->{out}, $out, "--user $user");
}
is(guest_sh('for f in argv envp mode path user; do cat /creance/$f; done', options => ['--env', 'TOKEN=secret'])->{out}, '',
	'a program reads nothing of what the host told init');
is(run_creance(['shell'], in => "id -u\n")->{out}, "0\n", "the shell is root's");
is(run_creance(['shell', '--user', '7'], in => "id -u\n")->{out}, "7\n", 'unless it is told otherwise');
$r = run_creance(['trace', '-o', work_dir() . '/trace.txt', '--', $busybox, 'id', '-u']);
is($r->{out}, "$uid\n", 'a traced program has no more rights');
for my $wrong ('somebody', '', '-1', '1:', '1:2:3', '4294967295') {
	$r = run_creance(['run', '--user', $wrong, '--', $busybox, 'true']);
	is_status($r, 125, "--user '$wrong'");
	like($r->{err}, qr/\Acreance: [^\n]+\n\z/, 'says what is wrong');
}

# What it may do, and what not.
$r = guest_sh('echo a >file && cat file; for f in /x /etc/x /root/x /proc/sys/kernel/hostname /proc/creance/panic /dev/console; do
	(echo x >$f) 2>/dev/null && echo "wrote $f"; done; ls /root 2>/dev/null && echo "read /root"; kill -9 1 2>/dev/null && echo killed;
	mount -t tmpfs x /mnt 2>/dev/null && echo mounted; hostname x 2>/dev/null && echo named; echo out >/dev/stdout; echo err >/dev/stderr');
is($r->{out}, "a\nout\n", 'it writes to /tmp and its streams, and has no power over the system');
is($r->{err}, "err\n", 'standard error, too');

# Its files: what the caller could read, it can read; what --file names is its own, and so is what others could not read; no
# set-ID bit comes along.
mkdir work_dir() . '/private', 0700;
my $own = spew(work_dir() . '/private/busybox', slurp($busybox));
chmod 04700, $own;
my $data = spew(work_dir() . '/private/data', "data\n");
chmod 0600, $data;
$r = run_creance(['run', '--file', $data, '--file', work_dir() . '/private=/own', '--', $own, 'sh', '-c',
	"stat -c '%a %u' $own /bin/busybox $data /own; cat $data && echo more >>$data && cat $data; echo new >/own/new && cat /own/new; id -u"]);
is($r->{out}, "500 $uid\n755 0\n600 $uid\n700 $uid\ndata\ndata\nmore\nnew\n$uid\n", 'a program that only its owner could read runs, and has its files');

# A program in a folder that only root may enter, on a host where root called.
SKIP: {
	skip 'only root can put a file there', 1 if $<;
	my $folder = tempdir('creance-XXXXXX', DIR => '/root', CLEANUP => 1);
	my $there = spew("$folder/busybox", slurp($busybox));
	chmod 0755, $there;
	$r = run_creance(['run', '--', $there, 'sh', '-c', 'id -u; ls /root 2>/dev/null || echo closed']);
	is($r->{out}, "$uid\nclosed\n", 'a program in /root runs, and sees no more of it');
}
done_testing();
