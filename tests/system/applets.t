#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The applets of busybox, and its shell: the same scripts here and in the guest print the same, byte for byte.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Creance;
use Test::More;

# Besides each kernel on the default machine: the others, the plainest CPU, the least memory.
my @machines = (
	['--machine', 'pc', '--cpu', 'qemu64'],
	['--machine', 'q35'],
	['--memory', '16M'],
	['--memory', '16M', '--machine', 'q35', '--cpu', 'qemu64'],
);

# The first headline whose part differs, with both parts.
sub tell_difference {
	my ($here, $there) = @_;
	my %part = map { split /\n/, $_, 2 } grep { length } split /^== /m, $here;
	for my $piece (grep { length } split /^== /m, $there) {
		my ($name, $text) = split /\n/, $piece, 2;
		next if defined $part{$name} && $part{$name} eq ($text // '');
		diag("== $name\n" . ($text // '') . "-- but on Linux:\n" . ($part{$name} // "nothing\n"));
	}
}

for my $name (qw(applets shell)) {
	my $script = source() . "/tests/guest/$name.sh";
	my $here = run_command(['/bin/busybox', 'sh'], in => \$script, env => {BUSYBOX => '/bin/busybox'});
	is_status($here, 0, "$name.sh on Linux");
	for my $options (map({ [kernel_option($_)] } variants()), @machines) {
		my $there = run_creance(['run', @$options, '--user', $<, '--env', 'BUSYBOX=/bin/busybox', '--', '/bin/busybox', 'sh'],
			in => \$script);
		is_status($there, 0, "$name.sh on Creance @$options");
		same_bytes($there->{out}, $here->{out}, 'prints the same') || tell_difference($here->{out}, $there->{out});
		same_bytes($there->{err}, $here->{err}, 'and complains of the same');
	}
	my $commands = () = $here->{out} =~ /^== /mg;
	cmp_ok($commands, '>=', 60, "$commands applets were used") if $name eq 'applets';
}
done_testing();
