// SPDX-License-Identifier: MIT
// The timeline as it is in view, as a file: PNG is the canvas; for SVG the same drawing (picture.js) is written down by an
// object that has as much of a canvas's interface as it uses.
'use strict';

function xml(text) {
	return String(text).replace(/[<>&"]/g, (c) => `&#${c.charCodeAt(0)};`).replace(/[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/g, ' ');
}

class SvgInk {
	constructor(measure, hatch) {
		Object.assign(this, {measure, hatch, parts: [], clips: 0, open: 0, saved: [], path: '', box: null});
		Object.assign(this, {fillStyle: '#000', strokeStyle: '#000', lineWidth: 1, font: '', textAlign: 'left', globalAlpha: 1, dash: []});
	}

	paint(style) { return style === this.hatch ? 'url(#hatch)' : xml(style); }
	get stroke_words() {
		return `fill="none" stroke="${this.paint(this.strokeStyle)}" stroke-width="${this.lineWidth}"` +
			(this.dash.length ? ` stroke-dasharray="${this.dash.join(' ')}"` : '');
	}

	put(element) { this.parts.push(element); }
	rectangle(x, y, w, h, words) { this.put(`<rect x="${x.toFixed(2)}" y="${y.toFixed(2)}" width="${Math.max(w, 0).toFixed(2)}" height="${Math.max(h, 0).toFixed(2)}" ${words}/>`); }
	fillRect(x, y, w, h) { this.rectangle(x, y, w, h, `fill="${this.paint(this.fillStyle)}" fill-opacity="${this.globalAlpha}"`); }
	strokeRect(x, y, w, h) { this.rectangle(x, y, w, h, this.stroke_words); }
	measureText(text) { this.measure.font = this.font; return this.measure.measureText(text); }
	fillText(text, x, y) {
		const [, weight, size] = /^(\d{3})? ?([\d.]+)px/.exec(this.font) ?? [];
		this.put(`<text x="${x.toFixed(2)}" y="${y.toFixed(2)}" dominant-baseline="central" font-size="${size ?? 12}"${weight ? ` font-weight="${weight}"` : ''}` +
			`${this.textAlign === 'right' ? ' text-anchor="end"' : ''} fill="${this.paint(this.fillStyle)}">${xml(text)}</text>`);
	}

	beginPath() { this.path = ''; this.box = null; }
	moveTo(x, y) { this.path += `M${x.toFixed(2)} ${y.toFixed(2)}`; }
	lineTo(x, y) { this.path += `L${x.toFixed(2)} ${y.toFixed(2)}`; }
	bezierCurveTo(...at) { this.path += `C${at.map((one) => one.toFixed(2)).join(' ')}`; }
	arc(x, y, r) { this.path += `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`; }
	rect(x, y, w, h) { this.box = [x, y, w, h]; }
	setLineDash(dash) { this.dash = dash; }
	stroke() { if (this.path) this.put(`<path d="${this.path}" ${this.stroke_words}/>`); }
	fill() { if (this.path) this.put(`<path d="${this.path}" fill="${this.paint(this.fillStyle)}"/>`); }
	save() { this.saved.push(this.open); }
	restore() { for (const before = this.saved.pop(); this.open > before; this.open--) this.put('</g>'); }
	clip() {
		const [x, y, w, h] = this.box;
		this.put(`<clipPath id="clip${++this.clips}"><rect x="${x}" y="${y}" width="${w}" height="${h}"/></clipPath><g clip-path="url(#clip${this.clips})">`);
		this.open++;
	}
}

// The drawing of @timeline as the text of an SVG file, with all lanes, also those that one must scroll to.
function svg_of(timeline) {
	const whole = Object.assign(Object.create(timeline), {height: timeline.total});
	const {width, height, c, picture, hatch} = whole, ink = new SvgInk(picture.getContext('2d'), hatch);
	const drawing = Object.assign(new Picture(whole), {ink, top: 0});
	drawing.draw();
	return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${xml(c.sans)}">` +
		`<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="${xml(c.idle)}"/>` +
		`<path d="M-1 7L7 -1" stroke="${xml(c['idle-line'])}"/></pattern>${ink.parts.join('\n')}</svg>\n`;
}

function save_file(name, blob) {
	const link = element('a', {href: URL.createObjectURL(blob), download: name});
	document.body.append(link);
	link.click();
	link.remove();
	setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function save_picture(timeline, kind) {
	timeline.draw_now();
	if (kind === 'svg') save_file('trace.svg', new Blob([svg_of(timeline)], {type: 'image/svg+xml'}));
	else timeline.picture.toBlob((blob) => save_file('trace.png', blob), 'image/png');
}
