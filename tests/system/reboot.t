#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The machine's end from inside: poweroff, reboot and halt of busybox, orderly by init and at once by the kernel.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Creance;
use File::Temp qw(tempdir);
use Test::More;

my @qemu = ('qemu-system-x86_64', qw(-nodefaults -no-user-config -display none -accel tcg -cpu max -m 64M -serial stdio),
	'-kernel', build() . '/kernel/release/creance.elf', '-append', 'console=ttyS0');
my %machine = (
	microvm => ['-machine', 'microvm,acpi=on,pit=on,pic=on,rtc=on,isa-serial=on'],
	pc => [qw(-machine pc -vga none)],
	q35 => [qw(-machine q35 -vga none)],
);

# An initramfs that is the built one, with a script for the shell that init starts when the host asks for nothing.
sub initramfs {
	my ($script) = @_;
	my $folder = tempdir(CLEANUP => 1);
	mkdir "$folder/$_" for qw(creance);
	spew("$folder/creance/argv", "sh\0-c\0$script\0");
	spew("$folder/creance/path", "/bin/sh\0");
	spew("$folder/creance/envp", "PATH=/bin:/sbin:/usr/bin:/usr/sbin\0");
	spew("$folder/creance/mode", "shell\0");
	my $more = `cd '$folder' && find creance | cpio -o -H newc --quiet`;
	return spew("$folder/initrd", slurp(build() . '/initramfs.cpio') . $more);
}

for my $name (sort keys %machine) {
	for my $command ('poweroff -f', 'poweroff') {
		my $r = run_command([@qemu, @{$machine{$name}}, '-initrd', initramfs("echo running; $command; sleep 1000")]);
		is_status($r, 0, "$name: $command ends the emulator");
		is(scalar(() = $r->{out} =~ /^running\r?$/mg), 1, 'after one run');
		panic_free($r->{out}, 'without a panic');
	}
	for my $command ('reboot -f', 'reboot') {
		my $r = run_command([@qemu, @{$machine{$name}}, '-no-reboot', '-initrd', initramfs("echo running; $command; sleep 1000")]);
		is_status($r, 0, "$name: $command resets the machine");
		panic_free($r->{out}, 'without a panic');
	}

	# A machine that may: it comes up again and again.  The third boot is enough.
	my $p = start([@qemu, @{$machine{$name}}, '-initrd', initramfs('echo running; reboot -f; sleep 1000')]);
	my $boots = 0;
	local $SIG{ALRM} = sub { kill 'KILL', $p->{pid} };
	alarm watchdog();
	while ($boots < 3 && defined(my $line = readline $p->{out})) {
		$boots++ if $line =~ /^running\r?$/;
	}
	alarm 0;
	is($boots, 3, "$name: it comes up again after a reboot");
	kill 'KILL', $p->{pid};
	finish($p, limit => 20);

	for my $command ('poweroff', 'poweroff -f', 'halt -f') {
		my $r = run_creance(['shell', '--machine', $name], in => "echo on; $command\nsleep 1000\n");
		is_status($r, 0, "$name: $command in creance's shell ends it");
		is($r->{out}, "on\n", 'after what was written before');
		is($r->{err}, '', 'without a word');
	}
}

# The shell of a plain boot without the host's files, typed to over the serial line.
my $p = start([@qemu, @{$machine{microvm}}, '-initrd', build() . '/initramfs.cpio'], in => 'open');
my $text = '';
local $SIG{ALRM} = sub { kill 'KILL', $p->{pid} };
alarm watchdog();
until ($text =~ /creance:\S*# /) {
	last if !sysread $p->{out}, $text, 4096, length $text;
}
like($text, qr/creance:\S*# /, 'a plain boot gives a shell on the serial line');
syswrite $p->{in}, "echo \$((6*7))\n";
until ($text =~ /^42\r?$/m) {
	last if !sysread $p->{out}, $text, 4096, length $text;
}
like($text, qr/^42\r?$/m, 'which answers');
syswrite $p->{in}, "exit\n";
alarm 0;
$p->{in} = undef;
my $r = finish($p);
is_status($r, 0, 'and whose end is the end of the machine');
done_testing();
