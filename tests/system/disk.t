#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Disks: what the guest reads is what is in the image, what it writes is there afterwards, and nothing else changes;
# partitions, rights, errors of the disk, a disk that is silent; images that cannot be used.
use strict;
use warnings;
use Compress::Zlib qw(crc32);
use FindBin;
use lib $FindBin::Bin;
use Creance;
use Test::More;

my $dir = work_dir();
my $qemu = $ENV{CREANCE_QEMU} // 'qemu-system-x86_64';

# Bytes that differ from place to place.
sub noise {
	my ($len, $seed) = @_;
	my ($bytes, $state) = ('', $seed);
	while (length $bytes < $len) {
		$state = ($state * 1103515245 + 12345) & 0x7fffffff;
		$bytes .= pack 'V', $state ^ length $bytes;
	}
	return substr $bytes, 0, $len;
}

sub as_root {
	my ($line, @options) = @_;
	return guest_sh($line, options => ['--user', 'root', @options]);
}

# An emulator that gets other words where the pattern is.
sub emulator_with {
	my ($name, $pattern, $replacement) = @_;
	my $path = spew("$dir/$name", <<"END");
#!/usr/bin/perl
s{$pattern}{$replacement} for \@ARGV;
exec '$qemu', \@ARGV;
END
	chmod 0755, $path;
	return $path;
}

# ---- bytes, from anywhere to anywhere ----

# A number of sectors that is no number of pages.
my $bytes = noise(512 * 1031, 1);
my $source = spew("$dir/source", noise(300_000, 2));

# Whole reads and cut ones; then writers side by side, which share the blocks where their parts meet.
my $use = <<'END';
cmp /dev/vda /tmp/image && cmp /dev/vdb /tmp/image && echo same
for at in 0 1 511 512 513 4095 100000 527871; do
	dd if=/dev/vda bs=1 skip=$at count=700 2>/dev/null | md5sum
	tail -c +$((at + 1)) /tmp/image | head -c 700 | md5sum
done | uniq -c | awk '{ print $1 }' | tr '\n' ' '; echo
for i in 0 1 2 3; do
	dd if=/tmp/source of=/dev/vda bs=2999 seek=$((i * 25)) skip=$((i * 25)) count=25 conv=notrunc 2>/dev/null &
done
wait
printf X | dd of=/dev/vda bs=1 seek=400001 conv=notrunc,fsync 2>/dev/null
printf end | dd of=/dev/vda bs=1 seek=527869 conv=notrunc 2>/dev/null
tail -c 3 /dev/vda; echo
(echo y >>/dev/vda) 2>&1 | sed 's/.*: //'
(echo z >/dev/vdb) 2>&1 | sed 's/.*: //'
cmp /dev/vdb /tmp/image && echo unchanged
dd if=/tmp/source of=/dev/vda bs=4096 count=20 seek=120 conv=notrunc 2>&1 | sed -n 's/.*: //p'
END

sub bytes_case {
	my ($name, @options) = @_;
	subtest $name => sub {
		my $image = spew("$dir/image", $bytes);
		my $second = spew("$dir/second", $bytes);
		my $r = as_root($use, @options, '--disk', $image, '--disk', "$second:ro", '--file', "$image=/tmp/image",
			'--file', "$source=/tmp/source");
		is_status($r, 0, 'the guest ends');
		is($r->{out}, "same\n" . ('2 ' x 8) . "\nend\nNo space left on device\nOperation not permitted\nunchanged\n" .
			"No space left on device\n", 'it reads and writes as it should');
		is($r->{err}, '', 'without a message');
		my $expected = $bytes;
		substr($expected, 0, 299_900) = substr(slurp($source), 0, 299_900);
		substr($expected, 400_001, 1) = 'X';
		substr($expected, 527_869, 3) = 'end';
		substr($expected, 491_520) = substr(slurp($source), 0, length($expected) - 491_520);
		same_bytes(slurp($image), $expected, 'the image has what was written');
		same_bytes(slurp($second), $bytes, 'the other one is as it was');
	};
}

for my $variant (variants()) {
	for my $machine (qw(microvm q35)) {
		bytes_case("$machine, $_ CPUs, $variant kernel", '--machine', $machine, '--cpus', $_, kernel_option($variant))
			for 1, 4;
	}
}

# ---- what programs ask, and who may ----

my $image = spew("$dir/image", $bytes);
my $r = as_root('for o in --getsize64 --getsz --getss --getbsz --getro; do busybox blockdev $o /dev/vda; done; ' .
	'busybox blockdev --getro /dev/vdb; sync; mknod /tmp/none b 254 99; cat /tmp/none', '--disk', $image, '--disk', "$image:ro");
