// SPDX-License-Identifier: MIT
// The step mode: one step at a time in large type, in the three columns, with what is saved where; and the quiz, which
// hides the next step and asks for it. An event is one screen, but a trap is two (the crossing, and what the OS does), and a
// return two (the way back, and the program's run), so that a timer's switch has seven.
'use strict';

const CHOICES = 4, LOOK_AROUND = 300, LOOK_BACK = 12;

// Steps of the textbook's figures: they fill the choices up where the trace has too few different ones.
const STOCK = [
	['interrupt_enter', 'timer interrupt; save user registers on the kernel stack; move to kernel mode; jump to the trap handler'],
	['sched_switch', 'switch: save kernel registers of this thread in its PCB; restore those of another; change to its kernel stack'],
	['syscall_exit', 'return-from-trap; restore user registers from the kernel stack; move to user mode; jump to the program'],
	['process_reap', 'remove the process from the process list'],
];

class Walk {
	constructor(trace, rows, actions) {
		Object.assign(this, {t: trace, rows, actions, part: 0, quiz: false, asked: 0, right: 0, answer: -1});
		this.saves = new Saves(trace, rows.layout.runs);
		this.place = by_id('walk');
		by_id('walk-next').addEventListener('click', () => this.go(1));
		by_id('walk-back').addEventListener('click', () => this.go(-1));
		by_id('walk-quiz').addEventListener('click', () => this.ask(!this.quiz));
		by_id('walk-close').addEventListener('click', () => this.place.close());
		this.place.addEventListener('keydown', (event) => this.key(event));
		this.place.addEventListener('close', () => this.closed());
	}

	open(event, quiz) {
		this.event = event;
		this.part = 0;
		this.quiz = quiz;
		this.asked = this.right = 0;
		this.place.showModal();
		this.show();
	}

	closed() {
		this.actions.select(this.event, 'keys');
		by_id('rows').focus();
	}

	// The columns of each screen of event @i; 'run' is the program's bar.
	parts(i) {
		const {t} = this, has = (name) => t[name][i] !== 0;
		if (this.rows.layout.ways[t.kind[i]][0] === 2) {
			return [['program', 'hardware'].filter(has), ['os'].filter(has)].filter((part) => part.length);
		}
		const parts = [COLUMN_NAMES.filter(has)];
		return run_time(t, i) ? [...parts, ['run']] : parts;
	}

	// The screen @way after (1) or before (-1) event @i's part @part: [event, part], or null.
	beside(i, part, way) {
		if (part + way >= 0 && part + way < this.parts(i).length) return [i, part + way];
		const {events} = this.rows;
		for (let row = above(events, way > 0 ? i : i - 0.9) - (way > 0 ? 0 : 1); row >= 0 && row < events.length; row += way) {
			const event = events[row];
			if (Number.isInteger(event) && event !== i) return [event, way > 0 ? 0 : this.parts(event).length - 1];
		}
		return null;
	}

	go(way) {
		const screen = this.beside(this.event, this.part, way);
		if (!screen) { by_id('walk-said').textContent = way > 0 ? 'This is the last step.' : 'This is the first step.'; return; }
		[this.event, this.part] = screen;
		this.show();
	}

	key(event) {
		if (event.ctrlKey || event.metaKey || event.altKey) return;
		const choice = this.quiz && this.answer < 0 ? Number(event.key) - 1 : NaN;
		if (['ArrowRight', 'ArrowDown', 'j'].includes(event.key)) this.go(1);
		else if (['ArrowLeft', 'ArrowUp', 'k'].includes(event.key)) this.go(-1);
		else if (event.key === 'q') this.ask(!this.quiz);
		else if (choice >= 0 && choice < this.choices.length) this.choose(choice);
		else return;
		event.preventDefault();
	}

	// ---- what is seen ----

	text(i, column) {
		const {t} = this;
		return column === 'run' ? `${who_words(t, i)} runs: ${span_words(run_time(t, i))}` : t.strings[t[column][i]];
	}

	show() {
		const {t, event: i} = this, part = this.parts(i)[this.part] ?? [];
		const before = this.beside(i, this.part, -1);
		by_id('walk-where').textContent = `${time_words(t.ns[i])} ms, CPU ${t.cpu[i]}, ${who_words(t, i)}`;
		for (const column of COLUMN_NAMES) {
			const now = this.lines_of(i, part, column), cell = by_id(`walk-${column}`), past = now.length ? [] : this.before(column);
			cell.className = now.length ? 'acts' : past.length ? 'before' : '';
			cell.replaceChildren(...now, ...past);
		}
		this.show_saves(i, before);
		this.show_question();
		by_id('walk-said').textContent = [...this.place.querySelectorAll('.acts')].map((cell) => cell.textContent).join(' ');
	}

