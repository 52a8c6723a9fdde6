// SPDX-License-Identifier: MIT
// The page on paper: the rows as a table, for the rows on the screen have nodes only where they are seen.
'use strict';

const PAPER_ROWS = 3000;

function paper_row(rows, entry) {
	const t = rows.t, {event: i, fold, section} = rows.listing.what(entry);
	if (i === undefined) {
		const text = section ?? rows.listing.fold_words(fold);
		return element('tr', {class: section ? 'section' : 'fold'}, element(section ? 'th' : 'td', {colspan: 6}, text));
	}
	const cost = cost_time(t, i), runs = run_time(t, i);
	const cells = COLUMN_NAMES.map((name) => steps_of_text(t.strings[t[name][i]]).map((step) => element('p', {}, step)));
	if (runs) cells[2].push(element('p', {class: 'run'}, `${who_words(t, i)} runs: ${span_words(runs)}`));
	return element('tr', {}, ...[time_words(t.ns[i]), cost ? span_words(cost) : '', who_words(t, i)].map((text) => element('td', {}, text)),
		...cells.map((cell) => element('td', {}, ...cell)));
}

// From the row that is on top of the screen on.
function put_on_paper(rows, place) {
	const first = Math.max(0, above(rows.tops, rows.top) - 1), last = Math.min(rows.events.length, first + PAPER_ROWS);
	const body = element('tbody');
	for (let row = first; row < last; row++) body.append(paper_row(rows, rows.events[row]));
	const heads = ['time, ms', 'cost', 'thread', 'OS (kernel mode)', 'Hardware', 'Program (user mode)'];
	place.replaceChildren(element('p', {}, rows.t.meta.program.map(shell_word).join(' ')),
		element('table', {}, element('thead', {}, element('tr', {}, ...heads.map((text) => element('th', {}, text)))), body));
	if (last < rows.events.length) place.append(element('p', {}, `${(rows.events.length - last).toLocaleString('en')} more rows follow.`));
}

function paper(rows, place) {
	window.addEventListener('beforeprint', () => put_on_paper(rows, place));
	window.addEventListener('afterprint', () => place.replaceChildren());
}
