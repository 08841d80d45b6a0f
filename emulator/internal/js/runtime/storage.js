(() => {
  "use strict";
  const { apply } = Reflect;
  const { then } = Promise.prototype;
  const iterator = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
  if (!(Symbol.dispose in iterator)) { // the engine's iterators know nothing of using
    const dispose = { [Symbol.dispose]() { this.return?.(); } }[Symbol.dispose];
    Object.defineProperty(iterator, Symbol.dispose, { value: dispose, writable: true, enumerable: false, configurable: true });
  }
  const ok = (value) => [false, value];
  const failed = (reason) => [true, reason];
  const { resolve } = Promise;

  return {
    iterator,
    symbolIterator: Symbol.iterator,
    // reflect gives a promise that is fulfilled however the given one is
    // settled; fail, if there is one, is told of a rejection.
    reflect(value, fail) {
      return apply(then, apply(resolve, Promise, [value]), [ok, (reason) => {
        fail?.(reason);
        return failed(reason);
      }]);
    },
    self() {
      return this;
    },
  };
})()