like($r->{err}, qr/the image|another guest/, 'one image is not two disks');
spew("$dir/second", $bytes);
$r = as_root('for o in --getsize64 --getsz --getss --getbsz --getro; do busybox blockdev $o /dev/vda; done; ' .
	'busybox blockdev --getro /dev/vdb; sync; mknod /tmp/none b 254 99; cat /tmp/none',
	'--disk', $image, '--disk', "$dir/second:ro");
is($r->{out}, "527872\n1031\n512\n512\n0\n1\n", 'size, blocks, rights');
like($r->{err}, qr/none.*No such device or address/, 'a node of no disk');
$r = guest_sh('ls -l /dev/vda | cut -c 1-10; cat /dev/vda; echo x >/dev/vda', options => ['--disk', $image]);
is($r->{out}, "brw-rw----\n", 'the node is root\'s');
is(() = $r->{err} =~ /Permission denied/g, 2, 'and only root\'s to read and write');

# ---- partitions ----

sub mbr_entry { return pack 'C4 C4 V V', 0, 0, 0, 0, $_[0], 0, 0, 0, $_[1], $_[2] }

sub with_mbr {
	my ($sectors, @entries) = @_;
	substr($$sectors, 446, 64) = substr(join('', map { mbr_entry(@$_) } @entries) . "\0" x 64, 0, 64);
	substr($$sectors, 510, 2) = "\x55\xaa";
}

my $parted = $bytes;
with_mbr(\$parted, [0x83, 64, 100], [0x82, 200, 3]);
spew($image, $parted);
$r = as_root('ls /dev/vd*; tail -c +32769 /tmp/image | head -c 51200 | cmp - /dev/vda1 && echo same; ' .
	'wc -c </dev/vda2; (cat /tmp/image >/dev/vda2) 2>&1 | sed "s/.*: //"', '--disk', $image, '--file', "$image=/tmp/image");
is($r->{out}, "/dev/vda\n/dev/vda1\n/dev/vda2\nsame\n1536\nNo space left on device\n", 'partitions of an MBR');
substr($parted, 200 * 512, 1536) = substr($parted, 0, 1536);
same_bytes(slurp($image), $parted, 'a write stays in its partition');

sub gpt_header {
	my ($self, $other, $entries, $array) = @_;
	my $header = sub {
		return pack 'a8 V V V V Q< Q< Q< Q< a16 Q< V V V', 'EFI PART', 0x10000, 92, $_[0], 0, $self, $other, 34, 997,
			'disk', $entries, 128, 128, crc32($array);
	};
	return $header->(crc32($header->(0)));
}

# What /proc and /sys say of them.
$r = as_root('tail -n +3 /proc/partitions; cut -c 1-22 /proc/diskstats; cd /sys/block; echo *; cat vda/dev vda/size vda/ro ' .
	'vda/queue/logical_block_size vda/vda2/start vda/vda2/size vda/vda2/partition vda/vda2/dev; ls /sys/block/vda2 2>&1; ' .
	'dd if=/dev/vda2 of=/dev/null bs=512 count=2 2>/dev/null; cut -d " " -f 1-3 vda/vda2/stat; grep -A 2 ^Block /proc/devices',
	'--disk', $image);
is($r->{out}, <<'END', 'partitions in /proc and /sys');
 254        0        515 vda
 254        1         50 vda1
 254        2          1 vda2
 254       0 vda 1 0 1
 254       1 vda1 0 0 
 254       2 vda2 0 0 
vda
254:0
1031
0
512
200
3
2
254:2
ls: /sys/block/vda2: No such file or directory
2 0 2
Block devices:
254 virtblk
END

my $array = pack('a16 a16 Q< Q<', 'type', 'one', 40, 79) . "\0" x 80 . pack('a16 a16 Q< Q<', 'type', 'two', 100, 199);
$array .= "\0" x (128 * 128 - length $array);
$parted = $bytes;
with_mbr(\$parted, [0xee, 1, 1030]);
substr($parted, 512, 92) = gpt_header(1, 1030, 2, $array);
substr($parted, 1024, length $array) = $array;
substr($parted, 1030 * 512, 92) = gpt_header(1030, 1, 998, $array);
substr($parted, 998 * 512, length $array) = $array;
my $look = 'wc -c </dev/vda1; tail -c +51201 /tmp/image | head -c 51200 | cmp - /dev/vda2 && echo same; ls /dev/vd* | wc -l';
for my $damage (0, 1) {
	substr($parted, 512 + 40, 1) = 'x' if $damage;
	spew($image, $parted);
	$r = as_root($look, '--disk', $image, '--file', "$image=/tmp/image");
	is($r->{out}, "20480\nsame\n3\n", $damage ? 'the copy of a damaged GPT' : 'partitions of a GPT');
}

