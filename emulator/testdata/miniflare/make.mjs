// Writes v3 beside itself: the state of a class that uses much of what SQLite and
// V8 can store. Made with miniflare 4.20260730.0; without its -shm files.
import {Miniflare} from 'miniflare';
import fs from 'node:fs';
const dir='./v3/do';
fs.rmSync('./v3',{recursive:true,force:true});
const mf=new Miniflare({cf:false,name:'chat',modules:true,compatibilityDate:'2026-07-01',durableObjectsPersist:dir,
durableObjects:{ROOM:{className:'Room',useSQLite:true}, OLD:{className:'Old'}},
script:`
import {DurableObject} from 'cloudflare:workers';
export class Room extends DurableObject {
  async fill() {
    const sql = this.ctx.storage.sql;
    sql.exec("CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, author TEXT NOT NULL, body TEXT, score REAL, raw BLOB, len INTEGER GENERATED ALWAYS AS (length(body)))");
    sql.exec("CREATE TABLE tags (name TEXT PRIMARY KEY, n) WITHOUT ROWID");
    sql.exec("CREATE TABLE plain (v)");
    sql.exec("CREATE VIRTUAL TABLE search USING fts5(body)");
    sql.exec("CREATE INDEX by_author ON messages(author)");
    sql.exec("CREATE VIEW latest AS SELECT * FROM messages ORDER BY id DESC");
    sql.exec("CREATE TRIGGER noted AFTER INSERT ON messages BEGIN INSERT INTO plain VALUES (new.id); INSERT INTO search(body) VALUES (new.body); END");
    for (let i=0;i<20;i++) sql.exec("INSERT INTO messages(author,body,score,raw) VALUES (?,?,?,?)", "ada", "hello "+i+" 日本語", i/3, new Uint8Array([i,255]).buffer);
    sql.exec("INSERT INTO plain VALUES (9007199254740993), (9e999), (NULL), (''), (x''), (-0.0), (char(0)||'a')");
    sql.exec("DELETE FROM plain WHERE rowid < 5; DELETE FROM messages WHERE id = 20");
    sql.exec("INSERT INTO tags VALUES ('a', 1), ('b', 2.5)");
    sql.exec("ANALYZE");
    await this.ctx.storage.put({plain: {a:[1,2.5,'x',null,true]}, date: new Date(5), map: new Map([[1,new Set(['s'])]]), big: 12n, bytes: new Uint8Array([1,2]), undef: undefined, err: new TypeError('no'), re: /x/g, nan: NaN, 'k\\u2028<&>': -0});
    await this.ctx.storage.setAlarm(Date.UTC(2040,0,1,0,0,0,7));
  }
  alarm() {}
  small() { this.ctx.storage.kv.put('n', 1); }
}
export class Old extends DurableObject { async fill() { await this.ctx.storage.put('k', 'v'); } }
export default {async fetch(r, env){
 await env.ROOM.getByName('lobby').fill();
 await env.ROOM.getByName('small').small();
 await env.OLD.getByName('x').fill();
 return new Response('ok')}}`});
console.log(await (await mf.dispatchFetch('http://x/')).text()); await mf.dispose();
