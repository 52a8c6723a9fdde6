// SPDX-License-Identifier: MIT
// The trace: columns of numbers, with an entry for each event, and each string once; and the lanes made from them.
'use strict';

const STATE = {none: 0, user: 1, kernel: 2, ready: 3, blocked: 4, exited: 5, idle: 6};
const STATE_NAMES = ['', 'runs in user mode', 'runs in kernel mode', 'ready', 'blocked', 'exited', 'idle'];
const GROUPS = {
	boot: 'boot', process: 'processes', memory: 'memory', call: 'system calls', trap: 'traps', interrupt: 'interrupts',
	sched: 'scheduler', signal: 'signals', other: 'others',
};

// The first place in sorted @list whose value is above @value.
function above(list, value, low = 0, high = list.length) {
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (list[middle] <= value) low = middle + 1;
		else high = middle;
	}
	return low;
}

// One CPU's or one thread's stretches of time, in order and without gaps: start, end, state, the event that began it.
// past[s][i] is the time spent in state s before stretch i, so that any part of a lane is summed by two look-ups.
class Lane {
	constructor(type, index, label, title) {
		Object.assign(this, {type, index, label, title, start: [], state: [], event: [], owner: [], events: []});
	}

	push(at, state, event, owner) {
		const last = this.start.length - 1;
		if (last > 0 && this.start[last] === at && this.state[last - 1] === state && this.owner[last - 1] === owner) {
			for (const list of [this.start, this.state, this.event, this.owner]) list.pop();
			return; // it went back to the earlier state at once
		}
		if (last >= 0 && this.start[last] === at) { // no time was spent in it
			this.state[last] = state; this.event[last] = event; this.owner[last] = owner;
		} else if (last < 0 || this.state[last] !== state || this.owner[last] !== owner) {
			this.start.push(at); this.state.push(state); this.event.push(event); this.owner.push(owner);
		}
	}

	close(end) {
		const n = this.start.length;
		this.n = n;
		this.finish = end;
		this.start = Float64Array.from(this.start);
		this.state = Uint8Array.from(this.state);
		this.event = Int32Array.from(this.event);
		this.owner = Int32Array.from(this.owner);
		this.events = Int32Array.from(this.events);
		this.past = STATE_NAMES.map(() => new Float64Array(n + 1));
		for (let i = 0; i < n; i++) {
			for (const sum of this.past) sum[i + 1] = sum[i];
			this.past[this.state[i]][i + 1] += this.end(i) - this.start[i];
		}
	}

	end(i) { return i + 1 < this.n ? this.start[i + 1] : this.finish; }
	at(time) { return above(this.start, time) - 1; } // -1: before all

	// The share of each state in the time between @from and @to, in @shares; together 1.
	share(from, to, shares) {
		from = Math.max(from, this.n ? this.start[0] : to);
		const stop = Math.min(to, this.finish);
		shares.fill(0);
		if (stop <= from) return shares;
		const i = this.at(from), j = above(this.start, stop, i, Math.min(this.n, i + 64) < this.n && this.start[i + 64] > stop
			? i + 64 : this.n) - 1;
		for (let state = 0; state < shares.length; state++) shares[state] = this.past[state][j] - this.past[state][i];
		shares[this.state[j]] += stop - this.start[j];
		shares[this.state[i]] -= from - this.start[i];
		for (let state = 0; state < shares.length; state++) shares[state] /= to - from;
		return shares;
	}
}

function running_sum(deltas) {
	const sums = new Float64Array(deltas.length);
	for (let i = 0, sum = 0; i < deltas.length; i++) sums[i] = sum += deltas[i];
	return sums;
}

// The page's data (trace_html.c) and what is computed from it once.
function load(data) {
	const t = {
		meta: data.meta, strings: data.strings, kinds: data.kinds, threads: data.threads, n: data.ns.length,
		ns: running_sum(data.ns), cpu: Uint8Array.from(data.cpu), thread: Uint32Array.from(data.thread),
		kind: Uint8Array.from(data.kind), name: Uint32Array.from(data.name), program: Uint32Array.from(data.program),
		hardware: Uint32Array.from(data.hardware), os: Uint32Array.from(data.os), source: Uint32Array.from(data.source),
		args: data.args, pair: new Int32Array(data.ns.length).fill(-1), wakes: new Map(), runs: new Map(), run_of: new Map(),
	};
	t.first = new Uint32Array(t.n + 1); // where its arguments begin
	for (let i = 0; i < t.n; i++) t.first[i + 1] = t.first[i] + t.kinds[t.kind[i]].args.length;
	for (const kind of t.kinds) if (!GROUPS[kind.group]) kind.group = 'other';
	for (let i = 0; i + 1 < data.pairs.length; i += 2) {
		t.pair[data.pairs[i]] = data.pairs[i + 1];
		t.pair[data.pairs[i + 1]] = data.pairs[i];
	}
	for (let i = 0; i + 1 < data.wakes.length; i += 2) {
		t.wakes.set(data.wakes[i], data.wakes[i + 1]);
		t.runs.set(data.wakes[i + 1], data.wakes[i]);
	}
	t.begin = t.n ? t.ns[0] : 0;
	t.end = t.n ? t.ns[t.n - 1] : 1;
	if (t.end <= t.begin) t.end = t.begin + 1;
	make_lanes(t, data.states);
	return t;
}

