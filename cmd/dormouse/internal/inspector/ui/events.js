// The timeline of events, and the sequence of one request.

import { clock, h, ms } from "./dom.js";
import { chain, inOrder, namespace, rootOf, store, throttle, titleOf } from "./store.js";
import { sequence } from "./sequence.js";

const kinds = ["fetch", "rpc", "alarm", "message", "scheduled", "timer", "task", "constructor", "control"];
const quiet = new Set(["task"]); // not shown unless asked for
const shown = 200;

export async function eventsView(main, signal) {
	main.replaceChildren(h("h1", {}, "Events"));
	const part = h("section", { "aria-label": "Events" });
	main.append(part);
	timeline(part, signal, () => true);
}

// objectEvents is the part of an object's page.
export async function objectEvents(body, at, signal) {
	timeline(body, signal, (e) => e.ns === at.ns && e.id === at.id);
}

function timeline(part, signal, fits) {
	const view = { kind: "", text: "", paused: false, open: new Set() };
	const list = h("div");
	const draw = () => { if (!signal.aborted && !(view.paused)) show(view, list, fits, draw); };
	part.replaceChildren(h("div", { class: "bar" },
		h("label", {}, "Kind", h("select", { id: "kind", onchange: (event) => { view.kind = event.target.value; draw(); } },
			h("option", { value: "" }, "all but tasks"), kinds.map((k) => h("option", { value: k }, k)))),
		h("label", {}, "Filter", h("input", { type: "search", id: "event-filter", placeholder: "object, label or console text", autocomplete: "off", oninput: (event) => { view.text = event.target.value.toLowerCase(); draw(); } })),
		h("label", { class: "row" }, h("input", { type: "checkbox", id: "pause", onchange: (event) => { view.paused = event.target.checked; draw(); } }), "Pause")), list);
	document.addEventListener("events", throttle(draw, 250), { signal });
	draw();
}

function matches(e, view) {
	if (e.kind === "constructor" && !e.ns && !e.error && !e.lines) return false; // of the Worker's entry
	if (view.kind ? e.kind !== view.kind : quiet.has(e.kind) && !e.error && !e.lines) return false;
	if (!view.text) return true;
	return [e.label, e.class, e.name, e.id, e.error, ...(e.lines ?? []).map((l) => l.text)].some((s) => s?.toLowerCase().includes(view.text));
}

function show(view, list, fits, draw) {
	if (list.contains(document.activeElement) && document.activeElement.matches("a")) return; // a person is on a link
	const found = inOrder().filter((e) => fits(e) && matches(e, view)).reverse().slice(0, shown);
	if (found.length === 0) {
		list.replaceChildren(h("p", { class: "empty" }, store.events.size === 0
			? "Nothing has happened yet. Send a request to your Worker: it appears here at once, with the calls that it makes."
			: "No event fits. The timeline keeps the last 2,000."));
		return;
	}
	const longest = wide(found.map((e) => (e.end ?? Date.now()) - e.accepted));
	const focus = document.activeElement?.dataset?.seq;
	const head = ["Time", "Kind", "Object", "Event", "Duration", "", ""];
	list.replaceChildren(h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Events, the last first" }, h("table", {},
		h("thead", {}, h("tr", {}, head.map((t, i) => h("th", { scope: "col", class: i === 4 ? "num" : i === 5 ? "optional" : undefined }, t)))),
		h("tbody", {}, found.map((e) => row(e, view, longest, draw))))));
	if (focus) list.querySelector(`[data-seq="${focus}"]`)?.focus({ preventScroll: true });
}

// wide gives the duration whose bar is full: few are longer, whose bars are cut.
const wide = (list) => Math.max(0.5, list.sort((a, b) => a - b)[Math.floor(list.length * 0.95)]);

export function objectLink(e) {
	if (!e.ns || !namespace(e.ns)) return h("span", {}, titleOf(e));
	return h("a", { href: `#/o/${encodeURIComponent(e.ns)}/${e.id}/events` }, titleOf(e));
}

function row(e, view, longest, draw) {
	const open = view.open.has(e.seq);
	const toggle = () => { if (open) view.open.delete(e.seq); else view.open.add(e.seq); draw(); };
	const label = h("button", { class: "plain mono", "aria-expanded": String(open), "data-seq": e.seq, onclick: toggle }, e.label);
	return h("tr", {},
		h("td", { class: "mono nowrap" }, clock(e.start)), h("td", {}, h("span", { class: "kind" }, e.kind)), h("td", {}, objectLink(e)),
		h("td", {}, label, e.error && h("div", { class: "error" }, e.error), open && details(e), !open && lines(e, 3)),
		h("td", { class: "num nowrap mono" }, e.end ? ms(e.end - e.start) : "runs"),
		h("td", { class: "optional" }, bar(e, longest)),
		h("td", { class: "nowrap" }, h("a", { href: `#/sequence/${e.seq}`, "aria-label": `Sequence of ${e.label}` }, "sequence")));
}

