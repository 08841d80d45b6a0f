// Elements, and what is said to the person. Text from objects only ever
// becomes text nodes.

const svgNames = new Set(["svg", "g", "rect", "line", "path", "text", "title", "polygon"]);

// h makes an element: properties that begin with "on" are listeners, those that
// are undefined or false are left out.
export function h(name, props = {}, ...children) {
	const el = svgNames.has(name) ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
	for (const [key, value] of Object.entries(props ?? {})) {
		if (value === undefined || value === false || value === null) continue;
		if (key.startsWith("on")) el.addEventListener(key.slice(2), value);
		else if (key === "value") el.value = value;
		else el.setAttribute(key, value === true ? "" : value);
	}
	el.append(...children.flat(Infinity).filter((c) => c !== undefined && c !== null && c !== false));
	return el;
}

export const byId = (id) => document.getElementById(id);

let hiding;

// say tells of something that was done.
export function say(text) {
	const el = byId("said");
	el.textContent = text;
	el.hidden = false;
	clearTimeout(hiding);
	hiding = setTimeout(() => { el.hidden = true; }, 4000);
}

export function errorText(err) {
	return h("pre", { class: "error", role: "alert" }, err.message ?? String(err));
}

// ask shows a question and resolves to its form's data, or to null. The body is
// a list of nodes with named fields.
export function ask({ title, body = [], action, danger }) {
	const dialog = byId("ask");
	return new Promise((resolve) => {
		const form = h("form", { method: "dialog" },
			h("h2", { id: "ask-title" }, title), body,
			h("div", { class: "bar" },
				h("button", { value: "no", formnovalidate: true }, "Cancel"),
				h("button", { value: "yes", class: danger ? "danger" : "main" }, action)));
		dialog.replaceChildren(form);
		dialog.returnValue = "";
		dialog.onclose = () => resolve(dialog.returnValue === "yes" ? Object.fromEntries(new FormData(form)) : null);
		dialog.showModal();
		form.querySelector("input, textarea")?.focus();
	});
}

const units = ["B", "KiB", "MiB", "GiB"];

export function bytes(n) {
	let i = 0;
	while (n >= 1024 && i < units.length - 1) { n /= 1024; i++; }
	return `${i === 0 ? n : n.toFixed(n < 10 ? 1 : 0)} ${units[i]}`;
}

export function ms(n) {
	if (n >= 10000) return `${(n / 1000).toFixed(1)} s`;
	return n >= 100 ? `${n.toFixed(0)} ms` : `${n.toFixed(n < 1 ? 2 : 1)} ms`;
}

const two = (n) => String(n).padStart(2, "0");

// clock gives the time of day with milliseconds, as logs have it.
export function clock(t) {
	const d = new Date(t);
	return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}.${String(d.getMilliseconds()).padStart(3, "0")}`;
}

export function when(t) {
	if (!t) return "";
	const d = new Date(t), today = new Date();
	const day = `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
	const time = `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
	return d.toDateString() === today.toDateString() ? time : `${day} ${time}`;
}

export function ago(t) {
	if (!t) return "";
	const s = Math.max(0, (Date.now() - t) / 1000);
	if (s < 1) return "now";
	if (s < 90) return `${s.toFixed(0)} s ago`;
	return s < 5400 ? `${(s / 60).toFixed(0)} min ago` : when(t);
}

export const shortId = (id) => id.slice(0, 8) + "…";

// table makes a table. A column is {title, num, optional, sort}; sort is a key
// for the server. cells are nodes or {node, class}.
export function table({ label, columns, rows, sorted, onsort }) {
	const head = columns.map((c) => {
		const dir = sorted && c.sort !== undefined && sorted.by === c.sort ? (sorted.desc ? "descending" : "ascending") : undefined;
		const title = c.sort !== undefined && onsort
			? h("button", { type: "button", onclick: () => onsort({ by: c.sort, desc: dir === "ascending" }) }, c.title) : c.title;
		return h("th", { scope: "col", class: names({ ...c, mono: false, value: false }), "aria-sort": dir }, title);
	});
	const body = rows.map((cells) => h("tr", {}, cells.map((cell, i) => {
		const given = cell && typeof cell === "object" && "node" in cell ? cell : { node: cell };
		return h("td", { class: [names(columns[i]), given.class].filter(Boolean).join(" ") || undefined }, given.node ?? "");
	})));
	return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label },
		h("table", {}, h("caption", { class: "skip" }, label), h("thead", {}, h("tr", {}, head)), h("tbody", {}, body)));
}

const names = (c) => [c.num && "num", c.mono && "mono", c.value && "value", c.optional && "optional", c.nowrap && "nowrap"].filter(Boolean).join(" ") || undefined;

// pager has buttons for the pages of a list.
export function pager({ offset, limit, total, onpage }) {
	if (total <= limit && offset === 0) return h("p", { class: "dim" }, total === 1 ? "1 row" : `${total.toLocaleString("en")} rows`);
	const last = Math.min(offset + limit, total);
	return h("div", { class: "bar", role: "group", "aria-label": "Pages" },
		h("button", { type: "button", disabled: offset === 0, onclick: () => onpage(Math.max(0, offset - limit)) }, "Previous"),
		h("span", { class: "dim" }, `${(offset + 1).toLocaleString("en")}–${last.toLocaleString("en")} of ${total.toLocaleString("en")}`),
		h("button", { type: "button", disabled: last >= total, onclick: () => onpage(offset + limit) }, "Next"));
}

// cell shows a value of SQL.
export function cell(v) {
	if (v === null) return { node: h("span", { class: "null" }, "null"), class: "mono" };
	if (typeof v === "number") return { node: String(v), class: "mono num" };
	if (typeof v === "string") return { node: v, class: "mono value" };
	if (v.number) return { node: v.number, class: "mono num" };
	if (v.text !== undefined) return { node: `${v.text}… (${bytes(v.size)})`, class: "mono value" };
	const hex = v.blob.replace(/../g, "$& ").trim();
	return { node: [h("span", { class: "dim" }, `blob ${bytes(v.size)} `), hex + (v.blob.length < v.size * 2 ? " …" : "")], class: "mono value" };
}
