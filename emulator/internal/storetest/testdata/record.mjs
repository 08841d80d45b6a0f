// Records what the real runtime answers to the scenarios in sql.txt, for the tests of the store package.
//
// How to run it, in a folder with miniflare 4.20260730.0 and Node 22 installed:
//
//   npm install miniflare@4.20260730.0
//   node record.mjs <this folder>/sql.txt > <this folder>/sql.json
//
// sql.txt: "## name" begins a scenario on a fresh object, "---" ends a turn, "//" begins a comment. Any other line is one call of
// exec: the SQL as it stands, or as a JSON string if it begins with a double quote, then optionally "<-" and a JSON
// array of bindings. In bindings and rows {"hex": "…"} stands for bytes and {"number": "…"} for a number that JSON
// lacks. A row that is cut after n rows is written "|n" after the bindings: the cursor is left unread from there.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import fs from "node:fs";
import path from "node:path";
const require = createRequire(path.join(process.cwd(), "x.js"));
const { Miniflare } = await import(pathToFileURL(require.resolve("miniflare")).href);

const worker = `
import { DurableObject } from "cloudflare:workers";
const hex = (b) => Array.from(new Uint8Array(b), (x) => x.toString(16).padStart(2, "0")).join("");
const encode = (v) => {
  if (v instanceof ArrayBuffer) return { hex: hex(v) };
  if (typeof v === "number" && (!Number.isFinite(v) || Object.is(v, -0))) return { number: Object.is(v, -0) ? "-0" : String(v) };
  return v;
};
const decode = (v) => {
  if (v && v.hex !== undefined) return Uint8Array.from(v.hex.match(/../g) ?? [], (x) => parseInt(x, 16));
  if (v && v.number !== undefined) return Number(v.number);
  return v;
};
export class Obj extends DurableObject {
  turn(steps) {
    return steps.map(({ sql, args, cut }) => {
      const out = {};
      try {
        const cursor = this.ctx.storage.sql.exec(sql, ...(args ?? []).map(decode));
        out.columns = cursor.columnNames;
        const raw = cursor.raw();
        out.rows = [];
        for (;;) {
          if (cut !== undefined && out.rows.length >= cut) break;
          const { done, value } = raw.next();
          if (done) break;
          out.rows.push(value.map(encode));
        }
        out.read = cursor.rowsRead;
        out.written = cursor.rowsWritten;
      } catch (e) {
        out.error = e.name + ": " + e.message;
      }
      return out;
    });
  }
}
export default { async fetch(request, env) {
  const { name, steps } = await request.json();
  try {
    return Response.json({ steps: await env.OBJ.get(env.OBJ.idFromName(name)).turn(steps) });
  } catch (e) {
    return Response.json({ failed: e.name + ": " + e.message });
  }
} }`;

const scenarios = [];
for (const line of fs.readFileSync(process.argv[2], "utf8").split("\n")) {
  if (line.trim() === "" || line.startsWith("//")) continue;
  if (line.startsWith("## ")) { scenarios.push({ name: line.slice(3).trim(), turns: [[]] }); continue; }
  const turns = scenarios.at(-1).turns;
  if (line.trim() === "---") { turns.push([]); continue; }
  const step = {};
  const match = line.match(/^(.*?)(?:\s*<-\s*(\[.*\]))?(?:\s*\|(\d+))?$/s);
  step.sql = match[1].startsWith('"') ? JSON.parse(match[1]) : match[1];
  if (match[2]) step.args = JSON.parse(match[2]);
  if (match[3]) step.cut = Number(match[3]);
  turns.at(-1).push(step);
}

const miniflare = new Miniflare({
  modules: true, script: worker, compatibilityDate: "2026-07-01",
  durableObjects: { OBJ: { className: "Obj", useSQLite: true } },
});
const recorded = [];
for (const { name, turns } of scenarios) {
  const scenario = { name, turns: [] };
  for (const steps of turns) {
    const answer = await (await miniflare.dispatchFetch("http://x/", { method: "POST", body: JSON.stringify({ name, steps }) })).json();
    scenario.turns.push({
      failed: answer.failed?.replace(/reference = \w+/, "reference = *"),
      steps: steps.map((step, i) => ({ ...step, ...(answer.steps ? answer.steps[i] : {}) })),
    });
  }
  recorded.push(scenario);
}
await miniflare.dispose();
console.log("[\n" + recorded.map((s) => JSON.stringify(s)).join(",\n") + "\n]");
