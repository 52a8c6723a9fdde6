// SPDX-License-Identifier: MIT
// What is saved where, as figure 6.3 tells it: a trap from user mode saves the user registers on the thread's kernel stack,
// the return takes them back; a switch saves the kernel registers in the PCB of the thread that leaves, and takes those of
// the next from its own. Followed event by event, because the figures' point is which save is which.
'use strict';

const USER_SAVE = 'user registers', KERNEL_SAVE = 'kernel registers';

class Saves {
	constructor(trace, runs) {
		Object.assign(this, {t: trace, returns: runs});
		this.of_tid = new Map(trace.threads.map((thread, i) => [thread.tid, i]));
		this.begin();
	}

	begin() {
		this.stack = new Map(); // thread -> what is on its kernel stack
		this.pcb = new Map(); // thread -> what is in its PCB
		this.next = 0;
	}

	arg(i, place) { return this.t.args[this.t.first[i] + place]; }

	take(i) {
		const {t, stack, pcb} = this, thread = t.thread[i];
		switch (t.kinds[t.kind[i]].name) {
		case 'syscall_enter': stack.set(thread, USER_SAVE); break;
		case 'trap_enter': if (this.arg(i, 3)) stack.set(thread, USER_SAVE); break;
		case 'interrupt_enter': if (this.arg(i, 2)) stack.set(thread, USER_SAVE); break;
		case 'kernel_stack_fill': {
			const made = this.of_tid.get(this.arg(i, 0)) ?? thread;
			stack.set(made, USER_SAVE);
			if (made !== thread) pcb.set(made, KERNEL_SAVE);
			break;
		}
		case 'sched_switch': {
			const [from, to] = [this.of_tid.get(this.arg(i, 0)), this.of_tid.get(this.arg(i, 1))];
			pcb.set(from, KERNEL_SAVE);
			pcb.delete(to);
			break;
		}
		}
		if (this.returns[i]) stack.delete(thread);
	}

	// After event @i: {stack, pcb} of each of @threads.
	after(i, threads) {
		if (i + 1 < this.next) this.begin();
		for (; this.next <= i; this.next++) this.take(this.next);
		return threads.map((thread) => ({stack: this.stack.get(thread) ?? '', pcb: this.pcb.get(thread) ?? ''}));
	}

	// The two threads of the switch that event @i belongs to: one that comes before its thread is back in user mode, or
	// else the last one; without any, the event's thread alone.
	pair(i) {
		const {t} = this, list = t.cpu_lanes[t.cpu[i]].events, at = above(list, i) - 1;
		const is_switch = (event) => t.kinds[t.kind[event]].name === 'sched_switch';
		for (let k = at; k < list.length && k < at + 200; k++) {
			if (is_switch(list[k])) return this.threads_of(list[k]);
			if (this.returns[list[k]]) break;
		}
		for (let k = at; k >= 0 && k > at - 2000; k--) {
			if (is_switch(list[k]) && this.threads_of(list[k]).includes(t.thread[i])) return this.threads_of(list[k]);
		}
		return [t.thread[i]];
	}

	threads_of(i) {
		return [this.arg(i, 0), this.arg(i, 1)].map((tid) => this.of_tid.get(tid)).filter((thread) => thread !== undefined);
	}
}
