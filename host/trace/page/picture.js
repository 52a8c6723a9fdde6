// SPDX-License-Identifier: MIT
// One drawing of the timeline: axis, lanes, events, arrows.
'use strict';

const SHARES = new Float64Array(STATE_NAMES.length); // the last column's

class Picture {
	constructor(timeline) {
		this.v = timeline;
		this.t = timeline.t;
		this.c = timeline.c;
		this.ink = timeline.picture.getContext('2d');
		this.top = timeline.lanes.scrollTop;
	}

	draw() {
		const {ink, c, v} = this;
		ink.fillStyle = c.paper;
		ink.fillRect(0, 0, v.width, v.height);
		ink.textBaseline = 'middle';
		ink.font = `12px ${c.sans}`;
		this.grid();
		for (const lane of v.order) {
			const y = lane.y - this.top;
			if (y > v.height || y + lane.height < AXIS) continue;
			if (lane === v.lane) {
				ink.fillStyle = c.soft;
				ink.fillRect(0, y, v.width, lane.height);
			}
			ink.save();
			ink.beginPath();
			ink.rect(GUTTER, y, v.width - GUTTER, lane.height);
			ink.clip();
			this.stretches(lane, y + 4, lane.height - 8);
			this.ticks(lane, y);
			ink.restore();
			this.name(lane, y);
		}
		this.axis();
		this.marks();
		this.links();
		this.range();
	}

	name(lane, y) {
		const {ink, c} = this, middle = y + lane.height / 2;
		ink.fillStyle = lane === this.v.lane ? c.soft : c.paper;
		ink.fillRect(0, y, GUTTER - 6, lane.height);
		if (lane.type === 'cpu') {
			ink.fillStyle = c.ink;
			ink.font = `600 12px ${c.sans}`;
			ink.fillText(lane.label, 12, middle);
			ink.font = `12px ${c.sans}`;
			return;
		}
		ink.fillStyle = c.dim;
		ink.textAlign = 'right';
		ink.fillText(lane.label, 46, middle);
		ink.textAlign = 'left';
		ink.fillStyle = c.ink;
		const mark = lane.type === 'group' ? (lane.open ? '▾ ' : '▸ ') : '';
		ink.fillText(this.short_name(mark, lane.title || '(no name)', GUTTER - 64), 54, middle);
	}

	// Of a thread's names the last is kept: "… → cat".
	short_name(mark, title, width) {
		const names = title.split(' → ');
		let text = mark + title;
		while (names.length > 1 && this.ink.measureText(text).width > width) {
			names.shift();
			text = `${mark}… → ${names.join(' → ')}`;
		}
		return this.short(text, width);
	}

	// @text, cut so that it is no wider than @width; '' if that leaves nothing to read.
	short(text, width) {
		const {ink} = this;
		if (ink.measureText(text).width <= width) return text;
		let keep = Math.min(text.length, Math.floor(width / 5));
		while (keep > 1 && ink.measureText(text.slice(0, keep) + '…').width > width) keep--;
		return keep > 1 ? text.slice(0, keep) + '…' : '';
	}

	// One rectangle for what is at least a pixel wide; one column for each pixel of what is not.
	stretches(lane, y, h) {
		const {v} = this, scale = v.scale, pixel = 1 / scale;
		const end = Math.min(v.to, lane.finish);
		let i = Math.max(0, lane.at(v.from));
		let time = Math.max(v.from, lane.n ? lane.start[0] : v.to);
		while (time < end) {
			while (i + 1 < lane.n && lane.start[i + 1] <= time) i++;
			const stop = lane.end(i);
			if (stop - lane.start[i] >= pixel || stop >= end) {
				this.stretch(lane, i, v.x(time), v.x(Math.min(stop, end)), y, h);
				time = stop;
			} else {
				const x = Math.floor(v.x(time) + 1e-6), next = Math.max(v.time_of(x + 1), time + pixel * 0.01);
				this.column(lane, Math.max(time, v.time_of(x)), Math.min(next, end), x, y, h);
				time = next;
				i = Math.max(i, lane.at(time));
				// The rest of a long stretch that began within the column is a rectangle.
			}
		}
	}

