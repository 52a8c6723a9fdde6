#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The guest's test programs, in the guest: the release kernel on the fastest machine, with all that the CPU offers.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use GuestSuite;

run_guest_suite('--machine', 'microvm', '--cpu', 'max');
