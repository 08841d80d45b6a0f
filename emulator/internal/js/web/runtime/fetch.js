// Body, Request, Response and fetch.
(function (native, use) {
  'use strict';
  const { illegal, wrongType, wrongField, isObject, platform, loaded } = use('core');
  const headers = use('headers');
  const given = Symbol('given');
  const { parse } = JSON;

  // A body is null or an object with one of text, bytes, reader (of Go) and
  // stream, the first three of which may get a stream when somebody asks for it.
  // used says that it was taken without a stream; length is set if it is known.
  let bodyOf, setBody;

  const streams = () => use('streams');
  const usedError = () => new TypeError('Body has already been used. It can only be used once. Use tee() first if you need to read it twice.');

  const isUsed = (b) => b !== null && (b.used === true || (b.stream !== undefined && streams().disturbed(b.stream)));

  function streamOf(b) {
    if (b.stream === undefined) {
      if (b.used) {
        b.stream = streams().fromBytes(new Uint8Array(0));
        streams().end(b.stream);
      } else if (b.reader !== undefined) {
        b.stream = streams().fromReader(b.reader, b.length);
      } else {
        b.stream = streams().fromBytes(b.bytes ?? native.encode(b.text));
      }
    }
    return b.stream;
  }

  // take uses a body up: what it gives has no stream, unless there is nothing
  // behind the stream that could be had directly.
  function take(b) {
    if (isUsed(b)) throw usedError();
    if (b.stream === undefined) {
      b.used = true;
      return b;
    }
    if (streams().locked(b.stream)) throw streams().lockedError();
    const source = streams().take(b.stream);
    return source === undefined ? { stream: b.stream } : { ...source, length: b.length };
  }

  const empty = { text: '' };

  async function bytesOf(b) {
    b = b === null ? empty : take(b);
    if (b.text !== undefined) return native.encode(b.text);
    if (b.bytes !== undefined) return b.bytes.slice();
    if (b.reader !== undefined) return native.readAll(b.reader, false);
    return streams().collect(b.stream);
  }

  async function textOf(b) {
    b = b === null ? empty : take(b);
    if (b.text !== undefined) return b.text.charCodeAt(0) === 0xfeff ? b.text.slice(1) : b.text;
    if (b.bytes !== undefined) return native.decode(b.bytes);
    if (b.reader !== undefined) return native.readAll(b.reader, true);
    return native.decode(await streams().collect(b.stream));
  }

  // move gives the body of a request to another one.
  function move(b, used) {
    if (b === null) return null;
    if (isUsed(b)) throw used();
    if (b.stream !== undefined && streams().locked(b.stream)) throw streams().lockedError();
    const moved = { ...b };
    b.used = true;
    return moved;
  }

  function cloneBody(b) {
    if (b === null) return null;
    if (isUsed(b)) throw streams().lockedError(',');
    if (b.stream === undefined && b.reader === undefined) return { ...b };
    if (b.stream !== undefined && streams().locked(b.stream)) throw streams().lockedError(',');
    const [mine, theirs] = streams().tee(streamOf(b));
    b.text = b.bytes = b.reader = undefined;
    b.stream = mine;
    return { stream: theirs, length: b.length };
  }

  // extract makes a body of what a program gave, and the type that goes with it.
  function extract(v) {
    if (v === null || v === undefined) return { body: null };
    if (typeof v === 'string') return { body: { text: v.isWellFormed() ? v : v.replace(/\p{Surrogate}/gu, '\ufffd\ufffd\ufffd') }, type: 'text/plain;charset=UTF-8' };
    if (isObject(v)) {
      if (v instanceof ArrayBuffer) return { body: { bytes: new Uint8Array(v).slice() } };
      if (ArrayBuffer.isView(v)) return { body: { bytes: new Uint8Array(v.buffer, v.byteOffset, v.byteLength).slice() } };
      const s = loaded('streams');
      if (s?.isReadable(v)) return { body: fromStream(s, v) };
      const blobs = loaded('blob');
      const blob = blobs?.of(v);
      if (blob !== undefined) return { body: { bytes: blob.bytes }, type: blob.type || undefined };
      if (blobs?.entriesOf(v) !== undefined) {
        const boundary = native.boundary();
        return { body: { bytes: blobs.encodeForm(v, boundary) }, type: `multipart/form-data; boundary=${boundary}` };
      }
      const params = loaded('url')?.params(v);
      if (params !== undefined) return { body: { text: params }, type: 'application/x-www-form-urlencoded;charset=UTF-8' };
      if (!(v instanceof String) && (v[Symbol.asyncIterator] !== undefined || v[Symbol.iterator] !== undefined)) {
        return { body: { stream: streams().ReadableStream.from(v) } };
      }
    }
    return { body: { text: `${v}` }, type: 'text/plain;charset=UTF-8' };
  }

  function fromStream(s, stream) {
    if (s.disturbed(stream)) throw disturbedError();
    if (s.locked(stream)) throw s.lockedError();
    return { stream, length: s.lengths.get(stream) };
  }

  class Body {
    #b;
    static {
      bodyOf = (o) => {
        if (!isObject(o) || !(#b in o)) throw illegal();
        return o.#b;
      };
      setBody = (o, b) => { o.#b = b; };
    }
    constructor(b) { this.#b = b; }
    get body() {
      const b = bodyOf(this);
      return b === null ? null : streamOf(b);
    }
    get bodyUsed() { return isUsed(bodyOf(this)); }
    async arrayBuffer() {
      const bytes = await bytesOf(bodyOf(this));
      return bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer;
    }
    async bytes() { return bytesOf(bodyOf(this)); }
    async text() { return textOf(bodyOf(this)); }
    async json() {
      return parse(await textOf(bodyOf(this)));
    }
    async formData() {
      const b = bodyOf(this);
      const type = contentType(this);
      native.checkForm(type);
      return use('blob').decodeForm(await bytesOf(b), type);
    }
    async blob() {
      const b = bodyOf(this);
      return use('blob').make(await bytesOf(b), native.mimeType(contentType(this)));
    }
  }
  const contentType = (o) => (requestOf(o) ?? responseOf(o))?.map.get('content-type')?.join(', ') ?? '';

  // head is the part of Request and Response that holds headers: map, and
  // headers once somebody asked for them.
  const headersOf = (s) => (s.headers ??= headers.make(s.map, s.immutable));

  // initHeaders reads the headers of an options object.
  function initHeaders(init, on) {
    const map = new Map();
    if (init !== undefined) headers.fill(map, init, () => wrongField('headers', on, 'Headers or Sequence or object'));
    return map;
  }

  let requestOf, responseOf;

  const methods = new Set([
    'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'PURGE', 'OPTIONS', 'TRACE', 'COPY', 'LOCK', 'MKCOL', 'MOVE', 'PROPFIND', 'PROPPATCH', 'SEARCH',
    'UNLOCK', 'ACL', 'REPORT', 'MKACTIVITY', 'CHECKOUT', 'MERGE', 'MSEARCH', 'NOTIFY', 'SUBSCRIBE', 'UNSUBSCRIBE', 'QUERY', 'BAN',
  ]);

  const isSignal = (v) => {
    const events = loaded('events');
    return events !== undefined && events.isSignal(v);
  };

  // requestState makes the state and body of a request from what a program gave.
  function requestState(input, init, on) {
    if (init !== undefined && init !== null && !isObject(init)) throw on(2, 'RequestInitializerDict or Request');
    const from = requestOf(input);
    const s = from === undefined
      ? { method: 'GET', url: parseURL(input), map: new Map(), redirect: 'follow', signal: undefined, cf: undefined, cache: undefined, fetcher: null }
      : { ...from, map: headers.copy(from.map), headers: undefined };
    s.immutable = false;
    let body = null;
    const options = init ?? {};
    const other = requestOf(options);
    const { method, headers: h, redirect, signal, cf, cache, integrity, fetcher } = other === undefined ? options : { ...other, headers: headersOf(other) };
    if (method !== undefined) {
      s.method = String(method).toUpperCase();
      if (!methods.has(s.method)) throw new TypeError(`Invalid HTTP method string: ${String(method)}`);
    }
    if (h !== undefined) s.map = initHeaders(h, 'RequestInitializerDict');
    if (redirect !== undefined) s.redirect = redirectMode(redirect);
    if (signal !== undefined) {
      if (signal !== null && !isSignal(signal)) throw wrongField('signal', 'RequestInitializerDict', 'AbortSignal');
      s.signal = signal ?? undefined;
    }
    if (cf !== undefined) {
      if (cf !== null && !isObject(cf)) throw wrongField('cf', 'RequestInitializerDict', 'Object');
      s.cf = cf ?? undefined;
    }
    if (cache !== undefined) s.cache = cacheMode(cache, s.map);
    if (fetcher !== undefined) s.fetcher = fetcher;
    if (integrity !== undefined && integrity !== '') {
      throw new TypeError('Subrequest integrity checking is not implemented. The integrity option must be either undefined or an empty string.');
    }
    const given = other === undefined ? options.body : undefined;
    if (given !== undefined && given !== null) {
      const { body: b, type } = extract(given);
      body = b;
      if (type !== undefined && !s.map.has('content-type')) s.map.set('content-type', [type]);
    } else if (other !== undefined) {
      body = move(bodyOf(init), disturbedError);
    } else if (from !== undefined && given === undefined) {
      body = move(bodyOf(input), reused);
    }
    if (body !== null && (s.method === 'GET' || s.method === 'HEAD')) throw new TypeError('Request with a GET or HEAD method cannot have a body.');
    return { s, body };
  }
  const disturbedError = () => new TypeError('This ReadableStream is disturbed (has already been read from), and cannot be used as a body.');
  const reused = () => new TypeError('Cannot reconstruct a Request with a used body.');

  function parseURL(input) {
    const text = typeof input === 'string' ? input : String(input);
    const url = native.url(text);
    if (url === undefined) throw new TypeError(`Invalid URL: ${text}`);
    return url;
  }

  function redirectMode(v) {
    v = String(v);
    if (v !== 'follow' && v !== 'manual') {
      throw new TypeError('Invalid redirect value, must be one of "follow" or "manual" ("error" won\'t be implemented since it does not make sense at the edge; use "manual" and check the response status code).');
    }
    return v;
  }

  function cacheMode(v) {
    v = String(v);
    if (v !== 'no-store' && v !== 'no-cache') throw new TypeError(`Unsupported cache mode: ${v}`);
    return v;
  }

  class Request extends Body {
    #s;
    static { requestOf = (o) => (isObject(o) && #s in o ? o.#s : undefined); }
    constructor(input, init, how) {
      super(null);
      if (how === given) {
        this.#s = input;
        setBody(this, init);
        return;
      }
      if (arguments.length === 0) throw wrongType(1, 'Request or string', 'Request');
      const { s, body } = requestState(input, init, (n, type) => wrongType(n, type, 'Request'));
      this.#s = s;
      setBody(this, body);
    }
    clone() {
      const s = requestSelf(this);
      const body = cloneBody(bodyOf(this));
      return new Request({ ...s, map: headers.copy(s.map), headers: undefined, immutable: false }, body, given);
    }
    get method() { return requestSelf(this).method; }
    get url() { return requestSelf(this).url; }
    get headers() { return headersOf(requestSelf(this)); }
    get redirect() { return requestSelf(this).redirect; }
    get fetcher() { return requestSelf(this).fetcher; }
    get signal() { return (requestSelf(this).signal ??= use('events').newSignal()); }
    get cf() { return requestSelf(this).cf; }
    get integrity() { requestSelf(this); return ''; }
    get keepalive() { requestSelf(this); return false; }
    get cache() { return requestSelf(this).cache; }
  }
  const requestSelf = (o) => {
    const s = requestOf(o);
    if (s === undefined) throw illegal();
    return s;
  };

  const nullBody = (status) => status === 101 || status === 204 || status === 205 || status === 304;

  // responseState reads an options object; on makes the error for what is none.
  function responseState(init, on) {
    const s = { status: 200, statusText: undefined, map: undefined, immutable: false, url: '', redirected: false, cf: undefined, webSocket: null, type: 'default', encodeBody: 'automatic' };
    if (init === undefined || init === null) {
      s.map = new Map();
      return s;
    }
    if (!isObject(init)) throw on(2, 'InitializerDict or Response');
    const other = responseOf(init);
    if (other !== undefined) {
      s.status = other.status;
      s.statusText = other.statusText;
      s.map = headers.copy(other.map);
      s.cf = other.cf;
      s.webSocket = other.webSocket;
      s.encodeBody = other.encodeBody;
      return s;
    }
    const { status, statusText, headers: h, cf, webSocket, encodeBody } = init;
    if (encodeBody !== undefined) {
      s.encodeBody = String(encodeBody);
      if (s.encodeBody !== 'automatic' && s.encodeBody !== 'manual') throw new TypeError(`encodeBody: unexpected value: ${s.encodeBody}`);
    }
    if (webSocket !== undefined && webSocket !== null) {
      if (!native.isWebSocket(webSocket)) throw wrongField('webSocket', 'InitializerDict', 'WebSocket');
      s.webSocket = webSocket;
    }
    s.map = initHeaders(h, 'InitializerDict');
    if (status !== undefined) s.status = Math.trunc(Number(status)) || 0;
    if (s.webSocket === null ? s.status < 200 || s.status > 599 : s.status !== 101) {
      if (s.webSocket !== null) throw new RangeError('Responses with a WebSocket must have status code 101.');
      throw new RangeError('Responses may only be constructed with status codes in the range 200 to 599, inclusive.');
    }
    if (statusText !== undefined) {
      s.statusText = String(statusText);
      if (/[\0-\x08\x0a-\x1f\x7f]/.test(s.statusText)) throw new TypeError('Invalid statusText');
    }
    if (cf !== undefined && cf !== null) {
      if (!isObject(cf)) throw wrongField('cf', 'InitializerDict', 'Object');
      s.cf = cf;
    }
    return s;
  }

  class Response extends Body {
    #s;
    static { responseOf = (o) => (isObject(o) && #s in o ? o.#s : undefined); }
    constructor(v, init, how) {
      super(null);
      if (how === given) {
        this.#s = v;
        setBody(this, init);
        return;
      }
      const s = responseState(init, (n, type) => wrongType(n, type, 'Response'));
      const { body, type } = extract(v);
      if (body !== null && nullBody(s.status)) {
        if (body.text !== '' && body.bytes?.byteLength !== 0) throw new TypeError('Response with null body status (101, 204, 205, or 304) cannot have a body.');
      } else {
        setBody(this, body);
      }
      if (type !== undefined && !s.map.has('content-type')) s.map.set('content-type', [type]);
      this.#s = s;
    }
    clone() {
      const s = responseSelf(this);
      if (s.webSocket !== null) throw new TypeError('Cannot clone a response to a WebSocket handshake.');
      const body = cloneBody(bodyOf(this));
      return new Response({ ...s, map: headers.copy(s.map), headers: undefined, immutable: false }, body, given);
    }
    get status() { return responseSelf(this).status; }
    get statusText() {
      const s = responseSelf(this);
      return (s.statusText ??= native.statusText(s.status));
    }
    get headers() { return headersOf(responseSelf(this)); }
    get ok() { const { status } = responseSelf(this); return status >= 200 && status < 300; }
    get redirected() { return responseSelf(this).redirected; }
    get url() { return responseSelf(this).url; }
    get webSocket() { return responseSelf(this).webSocket; }
    get cf() { return responseSelf(this).cf; }
    get type() { return responseSelf(this).type; }
    static error() {
      const s = responseState();
      s.status = 0;
      s.statusText = '';
      s.type = 'error';
      return new Response(s, null, given);
    }
    static redirect(url, status = 302) {
      if (arguments.length === 0) throw wrongType(1, 'string', 'Response', 'redirect');
      status = Math.trunc(Number(status)) || 0;
      if (![301, 302, 303, 307, 308].includes(status)) {
        throw new RangeError(`${status} is not a redirect status code. It must be one of: 301, 302, 303, 307, or 308.`);
      }
      const to = native.url(String(url));
      if (to === undefined) throw new TypeError(`Unable to parse URL: ${String(url)}`);
      const s = responseState();
      s.status = status;
      s.map.set('location', [to]);
      s.immutable = true;
      return new Response(s, null, given);
    }
    static json(data, init) {
      if (arguments.length === 0) throw wrongType(1, 'JsValue', 'Response', 'json');
      const text = JSON.stringify(data);
      const s = responseState(init, (n, type) => wrongType(n, type, 'Response', 'json'));
      if (nullBody(s.status)) throw new TypeError('Response with null body status (101, 204, 205, or 304) cannot have a body.');
      if (!s.map.has('content-type')) s.map.set('content-type', ['application/json']);
      return new Response(s, { text: String(text) }, given);
    }
  }
  const responseSelf = (o) => {
    const s = responseOf(o);
    if (s === undefined) throw illegal();
    return s;
  };

  // What crosses to Go: a head of lines, without line ends in any, and a body
  // as [kind, value, length].
  const headLines = (first, map) => {
    for (const [name, values] of map) for (const value of values) first.push(name, value);
    return first.join('\n');
  };

  function bodyForGo(b) {
    if (b === null) return ['none'];
    const length = b.length;
    b = take(b);
    if (b.text !== undefined) return ['text', b.text];
    if (b.bytes !== undefined) return ['bytes', b.bytes];
    if (b.reader !== undefined) return ['reader', b.reader, length];
    return ['stream', streams().reader(b.stream), length];
  }

  // describe takes a response, or a request, apart for Go.
  function describeResponse(o) {
    const s = responseSelf(o);
    const body = bodyForGo(bodyOf(o));
    return [headLines([String(s.status), s.statusText ?? '', s.encodeBody, s.url, s.redirected ? '1' : ''], s.map), s.cf, s.webSocket, ...body];
  }

  function describeRequest(input, init, method = 'fetch', on = 'ServiceWorkerGlobalScope') {
    const { s, body } = requestState(input, init, (n, type) => wrongType(n, type, on, method));
    const oneTime = body !== null && (body.stream !== undefined || body.reader !== undefined);
    return [headLines([s.method, s.url, s.redirect, oneTime ? '1' : '', ''], s.map), s.cf, s.signal, ...bodyForGo(body)];
  }

  // describeStream takes a stream like the body of something without a head.
  function describeStream(stream) {
    return ['\n\n\n\n', undefined, undefined, ...bodyForGo(fromStream(streams(), stream))];
  }

  const linesToMap = (lines, from) => {
    const map = new Map();
    for (let n = from; n + 1 < lines.length; n += 2) {
      const values = map.get(lines[n]);
      if (values === undefined) map.set(lines[n], [lines[n + 1]]);
      else values.push(lines[n + 1]);
    }
    return map;
  };

  const readerBody = (reader, length) => (reader === undefined ? null : { reader, length: length < 0 ? undefined : length });

  // makeRequest makes a request that came from outside: the lines are method,
  // URL, redirect mode and headers.
  function makeRequest(head, reader, length, cf, signal) {
    const lines = head.split('\n');
    const s = { method: lines[0], url: lines[1], redirect: lines[2], map: linesToMap(lines, 3), immutable: true, signal, cf, cache: undefined, fetcher: null };
    return new Request(s, readerBody(reader, length), given);
  }

  // makeResponse makes a response that came from outside: the lines are status,
  // status text, URL, whether redirects were followed, and headers.
  function makeResponse(head, reader, length, cf, webSocket) {
    const lines = head.split('\n');
    const s = {
      status: Number(lines[0]), statusText: lines[1], url: lines[2], redirected: lines[3] === '1', map: linesToMap(lines, 4),
      immutable: true, cf, webSocket: webSocket ?? null, type: 'default', encodeBody: 'automatic',
    };
    return new Response(s, readerBody(reader, length), given);
  }

  async function fetch(input, init) {
    if (arguments.length === 0) throw wrongType(1, 'Request or string', 'ServiceWorkerGlobalScope', 'fetch');
    return send(describeRequest(input, init), native.fetch);
  }

  // fetchThrough is the method fetch of a class, by way of start.
  async function fetchThrough(args, on, start) {
    if (args.length === 0) throw wrongType(1, 'Request or string', on, 'fetch');
    return send(describeRequest(args[0], args[1], 'fetch', on), start);
  }

  // sink makes a WritableStream whose close waits until the other side has seen
  // the end: end tells.
  function sink() {
    const { IdentityTransformStream, WritableStream } = streams();
    const { readable, writable } = new IdentityTransformStream();
    const writer = writable.getWriter();
    let end;
    const ended = new Promise((resolve) => { end = resolve; });
    const outer = new WritableStream({
      write: (chunk) => writer.write(chunk),
      close: async () => { await writer.close(); await ended; },
      abort: (reason) => writer.abort(reason),
    });
    return [outer, readable, end];
  }

  // drain writes what comes to a stream that was passed to a call: its chunks
  // are ArrayBuffers (as recorded).
  function drain(readable, writable) {
    const reader = readable.getReader(), writer = writable.getWriter();
    const step = async () => {
      for (;;) {
        let chunk;
        try {
          chunk = await reader.read();
        } catch {
          throw new Error('WritableStream received over RPC was disconnected because the remote execution context has endeded.');
        }
        if (chunk.done) return writer.close();
        const { buffer, byteOffset, byteLength } = chunk.value;
        await writer.write(buffer.slice(byteOffset, byteOffset + byteLength));
      }
    };
    step().catch((e) => writer.abort(e)).catch(() => reader.cancel().catch(() => {}));
  }

  // send gives a request that was taken apart to Go, and ends it when its signal
  // is aborted.
  async function send(request, start) {
    const signal = request[2];
    if (signal === undefined) return start(request)[0];
    signal.throwIfAborted();
    const events = use('events');
    const [promise, stop] = start(request);
    return new Promise((resolve, reject) => {
      const off = events.follow(signal, () => {
        stop(signal.reason);
        reject(signal.reason);
      });
      Promise.resolve(promise).then(resolve, (e) => { off(); reject(e); });
    });
  }
  Object.defineProperty(fetch, 'length', { value: 0 });

  return {
    Body: platform(Body, { illegalConstructor: true }), Request: platform(Request), Response: platform(Response), fetch,
    describeResponse, describeRequest, describeStream, makeRequest, makeResponse, fetchThrough, sink, drain,
    isRequest: (v) => requestOf(v) !== undefined, isResponse: (v) => responseOf(v) !== undefined,
    next: (reader) => streams().next(reader), cancel: (reader, reason) => streams().cancel(reader, reason),
    setCF: (request, cf) => { requestSelf(request).cf = cf; },
  };
})
