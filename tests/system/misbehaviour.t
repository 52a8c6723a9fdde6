#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Every rogue program, in one guest: each ends as its source says (EXPECT), a shell answers afterwards, and the kernel's
# counts of frames, objects and threads are back where they were; no panic.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Creance;
use Test::More;

my %signal = (ILL => 4, TRAP => 5, BUS => 7, FPE => 8, KILL => 9, SEGV => 11);

# Rogue => the status that the shell sees, by the EXPECT line of its source.
my %expected = map {
	my ($name) = m{([^/]+)\.c$};
	my ($what, $value) = slurp($_) =~ /EXPECT: (signal|exit) (\w+)/ or die "$_ does not say what to expect";
	($name => $what eq 'signal' ? 128 + $signal{$value} : $value);
} glob source() . '/user/rogues/*.c';

# The counts are read when what ended has been reaped; what is only warmed up by a first time is so by then.
my $script = <<'END';
counts() { cat /proc/creance/counts; }
once()
{
	for r in "$@"; do
		case $r in
		loop) /rogues/loop & p=$!; sleep 0.2; kill -0 $p && echo "still there: $r"; kill -9 $p; wait $p ;;
		*) /rogues/$r ;;
		esac
		echo "ended: $r $?"
		[ "$(echo alive | tr a-z A-Z)" = ALIVE ] && echo "answers: $r"
	done 2>/dev/null
}
once "$@" >/dev/null
sleep 1
counts >/dev/null; sleep 0.1
echo before; counts
once "$@"
sleep 1
echo after; counts
echo end
END

for my $variant (variants()) {
	my @rogues = sort keys %expected;
	# With random addresses the program that reads the counts may need one page table more or less.
	my $r = run_creance(['run', '-v', '--user', 'root', kernel_option($variant), '--memory', '64M', '--append', 'norandmaps', '--', '/bin/busybox', 'sh', '-c', $script,
		'sh', @rogues], limit => 3 * watchdog());
	is_status($r, 0, "$variant: the shell ends well");
	for my $rogue (@rogues) {
		my ($status) = $r->{out} =~ /^ended: $rogue (\d+)$/m;
		is($status, $expected{$rogue}, "$rogue ends as it should");
		like($r->{out}, qr/^answers: $rogue$/m, 'the shell answers');
	}
	like($r->{out}, qr/^still there: loop$/m, 'the endless loop did not stop the shell');

	my ($before, $after) = $r->{out} =~ /^before\n(.*?)^ended.*^after\n(.*?)^end$/ms;
	my %before = counts_of($before // '');
	my %after = counts_of($after // '');
	cmp_ok(scalar keys %before, '>', 5, 'the kernel counts');
	# Each further CPU keeps freed objects at hand, by chance more or fewer of them.
	my %kept = (slab_objects => 64 * (($ENV{CREANCE_TEST_CPUS} // 1) - 1));
	for my $name (sort keys %before) {
		cmp_ok($after{$name} // 'none', '<=', $before{$name} + ($kept{$name} // 0), "$name: no more than before");
	}
	panic_free($r->{err}, 'no panic');
	like($r->{err}, qr/x\\x0aforged\\x1b\[2J/, 'a name of control characters is in the log, escaped');
	unlike($r->{err}, qr/^\S*forged|[^\n\t -~\x80-\xff]|\xc2[\x80-\x9f]/m, 'nothing in it begins a line or commands a terminal');
	unlike($r->{err}, qr/leak|corrupt|poison|ubsan|warning/i, 'nor does the log complain');
}

# With the least memory, the two that take all they can get.
for my $rogue (qw(memory_hog fork_bomb)) {
	my $r = guest_sh("/rogues/$rogue; echo \$?; sleep 0.5; echo alive; ps -o comm | grep -c ^$rogue; free >/dev/null; ls / >/dev/null && echo well",
		options => ['-v', '--user', 'root', '--memory', '16M']);
	is_status($r, 0, "$rogue in 16 MiB");
	is($r->{out}, ($expected{$rogue}) . "\nalive\n0\nwell\n", 'nothing else is harmed');
	panic_free($r->{err}, 'no panic');
}
done_testing();
