// SPDX-License-Identifier: MIT
// What is known about one event or one stretch of a lane: for the panel of the selected event, and for the card at the pointer.
'use strict';

const ARGUMENT_WHOLE = 34; // letters; a longer argument goes on in the next line

function arg_words(kind, value) {
	if (typeof value === 'string') return kind === 'text' ? JSON.stringify(value) : value;
	return kind === 'dec' ? String(value) : `0x${value.toString(16)}`;
}

function args_of(t, i) {
	const nodes = t.kinds[t.kind[i]].args.map(([name, kind], k) =>
		element('code', {}, element('b', {}, `${name} `), arg_words(kind, t.args[t.first[i] + k]))).filter((node) => node.textContent.trim());
	for (const node of nodes) node.classList.toggle('long', node.textContent.length > ARGUMENT_WHOLE);
	return nodes;
}

// What it costs: of a trap and its return the time that its thread itself spends in the kernel in between, and what
// else passes; of anything else the time until the next event of its CPU, as far as that is kernel time.
function cost_words(t, i) {
	const other = t.pair[i], runs = run_time(t, i);
	const parts = [];
	if (other >= 0) parts.push(trap_words(t, Math.min(i, other), Math.max(i, other)));
	else if (cost_time(t, i)) parts.push(`${span_words(cost_time(t, i))} until the next event of this CPU`);
	if (runs) parts.push(`then the program runs: ${span_words(runs)}`);
	return parts.join('; ');
}

function trap_words(t, trap, back) {
	const lane = t.thread_lanes[t.thread[trap]], from = t.ns[trap], to = t.ns[back];
	const [own, ready, blocked] = [STATE.kernel, STATE.ready, STATE.blocked].map((state) => time_in(lane, state, from, to));
	const rest = [blocked >= 1 && `${span_words(blocked)} blocked`, ready >= 1 && `${span_words(ready)} ready, without a CPU`];
	return `${span_words(own)} of its own from the trap to the return` +
		(blocked + ready >= 1 ? ` (besides: ${rest.filter(Boolean).join(', ')})` : '');
}

// Of a switch: who leaves the CPU, and who gets it.
function switch_words(t, i) {
	if (t.kinds[t.kind[i]].name !== 'sched_switch') return '';
	const words = (tid) => tid ? thread_at(t.threads.find((thread) => thread.tid === tid) ?? {tid, eras: []}, i) : 'idle';
	return `${words(t.args[t.first[i]])} leaves, ${words(t.args[t.first[i] + 1])} comes`;
}

const COLUMNS = [['os', 'OS'], ['hardware', 'hardware'], ['program', 'program']];

function facts(list) {
	return element('dl', {class: 'facts'}, ...list.flatMap(([name, ...parts]) =>
		parts.some((part) => part) ? [element('dt', {}, name), element('dd', {}, ...parts.filter(Boolean))] : []));
}

function heading(t, i) {
	const where = `${time_words(t.ns[i])} ms, CPU ${t.cpu[i]}, ${who_words(t, i)}`;
	const words = event_words(t, i), kind = t.kinds[t.kind[i]].name;
	return element('h2', {}, words, element('small', {}, words === kind.replaceAll('_', ' ') ? where : `${kind} · ${where}`));
}

// The panel: everything, with links.
function show_detail(t, place, i, actions) {
	if (i < 0) { place.replaceChildren(); return; }
	const source = t.strings[t.source[i]];
	const button = (link, key) => link && element('button', {class: 'link', type: 'button', title: `Go there (${key})`,
		onclick: () => actions.select(link.event, 'detail')}, link.text);
	const thread = t.threads[t.thread[i]];
	const who = thread.idle ? 'no thread' : `thread ${thread.tid} of process ${thread.pid}${thread.parent ? `, child of ${thread.parent}` : ''}`;
	place.replaceChildren(heading(t, i), facts([
		...COLUMNS.map(([column, name]) => [name, t.strings[t[column][i]]]),
		[t.kinds[t.kind[i]].name === 'syscall_enter' ? 'registers' : 'arguments', ...args_of(t, i)],
		['cost', cost_words(t, i)],
		['because', button(cause_of(t, i), '[')],
		['leads to', button(effect_of(t, i), ']')],
		['who', who],
		['switch', switch_words(t, i)],
		['source', source && element('span', {class: 'source'},
			t.source_lines[source] && element('button', {type: 'button', title: 'Show the lines (l)', onclick: () => show_source(t, source)}, 'lines'),
			element('a', {href: source_address(t.meta.source_base, source), target: '_blank', rel: 'noreferrer'}, source),
			element('button', {type: 'button', title: 'Copy (y)', onclick: () => actions.copy(source)}, 'copy'))],
	]));
}

// The card at the pointer: an event, or a stretch of a lane.
function show_card(t, card, hover, pointer) {
	if (!hover || (hover.event < 0 && hover.i < 0)) { card.hidden = true; return; }
	if (hover.event >= 0) {
		const i = hover.event;
		card.replaceChildren(heading(t, i), facts([
			...COLUMNS.map(([column, name]) => [name, t.strings[t[column][i]]]),
			['arguments', ...args_of(t, i)], ['cost', cost_words(t, i)],
			['because', cause_of(t, i)?.text], ['leads to', effect_of(t, i)?.text], ['source', t.strings[t.source[i]]],
		]));
	} else {
		const {lane, i} = hover, state = lane.state[i], event = lane.event[i];
		if (state === STATE.none) { card.hidden = true; return; }
		const cause = t.runs.has(event) || t.wakes.has(event) ? cause_of(t, event) : null;
		card.replaceChildren(
			element('h2', {}, STATE_NAMES[state], element('small', {}, thread_at(t.threads[lane.owner[i]], event))),
			facts([
				['for', span_words(lane.end(i) - lane.start[i])],
				['from', `${time_words(lane.start[i])} ms`],
				['since', t.strings[t.os[event]] || t.strings[t.hardware[event]] || event_words(t, event)],
				['because', cause?.text],
			]));
	}
	card.hidden = false;
	const box = card.getBoundingClientRect();
	card.style.left = `${Math.max(4, Math.min(pointer.clientX + 16, innerWidth - box.width - 8))}px`;
	const below = pointer.clientY + 18;
	card.style.top = `${below + box.height > innerHeight - 6 ? Math.max(4, pointer.clientY - box.height - 14) : below}px`;
}

// The lines of the kernel around @place, which are in the page.
function show_source(t, place) {
	const [first, text] = t.source_lines[place] ?? [], wanted = Number(place.split(':')[1]);
	if (!text) return;
	by_id('source-title').textContent = place;
	by_id('source-lines').replaceChildren(...text.split('\n').map((line, k) =>
		element('code', first + k === wanted ? {class: 'wanted'} : {}, element('span', {}, String(first + k)), line || ' ')));
	by_id('source-file').href = source_address(t.meta.source_base, place);
	by_id('source').showModal();
}
