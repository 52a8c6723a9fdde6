#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The guest's test programs, in the guest, on the release kernel.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use GuestSuite;

run_guest_suite('release');
