// Stacks of things to dispose of, which the engine lacks.
(function (native, use) {
  'use strict';
  const { defineProperty } = Object;
  const { dispose, asyncDispose } = Symbol;
  const define = (o, name, value) => defineProperty(o, name, { value, writable: true, enumerable: false, configurable: true });

  class SuppressedError extends Error {
    constructor(error, suppressed, message) {
      super(message);
      define(this, 'error', error);
      define(this, 'suppressed', suppressed);
    }
  }
  define(SuppressedError.prototype, 'name', 'SuppressedError');

  // fail joins the error of a disposal with the one before it.
  const fail = (had, error, e) => (had ? new SuppressedError(e, error) : e);
  const noMethod = (symbol) => new TypeError(`The value has no method ${symbol.description}`);
  const method = (value, ...symbols) => {
    for (const symbol of symbols) {
      const fn = value[symbol];
      if (fn != null) {
        if (typeof fn !== 'function') throw noMethod(symbol);
        return fn;
      }
    }
    throw noMethod(symbols[0]);
  };

  // Resources are the callbacks of a stack of a class.
  class Resources {
    #cls;
    #callbacks = [];
    #disposed = false;
    constructor(cls) { this.#cls = cls; }
    get disposed() { return this.#disposed; }
    check(name) {
      if (this.#disposed) throw new ReferenceError(`Cannot call ${this.#cls}.prototype.${name} on an already-disposed ${this.#cls}`);
    }
    push(callback) { this.#callbacks.push(callback); }
    take() {
      this.#disposed = true;
      return this.#callbacks.splice(0).reverse();
    }
    moveTo(other) {
      for (const callback of this.take().reverse()) other.push(callback);
    }
  }

  class DisposableStack {
    #resources = new Resources('DisposableStack');
    get disposed() { return this.#resources.disposed; }
    use(value) {
      this.#resources.check('use');
      if (value != null) {
        const fn = method(value, dispose);
        this.#resources.push(() => fn.call(value));
      }
      return value;
    }
    adopt(value, onDispose) {
      this.#resources.check('adopt');
      this.#resources.push(() => onDispose(value));
      return value;
    }
    defer(onDispose) {
      this.#resources.check('defer');
      this.#resources.push(() => onDispose());
    }
    move() {
      this.#resources.check('move');
      const out = new DisposableStack();
      this.#resources.moveTo(out.#resources);
      return out;
    }
    dispose() {
      let had = false, error;
      for (const callback of this.#resources.take()) {
        try {
          callback();
        } catch (e) {
          error = fail(had, error, e);
          had = true;
        }
      }
      if (had) throw error;
    }
  }
  define(DisposableStack.prototype, dispose, DisposableStack.prototype.dispose);

  class AsyncDisposableStack {
    #resources = new Resources('AsyncDisposableStack');
    get disposed() { return this.#resources.disposed; }
    use(value) {
      this.#resources.check('use');
      if (value != null) {
        const fn = method(value, asyncDispose, dispose);
        this.#resources.push(() => fn.call(value));
      }
      return value;
    }
    adopt(value, onDispose) {
      this.#resources.check('adopt');
      this.#resources.push(() => onDispose(value));
      return value;
    }
    defer(onDispose) {
      this.#resources.check('defer');
      this.#resources.push(() => onDispose());
    }
    move() {
      this.#resources.check('move');
      const out = new AsyncDisposableStack();
      this.#resources.moveTo(out.#resources);
      return out;
    }
    async disposeAsync() {
      let had = false, error;
      for (const callback of this.#resources.take()) {
        try {
          await callback();
        } catch (e) {
          error = fail(had, error, e);
          had = true;
        }
      }
      if (had) throw error;
    }
  }
  define(AsyncDisposableStack.prototype, asyncDispose, AsyncDisposableStack.prototype.disposeAsync);

  for (const cls of [DisposableStack, AsyncDisposableStack]) {
    defineProperty(cls.prototype, Symbol.toStringTag, { value: cls.name, writable: false, enumerable: false, configurable: true });
  }
  return { DisposableStack, AsyncDisposableStack, SuppressedError };
})
