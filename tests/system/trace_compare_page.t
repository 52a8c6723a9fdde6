#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# creance trace --compare --format html, in headless Chromium: the page says nothing on the console and asks for nothing
# else; axe-core finds nothing, in light and in dark; keys go from difference to difference, and runs of equal steps open.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Axe;
use Browser;
use Creance;
use Test::More;

plan skip_all => 'there is no Chromium here (Debian: chromium)' if !Browser::program();
plan skip_all => "Chromium does not work here: $@" if !eval { Browser->open('about:blank') };

my $work = work_dir();
for (['a', 'ls', '/'], ['b', 'ls', '-l', '/']) {
	my ($name, @program) = @$_;
	is_status(run_creance(['trace', '--format', 'json', '-o', "$work/$name.json", '--deterministic', '--', '/bin/busybox', @program]),
		0, "$name: traced");
}
my $evil = slurp("$work/b.json");
$evil =~ s/total /<img src=x>\&amp;/g or die 'nothing to replace';
open my $out, '>:raw', "$work/evil<b>.json" or die "$!";
print $out $evil;
close $out or die "$!";
my $r = run_creance(['trace', '--compare', "$work/a.json", "$work/evil<b>.json", '-o', "$work/x.html"]);
is_status($r, 1, 'compared');
my $html = slurp("$work/x.html");
unlike($html, qr{(?:src|href)\s*=\s*["']?(?:https?:)?//|\@import|\burl\(}i, 'the page names nothing outside of it');
like($html, qr{Content-Security-Policy' content="default-src 'none'}, 'and allows itself none');

my $browser = Browser->open("file://$work/x.html", dark => 0, width => 1400, height => 900);
ok($browser->wait_for('document.readyState === "complete"'), 'the page is ready');
my $differs = $browser->value('document.querySelectorAll("tr[data-differs]").length');
cmp_ok($differs, '>', 10, 'differences are shown');
is($browser->value('document.querySelectorAll("main img, main b:not(.legend b)").length'), 0, "what the traces contain is text");
like($browser->value('document.querySelector("main").innerText'), qr/<img src=x>&amp;/, 'as it is in them');
like($browser->value('document.querySelector(".verdict").textContent'), qr/^\d+ steps differ: /, 'the sum is on top');
cmp_ok($browser->value('document.querySelectorAll("tr.changed mark").length'), '>', 1, 'what has changed within a step is marked');

$browser->key('n');
is($browser->value('document.activeElement.matches("tr[data-differs]")'), 1, 'n goes to a difference');
is($browser->value('document.getElementById("place").textContent'), "difference 1 of $differs", 'the first');
$browser->key('n');
$browser->key('p');
is($browser->value('document.getElementById("place").textContent'), "difference 1 of $differs", 'p goes back');

is($browser->value('document.querySelectorAll("#steps tbody[hidden]").length > 1'), 1, 'equal steps are folded');
$browser->value('document.querySelector("#steps button[aria-expanded]").focus(); 1');
$browser->key('Enter');
is($browser->value('document.querySelector("#steps button[aria-expanded]").getAttribute("aria-expanded")'), 'true', 'Enter opens a run');
cmp_ok($browser->value('document.querySelector("#steps tbody[id]").getBoundingClientRect().height'), '>', 20, 'its steps are there');

my ($axe, $why) = Axe::source_text();
for my $dark (0, 1) {
	SKIP: {
		skip $why, 1 if !$axe;
		$browser->dark($dark);
		$browser->settle;
		is(Axe::findings($browser, $axe), '', 'axe-core finds nothing, ' . ($dark ? 'dark' : 'light'));
	}
}
$browser->size(500, 900);
$browser->settle;
is($browser->value('document.documentElement.scrollWidth <= 500'), 1, 'on a narrow screen nothing is cut off');
is(join("\n", $browser->console), '', 'nothing on the console');

done_testing;
