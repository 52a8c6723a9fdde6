// SPDX-License-Identifier: MIT
// The timeline: a lane for each CPU and each thread, on one canvas. Stretches narrower than a pixel are not drawn one by
// one: a pixel shows the shares of the states in its time, by two look-ups in the lanes' sums; so drawing costs the
// same for a hundred events and a million.
'use strict';

const GUTTER = 176, AXIS = 24, LANE_LEAST = 20, LANE_MOST = 40, GAP = 8, NEAR = 7; // pixels

class Timeline {
	constructor(trace, places, actions) {
		Object.assign(this, places, {t: trace, actions, selected: -1, lane: null, hover: null, matches: []});
		this.from = trace.begin;
		this.to = trace.end;
		this.least = 20; // ns in view
		this.visible = () => true;
		this.place_lanes();
		this.colours();
		new ResizeObserver(() => this.resize()).observe(this.lanes);
		this.lanes.addEventListener('scroll', () => this.draw());
		this.picture.addEventListener('wheel', (e) => this.wheel(e), {passive: false});
		this.picture.addEventListener('pointerdown', (e) => this.pressed(e));
		this.picture.addEventListener('pointermove', (e) => this.moved(e));
		this.picture.addEventListener('pointerup', (e) => this.released(e));
		this.picture.addEventListener('pointerleave', () => { if (!this.drag) this.pointed(null); });
		this.picture.addEventListener('dblclick', (e) => this.twice(e));
		const overview = (e) => { if (e.buttons & 1) this.centre(this.time_of_overview(e.offsetX)); };
		this.overview.addEventListener('pointerdown', (e) => { this.overview.setPointerCapture(e.pointerId); overview(e); });
		this.overview.addEventListener('pointermove', overview);
		this.overview.addEventListener('wheel', (e) => {
			e.preventDefault();
			this.zoom(Math.exp(e.deltaY * 0.0015), this.time_of_overview(e.offsetX));
		}, {passive: false});
	}

	// The lanes in order: CPUs; threads, the program's before others, of which a closed group has one lane. A thread that
	// the filter hides has none, and idle threads are their CPU's lane already.
	lanes_in_order() {
		const {t} = this, order = [...t.cpu_lanes], placed = new Set();
		for (const lane of t.lanes_by_part) {
			const group = t.groups.lane_of(lane.index);
			if (!lane.n || t.threads[lane.index].idle || !this.visible(lane.index) || placed.has(group)) continue;
			if (!group) { order.push(lane); continue; }
			placed.add(group);
			order.push(group);
			if (group.open) order.push(...group.members.map((i) => t.thread_lanes[i]).filter((one) => one.n && this.visible(one.index)));
		}
		return order;
	}

	// Each lane's y. Lanes grow as long as all are in sight.
	place_lanes() {
		const {t} = this, room = (this.height ?? 0) - AXIS - 2 * GAP - 10;
		for (const lane of [...t.thread_lanes, ...t.groups.lanes]) lane.shown = false;
		this.order = this.lanes_in_order();
		const height = Math.max(LANE_LEAST, Math.min(LANE_MOST, Math.floor(room / this.order.length)));
		const part = (lane) => lane.type === 'cpu' ? 'cpu' : t.threads[lane.members?.[0] ?? lane.index].part === 'program' ? 'program' : 'system';
		let y = AXIS + 4;
		this.order.forEach((lane, k) => {
			if (k && part(lane) !== part(this.order[k - 1])) y += GAP;
			lane.y = y; lane.height = height; lane.shown = true;
			y += height;
		});
		this.total = y + 6;
		this.draw();
	}

	// Where thread @thread is seen: its lane, or that of its group.
	seen_at(thread) {
		const lane = this.t.thread_lanes[thread];
		return lane.shown ? lane : this.t.groups.lane_of(thread) ?? lane;
	}

	// A lane's name in full.
	words(lane) {
		return lane.type === 'cpu' ? lane.label : lane.type === 'group' ? lane.said : `thread ${lane.label} ${lane.title}`;
	}

