(() => {
  "use strict";
  const { apply } = Reflect;
  const { then } = Promise.prototype;
  const iterator = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
  const ok = (value) => [false, value];
  const failed = (reason) => [true, reason];
  const { resolve } = Promise;

  return {
    iterator,
    symbolIterator: Symbol.iterator,
    // reflect gives a promise that is fulfilled however the given one is
    // settled.
    reflect: (value) => apply(then, apply(resolve, Promise, [value]), [ok, failed]),
    self() {
      return this;
    },
  };
})()
