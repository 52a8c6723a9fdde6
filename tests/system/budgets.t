#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# No operation takes more instructions than bench/budgets allows it, by over 3 %.  Counted instructions do not
# depend on this machine or on what else it does.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Creance;
use Test::More;

plan skip_all => 'the budgets are those of a kernel that gcc 12 compiled'
	if slurp(build() . '/kernel/release/creance.elf') !~ /GNU C\d+ 12\./;
my $budgets = source() . '/bench/budgets';
my @keys = map { /^(\w+) / ? $1 : () } split /\n/, slurp($budgets);
ok(@keys > 20, 'bench/budgets has the budgets of ' . @keys . ' operations');

my $r = run_creance(['bench', '--icount', '--budgets', $budgets, '--output', work_dir()], limit => 300);
my ($nr) = $r->{out} =~ /^(\d+) budgets, \d+ exceeded/m;
is($nr, scalar @keys, 'all are compared');
for my $key (@keys) {
	my ($line) = $r->{out} =~ /^(\Q$key\E +(?:OVER|NOT).*)$/m;
	ok(!defined $line, "$key keeps to its budget") or diag($line);
}
is_status($r, 0, 'creance bench says so, too');
diag($r->{out}) if $r->{status};
# What is better or new is worth recording, and no failure.
note($r->{out});
done_testing();
