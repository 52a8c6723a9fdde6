// SPDX-License-Identifier: MIT
// Equal steps open and close; n and p go to the next and the previous difference.
'use strict';
{
	const steps = document.getElementById('steps');
	const rows = [...steps.querySelectorAll('tr[data-differs]')];
	const said = document.getElementById('place');
	let at = -1;

	const go = (to) => {
		if (!rows.length) return;
		at = Math.min(Math.max(to, 0), rows.length - 1);
		rows[at].focus({preventScroll: true});
		rows[at].scrollIntoView({block: 'center'});
		said.textContent = `difference ${at + 1} of ${rows.length}`;
	};

	document.getElementById('next').addEventListener('click', () => go(at + 1));
	document.getElementById('previous').addEventListener('click', () => go(at - 1));
	addEventListener('keydown', (e) => {
		if (e.ctrlKey || e.altKey || e.metaKey) return;
		if (e.key === 'n') go(at + 1);
		if (e.key === 'p') go(at - 1);
	});
	document.addEventListener('click', (e) => {
		const button = e.target.closest('button[aria-expanded]');
		if (!button) return;
		const run = document.getElementById(button.getAttribute('aria-controls'));
		run.hidden = !run.hidden;
		button.setAttribute('aria-expanded', String(!run.hidden));
	});
}
