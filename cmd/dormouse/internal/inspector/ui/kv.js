// Key-value storage of an object.

import { get, post } from "./api.js";
import { ask, bytes, errorText, h, say, table } from "./dom.js";

const columns = [{ title: "Key", mono: true }, { title: "Value", value: true, mono: true }, { title: "Size", num: true, nowrap: true, optional: true }, { title: "", nowrap: true }];

export async function kvPart(body, at, signal) {
	const view = { at, prefix: "", after: [""] };
	const list = h("div");
	const show = () => load(view, list, signal);
	body.replaceChildren(h("div", { class: "bar" },
		h("label", {}, "Keys that begin with", h("input", { type: "search", id: "prefix", autocomplete: "off", oninput: (event) => { Object.assign(view, { prefix: event.target.value, after: [""] }); show(); } })),
		h("button", { class: "end", id: "kv-add", onclick: () => edit(at, { key: "", json: "", text: "" }, show) }, "Add a key…"), h("button", { onclick: show }, "Reload")), list);
	await show();
}

async function load(view, list, signal) {
	const asked = (view.asked = (view.asked ?? 0) + 1);
	let res;
	try { res = await get("kv", { ...view.at, prefix: view.prefix, after: view.after.at(-1) }); } catch (err) { list.replaceChildren(errorText(err)); return; }
	if (signal.aborted || asked !== view.asked) return;
	const again = () => load(view, list, signal);
	if (res.entries.length === 0) {
		list.replaceChildren(h("p", { class: "empty" }, view.prefix ? "No key begins so." : "This object has no keys. Its code writes them with ctx.storage.put(key, value); you can add one here."));
		return;
	}
	list.replaceChildren(table({ label: "Keys", columns, rows: res.entries.map((e) => row(view.at, e, again)) }),
		h("div", { class: "bar" },
			h("button", { disabled: view.after.length === 1, onclick: () => { view.after.pop(); again(); } }, "Previous"),
			h("button", { disabled: !res.more, onclick: () => { view.after.push(res.entries.at(-1).key); again(); } }, "Next")));
}

function row(at, e, again) {
	return [e.key, e.text, bytes(e.size), h("span", { class: "bar" },
		h("button", { "aria-label": `Edit ${e.key}`, onclick: () => edit(at, e, again) }, "Edit…"),
		h("button", { class: "danger", "aria-label": `Delete ${e.key}`, onclick: () => remove(at, e, again) }, "Delete…"))];
}

async function edit(at, e, again) {
	const fresh = e.key === "";
	const note = !fresh && !e.json && h("p", { class: "error" }, `JSON cannot say all of this value: ${e.text.slice(0, 300)} — what you write replaces it by a value of JSON's types.`);
	const pretty = e.json ? JSON.stringify(JSON.parse(e.json), null, 2) : "";
	const form = await ask({
		title: fresh ? "Add a key" : `Edit ${e.key}`, action: "Save",
		body: [fresh && h("label", {}, "Key", h("input", { name: "key", required: true, class: "mono" })), note || "", h("label", {}, "Value, as JSON", h("textarea", { name: "json", required: true, rows: "10", spellcheck: "false", value: pretty }))].filter(Boolean),
	});
	if (!form) return;
	const key = fresh ? form.key : e.key;
	try { await post("kv/put", { ...at, key, json: form.json }); say(`${key} is written.`); } catch (err) {
		say("That failed: " + err.message);
		return;
	}
	again();
}

async function remove(at, e, again) {
	if (!await ask({ title: `Delete ${e.key}?`, action: "Delete", danger: true, body: [h("p", {}, "This cannot be undone.")] })) return;
	try { await post("kv/delete", { ...at, key: e.key }); say(`${e.key} is deleted.`); } catch (err) { say("That failed: " + err.message); }
	again();
}
