#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The kernel's detectors find mistakes of its own: each one, made on purpose, is a panic that says what and where.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Creance;
use Test::More;

# Kernel, the mistake (kernel/fs/procfs/provoke.c), what the panic says.
my @mistakes = (
	['debug', 'overflow', qr/undefined behaviour, found by the compiler's check, at \S*overflow\+0x/],
	['debug', 'bounds', qr/undefined behaviour, found by the compiler's check, at \S*bounds\+0x/],
	['release', 'double-free', qr/kmalloc-64: object \S+ is freed twice/],
	['release', 'inner-free', qr/kmalloc-64: \S+ is no object of this cache/],
	['release', 'write-after-free', qr/kmalloc-64: free object \S+ was overwritten/],
);

for (@mistakes) {
	my ($variant, $word, $pattern) = @$_;
	next if !grep { $_ eq $variant } variants();
	my $r = guest_sh("echo $word >/proc/creance/panic", options => ['--user', 'root', kernel_option($variant)]);
	like($r->{err}, qr/panic: $pattern/, "$variant kernel: $word");
}

# A panic's backtrace: without a question mark is what the frame pointers of the debug kernel lead to, and only that.
for my $variant (variants()) {
	my $r = guest_sh('echo double-free >/proc/creance/panic', options => ['--user', 'root', kernel_option($variant)]);
	my @lines = $r->{err} =~ /^.*?  (\? )?(\w+)(?:\.\w+)*\+0x[0-9a-f]+ \[[0-9a-f]+\]\r?$/mg;
	my (@certain, @uncertain);
	while (my ($mark, $name) = splice @lines, 0, 2) {
		push @{$mark ? \@uncertain : \@certain}, $name;
	}
	if ($variant eq 'debug') {
		like("@certain", qr/^panic_at (?:\w+ )*procfs_write (?:\w+ )*sys_write (?:\w+ )*\w*syscall\w*/, "debug kernel: the backtrace is the way to the panic");
		cmp_ok(scalar @certain, '<=', 20, 'and not what lies beside it');
	} else {
		is("@certain", '', 'release kernel: all of a backtrace is uncertain');
		like("@uncertain", qr/\bprocfs_write\b/, 'but it has the way to the panic');
	}
}
done_testing();
