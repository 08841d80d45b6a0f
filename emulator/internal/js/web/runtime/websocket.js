// WebSocket, WebSocketPair and WebSocketRequestResponsePair.
(function (native, use) {
  'use strict';
  const { illegal, wrongType, isObject, platform, constants, enabled } = use('core');
  const { EventTarget, Event, MessageEvent, CloseEvent, ErrorEvent, DOMException, trusted, fire, handlers } = use('events').internal;

  const made = Symbol('made'); // marks calls of the constructor by the runtime
  let of; // the state of a WebSocket
  const standardBinaryType = enabled('websocket_standard_binary_type', 'no_websocket_standard_binary_type', '2026-03-17');

  const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
  const wrong = (text) => new DOMException(`WebSocket Constructor: ${text}`, 'SyntaxError');

  function protocolsOf(protocols) {
    if (protocols === undefined) return [];
    if (!Array.isArray(protocols)) {
      if (!token.test(String(protocols))) throw wrong('The protocol header token is invalid.');
      return [String(protocols)];
    }
    const list = protocols.map(String);
    for (const p of list) if (!token.test(p)) throw wrong('One of the protocol header tokens is invalid.');
    if (new Set(list).size < list.length) throw wrong('The protocols header cannot have repeating values.');
    return list;
  }

  // addressOf gives what a handshake with a URL asks for, by HTTP.
  function addressOf(text) {
    let url;
    try { url = new (use('url').URL)(text); } catch { throw wrong('The url is invalid.'); }
    if (url.protocol !== 'ws:' && url.protocol !== 'wss:') throw wrong('The url scheme must be ws or wss.');
    if (url.hash !== '' || text.endsWith('#')) throw wrong('The url fragment must be empty.');
    url.username = url.password = '';
    return 'http' + url.href.slice(2);
  }

  class WebSocket extends EventTarget {
    #s;
    static {
      of = (v) => {
        if (!isObject(v) || !(#s in v)) throw illegal();
        return v.#s;
      };
    }
    constructor(url, protocols) {
      super();
      handlers.add(this);
      this.#s = { handle: undefined, url: null, protocol: '', extensions: '', state: undefined, binaryType: standardBinaryType ? 'blob' : 'arraybuffer', attachment: undefined };
      if (url === made) {
        this.#s.handle = protocols;
        return;
      }
      if (arguments.length === 0) throw wrongType(1, 'string', 'WebSocket');
      this.#s.url = String(url);
      const address = addressOf(this.#s.url);
      this.#s.state = 0;
      native.connect(address, protocolsOf(protocols).join(', '), this);
    }
    get url() { return of(this).url; }
    get protocol() { return info(of(this)).protocol; }
    get extensions() { return info(of(this)).extensions; }
    get readyState() {
      const s = of(this);
      return s.state ?? native.state(s.handle);
    }
    get binaryType() { return of(this).binaryType; }
    set binaryType(v) {
      const s = of(this);
      v = String(v);
      if (v === 'blob' || v === 'arraybuffer') s.binaryType = v;
    }
    accept(options) {
      const s = of(this);
      native.accept(connected(s), this, Boolean(options?.allowHalfOpen));
    }
    send(message) {
      const s = of(this);
      if (arguments.length === 0) throw wrongType(1, 'ArrayBuffer or ArrayBufferView or string', 'WebSocket', 'send');
      if (typeof message === 'symbol') throw new TypeError('Cannot convert a Symbol value to a string');
      if (!(message instanceof ArrayBuffer) && !ArrayBuffer.isView(message)) message = String(message);
      native.send(connected(s), message);
    }
    close(code, reason) {
      const s = of(this);
      if (reason !== undefined) reason = String(reason);
      if (code !== undefined) code = Math.trunc(Number(code)) | 0;
      try {
        native.close(connected(s), code, reason);
      } catch (e) {
        throw e.name === 'InvalidAccessError' || e.name === 'SyntaxError' ? new DOMException(e.message, e.name) : e;
      }
    }
    serializeAttachment(value) {
      const s = of(this);
      if (arguments.length === 0) throw wrongType(1, 'JsValue', 'WebSocket', 'serializeAttachment');
      native.setAttachment(connected(s), value);
    }
    deserializeAttachment() {
      return native.attachment(connected(of(this)));
    }
  }

  const unaccepted = 'You must call one of accept() or state.acceptWebSocket() on this WebSocket before sending messages.';

  // connected gives the handle of a socket that is no longer connecting.
  function connected(s) {
    if (s.handle === undefined) throw new TypeError(unaccepted);
    return s.handle;
  }

  function info(s) {
    if (s.handle !== undefined) [s.protocol, s.extensions] = native.info(s.handle);
    return s;
  }

  const PublicWebSocket = platform(WebSocket);
  constants(PublicWebSocket, { READY_STATE_CONNECTING: 0, CONNECTING: 0, READY_STATE_OPEN: 1, OPEN: 1, READY_STATE_CLOSING: 2, CLOSING: 2, READY_STATE_CLOSED: 3, CLOSED: 3 });

  class WebSocketPair {
    constructor() {
      const [a, b] = native.pair();
      this[0] = new WebSocket(made, a);
      this[1] = new WebSocket(made, b);
      Object.defineProperty(this, Symbol.iterator, { value: ends, configurable: true, writable: true });
    }
  }
  function* ends() {
    yield this[0];
    yield this[1];
  }

  let pairOf;
  class WebSocketRequestResponsePair {
    #request;
    #response;
    static {
      pairOf = (v) => (isObject(v) && #request in v ? [v.#request, v.#response] : undefined);
    }
    constructor(request, response) {
      if (arguments.length < 2) throw wrongType(arguments.length + 1, 'string', 'WebSocketRequestResponsePair');
      this.#request = String(request);
      this.#response = String(response);
    }
    get request() { return this.#request; }
    get response() { return this.#response; }
  }

  // deliver makes an event of what has happened to a socket. With an error, code is
  // the message of the event if that is another one.
  function deliver(ws, kind, data, code, reason, wasClean) {
    const s = of(ws);
    switch (kind) {
      case 'message':
        if (typeof data !== 'string' && s.binaryType === 'blob') data = new (use('blob').Blob)([data]);
        fire(ws, new MessageEvent('message', { data }, trusted));
        return;
      case 'close':
        fire(ws, new CloseEvent('close', { code, reason, wasClean }, trusted));
        return;
      case 'error':
        fire(ws, new ErrorEvent('error', { error: data, message: code ?? data?.message ?? String(data) }, trusted));
    }
  }

  // opened and failed end the handshake of an outgoing socket.
  function opened(ws, handle) {
    const s = of(ws);
    s.handle = handle;
    s.state = undefined;
    native.accept(handle, ws, false);
    fire(ws, new Event('open', undefined, trusted));
  }
  function failed(ws, error) {
    of(ws).state = 3;
    deliver(ws, 'error', error);
    deliver(ws, 'close', undefined, 1006, 'Failed to establish websocket connection', false);
  }

  return {
    WebSocket: PublicWebSocket,
    WebSocketPair: platform(WebSocketPair),
    WebSocketRequestResponsePair: platform(WebSocketRequestResponsePair),
    wrap: (handle) => new WebSocket(made, handle),
    handle: (v) => {
      try { return of(v).handle; } catch { return undefined; }
    },
    pairOf,
    makePair: (request, response) => new WebSocketRequestResponsePair(request, response),
    deliver, opened, failed,
  };
})
