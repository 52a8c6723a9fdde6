// SPDX-License-Identifier: MIT
// Threads that are one lane, and one button of the filter, until it is opened: those of the kernel; those of processes that
// are not the program's; and many of one name, as thousands of short processes have it. A group's state is the busiest of
// its members': one that runs, else one that is ready, else one that is blocked.
'use strict';

const GROUPS_FROM = 24, GROUP_LEAST = 4; // threads in the trace, and in a group of one name
const PARTS = ['program', 'others', 'kernel']; // as their lanes are placed

// {name, said, members} of threads with the same name; [] if all have room.
function groups_by_name(threads) {
	const named = new Map();
	if (threads.length < GROUPS_FROM) return [];
	threads.forEach((thread, i) => {
		if (thread.idle || thread.part !== 'program') return;
		if (!named.has(thread.name)) named.set(thread.name, []);
		named.get(thread.name).push(i);
	});
	return [...named].filter(([, members]) => members.length >= GROUP_LEAST)
		.map(([name, members]) => ({name, said: `${members.length} threads called ${name}`, members}));
}

// The same of those that are not the program's; a thread alone is no group.
function groups_by_part(threads) {
	const of_part = (part) => threads.map((_, i) => i).filter((i) => threads[i].part === part && !threads[i].idle);
	const others = of_part('others'), kernel = of_part('kernel');
	const name = others.every((i) => threads[i].pid === 1) ? 'init' : 'other processes';
	return [{name, said: `${others.length} threads of ${name}`, members: others},
		{name: 'kernel threads', said: `${kernel.length} kernel threads`, members: kernel}].filter(({members}) => members.length > 1);
}

class GroupLanes {
	constructor(threads) {
		const groups = [...groups_by_name(threads), ...groups_by_part(threads)];
		this.lanes = groups.map(({name, said, members}, k) => {
			const lane = new Lane('group', k, `\u00d7${members.length}`, name);
			return Object.assign(lane, {members, said, open: false});
		});
		this.of = new Int32Array(threads.length).fill(-1);
		groups.forEach(({members}, k) => { for (const i of members) this.of[i] = k; });
		this.counts = groups.map(() => new Int32Array(STATE_NAMES.length));
		this.now = new Uint8Array(threads.length);
	}

	lane_of(thread) { return this.of[thread] >= 0 ? this.lanes[this.of[thread]] : null; }

	// Thread @thread is in @state from @at on.
	take(at, thread, state, event) {
		const k = this.of[thread];
		if (k < 0) return;
		const counts = this.counts[k];
		counts[this.now[thread]]--;
		counts[state]++;
		this.now[thread] = state;
		const busiest = counts[STATE.user] > 0 ? STATE.user : counts[STATE.kernel] > 0 ? STATE.kernel
			: counts[STATE.ready] > 0 ? STATE.ready : counts[STATE.blocked] > 0 ? STATE.blocked : STATE.none;
		const runs = busiest === STATE.user || busiest === STATE.kernel;
		this.lanes[k].push(at, busiest, event, runs && state === busiest ? thread : this.lanes[k].members[0]);
	}
}
