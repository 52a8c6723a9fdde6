// SPDX-License-Identifier: MIT
// Searching and filtering: which events are listed, and which of them match. Each string is stored once, so it is
// searched once, however many events have it.
'use strict';

class Find {
	constructor(trace) {
		this.t = trace;
		this.kinds = trace.kinds.map((kind) => kind.name.toLowerCase());
		this.names = trace.threads.map((thread) => (thread.eras.length ? thread.eras : [thread])
			.map(({name}) => words_of(thread, name).toLowerCase())); // by thread and era
		this.events = new Int32Array(0); // that match
		this.words = []; // that rows highlight
	}

	get lower() { return (this.lowered ??= this.t.strings.map((text) => text.toLowerCase())); }

	// One word of the search as a predicate on events.
	word(text) {
		const t = this.t, [, place, rest] = /^(tid|pid|cpu|event|call|source):(.+)$/.exec(text) ?? [];
		const flags = (list, word) => Uint8Array.from(list, (item) => item.includes(word) ? 1 : 0);
		switch (place) {
		case 'tid': return (i) => String(t.threads[t.thread[i]].tid) === rest;
		case 'pid': return (i) => String(t.threads[t.thread[i]].pid) === rest;
		case 'cpu': return (i) => String(t.cpu[i]) === rest;
		case 'event': { const kind = flags(this.kinds, rest); return (i) => kind[t.kind[i]]; }
		case 'source': { const found = flags(this.lower, rest); return (i) => found[t.source[i]]; }
		case 'call': {
			const found = this.lower.map((item) => item === rest ? 1 : 0);
			return (i) => found[t.name[i]] && t.kinds[t.kind[i]].name.startsWith('syscall');
		}
		}
		this.words.push(text);
		const string = flags(this.lower, text), kind = flags(this.kinds, text.replaceAll(' ', '_'));
		const names = this.names.map((list) => flags(list, text));
		const named = (i) => names[t.thread[i]][era_at(t.threads[t.thread[i]], i)];
		string[0] = 0;
		return (i) => string[t.program[i]] || string[t.os[i]] || string[t.hardware[i]] || string[t.name[i]] ||
			kind[t.kind[i]] || named(i);
	}

	// The events of @listed that match @text.
	search(text, listed) {
		const words = text.trim().toLowerCase().match(/"[^"]+"|\S+/g) ?? [];
		this.words = [];
		const tests = words.map((word) => this.word(word.replaceAll('"', '')));
		const found = new Int32Array(tests.length ? listed.length : 0);
		let n = 0;
		if (tests.length) for (const i of listed) if (tests.every((test) => test(i))) found[n++] = i;
		this.events = found.subarray(0, n);
		return this.events;
	}

	// The match after (or before) @event, wrapping at the ends; -1: there is none.
	step(event, direction) {
		const list = this.events, n = list.length;
		if (!n) return -1;
		const k = direction > 0 ? above(list, event) : above(list, event - 1) - 1;
		return list[(k + n) % n];
	}

	place(event) {
		const k = above(this.events, event) - 1;
		return k >= 0 && this.events[k] === event ? k + 1 : 0;
	}
}

const BUTTONS_MOST = 400;

// What is shown: groups of events, CPUs, threads. The sets hold what is hidden. A button stands for one or more of them.
class Filter {
	constructor(trace, actions) {
		Object.assign(this, {t: trace, actions, buttons: [], openers: new Map()});
		this.hidden = {groups: new Set(), cpus: new Set(), threads: new Set()};
		const kinds = new Set(trace.kind), groups = new Set([...kinds].map((kind) => trace.kinds[kind].group));
		this.all = {
			groups: Object.keys(GROUPS).filter((g) => groups.has(g)), cpus: trace.cpu_lanes.map((lane) => lane.index),
			threads: trace.lanes_by_part.map((lane) => lane.index).filter((i) => this.is_seen(i)),
		};
		this.fill('groups', this.all.groups.map((g) => ({text: GROUPS[g], keys: [g]})));
		this.fill('cpus', this.all.cpus.map((c) => ({text: `CPU ${c}`, keys: [c]})));
		this.list_threads();
		by_id('filter-reset').addEventListener('click', () => this.reset());
	}