	stretch(lane, i, x0, x1, y, h) {
		const {ink, c, v, t} = this, state = lane.state[i], width = Math.max(x1 - x0, 1);
		const middle = y + h / 2, hovered = v.hover && v.hover.lane === lane && v.hover.i === i;
		switch (state) {
		case STATE.user: case STATE.kernel:
			ink.fillStyle = state === STATE.user ? c.user : c.kernel;
			ink.fillRect(x0, y, width, h);
			if (width > 26) this.label(lane, i, x0, x1, middle, state);
			break;
		case STATE.idle:
			ink.fillStyle = v.hatch;
			ink.fillRect(x0, y, width, h);
			break;
		case STATE.ready:
			ink.strokeStyle = c.ready;
			ink.lineWidth = 1.5;
			if (width > 4) ink.strokeRect(x0 + 0.75, middle - 3.25, width - 1.5, 6.5);
			else { ink.fillStyle = c.ready; ink.fillRect(x0, middle - 4, width, 8); }
			break;
		case STATE.blocked:
			ink.fillStyle = c.blocked;
			ink.fillRect(x0, middle - 1, width, 2);
			break;
		case STATE.exited:
			ink.fillStyle = c.dim;
			if (x0 < GUTTER) break;
			ink.fillRect(x0, middle - 5, 2, 10);
			if (x0 + 7 + ink.measureText('exited').width <= v.width) ink.fillText('exited', x0 + 7, middle + 1);
			break;
		}
		if (hovered && state !== STATE.none && state !== STATE.exited) {
			ink.strokeStyle = c.ink;
			ink.lineWidth = 1.5;
			ink.strokeRect(x0 + 0.75, y - 0.75, Math.max(width - 1.5, 1), h + 1.5);
		}
	}

	// Inside a stretch: its thread (on a CPU's lane), or what the kernel does (on a thread's).
	label(lane, i, x0, x1, middle, state) {
		const {ink, c, t} = this, from = Math.max(x0, GUTTER);
		const text = lane.type === 'cpu' ? this.owner_words(lane, i) : lane.type === 'group' ? thread_at(t.threads[lane.owner[i]], lane.event[i])
			: state === STATE.kernel ? event_words(t, lane.event[i])
			: lane.type === 'thread' ? 'runs' : '';
		const room = Math.min(x1, this.v.width) - from - 10, number = /^-?\d+ /.exec(text)?.[0].trim() ?? '';
		const fits = ink.measureText(text).width <= room ? text : ink.measureText(number).width <= room ? number : '';
		if (!fits) return;
		ink.fillStyle = state === STATE.user ? c['user-ink'] : c['kernel-ink'];
		ink.fillText(fits, from + 5, middle + 0.5);
	}

	// Who has the CPU: of an idle thread in kernel mode it is the boot, or an interrupt.
	owner_words(lane, i) {
		const {t} = this, thread = t.threads[lane.owner[i]];
		return !thread.idle ? thread_at(thread, lane.event[i]) : lane.event[i] < t.boots[lane.index] ? 'boot' : 'interrupt';
	}

	column(lane, t0, t1, x, y, h) {
		const {ink, c} = this, shares = lane.share(t0, t1, SHARES);
		const kernel = shares[STATE.kernel] * h, user = shares[STATE.user] * h;
		const ready = shares[STATE.ready], blocked = shares[STATE.blocked], idle = shares[STATE.idle];
		if (idle > 0.05) { ink.fillStyle = c['idle-line']; ink.fillRect(x, y, 1, h * idle); }
		if (blocked > 0.05) { ink.fillStyle = c.blocked; ink.fillRect(x, y + h / 2 - 1, 1, 2); }
		if (ready > 0.05) { ink.fillStyle = c.ready; ink.fillRect(x, y + h / 2 - 3, 1, 6 * ready + 1); }
		if (kernel > 0) { ink.fillStyle = c.kernel; ink.fillRect(x, y + h - kernel, 1, kernel); }
		if (user > 0) { ink.fillStyle = c.user; ink.fillRect(x, y + h - kernel - user, 1, user); }
	}

