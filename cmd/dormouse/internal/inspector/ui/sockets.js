// WebSockets of an object.

import { get, post } from "./api.js";
import { ask, bytes, h, say, table, when } from "./dom.js";

const columns = [
	{ title: "№", num: true }, { title: "State", nowrap: true }, { title: "Tags", mono: true }, { title: "Attachment", mono: true, value: true }, { title: "Other side", nowrap: true },
	{ title: "Queued", num: true, nowrap: true, optional: true }, { title: "Auto-response", nowrap: true, optional: true }, { title: "", nowrap: true },
];

export async function socketsPart(body, at, signal) {
	const show = async () => {
		const { sockets } = await get("sockets", at);
		if (signal.aborted) return;
		if (sockets.length === 0) {
			body.replaceChildren(h("p", { class: "empty" }, "No WebSocket is accepted. A request with Upgrade: websocket, answered by ctx.acceptWebSocket(server) or server.accept(), makes one."));
			return;
		}
		body.replaceChildren(table({ label: "WebSockets", columns, rows: sockets.map((s) => row(at, s, show)) }));
	};
	document.addEventListener("refresh", () => { if (!body.contains(document.activeElement)) show().catch(() => {}); }, { signal });
	await show();
}

function row(at, s, show) {
	return [s.number, `${s.state}${s.hibernatable ? "" : ", standard"}`, (s.tags ?? []).join(", "), s.attachment, s.peer, s.queued ? bytes(s.queued) : "", s.answered ? when(s.answered) : "",
		h("span", { class: "bar" },
			h("button", { "aria-label": `Send by socket ${s.number}`, onclick: () => send(at, s, show) }, "Send…"),
			h("button", { class: "danger", "aria-label": `Close socket ${s.number}`, onclick: () => close(at, s, show) }, "Close…"))];
}

async function send(at, s, show) {
	const form = await ask({
		title: `Send a message by socket ${s.number}`, action: "Send", body: [
			h("label", {}, "Text", h("textarea", { name: "text", rows: "5", spellcheck: "false" })),
			h("label", {}, "To", h("select", { name: "to" }, h("option", { value: "peer" }, "the other side, as if the object had sent it"), h("option", { value: "object" }, "the object, as if the other side had"))),
		],
	});
	if (form) await act({ ...at, number: s.number, do: "send", text: form.text, toObject: form.to === "object" }, "The message is sent.", show);
}

async function close(at, s, show) {
	const form = await ask({
		title: `Close socket ${s.number}?`, action: "Close", danger: true, body: [
			h("label", {}, "Code", h("input", { name: "code", type: "number", min: "1000", max: "4999", value: "1000", required: true })), h("label", {}, "Reason", h("input", { name: "reason", maxlength: "123" })),
		],
	});
	if (form) await act({ ...at, number: s.number, do: "close", code: Number(form.code), reason: form.reason }, "The close frame is sent.", show);
}

async function act(body, done, show) {
	try { await post("socket", body); say(done); } catch (err) { say("That failed: " + err.message); }
	await show();
}
