// SPDX-License-Identifier: MIT
// Searching and filtering: which events are listed, and which of them match. Each string is stored once, so it is
// searched once, however many events have it.
'use strict';

class Find {
	constructor(trace) {
		this.t = trace;
		this.lower = trace.strings.map((text) => text.toLowerCase());
		this.kinds = trace.kinds.map((kind) => kind.name.toLowerCase());
		this.names = trace.threads.map((thread) => thread_words(thread).toLowerCase());
		this.events = new Int32Array(0); // that match
		this.words = []; // that rows highlight
	}

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
		const name = flags(this.names, text);
		string[0] = 0;
		return (i) => string[t.program[i]] || string[t.os[i]] || string[t.hardware[i]] || string[t.name[i]] ||
			kind[t.kind[i]] || name[t.thread[i]];
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

// What is shown: groups of events, CPUs, threads. The sets hold what is hidden.
class Filter {
	constructor(trace, changed) {
		this.t = trace;
		this.changed = changed;
		this.hidden = {groups: new Set(), cpus: new Set(), threads: new Set()};
		this.buttons = [];
		const there = new Set(trace.kind);
		const groups = new Set([...there].map((kind) => trace.kinds[kind].group));
		this.fill('groups', Object.keys(GROUPS).filter((g) => groups.has(g)), (g) => GROUPS[g]);
		this.fill('cpus', trace.cpu_lanes.map((lane) => lane.index), (c) => `CPU ${c}`);
		const threads = trace.threads.map((_, i) => i).filter((i) => trace.thread_lanes[i].events.length);
		this.fill('threads', threads, (i) => trace.threads[i].idle ? `idle, CPU ${this.idle_cpu(i)}` : thread_words(trace.threads[i]));
		by_id('filter-reset').addEventListener('click', () => this.reset());
	}

	idle_cpu(thread) {
		const lane = this.t.thread_lanes[thread];
		return this.t.cpu[lane.events[0]];
	}

	fill(what, keys, words) {
		const place = by_id(`filter-${what}`);
		for (const key of keys.slice(0, 400)) {
			const button = element('button', {type: 'button', title: 'Shift or a double click: only this'}, words(key));
			button.addEventListener('click', (event) => event.shiftKey ? this.only(what, key) : this.toggle(what, key));
			button.addEventListener('dblclick', () => this.only(what, key));
			this.buttons.push([button, what, key]);
			place.append(button);
		}
		place.parentElement.hidden = keys.length < 2;
		this.keys = {...this.keys, [what]: keys};
		this.paint();
	}

	toggle(what, key) {
		const set = this.hidden[what];
		if (!set.delete(key)) set.add(key);
		this.apply();
	}

	// Show only this one; or all again, if only this one is shown.
	only(what, key) {
		const set = this.hidden[what], others = this.keys[what].filter((k) => k !== key);
		const already = !set.has(key) && set.size === others.length && set.size > 0;
		set.clear();
		if (!already) for (const other of others) set.add(other);
		this.apply();
	}

	reset() {
		for (const set of Object.values(this.hidden)) set.clear();
		this.apply();
	}

	paint() {
		for (const [button, what, key] of this.buttons) button.setAttribute('aria-pressed', !this.hidden[what].has(key));
		const n = Object.values(this.hidden).reduce((sum, set) => sum + set.size, 0);
		by_id('filter-count').textContent = n ? ` · ${n} off` : '';
	}

	apply() {
		this.paint();
		this.changed();
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
