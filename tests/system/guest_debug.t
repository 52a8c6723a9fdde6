#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The guest's test programs, in the guest: the debug kernel on a machine with PCI and the plainest CPU.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use GuestSuite;

run_guest_suite('--debug-kernel', '--machine', 'pc', '--cpu', 'qemu64');
