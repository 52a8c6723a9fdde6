#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# tools/mkinitramfs.c: what it writes is read by cpio, is the same every time, and has the data of every file of at
# least a page on a page boundary; and the initial file system that the build makes holds what it should.
use strict;
use warnings;
use File::Temp qw(tempdir);
use Test::More;

my $build = $ENV{CREANCE_BUILD} // 'build';
my $mkinitramfs = "$build/mkinitramfs";
my $work = tempdir(CLEANUP => 1);

sub slurp {
	open my $in, '<:raw', $_[0] or die "$_[0]: $!";
	local $/;
	return scalar <$in>;
}

# name => [mode, data offset, size, data] of every entry of an archive.
sub entries {
	my ($archive) = @_;
	my (%entry, $at);
	for ($at = 0; substr($archive, $at, 6) eq '070701';) {
		my @field = map { hex } unpack 'x6 (A8)13', substr $archive, $at, 110;
		my ($mode, $size, $name_size) = @field[1, 6, 11];
		my $name = unpack 'Z*', substr $archive, $at + 110, $name_size;
		my $data = ($at + 110 + $name_size + 3) & ~3;
		$entry{$name} = [$mode, $data, $size, substr $archive, $data, $size];
		$at = ($data + $size + 3) & ~3;
		last if $name eq 'TRAILER!!!';
	}
	return %entry;
}

sub make {
	my ($manifest) = @_;
	open my $out, '>', "$work/manifest" or die;
	print $out $manifest;
	close $out;
	my $said = `$mkinitramfs -o $work/archive $work/manifest 2>&1`;
	return ($? >> 8, $said);
}

open my $big, '>:raw', "$work/big" or die;
print $big map { chr(int $_ / 40) } 0 .. 9999;
close $big;
open my $small, '>', "$work/small" or die;
print $small "small\n";
close $small;
my $manifest = "# a comment\ndir /d 1777\nfile /d/big 755 $work/big\nfile /d/small 644 $work/small\n" .
	"link /d/link ../else\nnode /null 666 c 1 3\nfile /d/big2 4755 $work/big\n";

my ($status, $said) = make($manifest);
is($status, 0, 'it writes an archive') or diag($said);
my $first = slurp("$work/archive");
my %entry = entries($first);
is_deeply([sort keys %entry], [sort 'TRAILER!!!', qw(d d/big d/big2 d/link d/small null)], 'all entries are there');
is($entry{'d/big'}[3], slurp("$work/big"), 'the data of a file');
is($entry{'d/big'}[1] % 4096, 0, 'the data of a large file begins on a page');
is($entry{'d/big2'}[1] % 4096, 0, 'that of another, too');
is($entry{'d/big2'}[0], 0104755, 'its mode');
is($entry{'d'}[0], 041777, "a folder's mode");
is($entry{'d/link'}[3], '../else', "a link's target");
is($entry{'null'}[0], 020666, "a device's mode");
is(length($first) % 4096, 0, 'the length is a multiple of a page');
is(`cd $work && mkdir x && cd x && cpio -id --quiet --no-preserve-owner d/big d/small d/link <../archive 2>&1; cat d/small; cmp d/big ../big`,
	"small\n", 'cpio reads it');
make($manifest);
ok(slurp("$work/archive") eq $first, 'the same manifest gives the same bytes');

($status, $said) = make("dir /d 755\ndir /d 755\n");
ok($status == 1 && $said =~ m{/d stands twice}, 'an entry that stands twice is refused');
ok(!-e "$work/archive", 'and leaves no archive');
($status, $said) = make("file /f 755 $work/absent\n");
ok($status == 1 && $said =~ /absent: No such file/, 'a source that is not there is named');
($status, $said) = make("what /f 755\n");
ok($status == 1 && $said =~ /line 1: cannot read/, 'a line of no kind is refused');

SKIP: {
	skip 'no initial file system was built', 6 unless -e "$build/initramfs.cpio";
	my %all = entries(slurp("$build/initramfs.cpio"));
	ok($all{'init'} && $all{'init'}[0] == 0100755, 'init can be executed');
	ok($all{'bin/busybox'}[3] eq slurp(`sh -c 'command -v busybox'` =~ s/\n//r), 'busybox is the one of this system');
	is($all{'bin/sh'}[3], '/bin/busybox', 'sh is busybox');
	is($all{'tmp'}[0], 041777, 'all may write to /tmp');
	like($all{'etc/passwd'}[3], qr/^root:/, 'root has a name');
	my @loose = grep { $all{$_}[2] >= 4096 && ($all{$_}[0] & 0170000) == 0100000 && $all{$_}[1] % 4096 } sort keys %all;
	is("@loose", '', 'every large file lies on a page boundary');
}
done_testing();
