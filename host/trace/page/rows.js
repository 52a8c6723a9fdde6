// SPDX-License-Identifier: MIT
// The protocol as rows. Only the visible ones have nodes, which are reused; a row is as high as its longest
// column has steps (each on a line of its own), so the places of all rows are known without drawing any.
'use strict';

const LINE = 18, PADDING = 7, SPACE_MOST = 8e6; // pixels; beyond SPACE_MOST browsers place elements wrongly

const COLUMN_NAMES = ['os', 'hardware', 'program'];
const LINES_MOST = 8;

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

// @text as lines of at most @room characters: each step (steps are separated by "; ") begins a new one. Returns
// their number, and puts them into @lines unless that is null, each with a flag: it continues a step.
function wrap(text, room, lines) {
	let count = 0;
	for (let at = 0; at < text.length;) {
		const stop = step_end(text, at);
		for (let more = false; at < stop; more = true) {
			let end = Math.min(stop, at + room - (more ? 2 : 0));
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

class Rows {
	constructor(trace, place, actions) {
		Object.assign(this, {t: trace, place, actions, space: place.firstElementChild, compact: false, top: 0});
		this.pool = [];
		this.shown = new Map(); // row -> node
		this.selected = -1; // a row; the other parts know only events
		place.addEventListener('scroll', () => this.scrolled());
		place.addEventListener('wheel', (event) => this.wheel(event), {passive: false});
		place.addEventListener('click', (event) => this.clicked(event));
		new ResizeObserver(() => this.resized()).observe(place);
	}

	// The events to list: an array of their indices, rising.
	list(events) {
		this.events = events;
		if (this.room) this.measure();
		else this.resized();
	}

	// How many characters a line of each column holds; and so, how many lines each text is.
	resized() {
		const heads = this.place.previousElementSibling;
		const ink = new OffscreenCanvas(1, 1).getContext('2d'), sample = 'restore registers of 3 from 0xffff80000fd1d6c0; move to user mode';
		const style = getComputedStyle(this.place);
		ink.font = `${style.fontSize} ${style.fontFamily}`;
		const letter = ink.measureText(sample).width / sample.length;
		const room = COLUMN_NAMES.map((name) => {
			const width = heads.querySelector(`.${name}`).clientWidth - (name === 'program' ? 20 : 30);
			return Math.max(12, Math.floor(width / letter * 0.98));
		});
		if (!this.events || !this.place.clientWidth) return;
		if (this.room && room.every((some, k) => some === this.room[k])) { this.draw(); return; }
		this.room = room;
		const keep = this.tops && this.events.length ? this.events[Math.min(this.events.length - 1, Math.max(0, above(this.tops, this.top) - 1))] : -1;
		this.measure();
		if (keep >= 0) this.move(this.tops[this.row_of(keep)]);
	}

	measure() {
		const n = this.events.length, t = this.t;
		const lines = COLUMN_NAMES.map((_, k) => t.strings.map((text) => text ? wrap(text, this.room[k], null) : 0));
		this.tops = new Float64Array(n + 1);
		for (let i = 0; i < n; i++) {
			const event = this.events[i];
			const most = this.compact ? 1 : Math.max(1, lines[0][t.os[event]], lines[1][t.hardware[event]], lines[2][t.program[event]]);
			this.tops[i + 1] = this.tops[i] + PADDING + LINE * most;
		}
		const total = this.tops[n];
		this.height = Math.min(total, SPACE_MOST);
		this.space.style.height = `${Math.max(this.height, 1)}px`;
		this.place.setAttribute('aria-rowcount', n);
		for (const node of this.shown.values()) this.pool.push(node);
		this.shown.clear();
		this.space.replaceChildren();
		if (!n) this.space.append(element('p', {class: 'empty'}, 'No event passes the filter.'));
		this.space.style.minHeight = n ? '' : '80px';
		this.draw();
	}

	// `top` is where the view begins in rows; the scroll bar may move in larger steps.
	get scale() {
		const view = this.place.clientHeight, room = this.height - view;
		return room > 0 ? Math.max(1, (this.tops[this.events.length] - view) / room) : 1;
	}

	scrolled() {
		if (Math.abs(this.place.scrollTop - this.bar) >= 1 || this.bar === undefined) {
			this.top = this.place.scrollTop * this.scale;
		}
		this.bar = this.place.scrollTop;
		this.draw();
	}

	wheel(event) {
		if (this.scale === 1 || event.ctrlKey || event.shiftKey) return;
		event.preventDefault();
		this.move(this.top + event.deltaY * (event.deltaMode === 1 ? LINE : 1));
	}

	move(top) {
		const most = Math.max(0, this.tops[this.events.length] - this.place.clientHeight);
		this.top = Math.min(most, Math.max(0, top));
		this.bar = Math.round(this.top / this.scale);
		this.place.scrollTop = this.bar;
		this.draw();
	}

	draw() {
		if (this.waits) return;
		this.waits = requestAnimationFrame(() => { this.waits = 0; this.draw_now(); });
	}

	draw_now() {
		const view = this.place.clientHeight, n = this.events?.length ?? 0;
		if (!n || !view) return;
		const first = Math.max(0, above(this.tops, this.top) - 3);
		const last = Math.min(n, above(this.tops, this.top + view) + 2);
		for (const [row, node] of this.shown) {
			if (row < first || row >= last) {
				this.shown.delete(row);
				this.pool.push(node);
			}
		}
		const shift = this.place.scrollTop - this.top;
		for (let row = first; row < last; row++) {
			let node = this.shown.get(row);
			if (!node) {
				node = this.pool.pop() ?? this.make();
				this.fill(node, row);
				if (!node.parentNode) this.space.append(node);
				this.shown.set(row, node);
			}
			node.style.transform = `translateY(${this.tops[row] + shift}px)`;
			node.setAttribute('aria-selected', row === this.selected);
		}
		for (const node of this.pool) node.remove();
		if (this.pool.length > 100) this.pool.length = 100;
		const now = this.shown.get(this.selected);
		if (now) this.place.setAttribute('aria-activedescendant', now.id);
		else this.place.removeAttribute('aria-activedescendant');
	}

	make() {
		const cells = ['time', 'step', 'cpu', 'who', 'os', 'hardware', 'program'];
		this.made = (this.made ?? 0) + 1;
		return element('div', {class: 'row', role: 'row', id: `row-${this.made}`},
			...cells.map((name) => element('div', {class: name, role: 'gridcell'})));
	}

	fill(node, row) {
		const t = this.t, i = this.events[row], cells = node.children;
		node.dataset.event = i;
		node.style.height = `${this.tops[row + 1] - this.tops[row]}px`;
		node.setAttribute('aria-rowindex', row + 1);
		cells[0].textContent = time_words(t.ns[i]);
		cells[1].textContent = row ? span_words(t.ns[i] - t.ns[this.events[row - 1]]) : '';
		cells[2].textContent = t.cpu[i];
		cells[3].textContent = thread_words(t.threads[t.thread[i]]);
		const kind = t.kinds[t.kind[i]].name;
		// The direction of control: from the program into the system, or back.
		node.className = /_exit$|^user_enter$/.test(kind) && t.hardware[i] ? 'row back' : /_enter$/.test(kind) ? 'row into' : 'row';
		COLUMN_NAMES.forEach((name, k) => this.steps_of(cells[4 + k], name, t.strings[t[name][i]], this.room[k]));
		const lane = t.thread_lanes[t.thread[i]];
		cells[5].classList.toggle('last', !t.program[i] && lane.state[lane.at(t.ns[i])] !== STATE.user);
	}

	steps_of(cell, name, text, room) {
		cell.className = text ? `${name} full` : name;
		cell.title = '';
		if (!text) cell.replaceChildren();
		else if (this.compact) cell.replaceChildren(...this.marked(text));
		else {
			const lines = [];
			wrap(text, room, lines);
			cell.replaceChildren(...lines.map(([line, more]) => element('p', more ? {class: 'more'} : {}, ...this.marked(line))));
		}
	}

	// The text with the words that are searched for in <mark>.
	marked(text) {
		if (!this.words?.length) return [text];
		const lower = text.toLowerCase(), parts = [];
		for (let at = 0; at < text.length;) {
			let next = -1, length = 0;
			for (const word of this.words) {
				const found = lower.indexOf(word, at);
				if (found >= 0 && (next < 0 || found < next)) { next = found; length = word.length; }
			}
			if (next < 0) { parts.push(text.slice(at)); break; }
			parts.push(text.slice(at, next), element('mark', {}, text.slice(next, next + length)));
			at = next + length;
		}
		return parts;
	}

	mark(words) {
		this.words = words;
		for (const [row, node] of this.shown) this.fill(node, row);
	}

	// The row of @event, or of the next one that passes the filter.
	row_of(event) { return Math.min(this.events.length - 1, above(this.events, event - 1)); }

	select(event, follow) {
		const row = this.events.length ? this.row_of(event) : -1;
		this.selected = row >= 0 && this.events[row] === event ? row : -1;
		const view = this.place.clientHeight;
		if (follow && row >= 0) {
			if (follow === 'centre' || this.tops[row] < this.top - view || this.tops[row] > this.top + 2 * view) {
				if (this.tops[row] < this.top + LINE || this.tops[row + 1] > this.top + view - LINE) {
					this.move(this.tops[row] - view / 2.6);
				}
			} else if (this.tops[row] < this.top) this.move(this.tops[row]);
			else if (this.tops[row + 1] > this.top + view) this.move(this.tops[row + 1] - view);
		}
		this.draw();
	}

	page() { return Math.max(1, Math.floor(this.place.clientHeight / (PADDING + 2 * LINE))); }

	clicked(event) {
		const row = event.target.closest('.row');
		if (row && !getSelection().toString()) this.actions.select(Number(row.dataset.event), 'rows');
	}
}
