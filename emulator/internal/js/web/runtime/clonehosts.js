// What structured clone keeps of objects of the platform, and how it makes them
// again.
(function (native, use) {
  'use strict';
  const refused = (what) => { throw new (use('events').internal.DOMException)(`${what} can only be serialized for RPC.`, 'DataCloneError'); };

  // take gives the parts of an object that package web writes.
  const take = {
    Headers(h) {
      return [...h].flat();
    },
    Blob(b) {
      return [b.type, use('blob').of(b).bytes];
    },
    Request(r) {
      if (r.body !== null) refused('ReadableStream');
      const or = (v, otherwise) => (v === otherwise ? undefined : v);
      return [r.url, {
        method: or(r.method, 'GET'), headers: r.headers, body: null, redirect: or(r.redirect, 'follow'), fetcher: undefined, cf: r.cf,
        cache: r.cache, integrity: or(r.integrity, ''), signal: undefined, encodeResponseBody: undefined,
      }];
    },
    Response(r) {
      if (r.body !== null) refused('ReadableStream');
      if (r.webSocket) refused('WebSocket');
      const or = (v, otherwise) => (v === otherwise ? undefined : v);
      return [null, { status: or(r.status, 200), statusText: undefined, headers: r.headers, cf: r.cf, webSocket: undefined, encodeBody: undefined }];
    },
  };

  // The runtime writes every member, and reads those that are there.
  const present = (o) => Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined));
  const make = {
    Headers(...flat) {
      const h = new (use('headers').Headers)();
      for (let n = 0; n < flat.length; n += 2) h.append(flat[n], flat[n + 1]);
      return h;
    },
    Blob(type, bytes) { return use('blob').make(bytes, type); },
    Request(url, init) { return new (use('fetch').Request)(url, present(init)); },
    Response(body, init) { return new (use('fetch').Response)(body, present(init)); },
  };
  return { take: (name, v) => take[name](v), make: (name, ...parts) => make[name](...parts) };
})
