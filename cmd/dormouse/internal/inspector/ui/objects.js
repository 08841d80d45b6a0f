// The list of namespaces and of the objects of one.

import { get } from "./api.js";
import { ago, bytes, byId, errorText, h, pager, shortId, table, when } from "./dom.js";
import { namespace, store } from "./store.js";

const limit = 100;
const states = ["active", "idle", "hibernated", "stored"];

const columns = [
	{ title: "Name", sort: "name" }, { title: "Id", mono: true, sort: "" }, { title: "State", sort: "state" }, { title: "Size", num: true, nowrap: true, sort: "size" },
	{ title: "Sockets", num: true, sort: "sockets" }, { title: "Alarm", nowrap: true, sort: "alarm" }, { title: "Last event", nowrap: true, sort: "used", optional: true },
];

export const stateMark = (state) => h("span", { class: `state ${state}` }, state);

export async function objectsView(main, signal, key) {
	if (store.namespaces.length === 0) {
		main.replaceChildren(h("h1", {}, "Objects"), h("p", { class: "empty" },
			"This project has no Durable Object classes. Bind one in durable_objects.bindings of the configuration, create it in migrations, and save."));
		return;
	}
	const ns = namespace(key) ?? store.namespaces[0];
	const view = { ns, q: "", state: "", sorted: { by: "state", desc: false }, offset: 0, rest: 0 };
	const list = h("div", { id: "list", "aria-live": "off" });
	const side = h("nav", { class: "side", "aria-label": "Namespaces" }, store.namespaces.map((n) =>
		h("a", { href: `#/ns/${encodeURIComponent(n.key)}`, "aria-current": n.key === ns.key && "true" }, n.class,
			h("small", {}, [n.worker, n.language, n.sqlite ? "SQLite" : "key-value", n.bindings?.length ? "env." + n.bindings.join(", env.") : "no binding"].join(" · ")))));
	const show = () => load(view, list, signal);
	main.replaceChildren(h("div", { class: "columns" }, side,
		h("section", { "aria-labelledby": "ns-title" }, h("h1", { id: "ns-title" }, ns.class, " ", h("small", { id: "counts" })), filters(view, show), list)));
	document.addEventListener("refresh", () => { if (!busyIn(list) && performance.now() > view.rest) show(); }, { signal });
	await show();
}

// busyIn reports whether a person is in the middle of something that a new
// list would take away.
const busyIn = (el) => el.contains(document.activeElement) && document.activeElement.matches("button, select, input") || !getSelection().isCollapsed;

function filters(view, show) {
	const change = (fn) => (event) => { fn(event.target.value); view.offset = 0; show(); };
	return h("div", { class: "bar" },
		h("label", {}, "Filter by name or id", h("input", { type: "search", id: "filter", autocomplete: "off", oninput: change((v) => { view.q = v; }) })),
		h("label", {}, "State", h("select", { id: "state", onchange: change((v) => { view.state = v; }) },
			h("option", { value: "" }, "all"), states.map((s) => h("option", { value: s }, s)))),
		h("form", {
			class: "bar end", onsubmit: async (event) => {
				event.preventDefault();
				const name = new FormData(event.target).get("name");
				if (name) location.hash = `#/o/${encodeURIComponent(view.ns.key)}/${(await get("name", { ns: view.ns.key, name })).id}`;
			},
		}, h("label", {}, "Open by name", h("input", { name: "name", id: "open-name", autocomplete: "off" })), h("button", {}, "Open")));
}

async function load(view, list, signal) {
	const { ns, q, state, sorted, offset } = view;
	const asked = (view.asked = (view.asked ?? 0) + 1);
	const began = performance.now();
	let answer;
	try {
		answer = await get("objects", { ns: ns.key, q, state, sort: sorted.by, desc: sorted.desc, limit, offset });
	} catch (err) {
		if (!signal.aborted) list.replaceChildren(errorText(err));
		return;
	}
	if (signal.aborted || asked !== view.asked) return;
	view.rest = performance.now() + 20 * (performance.now() - began); // long lists are asked for less often
	byId("counts").textContent = answer.all.toLocaleString("en") + (answer.all === 1 ? " object" : " objects") +
		states.filter((s) => answer.counts[s]).map((s) => `, ${answer.counts[s].toLocaleString("en")} ${s}`).join("");
	const again = () => load(view, list, signal);
	if (answer.objects.length === 0) {
		list.replaceChildren(h("p", { class: "empty" }, answer.all === 0
			? `No object of ${ns.class} exists yet. It is made by its first call: send a request to your Worker, or open one by its name.`
			: "No object fits the filter. Names are known for objects that had an event since the start, and for those with an alarm; all others are found by their id, or opened by name."));
		return;
	}
	list.replaceChildren(
		table({ label: `Objects of ${ns.class}`, columns, rows: answer.objects.map((o) => row(ns, o)), sorted, onsort: (s) => { view.sorted = s; view.offset = 0; again(); } }),
		pager({ offset, limit, total: answer.total, onpage: (n) => { view.offset = n; again(); } }));
}

function row(ns, o) {
	const href = `#/o/${encodeURIComponent(ns.key)}/${o.id}`;
	return [
		o.name ? h("a", { href }, o.name) : h("span", { class: "null" }, "unknown"),
		h("a", { href, title: o.id }, shortId(o.id)),
		stateMark(o.state), bytes(o.size), o.sockets || "", o.alarm ? when(o.alarm) : "", ago(o.used),
	];
}