	colours() {
		const style = getComputedStyle(document.documentElement);
		const value = (name) => style.getPropertyValue(`--${name}`).trim();
		this.c = {};
		for (const name of ['paper', 'raised', 'line', 'soft', 'ink', 'dim', 'faint', 'user', 'user-ink', 'kernel', 'kernel-ink',
			'ready', 'blocked', 'idle', 'idle-line', 'selected', 'focus', 'arrow', 'mark', 'sans', 'mono']) this.c[name] = value(name);
		const tile = new OffscreenCanvas(6, 6), ink = tile.getContext('2d');
		ink.fillStyle = this.c.idle;
		ink.fillRect(0, 0, 6, 6);
		ink.strokeStyle = this.c['idle-line'];
		ink.beginPath();
		for (const x of [-6, 0, 6]) { ink.moveTo(x - 1, 7); ink.lineTo(x + 7, -1); }
		ink.stroke();
		this.hatch = this.picture.getContext('2d').createPattern(tile, 'repeat');
		this.background = null;
		this.draw();
	}

	resize() {
		const ratio = window.devicePixelRatio || 1;
		this.width = Math.max(this.lanes.clientWidth, GUTTER + 40);
		this.height = Math.max(this.lanes.clientHeight, 40);
		for (const [canvas, height] of [[this.picture, this.height], [this.overview, 46]]) {
			canvas.width = Math.round(this.width * ratio);
			canvas.height = Math.round(height * ratio);
			canvas.style.width = `${this.width}px`;
			canvas.style.height = `${height}px`;
			canvas.getContext('2d').setTransform(ratio, 0, 0, ratio, 0, 0);
		}
		this.background = null;
		this.place_lanes();
		this.draw_now();
	}

	// ---- positions ----

	get scale() { return (this.width - GUTTER) / (this.to - this.from); } // pixels a nanosecond
	x(time) { return GUTTER + (time - this.from) * this.scale; }
	time_of(x) { return this.from + (x - GUTTER) / this.scale; }
	overview_x(time) { return GUTTER + (time - this.t.begin) / (this.t.end - this.t.begin) * (this.width - GUTTER); }
	time_of_overview(x) { return this.t.begin + (x - GUTTER) / (this.width - GUTTER) * (this.t.end - this.t.begin); }

	lane_at(y) {
		const at = y + this.lanes.scrollTop;
		if (y < AXIS) return null;
		return this.order.find((lane) => at >= lane.y && at < lane.y + lane.height) ?? null;
	}

	// The event of @lane nearest to @x, no farther than NEAR pixels; -1: none.
	event_near(lane, x) {
		const t = this.t, list = lane.events;
		let low = 0, high = list.length;
		const time = this.time_of(x);
		while (low < high) {
			const middle = (low + high) >>> 1;
			if (t.ns[list[middle]] < time) low = middle + 1;
			else high = middle;
		}
		let best = -1, distance = NEAR + 0.01;
		for (const k of [low - 1, low]) {
			if (k < 0 || k >= list.length) continue;
			const d = Math.abs(this.x(t.ns[list[k]]) - x);
			if (d < distance) { best = list[k]; distance = d; }
		}
		return best;
	}

	// ---- moving ----

	view(from, to) {
		const whole = this.t.end - this.t.begin, room = whole * 0.02;
		const span = Math.min(whole + 2 * room, Math.max(to - from, Math.min(this.least, whole)));
		const middle = (from + to) / 2;
		this.from = Math.min(Math.max(middle - span / 2, this.t.begin - room), this.t.end + room - span);
		this.to = this.from + span;
		this.actions.range(this.from, this.to);
		this.draw();
	}

	zoom(factor, at = (this.from + this.to) / 2) {
		const span = (this.to - this.from) * factor;
		const least = Math.min(this.least, this.t.end - this.t.begin);
		const real = Math.max(span, least) / (this.to - this.from);
		this.view(at - (at - this.from) * real, at + (this.to - at) * real);
	}

	pan(share) {
		const by = (this.to - this.from) * share;
		this.view(this.from + by, this.to + by);
	}

	// The program's time, from its first step on; and the boot's as well.
	fit() {
		const from = this.t.n ? this.t.ns[this.t.first_step] : 0;
		const room = (this.t.end - from) * 0.02;
		this.view(from - room, this.t.end + room);
	}

	all() { this.view(this.t.begin, this.t.end); }
	centre(time) { this.view(time - (this.to - this.from) / 2, time + (this.to - this.from) / 2); }

