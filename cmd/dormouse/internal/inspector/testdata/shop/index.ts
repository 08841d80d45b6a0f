import { DurableObject } from "cloudflare:workers";

interface Env {
	ROOM: DurableObjectNamespace<Room>;
	COUNTER: DurableObjectNamespace<Counter>;
}

/** Counts, and calls nobody. */
export class Counter extends DurableObject<Env> {
	async add(name: string): Promise<number> {
		const n = ((await this.ctx.storage.get<number>(name)) ?? 0) + 1;
		await this.ctx.storage.put(name, n);
		return n;
	}

	boom(): never {
		throw new Error("the till is closed");
	}
}

/** Keeps messages in a table, and things in key-value storage. */
export class Room extends DurableObject<Env> {
	constructor(ctx: DurableObjectState, env: Env) {
		super(ctx, env);
		ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, author TEXT, text TEXT, at REAL, raw BLOB)");
	}

	async say(author: string, text: string): Promise<number> {
		console.log(`${author} says`, text);
		this.ctx.storage.sql.exec("INSERT INTO messages (author, text, at) VALUES (?, ?, ?)", author, text, 1.5);
		await this.ctx.storage.put("last", { author, text, tags: ["x", "y"] });
		await this.ctx.storage.put("when", new Date(0));
		await this.ctx.storage.setAlarm(Date.now() + 3_600_000);
		return this.env.COUNTER.getByName("messages").add(author);
	}

	async fail(): Promise<void> {
		await this.env.COUNTER.getByName("messages").boom();
	}

	override alarm(): void {
		this.ctx.storage.sql.exec("INSERT INTO messages (author, text) VALUES ('alarm', 'rang')");
	}

	override async fetch(): Promise<Response> {
		const pair = new WebSocketPair();
		this.ctx.acceptWebSocket(pair[1], ["blue"]);
		pair[1].serializeAttachment({ who: "ada" });
		return new Response(null, { status: 101, webSocket: pair[0] });
	}

	override webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): void {
		ws.send(`echo ${message}`);
	}
}

export default {
	async fetch(request: Request, env: Env): Promise<Response> {
		const url = new URL(request.url);
		const room = env.ROOM.getByName(url.searchParams.get("room") ?? "lobby");
		switch (url.pathname) {
			case "/fail":
				await room.fail();
				break;
			case "/socket":
				return room.fetch(request);
		}
		return new Response(`message ${await room.say("ada", url.searchParams.get("text") ?? "hello")}`);
	},

	scheduled(controller: ScheduledController): void {
		if (controller.cron === "bad") {
			throw new Error("no such time");
		}
	},
};
