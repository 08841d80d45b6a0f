// Iterators as the runtime's classes give them.
(function (native, use) {
  'use strict';
  const { illegal, isObject } = use('core');
  const { defineProperty } = Object;
  const base = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));

  const kind = (tag) => {
    let of;
    class Iterator {
      #s;
      static { of = (o) => (isObject(o) && #s in o ? o.#s : undefined); }
      constructor(next) { this.#s = next; }
      next() {
        const next = of(this);
        if (next === undefined) throw illegal();
        return next();
      }
    }
    const { prototype } = Iterator;
    delete prototype.constructor;
    Object.setPrototypeOf(prototype, base);
    defineProperty(prototype.next, 'length', { value: 0 });
    defineProperty(prototype, 'next', { enumerable: true });
    defineProperty(prototype, Symbol.iterator, { value() { return this; }, writable: true, configurable: true });
    defineProperty(prototype, Symbol.toStringTag, { value: tag, configurable: true });
    // over iterates over a list, or calls it for one that may still change.
    return (list) => {
      let n = 0;
      return new Iterator(() => {
        const items = typeof list === 'function' ? list() : list;
        return n < items.length ? { done: false, value: items[n++] } : { done: true, value: undefined };
      });
    };
  };

  // make gives iterators of a class of their own.
  const make = () => ({
    iterators: { entries: kind('EntryIterator'), keys: kind('KeyIterator'), values: kind('ValueIterator') },
    iterable(prototype, method) {
      const iterate = { [method]() { return prototype[method].call(this); } }[method];
      defineProperty(prototype, Symbol.iterator, { value: iterate, writable: true, configurable: true, enumerable: false });
    },
  });
  return { make };
})