	// Show @event and about twenty others.
	around(event) {
		const t = this.t, low = Math.max(0, event - 14), high = Math.min(t.n - 1, event + 14);
		const half = Math.max(t.ns[event] - t.ns[low], t.ns[high] - t.ns[event], 50);
		this.view(t.ns[event] - half * 1.1, t.ns[event] + half * 1.1);
	}

	select(event, follow) {
		this.selected = event;
		const time = this.t.ns[event], edge = (this.to - this.from) * 0.04;
		if (follow && (follow === 'centre' || time < this.from + edge || time > this.to - edge)) this.centre(time);
		const lane = this.seen_at(this.t.thread[event]);
		if (follow && lane.shown) this.reveal(lane);
		this.draw();
	}

	reveal(lane) {
		const top = this.lanes.scrollTop;
		if (lane.y - AXIS < top) this.lanes.scrollTop = lane.y - AXIS;
		else if (lane.y + lane.height > top + this.height) this.lanes.scrollTop = lane.y + lane.height - this.height + 6;
	}

	wheel(event) {
		if (event.offsetX < GUTTER && !event.ctrlKey) return; // over the names: scroll the lanes
		event.preventDefault();
		const unit = event.deltaMode === 1 ? 18 : 1;
		if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
			this.pan((event.deltaX || event.deltaY) * unit / (this.width - GUTTER));
		} else this.zoom(Math.exp(event.deltaY * unit * (event.ctrlKey ? 0.008 : 0.0015)), this.time_of(event.offsetX));
	}

	pressed(event) {
		if (event.button) return;
		this.lanes.focus({preventScroll: true});
		if (event.offsetX < GUTTER) return;
		this.picture.setPointerCapture(event.pointerId);
		this.drag = {x: event.offsetX, from: this.from, to: this.to, range: event.shiftKey, now: event.offsetX, moved: false};
	}

	moved(event) {
		const drag = this.drag;
		if (!drag) { this.pointed(event); return; }
		drag.now = event.offsetX;
		if (Math.abs(drag.now - drag.x) > 3) drag.moved = true;
		if (!drag.moved) return;
		this.pointed(null);
		if (drag.range) this.draw();
		else {
			const by = (drag.x - drag.now) / this.scale;
			this.view(drag.from + by, drag.to + by);
		}
	}

	released(event) {
		const drag = this.drag;
		this.drag = null;
		if (drag?.moved) {
			if (drag.range) this.view(this.time_of(Math.min(drag.x, drag.now)), this.time_of(Math.max(drag.x, drag.now)));
			return;
		}
		const lane = this.lane_at(event.offsetY);
		if (!lane) return;
		if (event.offsetX < GUTTER) {
			if (lane.type === 'group') this.actions.open_group(lane);
			else this.actions.lane(lane);
			return;
		}
		this.lane = lane;
		let chosen = this.event_near(lane, event.offsetX);
		const i = lane.at(this.time_of(event.offsetX));
		if (chosen < 0 && i >= 0) chosen = lane.event[i];
		if (chosen >= 0) this.actions.select(chosen, 'timeline');
	}

	twice(event) {
		const lane = this.lane_at(event.offsetY), i = lane?.at(this.time_of(event.offsetX)) ?? -1;
		if (i < 0 || event.offsetX < GUTTER) return;
		const room = (lane.end(i) - lane.start[i]) * 0.15 + 10;
		this.view(lane.start[i] - room, lane.end(i) + room);
	}

	// What the pointer is on: {lane, event or -1, i: stretch or -1}.
	pointed(event) {
		const lane = event && event.offsetX >= GUTTER ? this.lane_at(event.offsetY) : null;
		const hover = lane && {lane, event: this.event_near(lane, event.offsetX), i: lane.at(this.time_of(event.offsetX))};
		const named = event && event.offsetX < GUTTER ? this.lane_at(event.offsetY) : null;
		this.picture.style.cursor = lane ? 'crosshair' : named ? 'pointer' : 'default';
		this.picture.title = named ? this.words(named) : '';
		if (hover?.event !== this.hover?.event || hover?.i !== this.hover?.i || hover?.lane !== this.hover?.lane) {
			this.hover = hover;
			this.draw();
		}
		this.actions.hover(hover, event);
	}

	key(event) {
		const step = {ArrowLeft: -0.1, ArrowRight: 0.1, PageUp: -0.9, PageDown: 0.9}[event.key];
		if (step) this.pan(step);
		else if (event.key === 'Home') this.centre(this.t.begin);
		else if (event.key === 'End') this.centre(this.t.end);
		else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
			const at = this.order.indexOf(this.lane) + (event.key === 'ArrowUp' ? -1 : 1);
			this.lane = this.order[Math.max(0, Math.min(this.order.length - 1, at))];
			this.reveal(this.lane);
			this.actions.say(this.words(this.lane));
			this.draw();
		} else if (event.key === ' ' && this.lane?.type === 'group') this.actions.open_group(this.lane);
		else if (event.key === 'Enter') this.around(this.selected);
		else if (event.key === ',' || event.key === '.') this.along(event.key === ',' ? -1 : 1);
		else return false;
		return true;
	}

	// The previous or next event of the chosen lane.
	along(direction) {
		const lane = this.lane ?? this.t.thread_lanes[this.t.thread[this.selected]];
		const list = lane.events;
		const k = direction > 0 ? above(list, this.selected) : above(list, this.selected - 1) - 1;
		if (k >= 0 && k < list.length) this.actions.select(list[k], 'keys');
	}

	draw() {
		if (!this.waits) this.waits = requestAnimationFrame(() => this.draw_now());
	}

	draw_now() {
		cancelAnimationFrame(this.waits);
		this.waits = 0;
		if (!this.width) return;
		by_id('lanes-space').style.height = `${Math.max(this.total, this.height)}px`;
		new Picture(this).draw();
		this.draw_overview();
	}

	// The overview: how all CPUs shared each pixel's time; matches of the search; the part in view.
	draw_overview() {
		const ink = this.overview.getContext('2d'), c = this.c, high = 34, top = 4;
		if (!this.background) this.background = this.overview_background(high, top);
		ink.drawImage(this.background, 0, 0, this.width, 46);
		ink.fillStyle = c.arrow;
		let last = -2;
		for (const event of this.matches) {
			const x = Math.round(this.overview_x(this.t.ns[event]));
			if (x > last + 1) { ink.fillRect(x, top + high + 1, 2, 5); last = x; }
		}
		const x0 = this.overview_x(Math.max(this.from, this.t.begin)), x1 = this.overview_x(Math.min(this.to, this.t.end));
		ink.globalAlpha = 0.62;
		ink.fillStyle = c.paper;
		ink.fillRect(GUTTER, 0, Math.max(0, x0 - GUTTER), 46);
		ink.fillRect(x1, 0, Math.max(0, this.width - x1), 46);
		ink.globalAlpha = 1;
		ink.strokeStyle = c.focus;
		ink.lineWidth = 1.5;
		ink.strokeRect(Math.min(x0, this.width - 4) + 0.5, 1.5, Math.max(3, x1 - x0 - 1), 42);
		if (this.selected >= 0) {
			ink.fillStyle = c.ink;
			ink.fillRect(Math.round(this.overview_x(this.t.ns[this.selected])), 1, 1, 44);
		}
	}

	overview_background(high, top) {
		const canvas = new OffscreenCanvas(this.overview.width, this.overview.height), ink = canvas.getContext('2d');
		const ratio = this.overview.width / this.width, c = this.c, t = this.t;
		ink.setTransform(ratio, 0, 0, ratio, 0, 0);
		ink.fillStyle = c.paper;
		ink.fillRect(0, 0, this.width, 46);
		ink.fillStyle = c.dim;
		ink.font = `12px ${c.sans}`;
		ink.textBaseline = 'middle';
		ink.fillText('all', 12, top + high / 2);
		for (let x = GUTTER; x < this.width; x++) {
			const t0 = this.time_of_overview(x), t1 = this.time_of_overview(x + 1);
			let kernel = 0, user = 0;
			for (const lane of t.cpu_lanes) {
				lane.share(t0, t1, SHARES);
				kernel += SHARES[STATE.kernel] * high / t.cpu_lanes.length;
				user += SHARES[STATE.user] * high / t.cpu_lanes.length;
			}
			ink.fillStyle = c.kernel;
			ink.fillRect(x, top + high - kernel, 1, kernel);
			ink.fillStyle = c.user;
			ink.fillRect(x, top + high - kernel - user, 1, user);
		}
		return canvas;
	}
}
