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
		Object.assign(this, {type, index, label, title, n: 0, events: [], sums: null});
	}

	// Make room for @most stretches.
	reserve(most) {
		this.start = new Float64Array(most);
		this.state = new Uint8Array(most);
		this.event = new Int32Array(most);
		this.owner = new Int32Array(most);
	}

	push(at, state, event, owner) {
		let last = this.n - 1;
		if (last > 0 && this.start[last] === at && this.state[last - 1] === state && this.owner[last - 1] === owner) {
			this.n--;
			return; // it went back to the earlier state at once
		}
		if (last >= 0 && this.start[last] !== at) { // else no time was spent in it
			if (this.state[last] === state && this.owner[last] === owner) return;
			last++;
		} else if (last < 0) last = 0;
		this.start[last] = at; this.state[last] = state; this.event[last] = event; this.owner[last] = owner;
		this.n = last + 1;
	}

	close(end) {
		this.finish = end;
		for (const list of ['start', 'state', 'event', 'owner']) this[list] = this[list].subarray(0, this.n);
	}

	// Made when they are first asked for: most of a thousand threads' never are.
	get past() {
		if (this.sums) return this.sums;
		const {n} = this, sums = STATE_NAMES.map(() => new Float64Array(n + 1));
		for (let i = 0; i < n; i++) {
			for (const sum of sums) sum[i + 1] = sum[i];
			sums[this.state[i]][i + 1] += this.end(i) - this.start[i];
		}
		return (this.sums = sums);
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
		ns: running_sum(data.ns), cpu: new Uint8Array(data.cpu), thread: new Uint32Array(data.thread),
		kind: new Uint8Array(data.kind), name: new Uint32Array(data.name), program: new Uint32Array(data.program),
		hardware: new Uint32Array(data.hardware), os: new Uint32Array(data.os), source: new Uint32Array(data.source),
		args: data.args, source_lines: data.source_lines ?? {}, pair: new Int32Array(data.ns.length).fill(-1), wakes: new Map(), runs: new Map(), run_of: new Map(),
		sent: new Map(), received: new Map(), // message -> interrupt; interrupt -> the first message that it is
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
	for (let i = 0; i + 1 < data.messages.length; i += 2) {
		t.sent.set(data.messages[i], data.messages[i + 1]);
		if (!t.received.has(data.messages[i + 1])) t.received.set(data.messages[i + 1], data.messages[i]);
	}
	t.boots = data.boots;
	name_threads(t, data.names);
	t.folds = folds_of(data.folds);
	t.begin = t.n ? t.ns[0] : 0;
	t.end = t.n ? t.ns[t.n - 1] : 1;
	if (t.end <= t.begin) t.end = t.begin + 1;
	make_lanes(t, data.states);
	find_beginning(t);
	return t;
}

// A program has another name after exec: `eras` are a thread's names with the event from which on it has them; `name` is
// all of them: "sh → ls".
function name_threads(t, numbers) {
	for (const thread of t.threads) thread.eras = [];
	for (let i = 0; i + 2 < numbers.length; i += 3) {
		t.threads[numbers[i + 1]].eras.push({from: numbers[i], name: t.strings[numbers[i + 2]]});
	}
	for (const thread of t.threads) if (thread.eras.length) thread.name = thread.eras.map((era) => era.name).join(' → ');
}

// Events that are not shown at once: {first, count, name, boot}, in order; `name` is a string's number.
function folds_of(numbers) {
	const folds = [];
	for (let i = 0; i + 3 < numbers.length; i += 4) {
		folds.push({first: numbers[i], count: numbers[i + 1], name: numbers[i + 2], boot: numbers[i + 3] === 1});
	}
	return folds;
}

// run_begin: the first event after the boot. first_step: the program's first step, where the page opens.
function find_beginning(t) {
	let begin = 0;
	for (let i = 0; i < t.n && i < 100000; i++) if (t.kinds[t.kind[i]].group === 'boot') begin = i + 1;
	for (const fold of t.folds) if (fold.boot) begin = Math.max(begin, fold.first + fold.count);
	t.run_begin = begin;
	t.first_step = begin;
	for (const fold of t.folds) if (fold.first === t.first_step) t.first_step += fold.count;
	if (t.first_step >= t.n) t.first_step = 0;
}

// Each lane's events; @lane_of has the place of each event's lane, below 0 if it has none.
function list_events(lanes, lane_of) {
	const counts = new Uint32Array(lanes.length), n = lane_of.length;
	if (!lanes.length) return;
	for (let i = 0; i < n; i++) if (lane_of[i] >= 0) counts[lane_of[i]]++;
	lanes.forEach((lane, k) => { lane.events = new Int32Array(counts[k]); });
	counts.fill(0);
	for (let i = 0; i < n; i++) { const k = lane_of[i]; if (k >= 0) lanes[k].events[counts[k]++] = i; }
}

// Room in each lane for all its changes.
function make_room(t, states) {
	const threads = new Uint32Array(t.threads.length), cpus = new Uint32Array(t.cpu_lanes.length);
	for (let i = 0; i + 4 < states.length; i += 5) { cpus[states[i + 1]]++; threads[states[i + 2]]++; }
	t.cpu_lanes.forEach((lane, k) => lane.reserve(cpus[k]));
	t.thread_lanes.forEach((lane, k) => lane.reserve(threads[k]));
	for (const lane of t.groups.lanes) lane.reserve(lane.members.reduce((sum, member) => sum + threads[member], 0));
}