	// A tick below the lane for each event, as long as there is room between them.
	ticks(lane, y) {
		const {ink, c, v, t} = this, list = lane.events;
		let low = 0, high = list.length;
		while (low < high) {
			const middle = (low + high) >>> 1;
			if (t.ns[list[middle]] < v.from) low = middle + 1;
			else high = middle;
		}
		const room = (v.width - GUTTER) / 5;
		if (low + room < list.length && t.ns[list[low + Math.floor(room)]] < v.to) return;
		ink.fillStyle = c.dim;
		for (let k = low; k < list.length && t.ns[list[k]] <= v.to; k++) {
			ink.fillRect(Math.round(v.x(t.ns[list[k]])) - 0.5, y + lane.height - 3, 1.5, 3);
		}
	}

	// Lines of the grid and where they are: [time, x].
	grid() {
		const {ink, c, v} = this, span = v.to - v.from;
		const target = span / Math.max(2, (v.width - GUTTER) / 120), power = 10 ** Math.floor(Math.log10(target));
		const step = Math.max(1, [1, 2, 5, 10].find((m) => m * power >= target) * power);
		this.digits = Math.max(0, Math.ceil(6 - Math.log10(step) - 1e-9));
		this.times = [];
		for (let at = Math.ceil(v.from / step) * step; at <= v.to; at += step) {
			const x = Math.round(v.x(at)) + 0.5;
			if (x >= GUTTER) this.times.push([at, x]);
		}
		ink.strokeStyle = c.line;
		ink.lineWidth = 1;
		ink.beginPath();
		for (const [, x] of this.times) { ink.moveTo(x, AXIS - 5); ink.lineTo(x, v.height); }
		ink.stroke();
	}

	axis() {
		const {ink, c, v} = this;
		ink.fillStyle = c.paper;
		ink.fillRect(0, 0, v.width, AXIS);
		ink.strokeStyle = c.line;
		ink.font = `11px ${c.sans}`;
		ink.fillStyle = c.dim;
		ink.beginPath();
		for (const [at, x] of this.times) {
			const text = `${(at / 1e6).toFixed(this.digits).replace(/(\.\d{3})(?=\d)/, '$1\u2009')} ms`;
			ink.moveTo(x, AXIS - 6); ink.lineTo(x, AXIS);
			if (x + 4 + ink.measureText(text).width < v.width) ink.fillText(text, x + 4, AXIS / 2);
		}
		ink.moveTo(0, AXIS + 0.5); ink.lineTo(v.width, AXIS + 0.5);
		ink.stroke();
		ink.font = `12px ${c.sans}`;
	}

	// The selected event: a line through all lanes, a point on its own.
	marks() {
		const {ink, c, v, t} = this;
		if (v.selected < 0) return;
		const x = v.x(t.ns[v.selected]);
		if (x < GUTTER - 4 || x > v.width + 4) return;
		ink.strokeStyle = c.ink;
		ink.lineWidth = 1;
		ink.setLineDash([3, 3]);
		ink.beginPath(); ink.moveTo(x, AXIS); ink.lineTo(x, v.height); ink.stroke();
		ink.setLineDash([]);
		ink.fillStyle = c.ink;
		ink.beginPath(); ink.moveTo(x - 5, AXIS - 6); ink.lineTo(x + 5, AXIS - 6); ink.lineTo(x, AXIS + 1); ink.fill();
		const lane = v.seen_at(t.thread[v.selected]), y = lane.y + lane.height / 2 - this.top;
		if (!lane.shown || y < AXIS) return;
		ink.beginPath(); ink.arc(x, y, 4.5, 0, 7); ink.fill();
		ink.strokeStyle = c.paper;
		ink.lineWidth = 1.5;
		ink.stroke();
	}

