// DOMException, Event and its subclasses, EventTarget, AbortController and
// AbortSignal.
(function (native, use) {
  'use strict';
  const { illegal, wrongType, wrongField, isObject, needs, platform, constants } = use('core');
  const { defineProperty } = Object;

  const codes = {
    INDEX_SIZE_ERR: 1, DOMSTRING_SIZE_ERR: 2, HIERARCHY_REQUEST_ERR: 3, WRONG_DOCUMENT_ERR: 4, INVALID_CHARACTER_ERR: 5,
    NO_DATA_ALLOWED_ERR: 6, NO_MODIFICATION_ALLOWED_ERR: 7, NOT_FOUND_ERR: 8, NOT_SUPPORTED_ERR: 9, INUSE_ATTRIBUTE_ERR: 10,
    INVALID_STATE_ERR: 11, SYNTAX_ERR: 12, INVALID_MODIFICATION_ERR: 13, NAMESPACE_ERR: 14, INVALID_ACCESS_ERR: 15,
    VALIDATION_ERR: 16, TYPE_MISMATCH_ERR: 17, SECURITY_ERR: 18, NETWORK_ERR: 19, ABORT_ERR: 20, URL_MISMATCH_ERR: 21,
    QUOTA_EXCEEDED_ERR: 22, TIMEOUT_ERR: 23, INVALID_NODE_TYPE_ERR: 24, DATA_CLONE_ERR: 25,
  };
  const codeOf = {
    IndexSizeError: 1, HierarchyRequestError: 3, WrongDocumentError: 4, InvalidCharacterError: 5, NoModificationAllowedError: 7,
    NotFoundError: 8, NotSupportedError: 9, InUseAttributeError: 10, InvalidStateError: 11, SyntaxError: 12,
    InvalidModificationError: 13, NamespaceError: 14, InvalidAccessError: 15, TypeMismatchError: 17, SecurityError: 18,
    NetworkError: 19, AbortError: 20, URLMismatchError: 21, QuotaExceededError: 22, TimeoutError: 23, InvalidNodeTypeError: 24,
    DataCloneError: 25,
  };

  // A DOMException is an Error whose name, message and code are its own.
  class DOMException extends Error {
    constructor(message = '', options = 'Error') {
      const name = String(options);
      super(String(message));
      const { stack } = this;
      delete this.message;
      delete this.stack;
      defineProperty(this, 'code', { value: codeOf[name] ?? 0, enumerable: true, configurable: true, writable: false });
      defineProperty(this, 'name', { value: name, enumerable: true, configurable: true, writable: false });
      defineProperty(this, 'message', { value: String(message), enumerable: true, configurable: true, writable: false });
      if (typeof stack === 'string') {
        const head = message === '' ? name : `${name}: ${message}`;
        const frames = stack.search(/^ {4}at /m);
        defineProperty(this, 'stack', {
          value: frames < 0 ? head : `${head}\n${stack.slice(frames)}`, enumerable: true, configurable: true, writable: true,
        });
      }
    }
  }
  const PublicDOMException = platform(DOMException);
  constants(PublicDOMException, codes);

  // interrupted makes the reason of an aborted signal; the caller may try again.
  function interrupted(message, name) {
    const e = new DOMException(message, name);
    e.retryable = true;
    return e;
  }

  let stateOf; // of an Event
  const trusted = Symbol('trusted');

  class Event {
    #s;
    static {
      stateOf = (e) => {
        if (!isObject(e) || !(#s in e)) throw illegal();
        return e.#s;
      };
    }
    constructor(type, init, how) {
      if (arguments.length === 0) throw wrongType(1, 'string', new.target?.name ?? 'Event');
      if (init !== undefined && init !== null && typeof init !== 'object') throw wrongType(2, 'Init', 'Event');
      this.#s = {
        type: String(type), bubbles: Boolean(init?.bubbles), cancelable: Boolean(init?.cancelable), composed: Boolean(init?.composed),
        trusted: how === trusted, target: undefined, dispatching: false, prevented: false, stopped: false, halted: false, timeStamp: native.now(),
      };
    }
    get type() { return stateOf(this).type; }
    get eventPhase() { return stateOf(this).dispatching ? 2 : 0; }
    get composed() { return stateOf(this).composed; }
    get bubbles() { return stateOf(this).bubbles; }
    get cancelable() { return stateOf(this).cancelable; }
    get defaultPrevented() { const s = stateOf(this); return s.cancelable && s.prevented; }
    get returnValue() { const s = stateOf(this); return !(s.cancelable && s.prevented); }
    get currentTarget() { return stateOf(this).target; }
    get target() { return stateOf(this).target; }
    get srcElement() { return stateOf(this).target; }
    get timeStamp() { return stateOf(this).timeStamp; }
    get isTrusted() { return stateOf(this).trusted; }
    get cancelBubble() { return stateOf(this).stopped; }
    set cancelBubble(v) { if (v) stateOf(this).stopped = true; }
    stopImmediatePropagation() { stateOf(this).halted = true; }
    preventDefault() { stateOf(this).prevented = true; }
    stopPropagation() { stateOf(this).stopped = true; }
    composedPath() { const s = stateOf(this); return s.dispatching ? [s.target] : []; }
  }
  const PublicEvent = platform(Event);
  constants(PublicEvent, { NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 });

  const initOf = (args, cls) => {
    if (args.length === 0) throw wrongType(1, 'string', cls);
    const init = args[1];
    if (init !== undefined && init !== null && typeof init !== 'object') throw wrongType(2, 'Initializer', cls);
    return init ?? {};
  };
  const own = (o, values) => {
    for (const key in values) defineProperty(o, key, { value: values[key], enumerable: true, configurable: true, writable: false });
  };
  const text = (v, otherwise) => (v === undefined ? otherwise : String(v));

  class CustomEvent extends Event {
    #detail;
    constructor(type, init) {
      initOf(arguments, 'CustomEvent');
      super(type, init);
      this.#detail = init?.detail;
    }
    get detail() {
      if (!(#detail in this)) throw illegal();
      return this.#detail;
    }
  }

  class MessageEvent extends Event {
    constructor(type, init, how) {
      if (arguments.length === 1) throw wrongType(2, 'Initializer', 'MessageEvent');
      const i = initOf(arguments, 'MessageEvent');
      super(type, init, how);
      own(this, { ports: [], source: null, lastEventId: '', origin: null, data: i.data });
    }
  }

  class CloseEvent extends Event {
    constructor(type, init, how) {
      const i = initOf(arguments, 'CloseEvent');
      super(type, init, how);
      own(this, { wasClean: Boolean(i.wasClean), reason: text(i.reason, ''), code: i.code === undefined ? 0 : Number(i.code) & 0xffff });
    }
  }

  class ErrorEvent extends Event {
    #s;
    constructor(type, init, how) {
      const i = initOf(arguments, 'ErrorEvent');
      super(type, init, how);
      this.#s = { filename: text(i.filename, ''), message: text(i.message, ''), lineno: Number(i.lineno ?? 0) | 0, colno: Number(i.colno ?? 0) | 0, error: i.error };
    }
    static #of(e) {
      if (!isObject(e) || !(#s in e)) throw illegal();
      return e.#s;
    }
    get filename() { return ErrorEvent.#of(this).filename; }
    get message() { return ErrorEvent.#of(this).message; }
    get lineno() { return ErrorEvent.#of(this).lineno; }
    get colno() { return ErrorEvent.#of(this).colno; }
    get error() { return ErrorEvent.#of(this).error; }
  }

  // An extension of events that the runtime makes: waitUntil(promise) belongs to
  // whoever made the event.
  class ExtendableEvent extends Event {
    #waitUntil;
    constructor(type, init, how, waitUntil) {
      super(type, init, how);
      this.#waitUntil = waitUntil;
    }
    waitUntil(promise) {
      if (!isObject(this) || !(#waitUntil in this)) throw illegal();
      this.#waitUntil?.(promise);
    }
  }

  class PromiseRejectionEvent extends Event {
    constructor(type, promise, reason) {
      super(type, undefined, trusted);
      own(this, { promise, reason });
    }
  }

  let listenersOf; // of an EventTarget: Map of type to entries

  class EventTarget {
    #listeners = new Map();
    static {
      listenersOf = (t) => {
        if (t === undefined || t === globalThis) return globals;
        if (!isObject(t) || !(#listeners in t)) throw illegal();
        return t.#listeners;
      };
    }
    addEventListener(type, handler, options) {
      const map = listenersOf(this);
      if (arguments.length === 0) throw wrongType(1, 'string', 'EventTarget', 'addEventListener');
      if (handler === null) return;
      if (!isObject(handler)) throw wrongType(2, 'function or HandlerObject', 'EventTarget', 'addEventListener');
      if (typeof handler !== 'function' && typeof handler.handleEvent !== 'function') throw wrongField('handleEvent', 'HandlerObject', 'function');
      const { once, signal } = listenerOptions(options);
      if (signal?.aborted) return;
      type = String(type);
      let entries = map.get(type);
      if (entries === undefined) map.set(type, entries = []);
      if (entries.some((e) => e.handler === handler)) return;
      const entry = { handler, once, removed: false };
      entries.push(entry);
      if (signal !== undefined) follow(signal, () => remove(map, type, entry));
    }
    removeEventListener(type, handler, options) {
      const map = listenersOf(this);
      if (arguments.length === 0) throw wrongType(1, 'string', 'EventTarget', 'removeEventListener');
      if (handler === null) return;
      if (!isObject(handler)) throw wrongType(2, 'function or HandlerObject', 'EventTarget', 'removeEventListener');
      type = String(type);
      const entry = map.get(type)?.find((e) => e.handler === handler);
      if (entry !== undefined) remove(map, type, entry);
    }
    dispatchEvent(event) {
      const map = listenersOf(this);
      let s;
      try { s = stateOf(event); } catch { throw wrongType(1, 'Event', 'EventTarget', 'dispatchEvent'); }
      return dispatch(this ?? globalThis, map, event, s);
    }
  }
  const globals = new Map();

  function listenerOptions(options) {
    if (options === undefined || options === null || options === false) return {};
    if (typeof options !== 'object') throw new TypeError('addEventListener(): useCapture must be false.');
    if (options.capture) throw new TypeError('addEventListener(): options.capture must be false.');
    if (options.passive) throw new TypeError('addEventListener(): options.passive must be false.');
    const { signal } = options;
    if (signal !== undefined && !isSignal(signal)) throw wrongField('signal', 'AddEventListenerOptions', 'AbortSignal');
    return { once: Boolean(options.once), signal };
  }

  function remove(map, type, entry) {
    entry.removed = true;
    const rest = map.get(type)?.filter((e) => e !== entry);
    if (rest?.length) map.set(type, rest);
    else map.delete(type);
  }

  // dispatch calls the listeners of an event. What one throws ends it.
  function dispatch(target, map, event, s) {
    if (s.dispatching) throw new DOMException('The event is already being dispatched.', 'InvalidStateError');
    s.dispatching = true;
    s.target = target;
    try {
      const on = target['on' + s.type];
      if (typeof on === 'function' && handlers.has(target) && !s.halted) on.call(target, event);
      const entries = map.get(s.type);
      if (entries !== undefined) {
        for (const entry of entries.slice()) {
          if (s.halted) break;
          if (entry.removed) continue;
          if (entry.once) remove(map, s.type, entry);
          const { handler } = entry;
          if (typeof handler === 'function') handler.call(target, event);
          else handler.handleEvent(event);
        }
      }
    } finally {
      s.dispatching = false;
    }
    return !s.prevented;
  }

  // handlers are the targets whose property "on…" is a listener.
  const handlers = new WeakSet();

  // fire dispatches an event that the runtime made.
  function fire(target, event) { return dispatch(target, listenersOf(target), event, stateOf(event)); }

  let signalOf, newSignal;

  class AbortSignal extends EventTarget {
    #s = { aborted: false, reason: undefined, onabort: null, followers: [] };
    static {
      signalOf = (o) => {
        if (!isObject(o) || !(#s in o)) throw illegal();
        return o.#s;
      };
      newSignal = () => new AbortSignal();
    }
    constructor() {
      super();
      handlers.add(this);
    }
    get aborted() { return signalOf(this).aborted; }
    get reason() { return signalOf(this).reason; }
    get onabort() { return signalOf(this).onabort; }
    set onabort(v) { signalOf(this).onabort = isObject(v) ? v : null; }
    throwIfAborted() {
      const s = signalOf(this);
      if (s.aborted) throw s.reason;
    }
    static abort(reason) {
      const signal = new AbortSignal();
      abort(signal, reason);
      return signal;
    }
    static timeout(delay) {
      if (arguments.length === 0) throw wrongType(1, 'number', 'AbortSignal', 'timeout');
      const signal = new AbortSignal();
      native.after(Number(delay), () => abort(signal, interrupted('The operation was aborted due to timeout', 'TimeoutError')));
      return signal;
    }
    static any(signals) {
      if (!isObject(signals) || typeof signals[Symbol.iterator] !== 'function') throw wrongType(1, 'Array', 'AbortSignal', 'any');
      const sources = Array.from(signals);
      sources.forEach((s, n) => {
        if (!isSignal(s)) throw new TypeError(`Incorrect type for array element ${n}: the provided value is not of type 'AbortSignal'.`);
      });
      const signal = new AbortSignal();
      for (const source of sources) {
        const s = signalOf(source);
        if (s.aborted) {
          abort(signal, s.reason);
          return signal;
        }
      }
      for (const source of sources) follow(source, () => abort(signal, signalOf(source).reason));
      return signal;
    }
  }

  function isSignal(v) {
    try { signalOf(v); return true; } catch { return false; }
  }

  // follow calls fn when a signal is aborted, before its listeners, and gives a
  // function that takes it back.
  function follow(signal, fn) {
    const s = signalOf(signal);
    s.followers.push(fn);
    return () => {
      const n = s.followers.indexOf(fn);
      if (n >= 0) s.followers.splice(n, 1);
    };
  }

  function abort(signal, reason) {
    const s = signalOf(signal);
    if (s.aborted) return;
    s.aborted = true;
    s.reason = reason === undefined ? interrupted('The operation was aborted', 'AbortError') : reason;
    const { followers } = s;
    s.followers = [];
    for (const fn of followers) fn();
    fire(signal, new Event('abort', undefined, trusted));
  }

  class AbortController {
    #signal = newSignal();
    get signal() {
      if (!(#signal in this)) throw illegal();
      return this.#signal;
    }
    abort(reason) {
      if (!isObject(this) || !(#signal in this)) throw illegal();
      abort(this.#signal, reason);
    }
  }

  const target = EventTarget.prototype;
  const exported = {
    DOMException: PublicDOMException,
    Event: PublicEvent,
    CustomEvent: platform(CustomEvent),
    MessageEvent: platform(MessageEvent),
    CloseEvent: platform(CloseEvent),
    ErrorEvent: platform(ErrorEvent),
    ExtendableEvent: platform(ExtendableEvent, { illegalConstructor: true }),
    PromiseRejectionEvent: platform(PromiseRejectionEvent, { illegalConstructor: true }),
    EventTarget: platform(EventTarget),
    AbortSignal: platform(AbortSignal, { illegalConstructor: true }),
    AbortController: platform(AbortController),
    addEventListener: target.addEventListener,
    removeEventListener: target.removeEventListener,
    dispatchEvent: target.dispatchEvent,
  };
  return {
    ...exported,
    // For other units: events with the class's own constructor, so that they may be trusted.
    internal: { DOMException, Event, MessageEvent, CloseEvent, ErrorEvent, ExtendableEvent, PromiseRejectionEvent, EventTarget, trusted, fire, handlers },
    abort, follow, isSignal, newSignal, signalOf, interrupted,
    rejected: (promise, reason) => fire(globalThis, new PromiseRejectionEvent('unhandledrejection', promise, reason)),
  };
})
