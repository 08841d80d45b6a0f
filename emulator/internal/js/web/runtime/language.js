// What the language has on the real runtime and not yet in the engine.
(function (native, use) {
  'use strict';
  const { defineProperty, getPrototypeOf } = Object;
  const define = (o, name, value) => defineProperty(o, name, { value, writable: true, enumerable: false, configurable: true });

  // Explicit resource management: code with using is lowered to these symbols.
  for (const name of ['dispose', 'asyncDispose']) {
    if (!Symbol[name]) defineProperty(Symbol, name, { value: Symbol(`Symbol.${name}`), writable: false, enumerable: false, configurable: false });
  }
  const { dispose, asyncDispose } = Symbol;
  if (!Iterator.prototype[dispose]) {
    define(Iterator.prototype, dispose, { [dispose]() { this.return?.(); } }[dispose]);
  }
  const asyncIterator = getPrototypeOf(getPrototypeOf(getPrototypeOf((async function* () {})())));
  if (!asyncIterator[asyncDispose]) {
    define(asyncIterator, asyncDispose, { async [asyncDispose]() { await this.return?.(); } }[asyncDispose]);
  }

  if (!Array.fromAsync) {
    define(Array, 'fromAsync', {
      async fromAsync(items, map = undefined, thisArg = undefined) {
        if (map !== undefined && typeof map !== 'function') throw new TypeError(`${String(map)} is not a function`);
        const iterable = items[Symbol.asyncIterator] != null || items[Symbol.iterator] != null;
        const out = typeof this === 'function' ? new this() : [];
        let n = 0;
        const add = async (value) => {
          if (map) value = await map.call(thisArg, value, n);
          defineProperty(out, n++, { value, writable: true, enumerable: true, configurable: true });
        };
        if (iterable) {
          for await (const value of items) await add(value);
        } else {
          const length = Math.min(Math.max(Math.trunc(Number(items.length)) || 0, 0), Number.MAX_SAFE_INTEGER);
          while (n < length) await add(await items[n]);
        }
        out.length = n;
        return out;
      },
    }.fromAsync);
  }

  // The engine's own has no message.
  const { any } = Promise;
  define(Promise, 'any', {
    any(promises) {
      return any.call(this, promises).then(undefined, (e) => {
        if (e instanceof AggregateError && e.message === '') define(e, 'message', 'All promises were rejected');
        throw e;
      });
    },
  }.any);
})
