// SPDX-License-Identifier: MIT
"use strict";
/* A line across all policies at the moment under the pointer. */
(function () {
	const NS = "http://www.w3.org/2000/svg";

	function element(svg, name, className) {
		const e = document.createElementNS(NS, name);

		e.setAttribute("class", className);
		e.setAttribute("visibility", "hidden");
		svg.appendChild(e);
		return e;
	}

	function follow(svg) {
		const left = Number(svg.dataset.left), width = Number(svg.dataset.width);
		const top = Number(svg.dataset.top), bottom = Number(svg.dataset.bottom);
		const end = Number(svg.dataset.end);
		const line = element(svg, "line", "moment"), text = element(svg, "text", "moment-time");

		function show(event) {
			const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
			const inside = at.x >= left && at.x <= left + width && at.y >= top && at.y <= bottom;

			for (const e of [line, text])
				e.setAttribute("visibility", inside ? "visible" : "hidden");
			line.setAttribute("x1", at.x);
			line.setAttribute("x2", at.x);
			line.setAttribute("y1", top);
			line.setAttribute("y2", bottom);
			text.setAttribute("x", at.x + 4);
			text.setAttribute("y", at.y - 6);
			text.textContent = (end * (at.x - left) / width).toFixed(2) + " ms";
		}

		svg.addEventListener("pointermove", show);
		svg.addEventListener("pointerleave", () => {
			line.setAttribute("visibility", "hidden");
			text.setAttribute("visibility", "hidden");
		});
	}

	for (const svg of document.querySelectorAll(".picture svg"))
		follow(svg);
})();
