// SPDX-License-Identifier: MIT
// Puts the parts together: one event is selected, and rows, timeline, panel and address show it.
'use strict';

class App {
	constructor(trace) {
		this.t = trace;
		this.selected = -1;
		const actions = {
			select: (event, from) => this.select(event, from), hover: (what, pointer) => show_card(trace, by_id('card'), what, pointer),
			range: (from, to) => this.range(from, to), lane: (lane) => this.lane(lane), say: (text) => this.say(text),
			copy: (text) => this.copy(text), fold: (row, k) => this.fold(row, k), open_group: (group) => this.open_group(group),
			filtered: () => this.filtered(),
		};
		this.actions = actions;
		this.theme(null);
		this.summary();
		this.find = new Find(trace);
		this.rows = new Rows(trace, by_id('rows'), actions);
		this.filter = new Filter(trace, actions);
		this.timeline = new Timeline(trace, {lanes: by_id('lanes'), picture: by_id('picture'), overview: by_id('overview')}, actions);
		this.walk = new Walk(trace, this.rows, actions);
		this.rows.list(this.filter.list());
		this.timeline.resize();
		this.timeline.fit();
		paper(this.rows, by_id('paper'));
		this.listen();
		const asked = Number(new URLSearchParams(location.hash.slice(1)).get('event') ?? NaN);
		if (trace.n) this.select(asked >= 0 && asked < trace.n ? asked : trace.first_step, asked >= 0 ? 'address' : 'begin');
		document.documentElement.dataset.ready = String(trace.n);
	}

	summary() {
		const {meta, n} = this.t, lost = meta.lost.reduce((sum, some) => sum + some, 0);
		const count = (number, one) => `${number.toLocaleString('en')} ${one}${number === 1 ? '' : 's'}`;
		const part = n === meta.events ? count(n, 'event') : `${n.toLocaleString('en')} of ${count(meta.events, 'event')}`;
		const program = meta.program.map(shell_word).join(' ');
		by_id('program').append(program);
		by_id('program').title = program;
		by_id('summary').append(`${meta.end} · ${part} · ${count(meta.cpus, 'CPU')} · ${span_words(this.t.end - this.t.begin)}`);
		if (lost) by_id('summary').append(' · ', element('span', {class: 'bad'}, `${count(lost, 'event')} lost`));
		document.documentElement.toggleAttribute('data-one-cpu', meta.cpus === 1);
		document.title = `${program} – Creance trace`;
		this.fit_times();
	}

	// The column of times, which are in the font of .row .time, has room for the last one.
	fit_times() {
		const {style} = document.documentElement, mono = getComputedStyle(document.documentElement).getPropertyValue('--mono');
		const width = new Ruler(`12px ${mono}`).width(time_words(this.t.end));
		style.setProperty('--time-width', `${Math.max(98, Math.ceil(width) + 18)}px`);
	}

	select(event, from) {
		if (event < 0 || event >= this.t.n) return;
		this.selected = event;
		this.rows.select(event, from === 'begin' || from === 'rows' || from === 'keys' ? 'edge' : 'centre');
		this.timeline.select(event, from === 'begin' || from === 'timeline' ? '' : 'edge');
		show_detail(this.t, by_id('detail'), event, this.actions);
		this.found();
		if (from !== 'begin') {
			try { history.replaceState(null, '', `#event=${event}`); } catch { /* the page works without it */ }
			const t = this.t;
			this.say(`${event_words(t, event)}. ${t.strings[t.os[event]] || t.strings[t.program[event]]}`);
		}
	}

	say(text) { by_id('said').textContent = text; }

	async copy(text) {
		try {
			await navigator.clipboard.writeText(text);
		} catch {
			const area = element('textarea', {class: 'unseen'}, text);
			document.body.append(area);
			area.select();
			document.execCommand('copy');
			area.remove();
		}
		this.say(`copied ${text}`);
	}

	range(from, to) {
		by_id('range').textContent = `${span_words(to - from)} in view`;
	}

	// ---- search and filter ----

	search(jump) {
		const matches = this.find.search(by_id('find').value, this.rows.passing);
		this.rows.mark(this.find.words);
		this.timeline.matches = matches;
		this.timeline.draw();
		if (jump && matches.length && !this.find.place(this.selected)) this.select(this.find.step(this.selected, 1), 'find');
		this.found();
	}

	found() {
		const {find} = this, n = find.events.length, at = find.place(this.selected);
		by_id('found').textContent = !by_id('find').value.trim() ? '' : !n ? 'no match'
			: `${at ? at.toLocaleString('en') : '–'} / ${n.toLocaleString('en')}`;
	}

