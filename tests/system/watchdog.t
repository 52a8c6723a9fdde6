#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Reboot is useful: a guest that no longer answers is restarted from outside, one whose kernel panics restarts itself,
# and what the kernel said last is kept for the next.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Creance;
use Test::More;

# A program that goes wrong in a fresh machine, and tells of it in the next.
sub first_then {
	my ($wrong) = @_;
	return "if grep . /proc/creance/last_panic; then echo second; else $wrong; fi";
}

# A guest that answers is left in peace, however busy.
my $r = guest_sh('sleep 1.5; /rogues/loop 2; /rogues/fork_bomb; echo well', options => ['--watchdog', '1', '--memory', '64M']);
is_status($r, 0, 'a busy guest under a watchdog');
is($r->{out}, "well\n", 'runs to its end');
is($r->{err}, '', 'without a word');

# A guest that does not answer is restarted: by its own kernel's panic, with a report of where it was.
for my $variant (variants()) {
	for my $case (['cooperative', 'loop', qr/a program keeps the CPU/], ['none', 'loop', qr/nor does its kernel take interrupts/],
		['none', 'cli_hlt', qr/nor does its kernel take interrupts/])
	{
		my ($regime, $rogue, $why) = @$case;
		my $r = guest_sh(first_then("exec /rogues/$rogue"),
			options => ['--user', 'root', '--watchdog', '1', kernel_option($variant), '--append', "regime=$regime"]);
		is_status($r, 0, "$variant: $rogue under $regime");
		like($r->{err}, qr/^creance: the guest has not answered for 1 s \(.*$why\): it is restarted\n/, 'is noticed, with what is known');
		like($r->{err}, qr/^creance: the guest has restarted, (\d+) ms after/m, 'and restarted');
		note($r->{err} =~ /(\d+ ms)/);
		like($r->{out}, qr/^panic: ended from outside \(non-maskable interrupt\), at [0-9a-f]+\n  at .* \($rogue\)\n/m,
			'the report says where the program was');
		like($r->{out}, qr/second\n\z/, 'and the program runs again');
	}
}

# A panic restarts the machine by itself, on each machine; the report is whole, and told once.
for my $machine (qw(microvm pc q35)) {
	my $r = guest_sh(first_then('echo on purpose >/proc/creance/panic'), options => ['--user', 'root', '--watchdog', '60', '--machine', $machine, '-v']);
	is_status($r, 0, "$machine: a panic");
	like($r->{out}, qr/^panic: as asked by \/proc\/creance\/panic: on purpose\n  at kernel\/\S+:\d+, thread \d+ \(busybox\)\n(?:.*\n)*.*procfs_write/m,
		'its report is there after the restart');
	like($r->{err}, qr/boot: the kernel before this one panicked: as asked by .*on purpose; see/, 'the log tells of it');
	like($r->{err}, qr/^creance: the guest has restarted itself$/m, 'and so do we');
}
$r = guest_sh('wc -c </proc/creance/last_panic; ls -l /proc/creance/panic /proc/creance/last_panic | cut -c1-10', options => ['--user', 'root']);
is($r->{out}, "0\n-r--------\n--w-------\n", 'a fresh machine has no report, and only root may make or read one');

# A CPU without a way on resets the machine; a kernel that cannot panic any more is reset from outside.
$r = guest_sh('/rogues/lidt; sleep 100', options => ['--watchdog', '1', '--append', 'regime=none']);
is_status($r, 125, 'a program that resets its machine each time');
cmp_ok(scalar(() = $r->{err} =~ /^creance: the guest has restarted itself$/mg), '>=', 3, 'is restarted three times');
like($r->{err}, qr/^creance: .*each of 3 restarts, and was ended: -v shows its log$/m, 'and then given up');
$r = guest_sh('exec /rogues/kernel_overwrite', options => ['--watchdog', '1', '--append', 'regime=none']);
is_status($r, 125, 'a program that destroys its kernel each time');
is(scalar(() = $r->{err} =~ /^creance: the guest has (?:restarted, |restarted itself)/mg), 3, 'is restarted three times');

# Without a watchdog a panic is the end, as ever.
$r = guest_sh('echo on purpose >/proc/creance/panic', options => ['--user', 'root']);
is_status($r, 125, 'without a watchdog');
like($r->{err}, qr/panic: as asked by .*on purpose/, 'a panic ends the guest');

for my $wrong ('0', 'soon', '99999', '-1') {
	my $r = run_creance(['run', '--watchdog', $wrong, '--', 'true']);
	is_status($r, 125, "--watchdog $wrong");
	like($r->{err}, qr/^creance: --watchdog \S+ is not a number of seconds/, 'says what is wrong');
}
done_testing();
