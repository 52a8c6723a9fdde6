#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The guest's test programs, in the guest, without any fast path (docs/fast_paths.md): what does the rare cases must do
# the common ones as well.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Creance;
use GuestSuite;
use Test::More;

my ($listed) = slurp(source() . '/kernel/uapi/fast_paths.tbl.h') =~ /^(FAST_PATH.*)/ms;
my @names = $listed =~ /^FAST_PATH\((\w+)/mg;
for (['all', @names], ['path', 'path'], ['pipe nofast=clock', 'clock', 'pipe']) {
	my ($option, @off) = @$_;
	my $r = guest_sh('cat /proc/creance/fast_paths', options => ['--append', "nofast=$option"]);
	my %off = map { $_ => 1 } @off;
	is_deeply({$r->{out} =~ /^(\w+) +(on|off) /mg}, {map { $_ => $off{$_} ? 'off' : 'on' } @names}, "nofast=$option");
}

run_guest_suite('--append', 'nofast=all');