# ---- a disk that fails, or is silent ----

sub failing {
	my ($event, $sector) = @_;
	my $words = "file.driver=blkdebug,file.inject-error.0.event=$event,file.inject-error.0.errno=5" .
		(defined $sector ? ",file.inject-error.0.sector=$sector" : '') .
		',file.image.driver=file,file.image.filename=';
	return emulator_with("failing-$event", 'file\.driver=file,file\.filename=', $words);
}

sub with_emulator {
	my ($emulator, $line, @options) = @_;
	return guest_sh($line, options => ['--user', 'root', '--disk', $image, @options], env => {CREANCE_QEMU => $emulator});
}

spew($image, $bytes);
for my $machine (qw(microvm q35)) {
	$r = with_emulator(failing('read_aio', 300), 'for at in 299 300 301; do dd if=/dev/vda bs=512 skip=$at count=1 ' .
		'2>/dev/null | wc -c; done; dd if=/dev/vda bs=512 skip=300 count=1; cat /dev/vda | wc -c', '--machine', $machine);
	like($r->{out}, qr/\A512\n0\n512\n\d+\n\z/, "$machine: the sector that cannot be read, and no other");
	my ($before) = $r->{out} =~ /(\d+)\n\z/;
	ok($before > 0 && $before <= 300 * 512, 'a longer read ends before it') or diag($before);
	is(() = $r->{err} =~ /I\/O error|Input\/output error/g, 2, 'its readers are told');
	$r = with_emulator(failing('write_aio', 300), 'for at in 299 300 301; do printf %512s | dd of=/dev/vda bs=512 ' .
		'seek=$at conv=notrunc 2>/dev/null && echo good; done', '--machine', $machine);
	is($r->{out}, "good\ngood\n", "$machine: the sector that cannot be written");
	my $expected = $bytes;
	substr($expected, $_ * 512, 512) = ' ' x 512 for 299, 301;
	same_bytes(slurp($image), $expected, 'and no other');
	spew($image, $bytes);
	$r = with_emulator(failing('flush_to_disk'), 'printf x | dd of=/dev/vda conv=notrunc && echo written; ' .
		'printf x | dd of=/dev/vda conv=notrunc,fsync || echo lost', '--machine', $machine);
	is($r->{out}, "written\nlost\n", "$machine: a flush that fails is told");
	spew($image, $bytes);
}

# It answers after twice the time that the guest waits; then QEMU can reset it.
my $silent = emulator_with('silent', '^driver=raw,node-name=disk0,.*',
	'driver=null-co,node-name=disk0,size=1048576,latency-ns=4000000000');
for my $machine (qw(microvm q35)) {
	$r = with_emulator($silent, 'cat /dev/vda; echo $?; dd if=/dev/vdb bs=512 count=1 2>/dev/null | wc -c', '-v',
		'--machine', $machine, '--append', 'disk_timeout=2', '--disk', $source =~ s/source/second/r);
	is($r->{out}, "1\n512\n", "$machine: a silent disk is given up, others are used");
	like($r->{err}, qr/vda: no answer for 2 s.*vda: lost/s, 'and the log says so');
}

# ---- images that cannot be used ----

sub refused {
	my ($pattern, $name, @options) = @_;
	my $got = run_creance(['run', @options, '--', '/bin/busybox', 'true']);
	is_status($got, 125, $name);
	like($got->{err}, qr/\Acreance: .*$pattern/, 'and what to do');
	cmp_ok(($got->{err} =~ tr/\n//), '==', 1, 'in one line');
}

refused('not there: make one', 'an image that is absent', '--disk', "$dir/none.img");
refused('neither a file nor a disk', 'a folder', '--disk', "$dir:ro");
refused('is empty', 'an image without a byte', '--disk', spew("$dir/empty", ''));
refused('whole sectors', 'half a sector', '--disk', spew("$dir/odd", 'x' x 700));
refused('at most 16 disks', 'too many', map { ('--disk', "$image:ro") } 1 .. 17);
refused('leave out --disk', 'a repeatable run', '--icount', '--disk', $image);
refused('another guest', 'the same image twice', '--disk', $image, '--disk', $image);

# What looks like another format is bytes.
my $fake = "QFI\xfb" . pack('N N Q> N N Q>', 3, 0, 104, 4, 16, 1 << 30) . noise(512 * 64 - 36, 3);
$r = as_root('cmp /dev/vda /tmp/image && echo raw', '--disk', spew($image, $fake), '--file', "$image=/tmp/image");
is($r->{out}, "raw\n", 'an image is never guessed to be of another format');
done_testing();
