// Tables of an object, and the SQL console.

import { get, post } from "./api.js";
import { cell, errorText, h, ms, pager, table } from "./dom.js";

const limit = 50;

export async function tablesPart(body, at, signal) {
	const { tables } = await get("tables", at);
	if (tables.length === 0) {
		body.replaceChildren(h("p", { class: "empty" }, "This object has no tables. Its code makes them with ctx.storage.sql.exec(\"CREATE TABLE …\"); you can make one on the SQL tab. Values of ctx.storage.put are on the Key-value tab."));
		return;
	}
	const view = { at, table: tables[0], sorted: null, offset: 0 };
	const rows = h("div");
	const pick = h("select", {
		id: "table", onchange: (event) => { Object.assign(view, { table: tables.find((t) => t.name === event.target.value), sorted: null, offset: 0 }); load(view, rows, signal); },
	}, tables.map((t) => h("option", { value: t.name }, t.type === "view" ? `${t.name} (view)` : t.name)));
	body.replaceChildren(h("div", { class: "bar" }, h("label", {}, "Table", pick), h("button", { class: "end", onclick: () => load(view, rows, signal) }, "Reload")), rows);
	await load(view, rows, signal);
}

async function load(view, rows, signal) {
	const { at, sorted, offset } = view;
	try {
		const res = await get("table", { ...at, table: view.table.name, sort: sorted?.by, desc: sorted?.desc, limit, offset });
		if (signal.aborted) return;
		const again = (change) => { Object.assign(view, change); load(view, rows, signal); };
		rows.replaceChildren(
			res.total === 0 ? h("p", { class: "empty" }, "This table has no rows.") : result(view.table.name, res, sorted, (s) => again({ sorted: s, offset: 0 })),
			res.total === 0 ? "" : pager({ offset, limit, total: res.total, onpage: (n) => again({ offset: n }) }),
			h("details", {}, h("summary", {}, "Definition"), h("pre", {}, view.table.sql)));
	} catch (err) {
		if (!signal.aborted) rows.replaceChildren(errorText(err));
	}
}

function result(label, res, sorted, onsort) {
	return table({ label, columns: res.columns.map((c) => ({ title: c, sort: onsort && c, num: numeric(res, c) })), rows: res.rows.map((r) => r.map(cell)), sorted, onsort });
}

// numeric: the column's values that are there are numbers.
function numeric(res, column) {
	const i = res.columns.indexOf(column);
	const values = res.rows.map((r) => r[i]).filter((v) => v !== null);
	return values.length > 0 && values.every((v) => typeof v === "number");
}

const typed = new Map(); // statements by object, for when one comes back

export async function sqlPart(body, at, signal) {
	const out = h("div", { "aria-live": "polite" });
	const area = h("textarea", { id: "sql", spellcheck: "false", rows: "6", "aria-describedby": "sql-help", value: typed.get(at.id) ?? "SELECT name, sql FROM sqlite_master" });
	const run = async () => {
		typed.set(at.id, area.value);
		out.replaceChildren(h("p", { class: "dim" }, "running…"));
		try {
			const res = await post("query", { ...at, sql: area.value });
			if (signal.aborted) return;
			out.replaceChildren(
				h("p", { class: "dim" }, `${res.rows.length.toLocaleString("en")}${res.more ? " first" : ""} ${res.rows.length === 1 ? "row" : "rows"}, ${res.read} read, ${res.written} written, ${ms(res.ms)}`),
				res.columns.length > 0 && res.rows.length > 0 ? result("Result", res) : "");
		} catch (err) {
			out.replaceChildren(errorText(err));
		}
	};
	area.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); run(); } });
	body.replaceChildren(
		h("label", {}, "SQL", area),
		h("p", { class: "dim", id: "sql-help" }, "With the restrictions of the object's own code. What it writes is committed at once; an error leaves nothing behind. Instances that keep data in memory do not notice: evict them. Ctrl+Enter runs it."),
		h("div", { class: "bar" }, h("button", { class: "main", id: "run", onclick: run }, "Run")), out);
}
