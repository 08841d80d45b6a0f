// The diagram of one request: a lane for each object, time goes down.

import { h, ms } from "./dom.js";
import { titleOf } from "./store.js";

const laneWidth = 210, top = 44, rowHeight = 26, barWidth = 12;

// Each call of a Worker's entry is an object of its own; they share a lane.
const laneOf = (e) => (e.ns ? `${e.ns}/${e.id}` : `worker/${e.class}`);

// sequence draws events, the earliest first. The distances in time are not to
// scale: each begin and each end is one row, in order.
export function sequence(list) {
	const lanes = new Map();
	for (const e of list) if (!lanes.has(laneOf(e))) lanes.set(laneOf(e), { x: 24 + lanes.size * laneWidth, name: titleOf(e) });
	const rows = rowsOf(list);
	const height = top + (rows.length + 1) * rowHeight, width = Math.max(320, 24 + lanes.size * laneWidth + 60);
	const begin = new Map(), end = new Map();
	rows.forEach((r, i) => (r.end ? end : begin).set(r.e.seq, top + (i + 0.5) * rowHeight));
	const bySeq = new Map(list.map((e) => [e.seq, e]));
	return h("svg", { class: "sequence", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Sequence diagram; the table below says the same" },
		[...lanes.values()].map((l) => h("g", {}, h("line", { class: "lane", x1: l.x, x2: l.x, y1: top - 12, y2: height }), h("text", { class: "head", x: l.x - 8, y: 18 }, clip(l.name, 26)))),
		list.map((e) => arrow(e, bySeq.get(e.cause), lanes, begin)),
		list.map((e) => span(e, lanes.get(laneOf(e)).x, begin.get(e.seq), end.get(e.seq) ?? height - 4, nesting(e, bySeq))));
}

function rowsOf(list) {
	const rows = list.map((e) => ({ e, t: e.start, order: e.seq, end: false }));
	for (const e of list) if (e.end) rows.push({ e, t: e.end, order: -e.seq, end: true });
	return rows.sort((a, b) => a.t - b.t || a.end - b.end || a.order - b.order);
}

// nesting counts the causes of an event in its own lane, so that its bar stands
// beside theirs.
function nesting(e, bySeq) {
	let n = 0;
	for (let c = bySeq.get(e.cause), steps = 0; c && steps < 50; c = bySeq.get(c.cause), steps++) if (laneOf(c) === laneOf(e)) n++;
	return n;
}

function arrow(e, cause, lanes, begin) {
	if (!cause || laneOf(cause) === laneOf(e)) return null;
	const from = lanes.get(laneOf(cause)).x, to = lanes.get(laneOf(e)).x, y = begin.get(e.seq);
	const dir = to > from ? 1 : -1;
	const tip = to - dir * (dir > 0 ? 1 : -barWidth);
	return h("g", {},
		h("line", { class: "call", x1: from + (dir > 0 ? barWidth : 0), x2: tip, y1: y, y2: y }),
		h("polygon", { class: "tip", points: `${tip},${y} ${tip - dir * 7},${y - 4} ${tip - dir * 7},${y + 4}` }));
}

function span(e, x, y1, y2, nested) {
	const left = x + nested * 6;
	const tall = Math.max(4, y2 - y1);
	return h("g", {},
		h("rect", { class: `event${e.error ? " bad" : ""}`, x: left, y: y1, width: barWidth, height: tall, rx: 2 }, h("title", {}, `${e.label}${e.error ? ": " + e.error : ""}`)),
		h("text", { x: left + barWidth + 5, y: y1 + 4 }, clip(e.label, 22)),
		h("text", { class: "dim", x: left + barWidth + 5, y: y1 + 17 }, e.end ? ms(e.end - e.start) : "runs"));
}

const clip = (text, n) => (text.length > n ? text.slice(0, n - 1) + "…" : text);
