// SPDX-License-Identifier: MIT
// What is known about one event or one stretch of a lane: for the panel of the selected event, and for the card at the pointer.
'use strict';

function arg_words(kind, value) {
	if (typeof value === 'string') return kind === 'text' ? JSON.stringify(value) : value;
	return kind === 'dec' ? String(value) : `0x${value.toString(16)}`;
}

function args_of(t, i) {
	return t.kinds[t.kind[i]].args.map(([name, kind], k) =>
		element('code', {}, element('b', {}, `${name} `), arg_words(kind, t.args[t.first[i] + k])));
}

// What it cost: a trap until its return, anything else until the next event of its CPU.
function cost_of(t, i) {
	const other = t.pair[i];
	if (other > i) return `${span_words(t.ns[other] - t.ns[i])} until the return`;
	if (other >= 0) return `${span_words(t.ns[i] - t.ns[other])} since the trap`;
	const list = t.cpu_lanes[t.cpu[i]].events, k = above(list, i);
	return k < list.length ? `${span_words(t.ns[list[k]] - t.ns[i])} until the next event of this CPU` : '';
}

// Why it happened, if another event is the cause.
function cause_of(t, i) {
	if (t.runs.has(i)) {
		const wake = t.runs.get(i);
		return {text: `${thread_words(t.threads[run_thread(t, i)])} was made ready by ` +
			`${thread_words(t.threads[t.thread[wake]])} ${span_words(t.ns[i] - t.ns[wake])} before`, event: wake, key: 'w'};
	}
	if (t.wakes.has(i)) {
		const run = t.wakes.get(i);
		return {text: `${thread_words(t.threads[run_thread(t, run)])} runs ${span_words(t.ns[run] - t.ns[i])} later`, event: run, key: 'w'};
	}
	const other = t.pair[i];
	if (other < 0) return null;
	const words = other > i ? 'its return' : `the trap: ${event_words(t, other)}`;
	return {text: words, event: other, key: 'p'};
}

const COLUMNS = [['os', 'OS'], ['hardware', 'hardware'], ['program', 'program']];

function facts(list) {
	return element('dl', {class: 'facts'}, ...list.flatMap(([name, ...parts]) =>
		parts.some((part) => part) ? [element('dt', {}, name), element('dd', {}, ...parts.filter(Boolean))] : []));
}

function heading(t, i) {
	const where = `${time_words(t.ns[i])} ms, CPU ${t.cpu[i]}, ${thread_words(t.threads[t.thread[i]])}`;
	return element('h2', {}, event_words(t, i), element('small', {}, `${t.kinds[t.kind[i]].name} · ${where}`));
}

// The panel: everything, with links.
function show_detail(t, place, i, actions) {
	if (i < 0) { place.replaceChildren(); return; }
	const cause = cause_of(t, i), source = t.strings[t.source[i]];
	const link = cause && element('button', {class: 'link', type: 'button', onclick: () => actions.select(cause.event, 'detail')}, cause.text);
	const thread = t.threads[t.thread[i]];
	const who = thread.idle ? 'no thread' : `thread ${thread.tid} of process ${thread.pid}${thread.parent ? `, child of ${thread.parent}` : ''}`;
	place.replaceChildren(heading(t, i), facts([
		...COLUMNS.map(([column, name]) => [name, t.strings[t[column][i]]]),
		['arguments', ...args_of(t, i)],
		['cost', cost_of(t, i)],
		[cause?.key === 'w' ? 'wake-up' : 'belongs to', link],
		['who', who],
		['source', source && element('a', {href: source_address(t.meta.source_base, source), target: '_blank', rel: 'noreferrer'}, source),
			source && element('button', {type: 'button', title: 'Copy (y)', onclick: () => actions.copy(source)}, 'copy')],
	]));
}

// The card at the pointer: an event, or a stretch of a lane.
function show_card(t, card, hover, pointer) {
	if (!hover || (hover.event < 0 && hover.i < 0)) { card.hidden = true; return; }
	if (hover.event >= 0) {
		const i = hover.event, cause = cause_of(t, i);
		card.replaceChildren(heading(t, i), facts([
			...COLUMNS.map(([column, name]) => [name, t.strings[t[column][i]]]),
			['arguments', ...args_of(t, i)], ['cost', cost_of(t, i)],
			[cause?.key === 'w' ? 'wake-up' : 'belongs to', cause?.text], ['source', t.strings[t.source[i]]],
		]));
	} else {
		const {lane, i} = hover, state = lane.state[i], event = lane.event[i];
		if (state === STATE.none) { card.hidden = true; return; }
		const cause = t.runs.has(event) || t.wakes.has(event) ? cause_of(t, event) : null;
		card.replaceChildren(
			element('h2', {}, STATE_NAMES[state], element('small', {}, thread_words(t.threads[lane.owner[i]]))),
			facts([
				['for', span_words(lane.end(i) - lane.start[i])],
				['from', `${time_words(lane.start[i])} ms`],
				['since', t.strings[t.os[event]] || t.strings[t.hardware[event]] || event_words(t, event)],
				['wake-up', cause?.text],
			]));
	}
	card.hidden = false;
	const box = card.getBoundingClientRect();
	card.style.left = `${Math.max(4, Math.min(pointer.clientX + 16, innerWidth - box.width - 8))}px`;
	const below = pointer.clientY + 18;
	card.style.top = `${below + box.height > innerHeight - 6 ? Math.max(4, pointer.clientY - box.height - 14) : below}px`;
}
