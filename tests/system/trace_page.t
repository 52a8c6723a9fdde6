#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# creance trace --format html, in headless Chromium: the page loads without a word on the console and without asking for
# anything else, shows events, and what keys, search, filter and mouse do is seen.  A program's names and arguments are
# text, whatever they look like.  CREANCE_PICTURES=FOLDER keeps pictures of it.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Browser;
use Creance;
use Test::More;
use Time::HiRes qw(sleep);

plan skip_all => 'there is no Chromium here (Debian: chromium)' if !Browser::program();

sub page {
	my ($name, $script, @options) = @_;
	my $file = work_dir() . "/$name.html";
	my $run = run_creance(['trace', '--format', 'html', '-o', $file, @options, '--', '/bin/busybox', 'sh', '-c', $script]);
	is_status($run, 0, "$name: traced");
	return $file;
}

sub load {
	my ($file, %option) = @_;
	my $browser = eval { Browser->open("file://$file", %option) };
	plan(skip_all => "Chromium does not work here: $@") if !$browser;
	ok($browser->wait_for('document.documentElement.dataset.ready'), 'the page is ready')
		or diag(join "\n", $browser->console);
	$browser->settle;
	return $browser;
}

sub keep {
	my ($browser, $name) = @_;
	$browser->picture("$ENV{CREANCE_PICTURES}/$name.png") if $ENV{CREANCE_PICTURES};
}

my $browser; # the one that is asked
sub value { return $browser->value($_[0]) }
sub selected { return value('app.selected') }
sub text_of { return value("document.getElementById('$_[0]').textContent") }

# ---- three processes on one CPU ----

my $loop = 'i=0; while [ $i -lt 3000 ]; do i=$((i+1)); done';
my $file = page('three', "($loop; echo one) & ($loop; echo two) & (sleep 0.02; echo tick | cat) & wait",
	'--source-base', 'https://example.org/creance');