function make_lanes(t, states) {
	let cpus = Math.max(1, t.meta.cpus);
	for (let i = 0; i < t.n; i++) if (t.cpu[i] >= cpus) cpus = t.cpu[i] + 1;
	t.cpu_lanes = Array.from({length: cpus}, (_, c) => new Lane('cpu', c, `CPU ${c}`, `CPU ${c}`));
	t.thread_lanes = t.threads.map((thread, i) => new Lane('thread', i, String(thread.tid), thread.name));
	const now = new Int32Array(cpus).fill(-1); // the thread on each
	for (let i = 0, at = 0; i + 4 < states.length; i += 5) {
		const [cpu, thread, state, event] = [states[i + 1], states[i + 2], states[i + 3], states[i + 4]];
		const runs = state === STATE.user || state === STATE.kernel || state === STATE.idle;
		at += states[i];
		t.thread_lanes[thread].push(at, state, event, thread);
		if (runs) {
			if (t.runs.has(event)) t.run_of.set(event, thread);
			now[cpu] = thread;
			t.cpu_lanes[cpu].push(at, state, event, thread);
		} else if (now[cpu] === thread) {
			now[cpu] = -1;
			t.cpu_lanes[cpu].push(at, STATE.none, event, thread);
		}
	}
	for (let i = 0; i < t.n; i++) {
		t.cpu_lanes[t.cpu[i]].events.push(i);
		t.thread_lanes[t.thread[i]].events.push(i);
	}
	for (const lane of [...t.cpu_lanes, ...t.thread_lanes]) lane.close(t.end);
}

// ---- words ----

const ms_format = new Intl.NumberFormat('en', {minimumFractionDigits: 6, maximumFractionDigits: 6, useGrouping: false});

// 12.345 678: milliseconds, grouped so that micro- and nanoseconds are easy to see.
function time_words(ns) {
	const text = ms_format.format(ns / 1e6);
	return text.slice(0, -3) + '\u2009' + text.slice(-3);
}

function span_words(ns) {
	if (ns < 0) return '−' + span_words(-ns);
	if (ns < 1000) return `${Math.round(ns)} ns`;
	for (const [unit, size] of [['µs', 1e3], ['ms', 1e6], ['s', 1e9]]) {
		const value = ns / size;
		if (value < 999.95 || unit === 's') return `${value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)} ${unit}`;
	}
	return '';
}

function thread_words(thread) {
	if (thread.idle) return 'idle';
	return thread.name ? `${thread.tid} ${thread.name}` : String(thread.tid);
}

// What the event is called in one word or two: write, timer, sched_switch.
function event_words(t, i) { return t.strings[t.name[i]] || t.kinds[t.kind[i]].name.replaceAll('_', ' '); }

// The address of a place in the source; none that would run a script.
function source_address(base, place) {
	const [, path, line] = /^(.*?)(?::(\d+))?$/.exec(place);
	const escaped = path.split('/').map(encodeURIComponent).join('/');
	let address = base.includes('{path}') ? base.replaceAll('{path}', escaped).replaceAll('{line}', line ?? '1')
		: (base && !base.endsWith('/') ? base + '/' : base) + escaped + (line ? `#L${line}` : '');
	if (/^\s*(javascript|data|vbscript|blob):/i.test(address)) address = '#';
	return address;
}

// An element with attributes and children; text is never parsed as HTML.
function element(name, attributes = {}, ...children) {
	const made = document.createElement(name);
	for (const [key, value] of Object.entries(attributes)) {
		if (key === 'class') made.className = value;
		else if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
		else made.setAttribute(key, value);
	}
	made.append(...children.filter((child) => child !== null && child !== undefined && child !== ''));
	return made;
}
const by_id = (id) => document.getElementById(id);
