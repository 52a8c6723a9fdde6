// SPDX-License-Identifier: MIT
// What the protocol lists: events; a row for each fold ("boot: 29 steps"), whose events are listed only when it is open;
// the two sections' headings. An entry is an event's number; a fold's row has half less than its first event, and a
// heading a quarter less than that, so that the entries rise and are found by halving.
'use strict';

const FOLD = 0.5, SECTION = 0.75;

class Listing {
	constructor(trace) {
		this.t = trace;
		this.open = new Uint8Array(trace.folds.length);
		this.firsts = Float64Array.from(trace.folds, (fold) => fold.first);
		this.counts = new Int32Array(trace.folds.length); // of events that pass the filter
	}

	// The fold that event @i is in; -1: it is in none.
	fold_of(i) {
		const k = above(this.firsts, i) - 1;
		return k >= 0 && i < this.t.folds[k].first + this.t.folds[k].count ? k : -1;
	}

	get all_open() { return this.open.every((open) => open); }
	set_all(open) { this.open.fill(open ? 1 : 0); }

	// Open the fold that hides @i. Returns: whether one did.
	reveal(i) {
		const k = this.fold_of(i);
		if (k < 0 || this.open[k]) return false;
		this.open[k] = 1;
		return true;
	}

	// @events pass the filter. Their entries.
	entries(events) {
		const {t} = this, list = new Float64Array(events.length + t.folds.length + 2);
		let n = 0, section = -1, k = -1;
		this.counts.fill(0);
		for (const i of events) {
			const part = i < t.run_begin ? 0 : 1;
			while (k + 1 < t.folds.length && t.folds[k + 1].first <= i) k++;
			const inside = k >= 0 && i < t.folds[k].first + t.folds[k].count;
			if (part !== section) list[n++] = (inside ? t.folds[k].first : i) - SECTION;
			section = part;
			if (inside && !this.counts[k]++) list[n++] = t.folds[k].first - FOLD;
			if (!inside || this.open[k]) list[n++] = i;
		}
		return list.subarray(0, n);
	}

	// What an entry is: {event}, {fold} or {section}.
	what(entry) {
		const event = Math.ceil(entry), part = event - entry;
		if (part === FOLD) return {fold: this.fold_of(event)};
		if (part === SECTION) return {section: event < this.t.run_begin ? 'OS at boot' : 'OS at run'};
		return {event};
	}

	fold_words(k) {
		const {t} = this, n = this.counts[k];
		return `${t.strings[t.folds[k].name]}: ${n.toLocaleString('en')} step${n === 1 ? '' : 's'}`;
	}
}