my $html = slurp($file);
unlike($html, qr{(?:src|href)\s*=\s*["']?(?:https?:)?//|\@import|url\(}i, 'the page names nothing outside of it');
like($html, qr{Content-Security-Policy" content="default-src 'none'}, 'and allows itself none');

$browser = load($file, dark => 0);
cmp_ok(value('document.documentElement.dataset.ready'), '>', 500, 'it has the events');
cmp_ok(value("document.querySelectorAll('#rows .row').length"), '>', 10, 'rows are shown');
cmp_ok(value("document.querySelectorAll('*').length"), '<', 1500, 'and only those in sight');
like(text_of('rows'), qr/initialise the trap table/, 'the first is the boot');
is(value("document.querySelector('#rows [aria-selected=true]').getAttribute('aria-rowindex')"), '1', 'and is selected');
like(text_of('summary'), qr/exit 0.*events.*1 CPU/, 'the run is summed up');
keep($browser, 'light');

# Something is drawn: pixels of the colours of user and kernel mode.
my $count = q{(colour) => { const p = by_id('picture'), copy = new OffscreenCanvas(p.width, p.height);
	const ink = copy.getContext('2d', {willReadFrequently: true}); ink.drawImage(p, 0, 0);
	const d = ink.getImageData(0, 0, p.width, p.height).data;
	const [r, g, b] = colour.match(/\w\w/g).map((x) => parseInt(x, 16)); let n = 0;
	for (let i = 0; i < d.length; i += 4) if (d[i] === r && d[i + 1] === g && d[i + 2] === b) n++; return n; }};
cmp_ok(value("($count)(app.timeline.c.$_)"), '>', 200, "the timeline shows $_ mode") for qw(user kernel);
cmp_ok(value('app.t.wakes.size'), '>', 3, 'runs know their wake-ups');

# Keys.
$browser->key('j') for 1 .. 3;
is(selected(), 3, 'j goes to the next event');
value("by_id('rows').focus()");
$browser->key('ArrowDown');
$browser->key('ArrowUp') for 1 .. 2;
is(selected(), 2, 'arrows go up and down');
$browser->key('End');
is(selected(), value('app.t.n - 1'), 'End to the last event');
my $index = value(q{document.getElementById(by_id('rows').getAttribute('aria-activedescendant')).getAttribute('aria-rowindex')});
is($index, value('app.rows.events.length'), 'which is the active row then');
$browser->key('Home');
my $whole = value('app.timeline.to - app.timeline.from');
$browser->key('+');
cmp_ok(value('app.timeline.to - app.timeline.from'), '<', $whole * 0.7, '+ zooms in');
$browser->key('f');
$browser->key('?');
ok(value("by_id('keys').open"), '? shows the keys');
$browser->key('Escape');
ok(!value("by_id('keys').open"), 'Escape leaves them');

# Search.
$browser->key('/');
is(value('document.activeElement.id'), 'find', '/ goes to the search');
$browser->type('call:write');
ok($browser->wait_for(q{/^1 \/ \d/.test(by_id('found').textContent)}, 10), 'and finds') or diag(text_of('found'));
my $first = selected();
like(value("app.t.strings[app.t.program[$first]]"), qr/^write\(/, 'what was asked for');
$browser->key('Enter');
cmp_ok(selected(), '>', $first, 'Enter goes to the next match');
$browser->key('Escape') for 1 .. 2;
is(value('document.activeElement.id'), 'rows', 'Escape leaves the search');
value("app.select($first, 'keys')");
$browser->key('p');
like(value('app.t.kinds[app.t.kind[app.selected]].name'), qr/^(?:syscall_exit|user_enter)$/, 'p goes to the return');
$browser->key('p');
is(selected(), $first, 'and back');
like(text_of('detail'), qr/until the return/, 'the panel says what it cost');
my $link = value("document.querySelector('#detail a').href");
like($link, qr{^https://example\.org/creance/kernel/\w+/[\w/]+\.c#L\d+$}, 'a link leads to the source');
my ($path, $line) = $link =~ m{creance/(.+)#L(\d+)$};
my @lines = split /\n/, slurp(source() . "/$path");
cmp_ok(scalar @lines, '>=', $line, 'which has that line');
value("app.select([...app.t.wakes.keys()].at(-1), 'link')");
my $wake = selected();
$browser->key('w');
cmp_ok(selected(), '>', $wake, 'w goes from a wake-up to the run');

# The filter, by a click.
my $box = sub { @{value("(() => { const r = $_[0].getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()")} };
$browser->click($box->("by_id('filter')"));
my $all = value('app.rows.passing.length');
$browser->click($box->("[...document.querySelectorAll('#filter-groups button')].find((b) => b.textContent === 'traps')"));
cmp_ok(value('app.rows.passing.length'), '<', $all, 'a group is filtered out');
is(value("[...app.rows.events].filter(Number.isInteger).filter((i) => app.t.kinds[app.t.kind[i]].group === 'trap').length"), 0, 'completely');
$browser->click($box->("by_id('filter-reset')"));
is(value('app.rows.passing.length'), $all, 'and comes back');
$browser->key('Escape');

# The mouse: a click on a lane selects, and the rows follow.
$browser->key('Home');
my $at = value(q{(() => { const v = app.timeline, t = app.t, i = t.n - 5, lane = t.thread_lanes[t.thread[i]];
	v.reveal(lane); const r = v.picture.getBoundingClientRect();
	return [r.left + v.x(t.ns[i]), r.top + lane.y + lane.height / 2 - v.lanes.scrollTop]; })()});
$browser->mouse('Moved', @$at);
ok($browser->wait_for("!by_id('card').hidden", 10), 'a card tells what the pointer is on');
$browser->click(@$at);
cmp_ok(selected(), '>', value('app.t.n - 400'), 'a click selects an event');
ok(value(q{[...document.querySelectorAll('#rows .row')].some((r) => Number(r.dataset.event) === app.selected)}),
	'and the rows go there');

# Light and dark, narrow.
my $paper = value("getComputedStyle(document.body).backgroundColor");
$browser->dark(1);
ok($browser->wait_for("getComputedStyle(document.body).backgroundColor !== '$paper'", 10), 'the page turns dark with the system');
$browser->key('f');
keep($browser, 'dark');
$browser->key('t');
is(value("getComputedStyle(document.body).backgroundColor"), $paper, 't chooses light');
$browser->size(800, 900);
$browser->settle;
cmp_ok(value('document.documentElement.scrollWidth'), '<=', 800, 'a narrow window has all of it');
is(join("\n", $browser->console), '', 'nothing was said on the console');
undef $browser;

# ---- names that look like markup ----

my $bad = '</script><script>window.bad=1</script><img src=x onerror=window.bad=2>';
$file = page('hostile', "ln -s /bin/busybox '/tmp/<b>x<!--'; '/tmp/<b>x<!--'; : '$bad'; exit 0");
my ($data) = slurp($file) =~ m{<script type="application/json" id="trace">(.*?)</script>}s;
unlike($data, qr/</, 'the data have no <');
$browser = load($file);
like(text_of('program'), qr/\Q$bad\E/, 'arguments are shown as they are');
$browser->value("app.find.words; by_id('find').value = '<b>x'; app.search(true)");
$browser->settle;
ok(value("app.t.threads.some((thread) => thread.eras.at(-1)?.name === '<b>x<!--')"), 'a thread has its name');
like(text_of('rows'), qr/<b>x<!--/, 'and is shown with it');
is(value('String(window.bad)'), 'undefined', 'and nothing of it runs');
is(value("document.querySelectorAll('img, b:not(code b)').length"), 0, 'or becomes part of the page');
is(join("\n", $browser->console), '', 'nothing was said on the console');
undef $browser;

# ---- a hundred thousand events ----

$file = page('many', 'i=0; while [ $i -lt 160 ]; do echo $i | cat >/dev/null & cat /etc/passwd >/dev/null; i=$((i+1)); done; wait',
	'--buffer', '64M');
$browser = load($file);
cmp_ok(value('app.t.n'), '>', 80_000, 'a long trace');
cmp_ok(value("document.querySelectorAll('*').length"), '<', 1500, 'has no more nodes than a short one');
my $frames = value(<<'EOS');
(async () => {
	const v = app.timeline, rows = app.rows, frame = () => new Promise(requestAnimationFrame), said = [];
	const measure = async (name, step) => {
		const times = [];
		for (let i = 0; i < 60; i++) {
			const begin = performance.now();
			step(i);
			rows.draw_now();
			v.draw_now();
			times.push(performance.now() - begin);
			await frame();
		}
		times.sort((a, b) => a - b);
		said.push(`${name}: median ${times[30].toFixed(1)} ms, 95 % within ${times[57].toFixed(1)} ms`);
	};
	v.fit();
	await measure('zooming', (i) => v.zoom(i % 30 < 15 ? 0.8 : 1.25));
	v.zoom(0.2);
	await measure('panning', (i) => v.pan(i % 30 < 15 ? 0.02 : -0.02));
	await measure('scrolling', (i) => rows.move(rows.top + 300));
	await measure('jumping', (i) => rows.move(rows.tops[rows.events.length] * (i * 0.37 % 1)));
	return said.join('\n');
})()
EOS
note("work of a frame:\n$frames");
value("by_id('find').value = 'call:read'; app.search(true)");
cmp_ok(value('app.find.events.length'), '>', 100, 'a search finds all');
my $last = value('app.find.events.at(-1)');
value("app.select($last, 'find')");
$browser->settle;
ok(value(qq{[...document.querySelectorAll('#rows .row')].some((r) => Number(r.dataset.event) === $last)}), 'and the rows go to the last');
is(join("\n", $browser->console), '', 'nothing was said on the console');

# Processes of one name are one lane, and one button of the filter.
my $cats = q{app.t.groups.lanes.find((lane) => lane.title.endsWith(' cat'))};
cmp_ok(value("$cats.members.length"), '>=', 300, 'cats are a group');
cmp_ok(value('app.timeline.order.length'), '<', 20, 'and few lanes are left');
my $lanes = value('app.timeline.order.length');
my $name = qq{(() => { const lane = $cats, r = app.timeline.picture.getBoundingClientRect(); app.timeline.lanes.scrollTop = 0;
	return [r.left + 60, r.top + lane.y + lane.height / 2]; })()};
$browser->click(@{value($name)});
is(value('app.timeline.order.length'), value("$lanes + $cats.members.length"), "a click on the group's name opens it");
$browser->click(@{value($name)});
is(value('app.timeline.order.length'), $lanes, 'and closes it');
is(value(qq{(() => { const lane = $cats, middle = lane.start[lane.n >> 1]; let n = 0;
	for (const i of lane.members) { const one = app.t.thread_lanes[i], k = one.at(middle); n += k >= 0 && one.state[k] === STATE.user; }
	return lane.state[lane.n >> 1] === STATE.user ? n > 0 : n === 0; })()}), JSON::PP::true, "its state is its members'");
value("app.filter.toggle('threads', $cats.members)");
is(value("[...app.rows.passing].filter((i) => app.t.groups.lane_of(app.t.thread[i]) === $cats).length"), 0, 'and all are filtered at once');
done_testing();
