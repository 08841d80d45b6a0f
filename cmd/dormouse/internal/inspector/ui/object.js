// The page of one object.

import { get, post } from "./api.js";
import { ago, ask, bytes, errorText, h, say, when } from "./dom.js";
import { namespace, title } from "./store.js";
import { stateMark } from "./objects.js";
import { tablesPart, sqlPart } from "./tables.js";
import { kvPart } from "./kv.js";
import { socketsPart } from "./sockets.js";
import { objectEvents } from "./events.js";

const parts = { tables: ["Tables", tablesPart], sql: ["SQL", sqlPart], kv: ["Key-value", kvPart], sockets: ["Sockets", socketsPart], events: ["Events", objectEvents] };

export async function objectView(main, signal, key, id, part) {
	const ns = namespace(key);
	if (!ns) throw new Error("there is no such namespace: it was renamed or deleted");
	const at = { ns: key, id };
	if (!ns.sqlite && (part === undefined || part === "tables" || part === "sql")) part = "kv";
	part = part in parts ? part : "tables";
	const head = h("div");
	const body = h("section", { "aria-label": parts[part][0] });
	const base = `#/o/${encodeURIComponent(key)}/${id}/`;
	main.replaceChildren(
		h("p", { class: "crumbs" }, h("a", { href: `#/ns/${encodeURIComponent(key)}` }, ns.class), " / ", h("span", { class: "mono" }, id.slice(0, 16) + "…")),
		head,
		h("nav", { class: "tabs", "aria-label": "Object" }, Object.entries(parts).filter(([name]) => ns.sqlite || name !== "tables" && name !== "sql")
			.map(([name, [text]]) => h("a", { href: base + name, "aria-current": name === part && "page" }, text))),
		body);
	const refresh = async () => {
		const o = await get("object", at);
		if (!signal.aborted && !head.contains(document.activeElement)) head.replaceChildren(...facts(ns, o, at, refresh));
		return o;
	};
	await refresh();
	document.addEventListener("refresh", () => refresh().catch(() => {}), { signal });
	try { await parts[part][1](body, at, signal); } catch (err) { body.replaceChildren(errorText(err)); }
}

function facts(ns, o, at, refresh) {
	const act = async (path, body, done) => {
		try { await post(path, { ...at, ...body }); say(done); } catch (err) { say("That failed: " + err.message); }
		document.activeElement?.blur();
		await refresh();
	};
	const sure = async (question, path, body, done) => { if (await ask({ ...question, danger: true })) await act(path, body, done); };
	const name = title(o);
	return [
		h("h1", {}, `${ns.class} `, h("span", { class: "mono" }, name), " ", !o.exists && h("small", {}, "nothing is stored, and nothing runs")),
		h("dl", { class: "facts" },
			fact("State", o.exists ? stateMark(o.state) : "none"), fact("Size", bytes(o.size)), fact("Sockets", String(o.sockets)),
			fact("Events running", String(o.events)), fact("Last event", ago(o.used) || "not in memory"), fact("Alarm", o.alarm ? when(o.alarm) : "none")),
		h("p", { class: "mono dim", id: "full-id" }, o.id),
		h("div", { class: "bar" },
			h("button", { id: "alarm-run", disabled: !o.alarm, onclick: () => act("alarm", { do: "run" }, "The alarm has run.") }, "Run alarm now"),
			h("button", { id: "alarm-cancel", disabled: !o.alarm, onclick: () => act("alarm", { do: "cancel" }, "The alarm is cancelled.") }, "Cancel alarm"),
			h("button", { id: "alarm-set", onclick: () => setAlarm(act) }, "Set alarm…"),
			h("button", { id: "evict", disabled: !(o.state === "idle" || o.state === "active") || !o.exists, onclick: () => act("act", { do: "evict" }, "The instance is dropped; storage and sockets that may hibernate stay.") }, "Evict"),
			h("button", {
				id: "abort", class: "danger", disabled: !o.exists, onclick: () => sure({ title: `Abort ${name}?`, action: "Abort", body: [h("p", {}, "Calls in flight fail and all its sockets close, as with ctx.abort(). Storage stays.")] },
					"act", { do: "abort" }, "The object was reset."),
			}, "Abort…"),
			h("button", {
				id: "delete", class: "danger", disabled: !o.exists, onclick: () => sure({ title: `Delete all of ${name}?`, action: "Delete everything", body: [h("p", {}, "The object is reset, and everything that it has stored is deleted: tables, keys and alarm. This cannot be undone.")] },
					"act", { do: "delete" }, "The object was deleted."),
			}, "Delete…")),
	];
}

const fact = (term, value) => h("div", {}, h("dt", {}, term), h("dd", {}, value));

async function setAlarm(act) {
	const now = new Date(Date.now() + 60000);
	const local = new Date(now.getTime() - now.getTimezoneOffset() * 60000).toISOString().slice(0, 19);
	const form = await ask({ title: "Set the alarm", action: "Set", body: [h("label", {}, "Time", h("input", { type: "datetime-local", name: "at", step: "1", required: true, value: local }))] });
	if (form) await act("alarm", { do: "set", at: new Date(form.at).getTime() }, "The alarm is set.");
}
