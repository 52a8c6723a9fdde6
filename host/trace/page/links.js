// SPDX-License-Identifier: MIT
// What led to an event, and what it leads to: {event, text}, or null. From a cause to its effect and back:
//   wake-up -> run; message to another CPU -> its interrupt there; trap -> what is done in it, and its return; return -> the trap that ends the run; creation -> first step.
'use strict';

// The place of event @i among those of its thread.
function place_in_thread(t, i) { return above(t.thread_lanes[t.thread[i]].events, i) - 1; }

// The trap that event @i is within; -1: none that is known.
function trap_around(t, i) {
	const list = t.thread_lanes[t.thread[i]].events;
	for (let k = place_in_thread(t, i) - 1; k >= 0; k--) {
		if (t.pair[list[k]] > i) return list[k];
		if (run_time(t, list[k])) break;
	}
	return -1;
}

// Where thread numbers are created: tid -> event.
function creations(t) {
	if (t.created) return t.created;
	t.created = new Map();
	const place = t.kinds.map((kind) => ({process_create: 2, thread_create: 0})[kind.name]);
	for (let i = 0; i < t.n; i++) {
		const at = place[t.kind[i]];
		if (at !== undefined && !t.created.has(t.args[t.first[i] + at])) t.created.set(t.args[t.first[i] + at], i);
	}
	return t.created;
}

function cause_of(t, i) {
	const link = (event, text) => ({event, text});
	if (t.runs.has(i)) {
		const wake = t.runs.get(i);
		return link(wake, `${thread_at(t.threads[run_thread(t, i)], i)} was made ready by ` +
			`${who_words(t, wake)} ${span_words(t.ns[i] - t.ns[wake])} before`);
	}
	if (t.received.has(i)) {
		const message = t.received.get(i);
		return link(message, `CPU ${t.cpu[message]} sent it ${span_words(t.ns[i] - t.ns[message])} before`);
	}
	if (t.pair[i] >= 0 && t.pair[i] < i) return link(t.pair[i], `the trap: ${event_words(t, t.pair[i])}`);
	const trap = trap_around(t, i);
	if (trap >= 0) return link(trap, `done in the trap: ${event_words(t, trap)}`);
	const list = t.thread_lanes[t.thread[i]].events, k = place_in_thread(t, i);
	if (k > 0 && run_time(t, list[k - 1])) return link(list[k - 1], `the program ran ${span_words(run_time(t, list[k - 1]))}`);
	const maker = k === 0 ? creations(t).get(t.threads[t.thread[i]].tid) : undefined;
	return maker !== undefined && maker < i ? link(maker, `its ${event_words(t, maker)}`) : null;
}

function effect_of(t, i) {
	const link = (event, text) => ({event, text});
	if (t.wakes.has(i)) {
		const run = t.wakes.get(i);
		return link(run, `${thread_at(t.threads[run_thread(t, run)], run)} runs ${span_words(t.ns[run] - t.ns[i])} later`);
	}
	if (t.sent.has(i)) {
		const interrupt = t.sent.get(i);
		return link(interrupt, `CPU ${t.cpu[interrupt]} takes it ${span_words(t.ns[interrupt] - t.ns[i])} later`);
	}
	if (t.pair[i] > i) return link(t.pair[i], 'its return');
	const lane = t.thread_lanes[t.thread[i]], next = lane.events[place_in_thread(t, i) + 1];
	if (run_time(t, i) && next !== undefined) return link(next, `the program runs until ${event_words(t, next)}`);
	if (t.kinds[t.kind[i]].name === 'process_create' || t.kinds[t.kind[i]].name === 'thread_create') {
		const tid = t.args[t.first[i] + (t.kinds[t.kind[i]].name === 'process_create' ? 2 : 0)];
		const made = t.threads.findIndex((thread) => thread.tid === tid), first = t.thread_lanes[made]?.events[0];
		if (first > i) return link(first, `thread ${tid} begins`);
	}
	const trap = trap_around(t, i);
	return trap >= 0 ? link(t.pair[trap], `the return from ${event_words(t, trap)}`) : null;
}