	next(direction) {
		const event = this.find.step(this.selected, direction);
		if (event >= 0) this.select(event, 'find');
	}

	filtered() {
		this.rows.list(this.filter.list());
		const hidden = this.filter.hidden.threads;
		this.timeline.visible = (thread) => !hidden.has(thread);
		this.timeline.place_lanes();
		this.search(false);
		this.rows.select(this.selected, 'centre');
		this.say(`${this.rows.passing.length} events pass the filter`);
	}

	lane(lane) { this.filter.only(lane.type === 'cpu' ? 'cpus' : 'threads', [lane.index]); }

	// The threads of @group have lanes and buttons of their own, or no longer.
	open_group(group) {
		group.open = !group.open;
		this.timeline.place_lanes();
		this.filter.list_threads();
		this.say(`${group.said}: ${group.open ? 'opened' : 'closed'}`);
	}

	// The fold @k, whose row is @row, is opened or closed.
	fold(row, k) {
		const open = this.rows.toggle(k);
		this.rows.point(row);
		this.say(`${this.rows.listing.fold_words(k)} ${open ? 'unfolded' : 'folded'}`);
	}

	show_filters(open) {
		by_id('filters').hidden = !open;
		by_id('filter').setAttribute('aria-expanded', open);
	}

	// ---- light and dark ----

	// @chosen: light, dark, system, or null for the earlier choice.
	theme(chosen) {
		const dark = matchMedia('(prefers-color-scheme: dark)');
		try {
			chosen ??= localStorage.getItem('creance-theme');
			localStorage.setItem('creance-theme', chosen ?? 'system');
		} catch { /* kept for this page only */ }
		this.chosen = ['light', 'dark'].includes(chosen) ? chosen : 'system';
		document.documentElement.toggleAttribute('data-dark', this.chosen === 'dark' || (this.chosen === 'system' && dark.matches));
		by_id('theme').textContent = {light: 'Light', dark: 'Dark', system: 'Auto'}[this.chosen];
		this.timeline?.colours();
	}

	// ---- keys ----

