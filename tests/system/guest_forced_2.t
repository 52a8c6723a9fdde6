#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# guest_forced.t with seed 2: a file for each seed, so that they run side by side and each has its own time.
use strict;
use warnings;
use FindBin;

$ENV{CREANCE_SEEDS} = '2';
exec $^X, '-w', "$FindBin::Bin/guest_forced.t";