	// A group's threads are one button; when it is open, each has its own as well.
	list_threads() {
		const {t} = this, items = [], placed = new Set(), one = (i) => ({text: this.thread_words(i), keys: [i]});
		for (const i of this.all.threads) {
			const group = t.groups.lane_of(i);
			if (!group) items.push(one(i));
			if (!group || placed.has(group)) continue;
			placed.add(group);
			const members = group.members.filter((member) => this.is_seen(member));
			items.push({text: `${group.title} ${group.label}`, keys: members, group});
			if (group.open) items.push(...members.map(one));
		}
		const focus = [...this.openers].find(([, opener]) => opener === document.activeElement)?.[0];
		this.fill('threads', items);
		if (focus) this.openers.get(focus)?.focus();
	}

	is_seen(i) {
		const lane = this.t.thread_lanes[i];
		return lane.n > 0 || lane.events.length > 0;
	}

	thread_words(i) {
		const thread = this.t.threads[i], lane = this.t.thread_lanes[i];
		return thread.idle ? `idle, CPU ${this.t.cpu[lane.events[0] ?? lane.event[0]]}` : thread_words(thread);
	}

	fill(what, items) {
		const place = by_id(`filter-${what}`);
		this.buttons = this.buttons.filter((button) => button.what !== what);
		place.replaceChildren(...items.slice(0, BUTTONS_MOST).flatMap(({text, keys, group}) => {
			const button = element('button', {type: 'button', title: 'Shift or a double click: only this'}, text);
			button.addEventListener('click', (event) => event.shiftKey ? this.only(what, keys) : this.toggle(what, keys));
			button.addEventListener('dblclick', () => this.only(what, keys));
			this.buttons.push({button, what, keys});
			return group ? [element('span', {class: 'pair'}, this.opener(group), button)] : [button];
		}));
		if (items.length > BUTTONS_MOST) place.append(`and ${items.length - BUTTONS_MOST} more`);
		place.parentElement.hidden = this.all[what].length < 2;
		this.paint();
	}

	opener(group) {
		const opener = element('button', {type: 'button', class: 'opens', 'aria-expanded': group.open, 'aria-label': `Each of the ${group.said}`,
			onclick: () => this.actions.open_group(group)}, group.open ? '▾' : '▸');
		this.openers.set(group, opener);
		return opener;
	}

	toggle(what, keys) {
		const set = this.hidden[what], hide = keys.some((key) => !set.has(key));
		for (const key of keys) if (hide) set.add(key); else set.delete(key);
		this.apply();
	}

	// Show only these; or all again, if only these are shown.
	only(what, keys) {
		const set = this.hidden[what], others = this.all[what].filter((key) => !keys.includes(key));
		const already = set.size === others.length && set.size > 0 && others.every((key) => set.has(key));
		set.clear();
		if (!already) for (const other of others) set.add(other);
		this.apply();
	}

	reset() {
		for (const set of Object.values(this.hidden)) set.clear();
		this.apply();
	}

	paint() {
		for (const {button, what, keys} of this.buttons) {
			const off = keys.filter((key) => this.hidden[what].has(key)).length;
			button.setAttribute('aria-pressed', off === 0 ? 'true' : off === keys.length ? 'false' : 'mixed');
		}
		const n = Object.values(this.hidden).reduce((sum, set) => sum + set.size, 0);
		by_id('filter-count').textContent = n ? ` · ${n} off` : '';
	}

	apply() {
		this.paint();
		this.actions.filtered();
	}

	// The events that pass.
	list() {
		const t = this.t, {groups, cpus, threads} = this.hidden, list = new Int32Array(t.n);
		const group = t.kinds.map((kind) => groups.has(kind.group));
		let n = 0;
		for (let i = 0; i < t.n; i++) {
			if (!group[t.kind[i]] && !cpus.has(t.cpu[i]) && !threads.has(t.thread[i])) list[n++] = i;
		}
		return list.subarray(0, n);
	}
}