	listen() {
		const click = (id, action) => by_id(id).addEventListener('click', action);
		const find = by_id('find');
		find.addEventListener('input', () => {
			clearTimeout(this.typing);
			this.typing = setTimeout(() => this.search(true), 120);
		});
		find.addEventListener('keydown', (event) => {
			if (event.key === 'Enter') {
				clearTimeout(this.typing);
				this.search(true);
				by_id('rows').focus();
			} else if (event.key === 'Escape') this.leave();
			else return;
			event.preventDefault();
		});
		click('find-next', () => this.next(1));
		click('find-previous', () => this.next(-1));
		click('filter', () => this.show_filters(by_id('filters').hidden));
		click('steps', () => this.key('s'));
		click('theme', () => this.key('t'));
		click('help', () => this.key('?'));
		click('zoom-in', () => this.key('+'));
		click('zoom-out', () => this.key('-'));
		click('zoom-fit', () => this.key('f'));
		click('zoom-all', () => this.key('F'));
		click('save-svg', () => save_picture(this.timeline, 'svg'));
		click('save-png', () => save_picture(this.timeline, 'png'));
		click('zoom-selection', () => this.key('z'));
		matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.theme(this.chosen));
		document.addEventListener('keydown', (event) => this.pressed(event));
		by_id('rows').addEventListener('keydown', (event) => this.rows_key(event));
		this.split();
	}

	pressed(event) {
		if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
		if (event.target.closest('input, select, textarea')) return;
		const lanes = by_id('lanes');
		if (event.target === lanes && this.timeline.key(event)) event.preventDefault();
		else if (event.key === ' ' || event.key === 'Enter') return;
		else if (this.key(event.key)) event.preventDefault();
	}

	// Escape: out of whatever is open, at once.
	leave() {
		clearTimeout(this.typing);
		this.show_filters(false);
		by_id('card').hidden = true;
		if (by_id('find').value) {
			by_id('find').value = '';
			this.search(false);
		}
		by_id('rows').focus();
	}

	follow(link, none) {
		if (link) this.select(link.event, 'link');
		else this.say(none);
	}

	key(key) {
		const t = this.t, now = this.selected;
		switch (key) {
		case '/': by_id('find').focus(); by_id('find').select(); break;
		case '?': by_id('keys').showModal(); break;
		case 'n': this.next(1); break;
		case 'N': this.next(-1); break;
		case 'j': this.by_rows(1); break;
		case 'k': this.by_rows(-1); break;
		case '[': this.follow(cause_of(t, now), 'no cause is known'); break;
		case ']': this.follow(effect_of(t, now), 'no effect is known'); break;
		case ',': case '.': {
			const list = t.thread_lanes[t.thread[now]].events, k = place_in_thread(t, now) + (key === '.' ? 1 : -1);
			if (k >= 0 && k < list.length) this.select(list[k], 'keys');
			break;
		}
		case 'p': if (t.pair[now] >= 0) this.select(t.pair[now], 'link'); break;
		case 'w': { const other = t.runs.get(now) ?? t.wakes.get(now) ?? t.received.get(now) ?? t.sent.get(now); if (other >= 0) this.select(other, 'link'); break; }
		case 's': case 'q': if (now >= 0) this.walk.open(now, key === 'q'); break;
		case '+': case '=': this.timeline.zoom(0.6, this.anchor()); break;
		case '-': case '_': this.timeline.zoom(1 / 0.6, this.anchor()); break;
		case 'f': this.timeline.fit(); break;
		case 'F': this.timeline.all(); break;
		case 'a':
			this.say(this.rows.toggle_all(now) ? 'all steps shown' : 'the boot and other processes folded');
			break;
		case 'z': if (now >= 0) this.timeline.around(now); break;
		case 'c':
			this.rows.compact = !this.rows.compact;
			this.rows.measure();
			this.rows.select(now, 'centre');
			break;
		case 'l': show_source(t, t.strings[t.source[now]]); break;
		case 'y': if (t.strings[t.source[now]]) this.copy(t.strings[t.source[now]]); break;
		case 't': this.theme({system: 'light', light: 'dark', dark: 'system'}[this.chosen]); break;
		case 'Escape': this.leave(); break;
		default: return false;
		}
		return true;
	}

	// Keys zoom around the selected event, if it is visible.
	anchor() {
		const time = this.t.ns[this.selected], {from, to} = this.timeline;
		return time >= from && time <= to ? time : (from + to) / 2;
	}

	// Up or down by rows; a fold's row is stopped at, a heading is not.
	by_rows(step) {
		const {rows} = this, n = rows.events.length, way = Math.sign(step);
		if (!n) return;
		let row = rows.selected >= 0 ? rows.selected + step : rows.row_of(this.selected) + (step < 0 ? step : 0);
		row = Math.max(0, Math.min(n - 1, row));
		let what = rows.listing.what(rows.events[row]);
		if (what.section) {
			row += row + way >= 0 && row + way < n ? way : -way;
			what = rows.listing.what(rows.events[row]);
		}
		if (what.event !== undefined) { this.select(what.event, 'keys'); return; }
		rows.point(row);
		const open = rows.listing.open[what.fold];
		this.say(`${rows.listing.fold_words(what.fold)}, ${open ? 'unfolded' : 'folded: Enter unfolds'}`);
	}

	rows_key(event) {
		if (event.ctrlKey || event.metaKey || event.altKey) return;
		const {rows} = this, n = rows.events.length, page = rows.page();
		const step = {ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page, Home: -n, End: n}[event.key];
		const {fold} = rows.selected >= 0 ? rows.listing.what(rows.events[rows.selected]) : {};
		if (step) this.by_rows(step);
		else if (fold !== undefined && (event.key === 'Enter' || event.key === ' ')) this.fold(rows.selected, fold);
		else if (event.key === 'Enter') this.timeline.around(this.selected);
		else return;
		event.preventDefault();
	}

	// The bar between timeline and rows.
	split() {
		const bar = by_id('split'), main = by_id('main'), set = (share) => {
			const height = Math.max(15, Math.min(80, share));
			main.style.setProperty('--above', `${height}%`);
			bar.setAttribute('aria-valuenow', Math.round(height));
		};
		bar.addEventListener('pointerdown', (event) => bar.setPointerCapture(event.pointerId));
		bar.addEventListener('pointermove', (event) => {
			const box = main.getBoundingClientRect();
			if (event.buttons & 1) set((event.clientY - box.top) / box.height * 100);
		});
		bar.addEventListener('keydown', (event) => {
			const step = {ArrowUp: -2, ArrowDown: 2}[event.key];
			if (!step) return;
			event.preventDefault();
			set(Number(bar.getAttribute('aria-valuenow')) + step);
		});
	}
}

const app = new App(load(JSON.parse(by_id('trace').textContent)));
