// Asks a real wrangler what it says of configurations: reads a JSON list of
// {path, env} from standard input and writes a JSON list of messages, "" for a
// configuration that is accepted. The first argument is the folder in which
// wrangler is installed.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

process.env.WRANGLER_SEND_METRICS = "false";
process.env.WRANGLER_LOG = "none";
delete process.env.CLOUDFLARE_ENV;
const require = createRequire(pathToFileURL(process.argv[2] + "/"));
const { unstable_readConfig: readConfig } = require("wrangler");

let input = "";
for await (const chunk of process.stdin) input += chunk;
const answers = JSON.parse(input).map(({ path, env }) => {
	try {
		readConfig({ config: path, ...(env ? { env } : {}) });
		return "";
	} catch (e) {
		return String(e?.message || e || "refused");
	}
});
process.stdout.write(JSON.stringify(answers));
