// SPDX-License-Identifier: MIT
// The protocol as rows. Only the visible ones have nodes, which are reused; how high a row is follows from its texts
// (steps.js), so the places of all rows are known without drawing any. In a row the columns' texts are below each other in
// the order in which things happen, with an arrow where control goes from one to the next.
'use strict';

const LINE = 18, PADDING = 7, HEADING = 26, SPACE_MOST = 8e6; // pixels; beyond SPACE_MOST browsers place elements wrongly

class Rows {
	constructor(trace, place, actions) {
		Object.assign(this, {t: trace, place, actions, space: place.firstElementChild, compact: false, top: 0});
		this.listing = new Listing(trace);
		this.layout = new Layout(trace);
		this.pool = [];
		this.shown = new Map(); // row -> node
		this.selected = -1; // a row; the other parts know only events
		place.addEventListener('scroll', () => this.scrolled());
		place.addEventListener('wheel', (event) => this.wheel(event), {passive: false});
		place.addEventListener('click', (event) => this.clicked(event));
		new ResizeObserver(() => this.resized()).observe(place);
	}

	// The events to list: an array of their indices, rising. What is seen stays where it is.
	list(passing) {
		this.passing = passing;
		this.events = this.listing.entries(passing);
		if (this.room) this.keep_place(() => this.measure());
		else this.resized();
	}

	refold() {
		this.events = this.listing.entries(this.passing);
		this.keep_place(() => this.measure());
	}

	keep_place(change) {
		const first = this.tops ? Math.max(0, above(this.tops, this.top) - 1) : 0;
		const entry = this.tops ? this.listed?.[first] : undefined, shift = entry === undefined ? 0 : this.top - this.tops[first];
		change();
		if (entry !== undefined && this.events.length) {
			const row = Math.min(this.events.length - 1, above(this.events, entry - 0.1));
			this.move(this.tops[row] + (this.events[row] === entry ? shift : 0));
		}
	}

	// Fold or unfold: @k, or all. Returns: whether it is open now.
	toggle(k) {
		this.listing.open[k] ^= 1;
		this.refold();
		return this.listing.open[k] === 1;
	}

	// The selected event @event, or the fold that hides it then, stays in sight.
	toggle_all(event) {
		const open = !this.listing.all_open, k = this.listing.fold_of(event);
		this.listing.set_all(open);
		this.refold();
		if (open || k < 0) this.select(event, 'centre');
		else this.point(above(this.events, this.t.folds[k].first - FOLD) - 1);
		return open;
	}

	// How wide the columns are; and so, how many lines each text is.
	resized() {
		const heads = this.place.previousElementSibling, style = getComputedStyle(this.place);
		this.ruler ??= new Ruler(`${style.fontSize} ${style.fontFamily}`);
		const room = COLUMN_NAMES.map((name) => Math.max(80, heads.querySelector(`.${name}`).clientWidth - 50));
		if (!this.events || !this.place.clientWidth) return;
		if (this.room && room.every((some, k) => some === this.room[k])) { this.draw(); return; }
		this.room = room;
		this.layout.measure(room, this.ruler);
		this.keep_place(() => this.measure());
	}