function make_lanes(t, states) {
	let cpus = Math.max(1, t.meta.cpus);
	for (let i = 0; i < t.n; i++) if (t.cpu[i] >= cpus) cpus = t.cpu[i] + 1;
	t.cpu_lanes = Array.from({length: cpus}, (_, c) => new Lane('cpu', c, `CPU ${c}`, `CPU ${c}`));
	t.thread_lanes = t.threads.map((thread, i) => new Lane('thread', i, String(thread.tid), thread.name));
	const now = new Int32Array(cpus).fill(-1); // the thread on each
	t.groups = new GroupLanes(t.threads);
	make_room(t, states);
	for (let i = 0, at = 0; i + 4 < states.length; i += 5) {
		const [cpu, thread, state, event] = [states[i + 1], states[i + 2], states[i + 3], states[i + 4]];
		const runs = state === STATE.user || state === STATE.kernel || state === STATE.idle;
		at += states[i];
		t.thread_lanes[thread].push(at, state, event, thread);
		t.groups.take(at, thread, state, event);
		if (runs) {
			if (t.runs.has(event)) t.run_of.set(event, thread);
			now[cpu] = thread;
			t.cpu_lanes[cpu].push(at, state, event, thread);
		} else if (now[cpu] === thread) {
			now[cpu] = -1;
			t.cpu_lanes[cpu].push(at, STATE.none, event, thread);
		}
	}
	const rank = (lane) => PARTS.indexOf(t.threads[lane.index].part);
	t.lanes_by_part = [...t.thread_lanes].sort((a, b) => rank(a) - rank(b));
	list_events(t.cpu_lanes, t.cpu);
	list_events(t.thread_lanes, t.thread);
	const groups = new Int32Array(t.n);
	for (let i = 0; i < t.n; i++) groups[i] = t.groups.of[t.thread[i]];
	list_events(t.groups.lanes, groups);
	for (const lane of [...t.cpu_lanes, ...t.thread_lanes, ...t.groups.lanes]) lane.close(t.end);
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

// Of an event: before its CPU's first switch no thread runs, and it is not idle either.
function who_words(t, i) {
	const thread = t.threads[t.thread[i]];
	return thread.idle && i < t.boots[t.cpu[i]] ? 'boot' : thread_at(thread, i);
}

// Which of a thread's names it has at event @i; before it has any, it is its first.
function era_at(thread, i) {
	let k = 0;
	while (k + 1 < thread.eras.length && thread.eras[k + 1].from <= i) k++;
	return k;
}

// "5 ls": as it is called at event @i.
function thread_at(thread, i) { return words_of(thread, thread.eras[era_at(thread, i)]?.name ?? thread.name); }
// "5 sh → ls"
function thread_words(thread) { return words_of(thread, thread.name); }

function words_of(thread, name) {
	if (thread.idle) return 'idle';
	return name ? `${thread.tid} ${name}` : String(thread.tid);
}

// What the event is called in one word or two: write, return from write, switch. The reason for which a thread leaves
// the CPU is no name: the next one runs.
function event_words(t, i) {
	const kind = t.kinds[t.kind[i]].name, name = t.strings[t.name[i]];
	switch (kind) {
	case 'sched_switch': return 'switch';
	case 'sched_pick': return 'scheduler picks';
	case 'signal_send': return `signal ${name}`;
	case 'signal_ignore': return `ignore ${name}`;
	case 'signal_stop': return `stopped by ${name}`;
	case 'signal_deliver': return `deliver ${name}`;
	case 'syscall_exit': case 'trap_exit': case 'interrupt_exit': return name ? `return from ${name}` : 'return';
	default: return name || kind.replaceAll('_', ' ');
	}
}

// ---- whose time it is ----

// How long the program runs after event @i: 0 if it does not return to user mode.
function run_time(t, i) {
	const lane = t.thread_lanes[t.thread[i]], k = lane.at(t.ns[i]);
	return k >= 0 && lane.state[k] === STATE.user && lane.event[k] === i ? lane.end(k) - lane.start[k] : 0;
}

const SUMS = new Float64Array(STATE_NAMES.length);

// The time that @lane is in @state between @from and @to.
function time_in(lane, state, from, to) {
	return to > from ? lane.share(from, to, SUMS)[state] * (to - from) : 0;
}

// What event @i costs: kernel time of its CPU until that CPU's next event.
function cost_time(t, i) {
	const lane = t.cpu_lanes[t.cpu[i]], k = above(lane.events, i);
	return k < lane.events.length ? time_in(lane, STATE.kernel, t.ns[i], t.ns[lane.events[k]]) : 0;
}

// The address of a place in the source; none that would run a script.
function source_address(base, place) {
	const [, path, line] = /^(.*?)(?::(\d+))?$/.exec(place);
	const escaped = path.split('/').map(encodeURIComponent).join('/');
	let address = base.includes('{path}') ? base.replaceAll('{path}', escaped).replaceAll('{line}', line ?? '1')
		: (base && !base.endsWith('/') ? base + '/' : base) + escaped + (line ? `#L${line}` : '');
	if (/^\s*(javascript|data|vbscript|blob):/i.test(address)) address = '#';
	return address;
}

// An argument as one would type it to a shell.
function shell_word(text) { return /^[\w\/.,:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`; }

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