	// Arrows from wake-up to run, and from a message to its interrupt on another CPU: of the selected event, and of what
	// the pointer is on.
	links() {
		const {v, t} = this, wanted = new Map(), messages = new Map();
		const add = (event) => {
			if (t.wakes.has(event)) wanted.set(event, t.wakes.get(event));
			if (t.runs.has(event)) wanted.set(t.runs.get(event), event);
			if (t.sent.has(event)) messages.set(event, t.sent.get(event));
			if (t.received.has(event)) messages.set(t.received.get(event), event);
		};
		const stretch = (lane, i) => {
			// The run that this stretch is part of: back to where it got the CPU.
			for (let k = i; k >= 0 && i - k < 64; k--) {
				add(lane.event[k]);
				if (lane.state[k] >= STATE.ready || t.runs.has(lane.event[k])) break;
			}
		};
		if (v.selected >= 0) {
			const lane = t.thread_lanes[t.thread[v.selected]];
			add(v.selected);
			stretch(lane, lane.at(t.ns[v.selected]));
		}
		if (v.hover?.i >= 0 && v.hover.lane.type === 'thread') stretch(v.hover.lane, v.hover.i);
		if (v.hover?.event >= 0) add(v.hover.event);
		for (const [wake, run] of wanted) {
			const woken = v.seen_at(run_thread(t, run)), waker = v.seen_at(t.thread[wake]);
			if (woken.shown) this.arrow(wake, waker.shown ? waker : t.cpu_lanes[t.cpu[wake]], run, woken);
		}
		for (const [message, interrupt] of messages) {
			const from = t.cpu_lanes[t.cpu[message]], to = t.cpu_lanes[t.cpu[interrupt]];
			if (from.shown && to.shown) this.arrow(message, from, interrupt, to);
		}
	}

	// From event @cause in lane @from to event @effect in lane @to.
	arrow(cause, from, effect, to) {
		const {ink, c, v, t} = this;
		const x0 = v.x(t.ns[cause]), x1 = v.x(t.ns[effect]);
		const y0 = from.y + from.height / 2 - this.top, y1 = to.y + to.height / 2 - this.top;
		if (Math.max(x0, x1) < GUTTER || Math.min(x0, x1) > v.width) return;
		ink.save();
		ink.beginPath();
		ink.rect(GUTTER, AXIS, v.width - GUTTER, v.height - AXIS);
		ink.clip();
		ink.strokeStyle = ink.fillStyle = c.arrow;
		ink.lineWidth = 1.75;
		ink.beginPath(); ink.arc(x0, y0, 3, 0, 7); ink.fill();
		ink.beginPath();
		ink.moveTo(x0, y0);
		if (x1 - x0 < 24) { // no room for a curve: down (or up)
			const way = Math.sign(y1 - y0) || 1;
			ink.lineTo(x1, y1 - 8 * way); ink.stroke();
			ink.beginPath(); ink.moveTo(x1, y1); ink.lineTo(x1 - 4.5, y1 - 8 * way); ink.lineTo(x1 + 4.5, y1 - 8 * way);
		} else {
			const bend = Math.min(60, (x1 - x0) / 2);
			ink.bezierCurveTo(x0 + bend, y0, x1 - bend, y1, x1 - 5, y1); ink.stroke();
			ink.beginPath(); ink.moveTo(x1, y1); ink.lineTo(x1 - 8, y1 - 4.5); ink.lineTo(x1 - 8, y1 + 4.5);
		}
		ink.fill();
		ink.restore();
	}

	range() {
		const {ink, c, v} = this, drag = v.drag;
		if (!drag?.range || !drag.moved) return;
		ink.globalAlpha = 0.2;
		ink.fillStyle = c.focus;
		ink.fillRect(Math.min(drag.x, drag.now), 0, Math.abs(drag.now - drag.x), v.height);
		ink.globalAlpha = 1;
	}
}

// The thread that a switch lets run: the one whose run begins at the event.
function run_thread(t, run) { return t.run_of.get(run) ?? t.thread[run]; }
