import { DurableObject } from "cloudflare:workers";
import schema from "./schema.sql";

export class Counter extends DurableObject<Env> {
	constructor(ctx: DurableObjectState, env: Env) {
		super(ctx, env);
		ctx.storage.sql.exec(schema);
	}
}

export default {
	async fetch(request: Request, env: Env): Promise<Response> {
		return env.COUNTER.getByName("one").fetch(request);
	},
} satisfies ExportedHandler<Env>;