function bar(e, longest) {
	const end = e.end ?? Date.now();
	const width = (n) => `${Math.max(0, Math.min(100, 100 * n / longest))}%`;
	const gate = h("i", { class: "gate" }), run = h("i", { class: e.error ? "bad" : undefined });
	const wait = Math.min(e.gate ?? 0, end - e.accepted);
	gate.style.left = "0";
	gate.style.width = width(wait);
	run.style.left = width(wait);
	run.style.width = width(end - e.accepted - wait);
	return h("div", { class: "span", role: "img", "aria-label": `${ms(end - e.accepted)}${wait ? `, of it ${ms(wait)} at the input gate` : ""}` }, wait > 0 && gate, run);
}

function lines(e, most) {
	const all = e.lines ?? [];
	if (all.length === 0) return null;
	const more = all.length - most + (e.linesLost ?? 0);
	return h("ul", { class: "lines" }, all.slice(0, most).map((l) => h("li", { class: l.level }, l.text)), more > 0 && h("li", { class: "dim" }, `… ${more} more`));
}

export function details(e) {
	const waited = e.start - e.accepted;
	return h("div", {},
		h("p", { class: "dim" }, [
			`event ${e.seq}`, e.cause ? `caused by event ${e.cause}` : "from outside", waited > 0.05 && `waited ${ms(waited)} before it began`, e.gate && `${ms(e.gate)} at the input gate`,
		].filter(Boolean).join(", ")),
		(e.commits ?? []).length > 0 && h("ul", { class: "lines" }, e.commits.map((c) => h("li", {},
			`+${ms(c.at - e.start)} ${c.wrote ? "commit" : "turn"}${c.messages ? `, let out ${c.messages} ${c.messages === 1 ? "message" : "messages"}` : ""}, output gate ${ms(c.duration)}`)),
		e.omitted > 0 && h("li", {}, `… ${e.omitted} more`)),
		lines(e, 1000));
}

// sequenceView shows one event with all that led to it and followed from it.
export async function sequenceView(main, signal, seq) {
	const draw = () => {
		if (signal.aborted) return;
		const e = store.events.get(Number(seq));
		if (!e) {
			main.replaceChildren(h("h1", {}, "Sequence"), h("p", { class: "empty" }, "This event is not kept any more, or has not been seen. Go back to the events."));
			return;
		}
		const root = rootOf(e), list = chain(root);
		main.replaceChildren(
			h("p", { class: "crumbs" }, h("a", { href: "#/events" }, "Events"), " / sequence"),
			h("h1", {}, h("span", { class: "mono" }, root.label), " ", h("small", {}, `${clock(root.start)}, ${list.length} ${list.length === 1 ? "event" : "events"}`)),
			h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Diagram" }, sequence(list)),
			h("h2", {}, "Events"), asTable(list, Number(seq)));
	};
	document.addEventListener("events", throttle(draw, 500), { signal });
	draw();
}

// asTable says the same as the diagram, with console lines and commits.
function asTable(list, chosen) {
	const depth = new Map();
	for (const e of list) depth.set(e.seq, e.cause && depth.has(e.cause) ? depth.get(e.cause) + 1 : 0);
	return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Events of the sequence" }, h("table", {},
		h("thead", {}, h("tr", {}, ["Begins at", "Object", "Event", "Duration"].map((t, i) => h("th", { scope: "col", class: i === 0 || i === 3 ? "num" : undefined }, t)))),
		h("tbody", {}, list.map((e) => h("tr", { "aria-current": e.seq === chosen && "true" },
			h("td", { class: "num mono nowrap" }, "+" + ms(e.start - list[0].start)), h("td", {}, objectLink(e)),
			h("td", {}, h("span", { class: "depth", "aria-hidden": "true" }, depth.get(e.seq) ? "  ".repeat(depth.get(e.seq) - 1) + "└ " : ""), h("span", { class: "mono" }, e.label), e.error && h("div", { class: "error" }, e.error), details(e)),
			h("td", { class: "num mono nowrap" }, e.end ? ms(e.end - e.start) : "runs"))))));
}
