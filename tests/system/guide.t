#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The guide's commands print what its chapters say (tools/guide.pl --check); and the tool finds what is stale, renews it,
# and cuts what it is asked to.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Creance;
use File::Basename qw(basename);
use Test::More;

my $tool = source() . '/tools/guide.pl';
my %env = (CREANCE_BUILD => build());

sub guide {
	return run_command(['perl', '-w', $tool, @_], env => \%env, limit => 4 * watchdog());
}

for my $chapter ((sort glob source() . '/docs/guide/*.md'), source() . '/docs/own_policy.md') {
	my $r = guide('--check', $chapter);
	is_status($r, 0, basename($chapter) . ' says what its commands print');
	diag($r->{out}) if length $r->{out};
}

sub chapter {
	my ($mark, $old) = @_;
	return spew(work_dir() . '/chapter.md', "# A chapter\n\n$mark\n```\n$old```\n\nIts end.\n");
}

my $mark = "<!-- run: printf 'a 0xffff12345\\nb 12 bytes\\nc\\nd\\n' -->\n<!-- cut: addresses sizes from:/^a/ to:/^c/ -->";
my $file = chapter($mark, "\$ old\n");
my $r = guide('--check', $file);
is_status($r, 1, 'a stale block is found');
like($r->{out}, qr/make guide.*^-\$ old\n.*^\+\[\.\.\.\]\n/ms, 'and told how it differs');
is_status(guide($file), 0, 'it is renewed');
like(slurp($file), qr/^```\n\$ printf [^\n]*\na 0x\.\.\.\nb \.\.\. bytes\nc\n\[\.\.\.\]\n```\n\nIts end\.\n\z/m, 'and cut as asked');
is_status(guide('--check', $file), 0, 'then it is up to date');

$file = chapter("<!-- run: printf 'one\\ntwo\\nthree\\n' -->\n<!-- cut: from:/^t/ from:/^t/ -->", '');
is_status(guide($file), 0, 'cuts go one after the other');
like(slurp($file), qr/'\n\[\.\.\.\]\nthree\n```/, 'and only one line says so');

for (["<!-- run: true -->\n<!-- cut: from:/x/ -->", 'no line'], ["<!-- run: true -->\n<!-- cut: colour -->", 'no cut'],
	["<!-- run: exit 125 -->", 'could not be run'], ["<!-- run: true -->\nno block", 'not followed']) {
	$r = guide(chapter($_->[0], ''));
	cmp_ok($r->{status}, '>', 1, "a mistake: $_->[1]");
	like($r->{err}, qr/$_->[1]/, 'is told');
}
done_testing();
