#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The kernel's image is at another address at each boot, with option nokaslr at the linked one; addresses keep their names.
use strict;
use warnings;
no warnings 'portable';
use FindBin;
use lib $FindBin::Bin;
use Creance;
use Test::More;

# How far the image has moved, and where procfs_write begins, of a guest that panics.
sub moved {
	my (@options) = @_;
	my $r = guest_sh('echo on purpose >/proc/creance/panic', options => ['--user', 'root', @options]);
	my ($moved) = $r->{err} =~ /^ *\| *the kernel's image is moved by ([0-9a-f]+)$/m;
	my ($offset, $address) = $r->{err} =~ /\bprocfs_write\+0x([0-9a-f]+) \[([0-9a-f]+)\]/;
	ok(defined $address, "@options: the panic names its functions") or diag($r->{err});
	return ($moved, hex($address // '0') - hex($offset // '0'));
}

for my $variant (variants()) {
	for my $cpu (qw(max qemu64)) {
		my (%places, %linked);
		for (1 .. 3) {
			my ($moved, $address) = moved('--cpu', $cpu, kernel_option($variant));
			$places{$moved // 'nowhere'} = 1;
			$linked{$address - hex($moved // '0')} = 1;
		}
		cmp_ok(scalar keys %places, '>', 1, "$variant kernel, $cpu: each boot has its own place");
		ok(!$places{nowhere}, 'and none is that of the link');
		is(scalar keys %linked, 1, 'which the panic tells to whoever may read it');
	}
	my ($moved) = moved('--append', 'nokaslr', kernel_option($variant));
	is($moved, undef, "$variant kernel: option nokaslr");
	($moved) = moved('--append', 'console=ttyS0,nokaslr', kernel_option($variant));
	isnt($moved, undef, 'and no other word');
}
my ($moved) = moved('--icount');
is($moved, undef, 'a run that can be repeated has no places of chance');
done_testing();