	measure() {
		const n = this.events.length;
		this.listed = this.events; // what the places are of
		this.tops = new Float64Array(n + 1);
		for (let i = 0; i < n; i++) {
			const entry = this.events[i];
			this.tops[i + 1] = this.tops[i] + (!Number.isInteger(entry) ? HEADING
				: PADDING + LINE * (this.compact ? 1 : this.layout.height(entry)));
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
		const {event, fold, section} = this.listing.what(this.events[row]), cells = node.children;
		node.style.height = `${this.tops[row + 1] - this.tops[row]}px`;
		node.setAttribute('aria-rowindex', row + 1);
		node.removeAttribute('aria-expanded');
		for (const cell of cells) cell.replaceChildren();
		if (event === undefined) {
			delete node.dataset.event;
			node.className = fold === undefined ? 'row section' : 'row fold';
			for (const cell of cells) cell.className = 'none';
			cells[0].className = 'note';
			cells[0].append(...(section ? [section] : this.marked(this.listing.fold_words(fold))));
			if (fold !== undefined) node.setAttribute('aria-expanded', this.listing.open[fold] === 1);
			return;
		}
		node.dataset.event = event;
		this.fill_event(node, cells, event);
	}

	fill_event(node, cells, i) {
		const t = this.t, kind = t.kinds[t.kind[i]].name, cost = cost_time(t, i);
		['time', 'step', 'cpu', 'who', ...COLUMN_NAMES].forEach((name, k) => { cells[k].className = name; });
		node.className = /_enter$/.test(kind) && kind !== 'user_enter' ? 'row into' : 'row back';
		cells[0].append(time_words(t.ns[i]));
		cells[1].append(cost ? span_words(cost) : '');
		cells[2].append(String(t.cpu[i]));
		cells[3].append(who_words(t, i));
		this.layout.places(i).forEach(([column, line], nth) => {
			const cell = cells[4 + column];
			cell.className = `${COLUMN_NAMES[column]} full${nth ? ' next' : ''}`;
			cell.style.setProperty('--line', this.compact ? 0 : line);
			cell.append(...this.lines_of(column, t.strings[t[COLUMN_NAMES[column]][i]], column === 2 && run_time(t, i), i));
		});
	}

	// What a cell contains: its text, and if the program runs then, a bar that is longer the longer it does.
	lines_of(column, text, runs, i) {
		const bar = runs ? this.run_bar(runs, i) : null, lines = [];
		if (this.compact) return [element('p', {}, ...this.marked(squeeze(text, this.room[column], this.ruler)), bar)];
		wrap(text, this.room[column], this.ruler, lines);
		return [...lines.map(([line, more]) => element('p', more ? {class: 'more'} : {}, ...this.marked(line))),
			...(bar ? [element('p', {}, bar)] : [])];
	}

	run_bar(runs, i) {
		const width = Math.round(6 + 13 * Math.max(0, Math.log10(runs / 100)));
		return element('span', {class: 'run'}, element('i', {style: `width: ${width}px`}),
			...this.marked(`${who_words(this.t, i)} runs: ${span_words(runs)}`));
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
	row_of(event) { return Math.min(this.events.length - 1, above(this.events, event - 0.1)); }

	// Opens the fold that hides the event.
	select(event, follow) {
		if (this.listing.reveal(event)) this.refold();
		const row = this.events.length ? this.row_of(event) : -1;
		this.selected = row >= 0 && this.events[row] === event ? row : -1;
		this.show(row, follow);
	}

	// The row @row (a fold's) has the keyboard's cursor.
	point(row) {
		this.selected = row;
		this.show(row, 'edge');
	}

	show(row, follow) {
		const view = this.place.clientHeight;
		if (follow && row >= 0) {
			if (follow === 'centre' || this.tops[row] < this.top - view || this.tops[row] > this.top + 2 * view) {
				if (this.tops[row] < this.top + LINE || this.tops[row + 1] > this.top + view - LINE) {
					this.move(this.tops[Math.max(0, above(this.tops, this.tops[row] - view / 2.6) - 1)]);
				}
			} else if (this.tops[row] < this.top) this.move(this.tops[row]);
			else if (this.tops[row + 1] > this.top + view) this.move(this.tops[row + 1] - view);
		}
		this.draw();
	}

	page() { return Math.max(1, Math.floor(this.place.clientHeight / (PADDING + 2 * LINE))); }

	clicked(event) {
		const node = event.target.closest('.row');
		if (!node || getSelection().toString()) return;
		const row = Number(node.getAttribute('aria-rowindex')) - 1, {event: i, fold} = this.listing.what(this.events[row]);
		if (i !== undefined) this.actions.select(i, 'rows');
		else if (fold !== undefined) this.actions.fold(row, fold);
	}
}
