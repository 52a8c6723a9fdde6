#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# creance trace --format html, in headless Chromium: the page loads without a word on the console and without asking for
# anything else, shows events, and what keys, search, filter and mouse do is seen.  A program's names and arguments are
# text, whatever they look like.  CREANCE_PICTURES=FOLDER keeps pictures of it.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Axe;
use Browser;
use Creance;
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep);

plan skip_all => 'there is no Chromium here (Debian: chromium)' if !Browser::program();
plan skip_all => "Chromium does not work here: $@" if !eval { Browser->open('about:blank') };

sub page {
	my ($name, $script, @options) = @_;
	my $file = work_dir() . "/$name.html";
	my $run = run_creance(['trace', '--format', 'html', '-o', $file, @options, '--', '/bin/busybox', 'sh', '-c', $script]);
	is_status($run, 0, "$name: traced");
	return $file;
}

sub load {
	my ($file, %option) = @_;
	my $browser = Browser->open("file://$file", %option);
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
unlike($html, qr{(?:src|href)\s*=\s*["']?(?:https?:)?//|\@import|\burl\((?!#)}i, 'the page names nothing outside of it');
like($html, qr{Content-Security-Policy" content="default-src 'none'}, 'and allows itself none');

$browser = load($file, dark => 0);
cmp_ok(value('document.documentElement.dataset.ready'), '>', 500, 'it has the events');
cmp_ok(value("document.querySelectorAll('#rows .row').length"), '>', 10, 'rows are shown');
cmp_ok(value("document.querySelectorAll('*').length"), '<', 1500, 'and only those in sight');
like(text_of('rows'), qr/^OS at boot.*initialise the trap table.*boot: \d+ step.*OS at run.*init[^:]*: \d+ steps.*create the entry/s,
	"the figures' part of the boot is there, the rest is folded");
like(value("document.querySelector('#rows [aria-selected=true]').textContent"), qr/create the entry of process 2/,
	"the program's first step is selected");
cmp_ok(value('app.timeline.from'), '>', value('app.t.ns[app.t.run_begin]'), 'and the timeline begins about there');
like(text_of('summary'), qr/exit 0.*events.*1 CPU/, 'the run is summed up');
like(text_of('program'), qr{^/bin/busybox sh -c '\(i=0; .*wait'$}, 'the command is written as for a shell');
keep($browser, 'light');

# Something is drawn: pixels of the colours of user and kernel mode.
my $count = q{(colour) => { const p = by_id('picture'), copy = new OffscreenCanvas(p.width, p.height);
	const ink = copy.getContext('2d', {willReadFrequently: true}); ink.drawImage(p, 0, 0);
	const d = ink.getImageData(0, 0, p.width, p.height).data;
	const [r, g, b] = colour.match(/\w\w/g).map((x) => parseInt(x, 16)); let n = 0;
	for (let i = 0; i < d.length; i += 4) if (d[i] === r && d[i + 1] === g && d[i + 2] === b) n++; return n; }};
cmp_ok(value("($count)(app.timeline.c.$_)"), '>', 200, "the timeline shows $_ mode") for qw(user kernel);
cmp_ok(value('app.t.wakes.size'), '>', 3, 'runs know their wake-ups');

# A row reads downwards: each part is below the one before, with an arrow; after a return the program runs.
my $parts = q{(i) => { app.select(i, 'link'); app.rows.draw_now();
	const row = [...document.querySelectorAll('#rows .row')].find((r) => Number(r.dataset.event) === i);
	return [...row.querySelectorAll('.full p')].map((p) => [p.parentElement.className.split(' ')[0], p.getBoundingClientRect().top])
		.sort((a, b) => a[1] - b[1]).map(([name]) => name).join(' ').replace(/(\w+)(?: \1)+/g, '$1'); }};
my $kind = q{(name) => { const t = app.t; for (let i = t.first_step; i < t.n; i++)
	if (t.kinds[t.kind[i]].name === name && (name !== 'syscall_exit' || run_time(t, i))) return i; }};
is(value("($parts)(($kind)('syscall_enter'))"), 'program hardware os', 'a system call reads from the program to the OS');
is(value("($parts)(($kind)('syscall_exit'))"), 'os hardware program', 'a return from the OS to the program');
like(value("(($parts)(($kind)('syscall_exit')), document.querySelector('#rows [aria-selected=true] .run').textContent)"),
	qr/^\d+ \w+ runs: [\d.]+ [nµm]?s$/, 'which runs then');
is(value(q{(() => { const t = app.t; let wrong = 0, n = 0;
	for (let i = 0; i < t.n; i++) { const runs = run_time(t, i); if (!runs) continue;
		const list = t.thread_lanes[t.thread[i]].events, next = list[above(list, i)]; n++;
		if (next !== undefined && runs !== t.ns[next] - t.ns[i]) wrong++; }
	return n > 100 ? wrong : 'few'; })()}), 0, 'until its next event');
is(value(q{app.t.kinds.some((kind, k) => kind.name === 'sched_switch' && [...app.t.kind].some((x, i) =>
	x === k && event_words(app.t, i) !== 'switch'))}), 0, 'a switch is called one, whatever the reason');
like(text_of('detail'), qr/of its own from the trap to the return|until the next event/, 'the panel says what it cost');

# The kernel's threads are one lane, below the program's, and one button of the filter; a click opens both.
my $system = q{app.t.groups.lanes.find((lane) => lane.title === 'kernel threads')};
my $named = q{app.timeline.order.map((lane) => lane.label + ' ' + lane.title).join()};
like(value($named), qr/^CPU 0 CPU 0,2 [^,]*busybox,.*,1 init,\S+ kernel threads$/, 'lanes: the CPU, the program, init, the kernel');
my $buttons = q{[...document.querySelectorAll('#filter-threads button')].map((b) => b.textContent).join()};
unlike(value($buttons), qr/-\d+ \w/, 'the filter has no button for each thread of the kernel');
value('app.show_filters(true)');
my $opener = q{document.querySelector('#filter-threads .opens')};
my $before = value('app.timeline.order.length');
$browser->click(@{value("(() => { const r = $opener.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()")});
like(value($buttons), qr/-\d+ first,-\d+ \w/, 'a click opens the group there');
is(value("$opener.getAttribute('aria-expanded')"), 'true', 'which it says');
is(value('app.timeline.order.length'), value("$before + $system.members.filter((i) => app.t.thread_lanes[i].n).length"), 'and in the timeline');
value("app.filter.toggle('threads', [$system.members[0]])");
is(value(q{document.querySelector('#filter-threads .opens').nextSibling.getAttribute('aria-pressed')}), 'mixed', 'one of them is hidden');
value("app.filter.only('threads', [$system.members[0]])");
is(value('[...new Set([...app.rows.passing].map((i) => app.t.thread[i]))].join()'), value("String($system.members[0])"), 'or is the only one that is not');
value("app.filter.reset(), app.open_group($system), app.show_filters(false)");
is(value('app.timeline.order.length'), $before, 'the group closes again');

# A thread is called what it is called at the time.
my $renamed = value(q{app.t.threads.findIndex((thread) => thread.eras.at(-1)?.name === 'cat')});
my $eras = qq{app.t.threads[$renamed].eras};
my $where = sub { value("[...app.t.thread].findIndex((thread, i) => thread === $renamed && i >= $eras.at($_[0]).from)") };
my $who = sub { value("(app.select($_[0], 'link'), app.rows.draw_now(), document.querySelector('#rows [aria-selected=true] .who').textContent)") };
my $tid = value("app.t.threads[$renamed].tid");
is($who->($where->(0)), "$tid busybox", 'before exec it is the shell');
is($who->($where->(-1)), "$tid cat", 'after it cat');
like(text_of('detail'), qr/CPU 0, $tid cat/, 'in the panel as well');
like(value('app.timeline.words(app.timeline.seen_at(' . $renamed . '))'), qr/^thread $tid busybox .*cat$/, 'its lane has all names');
is(value(qq{(app.find.search('"$tid cat"', app.rows.passing), app.find.events.every((i) => i >= $eras.at(-1).from || app.t.thread[i] !== $renamed) &&
	app.find.events.some((i) => app.t.thread[i] === $renamed))}), JSON::PP::true, 'a search finds it by the name of the time');

# Folds.
my $rows = value('(app.rows.listing.set_all(false), app.rows.refold(), app.rows.events.length)');
my $box = sub { @{value("(() => { const r = $_[0].getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()")} };
value('app.rows.move(0)');
$browser->settle;
my $fold = q{[...document.querySelectorAll('#rows .fold')].find((r) => r.textContent ===
	app.rows.listing.fold_words(app.t.folds.findIndex((fold) => !fold.boot)))};
$browser->click($box->($fold));
cmp_ok(value('app.rows.events.length'), '>', $rows + 50, 'a click unfolds');
is(value("($fold).getAttribute('aria-expanded')"), 'true', 'which the row says');
$browser->click($box->($fold));
is(value('app.rows.events.length'), $rows, 'and folds again');
value("by_id('rows').focus()");
$browser->key('Enter');
cmp_ok(value('app.rows.events.length'), '>', $rows + 50, 'Enter does as well');
$browser->key('Enter');
$browser->key('a');
is(value('app.rows.events.filter(Number.isInteger).length'), value('app.t.n'), 'a unfolds all');
$browser->key('a');
is(value('app.rows.events.length'), $rows, 'and folds all');
my $hidden = value('app.t.folds[1].first + 1');
value("app.select($hidden, 'link')");
is(value('app.rows.events[app.rows.selected]'), $hidden, 'a link into a fold opens it');
$browser->key('a') for 1 .. 2;

# Keys.
my $first_step = value('app.t.first_step');
value("app.select($first_step, 'link')");
$browser->key('j') for 1 .. 2;
is(selected(), $first_step + 2, 'j goes to the next event');
value("by_id('rows').focus()");
$browser->key('ArrowDown');
$browser->key('ArrowUp') for 1 .. 2;
is(selected(), $first_step + 1, 'arrows go up and down');
$browser->key('ArrowUp') for 1 .. 2;
is(value('app.rows.listing.what(app.rows.events[app.rows.selected]).fold'), 2, 'and to a fold');
$browser->key('a');
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
# Not what was found for the first letters of it, on a slow host.
ok($browser->wait_for(q{/^1 \/ \d/.test(by_id('found').textContent) && app.t.strings[app.t.program[app.selected]].startsWith('write(')}, 10),
	'and finds') or diag(text_of('found'));
my $first = selected();
like(value("app.t.strings[app.t.program[$first]]"), qr/^write\(/, 'what was asked for');
$browser->key('Enter');
is(value('document.activeElement.id'), 'rows', 'Enter leaves the field');
is(selected(), $first, 'at the match');
$browser->key('n');
cmp_ok(selected(), '>', $first, 'n goes to the next match');
$browser->key('/');
$browser->key('Escape');
is(value('document.activeElement.id + by_id("find").value'), 'rows', 'one Escape leaves the search, and ends it');
value("app.select($first, 'keys')");
$browser->key('p');
like(value('app.t.kinds[app.t.kind[app.selected]].name'), qr/^(?:syscall_exit|user_enter)$/, 'p goes to the return');
$browser->key('p');
is(selected(), $first, 'and back');
$browser->key(']');
is(selected(), value("app.t.pair[$first]"), '] goes from a trap to its return');
$browser->key(']');
is(value('event_words(app.t, app.selected) !== "" && app.t.kinds[app.t.kind[app.selected]].name.endsWith("_enter")'), JSON::PP::true,
	'and from there to the trap that ends the run');
$browser->key('[') for 1 .. 2;
is(selected(), $first, '[ goes back, from effects to causes');
$browser->key('.');
$browser->key(',');
is(selected(), $first, 'comma and period go along the thread');
my $inside = value('[...app.t.kind].findIndex((k, i) => i > app.t.first_step && app.t.kinds[k].name === "memory_allocate")');
value("app.select($inside, 'link')");
$browser->key('[');
is(value('event_words(app.t, app.selected)'), 'execve', 'what is done in a call has the call as its cause');
my $link = value("document.querySelector('#detail a').href");
like($link, qr{^https://example\.org/creance/kernel/\w+/[\w/]+\.c#L\d+$}, 'a link leads to the source');
my ($path, $line) = $link =~ m{creance/(.+)#L(\d+)$};
my @lines = split /\n/, slurp(source() . "/$path");
cmp_ok(scalar @lines, '>=', $line, 'which has that line');
value("app.select([...app.t.wakes.keys()].at(-1), 'link')");
my $wake = selected();
$browser->key('w');
cmp_ok(selected(), '>', $wake, 'w goes from a wake-up to the run');
$browser->key('[');
is(selected(), $wake, 'and [ back');

# Every control is reached by Tab, and seen when it is.
my $tabs = value(q{(() => { document.activeElement.blur(); window.tabbed = new Map();
	document.addEventListener('focusin', (e) => tabbed.set(e.target, getComputedStyle(e.target).outlineStyle + getComputedStyle(e.target).backgroundColor));
	window.controls = [...document.querySelectorAll('button, input, a[href], [tabindex="0"]')].filter((e) => e.offsetParent && !e.disabled);
	return controls.length; })()});
$browser->key('Tab') for 1 .. $tabs + 3;
is(value('controls.filter((e) => !tabbed.has(e)).map((e) => e.id || e.textContent).join()'), '', 'Tab reaches every control');
is(value('[...tabbed].filter(([e, look]) => look.startsWith("none") && e.id !== "split").map(([e]) => e.id || e.textContent).join()'), '',
	'and the focus is seen');
is(value('controls.filter((e) => !(e.getAttribute("aria-label") || e.textContent.trim())).length'), 0, 'each has a name');

# The filter, by a click.
$browser->click($box->("by_id('filter')"));
my $all = value('app.rows.passing.length');
$browser->click($box->("[...document.querySelectorAll('#filter-groups button')].find((b) => b.textContent === 'traps')"));
cmp_ok(value('app.rows.passing.length'), '<', $all, 'a group is filtered out');
is(value("[...app.rows.events].filter(Number.isInteger).filter((i) => app.t.kinds[app.t.kind[i]].group === 'trap').length"), 0, 'completely');
$browser->click($box->("by_id('filter-reset')"));
is(value('app.rows.passing.length'), $all, 'and comes back');
$browser->key('Escape');

# The mouse: a click on a lane selects, and the rows follow.
value("by_id('rows').focus()");
$browser->key('Home');
value('app.timeline.fit()');
my $at = value(q{(() => { const v = app.timeline, t = app.t;
	let i = t.n - 5;
	while (!t.thread_lanes[t.thread[i]].shown) i--;
	const lane = t.thread_lanes[t.thread[i]];
	v.reveal(lane); const r = v.picture.getBoundingClientRect();
	return [r.left + v.x(t.ns[i]), r.top + lane.y + lane.height / 2 - v.lanes.scrollTop]; })()});
$browser->mouse('Moved', @$at);
ok($browser->wait_for("!by_id('card').hidden", 10), 'a card tells what the pointer is on');
$browser->click(@$at);
cmp_ok(selected(), '>', value('app.t.n - 400'), 'a click selects an event');
ok(value(q{[...document.querySelectorAll('#rows .row')].some((r) => Number(r.dataset.event) === app.selected)}),
	'and the rows go there');

# Rows begin whole, wherever one jumps to; a label that has no room is left out, and only a thread's number stands alone.
value('app.select(app.t.first_step + 100, "link")');
cmp_ok(value('app.rows.top'), '>', 0, 'the rows are scrolled');
is(value('app.rows.top'), value('app.rows.tops[above(app.rows.tops, app.rows.top) - 1]'), 'to the beginning of a row');
my $labels = q{(() => { const picture = new Picture(app.timeline), lane = app.t.thread_lanes[app.t.thread[app.selected]], said = [];
	picture.ink = {measureText: (text) => ({width: 7 * text.length}), fillText: (text) => said.push(text)};
	const i = [...lane.event].findIndex((event, k) => lane.state[k] === STATE.kernel && event_words(app.t, event) === 'page fault');
	for (const on of [lane, app.t.cpu_lanes[0]]) {
		const k = on === lane ? i : on.at(lane.start[i]);
		for (const room of [100, 40]) picture.label(on, k, 500, 500 + room, 0, STATE.kernel);
	}
	return said.join(); })()};
like(value($labels), qr/^page fault,(\d+) \w+,\1$/, 'labels');

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

# ---- nothing is clipped; axe-core finds nothing
my ($axe, $why) = Axe::source_text();
for my $size ([1400, 900], [1920, 1080]) {
	my ($width, $height) = @$size;
	$browser = load($file, width => $width, height => $height, dark => $width > 1400);
	value("app.select(($kind)('trap_enter'), 'link')");
	$browser->settle;
	is(value('[document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight].join()'), '0,0',
		"$width x $height: the page fits");
	is(value(q{[...document.querySelectorAll('#rows p, #summary, button, .legend li')].filter((e) =>
		e.offsetParent && e.scrollWidth > e.clientWidth + 1 && e.clientWidth).map((e) => e.textContent).join('\n')}), '', 'no text is clipped');
	my $last = q{document.querySelector('#detail dl').lastElementChild.getBoundingClientRect().bottom};
	cmp_ok(value($last), '<=', value("by_id('detail').getBoundingClientRect().bottom"), 'the panel shows its last row');
	is(value(q{(() => { const panel = by_id('detail'), bad = [];
		for (let i = app.t.first_step; i < app.t.n; i += 7) {
			show_detail(app.t, panel, i, app.actions);
			if (panel.scrollWidth > panel.clientWidth) bad.push(panel.textContent);
		}
		show_detail(app.t, panel, app.selected, app.actions);
		return bad.join('\n'); })()}), '', 'nor is any as wide as needs a scroll bar');
	cmp_ok(value('app.timeline.total'), '>=', value('app.timeline.height * 0.75'), "the lanes use the timeline's height");
	$browser->key('c');
	$browser->settle;
	is(value(q{[...document.querySelectorAll('#rows p')].filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.textContent).join('\n')}),
		'', 'nor in rows of one line');
	my $compact = value(q{squeeze('save user registers on the kernel stack of thread 3; move to kernel mode; jump to the trap handler', 260, app.rows.ruler)});
	like($compact, qr/^save\b.*; move\b.*; jump\b/, 'which keep the verbs');
	SKIP: {
		skip $why, 3 if !$axe;
		is(Axe::findings($browser, $axe), '', 'axe-core finds nothing');
		value('app.show_filters(true), app.t.groups.lanes.forEach((group) => app.open_group(group))');
		is(Axe::findings($browser, $axe), '', 'with the filters and groups open');
		value('app.show_filters(false), app.t.groups.lanes.forEach((group) => app.open_group(group))');
		$browser->key('?');
		is(Axe::findings($browser, $axe), '', 'and in the help');
	}
	is(value(q{(() => { app.t.ns.forEach((_, i) => { app.t.ns[i] += 3e10; });
		app.t.end += 3e10;
		app.fit_times();
		app.rows.measure();
		app.rows.draw_now();
		return [...document.querySelectorAll('.row .time')].filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.textContent).join(); })()}),
		'', 'nor are times after half a minute');
	like(value("document.querySelector('.row .time').textContent"), qr/^3\d{4}\.\d{3}\D\d{3}$/, 'which are that long');
	is(join("\n", $browser->console), '', 'nothing was said on the console');
	undef $browser;
}

# ---- the source's lines, paper and pictures
$browser = load($file, width => 1400, height => 900);
value("app.select(($kind)('syscall_enter'), 'link')");
$browser->key('l');
ok(value("by_id('source').open"), 'l shows lines of the source');
my ($of, $nr) = split /:/, text_of('source-title');
is(value("document.querySelector('#source .wanted').textContent"), $nr . ((split /\n/, slurp(source() . "/$of"))[$nr - 1] || ' '),
	'the line that does the step');
is(Axe::findings($browser, $axe), '', 'axe-core finds nothing') if $axe;
$browser->key('Escape');
value('put_on_paper(app.rows, by_id("paper")), app.rows.move(0), put_on_paper(app.rows, by_id("paper"))');
is(value("document.querySelectorAll('#paper tbody tr').length"), value('app.rows.events.length'), 'on paper are all rows');
like(text_of('paper'), qr/OS at boot.*boot: \d+ steps?.*return-from-trap.* runs: /s, 'with what is in them');
my $pdf = $browser->call('Page.printToPDF', {landscape => \1})->{data};
cmp_ok(length $pdf, '>', 20_000, 'and they are printed');
my $svg = value('svg_of(app.timeline)');
is(value('new DOMParser().parseFromString(svg_of(app.timeline), "image/svg+xml").querySelectorAll("parsererror").length'), 0, 'the timeline is well-formed SVG');
my $colour = value('app.timeline.c.user');
cmp_ok(scalar(() = $svg =~ /fill="\Q$colour\E"/g), '>', 50, 'and has what runs in it');
like($svg, qr/>CPU 0</, 'with names');
value('window.saved = [], save_file = (name, blob) => saved.push([name, blob.size]), 1');
$browser->click($box->("by_id('save-svg')"));
$browser->click($box->("by_id('save-png')"));
ok($browser->wait_for('saved.length === 2', 10), 'both are saved by a click');
is(value('saved.map(([name, size]) => name + (size > 5000)).sort().join()'), 'trace.pngtrue,trace.svgtrue', 'as files');
is(join("\n", $browser->console), '', 'nothing was said on the console');
undef $browser;

# ---- step by step: figure 6.3 on seven screens, and as a quiz
my $loops = page('loops', '(while :; do :; done) & (while :; do :; done) & sleep 0.2; kill %1 %2', '--deterministic');
$browser = load($loops, width => 1400, height => 900);
value(q{(() => { const t = app.t; for (let i = t.first_step; i < t.n; i++) { const list = t.cpu_lanes[t.cpu[i]].events, k = above(list, i) - 1;
	const kinds = [1, 2].map((d) => t.kinds[t.kind[list[k + d]] ?? 0].name);
	if (t.kinds[t.kind[i]].name === 'interrupt_enter' && kinds[0] === 'sched_pick' && kinds[1] === 'sched_switch' &&
		t.threads[t.thread[list[k + 4]]].name.endsWith('busybox') && run_time(t, list[k + 4])) { app.select(i, 'link'); return; } } })()});
$browser->key('.') for 1 .. 2;
like(text_of('detail'), qr/switch\d+ \w+ leaves, \d+ \w+ comes/, 'the panel names the two threads of a switch');
$browser->key(',') for 1 .. 2;
$browser->key('s');
ok(value("by_id('walk').open"), 's opens the steps');
my $screen = q{[...document.querySelectorAll('.walk-columns .acts')].map((e) => e.id.slice(5) + ': ' + [...e.children].map((p) => p.textContent).join('; ')).join(' | ')};
my $boxes = q{[...document.querySelectorAll('#walk-saves .box')].map((b) => b.querySelector('h3').textContent.replace(/^kernel | of .*/g, '') + ' ' +
	b.children[1].textContent + (b.classList.contains('changed') ? '!' : '')).join(', ')};
my @wanted = (
	[qr/^hardware: timer interrupt; save user registers/, 'stack user registers!, PCB empty, PCB kernel registers, stack user registers'],
	[qr/^os: handle the trap: timer interrupt$/, 'stack user registers, PCB empty, PCB kernel registers, stack user registers'],
	[qr/^os: the scheduler picks thread \d+, because thread \d+ was preempted/, 'stack user registers, PCB empty, PCB kernel registers, stack user registers'],
	[qr/^os: switch: save kernel registers/, 'stack user registers, PCB kernel registers!, PCB empty!, stack user registers'],
	[qr/^os: change to the address space.* \| hardware: forget/, 'stack user registers, PCB kernel registers, PCB empty, stack user registers'],
	[qr/^os: return-from-trap.* \| hardware: restore user registers/, 'stack user registers, PCB kernel registers, PCB empty, stack empty!'],
	[qr/^program: \d+ \w+ runs: /, 'stack user registers, PCB kernel registers, PCB empty, stack empty']);
for my $nr (1 .. @wanted) {
	like(value($screen), $wanted[$nr - 1][0], "screen $nr of a timer's switch");
	is(value($boxes), $wanted[$nr - 1][1], 'and what is saved then');
	like(text_of('walk-program'), qr/^before\d+ \w+ runs: /, 'beside it is what was before') if $nr == 1;
	like(text_of('walk-hardware'), qr/^beforetimer interrupt/, 'beside it is what was before') if $nr == 2;
	is(text_of('walk-said'), value("document.querySelector('.walk-columns .acts').textContent"), 'which is not read out') if $nr == 2;
	keep($browser, "step$nr");
	$browser->key('ArrowRight') if $nr < @wanted;
}
$browser->key('ArrowLeft');
like(value($screen), $wanted[-2][0], 'back');
is(value($boxes), $wanted[-2][1], 'also what is saved');
$browser->key('q');
is(value("document.querySelectorAll('#walk-question .choice').length"), 4, 'the quiz asks for the next step');
my $choices = q{(() => { const w = app.walk, now = [w.event, w.part]; let bad = 0, n = 0;
	for (w.event = app.rows.events.find(Number.isInteger), w.part = 0;; n++) {
		w.make_choices();
		const next = w.beside(w.event, w.part, 1);
		if (!next) break;
		if (w.choices.length !== 4 || new Set(w.choices).size !== 4 || w.choices.filter((c) => c === w.screen_words(next)).length !== 1 ||
			w.choices[w.correct] !== w.screen_words(next)) bad++;
		[w.event, w.part] = next;
	}
	[w.event, w.part] = now;
	w.show();
	return bad + ' of ' + n; })()};
like(value($choices), qr/^0 of [1-9]\d\d/, 'before each step but the last it offers four different ones, one of them right');
value("app.filter.only('groups', ['signal'])");
like(value($choices), qr/^0 of [1-9]$/, 'also where only a few are left');
value('app.filter.reset(), app.walk.show()');
my $correct = value('app.walk.correct');
$browser->key('' . ($correct + 1));
like(text_of('walk-score'), qr/^Yes\. 1 of 1 right$/, 'a right answer');
keep($browser, 'quiz');
$browser->click($box->("by_id('walk-next')"));
like(value($screen), $wanted[-1][0], 'and the step is revealed');
$browser->click($box->("document.querySelectorAll('#walk-question .choice')[app.walk.correct ? 0 : 1]"));
like(text_of('walk-score'), qr/^No: it is \d\. 1 of 2 right$/, 'a wrong one');
is(Axe::findings($browser, $axe), '', 'axe-core finds nothing') if $axe;
my $at_event = value('app.walk.event');
$browser->key('Escape');
ok(!value("by_id('walk').open"), 'Escape leaves');
is(selected(), $at_event, 'at the same step');
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
