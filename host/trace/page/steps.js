// SPDX-License-Identifier: MIT
// The texts of an event as lines: a step ("; " separates them) begins a new one; and as one line that keeps the verbs.
'use strict';

const COLUMN_NAMES = ['os', 'hardware', 'program'];
const LINES_MOST = 8, INDENT = 14; // pixels

// Where the step that begins at @at ends: at a "; " that is in no parentheses.
function step_end(text, at) {
	for (let depth = 0; at < text.length; at++) {
		const c = text[at];
		if (c === '(') depth++;
		else if (c === ')') depth--;
		else if (c === ';' && depth <= 0 && text[at + 1] === ' ') return at;
	}
	return text.length;
}

function steps_of_text(text) {
	const steps = [];
	for (let at = 0; at < text.length;) {
		const stop = step_end(text, at);
		steps.push(text.slice(at, stop));
		at = stop + 2;
	}
	return steps;
}

// How wide texts are, in pixels: a sum over their letters, so that it costs little.
class Ruler {
	constructor(font) {
		const ink = new OffscreenCanvas(1, 1).getContext('2d');
		ink.font = font;
		this.widths = Float32Array.from({length: 128}, (_, code) => ink.measureText(String.fromCharCode(code)).width);
		// No letter is much wider; where the first has no glyph, the ellipsis is, which shortened texts end with.
		this.other = Math.max(ink.measureText('\u4e2d').width, ink.measureText('…').width);
	}

	letter(text, at) { return this.widths[text.charCodeAt(at)] ?? this.other; }

	width(text) {
		let sum = 0;
		for (let i = 0; i < text.length; i++) sum += this.letter(text, i);
		return sum;
	}

	// How many letters of @text from @at on, but not beyond @stop, fit into @room.
	fits(text, at, stop, room) {
		let end = at;
		for (; end < stop; end++) {
			room -= this.letter(text, end);
			if (room < 0) break;
		}
		return Math.max(end - at, 1);
	}
}

// @text as lines of at most @room pixels. Returns their number, and puts them into @lines unless that is null, each with
// a flag: it continues a step.
function wrap(text, room, ruler, lines) {
	let count = 0;
	for (let at = 0; at < text.length;) {
		const stop = step_end(text, at);
		for (let more = false; at < stop; more = true) {
			let end = at + ruler.fits(text, at, stop, room - (more ? INDENT : 0));
			if (++count === LINES_MOST) end = stop; // the rest is cut off
			else if (end < stop) {
				const blank = text.lastIndexOf(' ', end);
				if (blank > at) end = blank;
			}
			lines?.push([text.slice(at, end), more]);
			at = end + (text[end] === ' ' ? 1 : 0);
			if (count === LINES_MOST) return count;
		}
		at = Math.max(at, stop) + (text[stop] === ';' ? 2 : 0);
	}
	return count;
}

// @text in one line of @room pixels: of its longest step the last word is left out, again and again, but of no
// step its first.
function squeeze(text, room, ruler) {
	const steps = steps_of_text(text).map((step) => ({words: step.split(' '), cut: false}));
	const said = (step) => step.words.join(' ') + (step.cut ? '…' : '');
	const all = () => steps.map(said).join('; ');
	while (ruler.width(all()) > room) {
		const long = steps.filter((step) => step.words.length > 1);
		if (!long.length) break;
		const longest = long.reduce((a, b) => ruler.width(said(b)) > ruler.width(said(a)) ? b : a);
		longest.words.pop();
		longest.cut = true;
	}
	return all();
}

// Where the columns' texts are in the row of event @i: for each column the first line and how many there are; of the
// program's column also the bar while it runs. In a row of one line all begin in it.
class Layout {
	constructor(trace) {
		this.t = trace;
		this.columns = COLUMN_NAMES.map((name) => trace[name]);
		this.runs = new Uint8Array(trace.n); // is there a bar?
		for (const lane of trace.thread_lanes) {
			for (let k = 0; k < lane.n; k++) {
				const i = lane.event[k];
				if (lane.state[k] === STATE.user && trace.thread[i] === lane.index && trace.ns[i] === lane.start[k]) this.runs[i] = 1;
			}
		}
		// The columns in the order in which things happen: a trap begins in the program, a return ends there.
		this.ways = trace.kinds.map((kind) => /_enter$/.test(kind.name) && kind.name !== 'user_enter' ? [2, 1, 0] : [0, 1, 2]);
	}

	// @room: pixels of each column.
	measure(room, ruler) {
		this.room = room;
		this.ruler = ruler;
		this.counts = COLUMN_NAMES.map(() => new Uint8Array(this.t.strings.length));
	}

	lines(column, i) {
		const string = this.columns[column][i];
		if (!string) return 0;
		return this.counts[column][string] ||= wrap(this.t.strings[string], this.room[column], this.ruler, null);
	}

	height(i) {
		return Math.max(1, this.lines(0, i) + this.lines(1, i) + this.lines(2, i) + this.runs[i]);
	}

	// [column, first line], in order.
	places(i) {
		const places = [];
		let line = 0;
		for (const column of this.ways[this.t.kind[i]]) {
			const lines = this.lines(column, i) + (column === 2 ? this.runs[i] : 0);
			if (lines) places.push([column, line]);
			line += lines;
		}
		return places;
	}
}