	// What the screen's @part of event @i has in @column: a line for each step.
	lines_of(i, part, column) {
		return part.filter((one) => one === column || (one === 'run' && column === 'program'))
			.flatMap((one) => steps_of_text(this.text(i, one)).map((step) => element('p', {}, step)));
	}

	// What stood last in a column that does nothing now: where control came from.
	before(column) {
		for (let screen = this.beside(this.event, this.part, -1), n = 0; screen && n < LOOK_BACK; screen = this.beside(...screen, -1), n++) {
			const lines = this.lines_of(screen[0], this.parts(screen[0])[screen[1]] ?? [], column);
			if (lines.length) return [element('p', {class: 'when'}, 'before'), ...lines];
		}
		return [];
	}

	// The stacks and PCBs of the two threads: of the one that leaves, then of the one that comes.
	show_saves(i, before) {
		const {t} = this, threads = this.saves.pair(i);
		const old = before ? this.saves.after(before[0], threads) : threads.map(() => ({stack: '', pcb: ''}));
		const now = this.saves.after(i, threads);
		const box = (k, what) => {
			const text = now[k][what], changed = this.part === 0 && text !== old[k][what];
			const name = thread_at(t.threads[threads[k]], i);
			return element('section', {class: `box ${what}${text ? ' full' : ''}${changed ? ' changed' : ''}`},
				element('h3', {}, what === 'stack' ? `kernel stack of ${name}` : `PCB of ${name}`),
				element('p', {}, text || 'empty'),
				changed ? element('p', {class: 'change'}, text ? 'saved now' : 'restored now') : null);
		};
		const boxes = [box(0, 'stack'), box(0, 'pcb')];
		if (threads.length > 1) boxes.push(box(1, 'pcb'), box(1, 'stack'));
		by_id('walk-saves').replaceChildren(...boxes);
	}

	// ---- the quiz ----

	ask(on) {
		this.quiz = on;
		this.asked = this.right = 0;
		this.show();
	}

	screen_words([i, part]) { return this.parts(i)[part].map((column) => this.text(i, column)).join('; '); }

	// Screens that are not next: later ones, then earlier ones, then the figures'.
	*others(next) {
		const kind = (i) => this.t.kinds[this.t.kind[i]].name, kinds = new Set([kind(next[0])]);
		for (const [from, way] of [[next, 1], [[this.event, this.part], -1]]) {
			for (let screen = this.beside(...from, way), n = 0; screen && n < LOOK_AROUND; screen = this.beside(...screen, way), n++) {
				kinds.add(kind(screen[0]));
				yield this.screen_words(screen);
			}
		}
		for (const [of, words] of STOCK) if (!kinds.has(of)) yield words;
	}

	// The next step among three that differ from it, and from each other, in more than numbers; in an order that says
	// nothing, and is the same each time.
	make_choices() {
		const next = this.beside(this.event, this.part, 1), shape = (words) => words.replace(/0x[0-9a-f]+|[\d.]+/g, '');
		this.choices = [];
		if (!next) return;
		const words = this.screen_words(next), shapes = new Set([shape(words)]);
		for (const other of this.others(next)) {
			if (this.choices.length === CHOICES - 1) break;
			if (shapes.has(shape(other))) continue;
			shapes.add(shape(other));
			this.choices.push(other);
		}
		this.correct = (Math.imul(2 * next[0] + next[1] + 1, 0x9e3779b1) >>> 28) % CHOICES;
		this.choices.splice(this.correct, 0, words);
	}

	show_question() {
		const place = by_id('walk-question');
		this.answer = -1;
		by_id('walk-quiz').setAttribute('aria-pressed', this.quiz);
		place.hidden = !this.quiz;
		by_id('walk-next').hidden = this.quiz;
		if (!this.quiz) return;
		this.make_choices();
		place.replaceChildren(element('h3', {}, this.choices.length ? 'What is the next step?' : 'This is the last step.'),
			...this.choices.map((words, k) => element('button', {type: 'button', class: 'choice', onclick: () => this.choose(k)}, `${k + 1}. ${words}`)),
			element('p', {id: 'walk-score'}, this.asked ? this.score() : ''));
		place.querySelector('.choice')?.focus(); // the button that had the focus may be hidden now
	}

	score() { return `${this.right} of ${this.asked} right`; }

	choose(k) {
		if (this.answer >= 0) return;
		this.answer = k;
		this.asked++;
		if (k === this.correct) this.right++;
		const buttons = by_id('walk-question').querySelectorAll('.choice');
		buttons[k].classList.add(k === this.correct ? 'right' : 'wrong');
		buttons[this.correct].classList.add('right');
		by_id('walk-score').textContent = `${k === this.correct ? 'Yes.' : `No: it is ${this.correct + 1}.`} ${this.score()}`;
		by_id('walk-said').textContent = by_id('walk-score').textContent;
		by_id('walk-next').hidden = false;
		by_id('walk-next').focus();
	}
}
