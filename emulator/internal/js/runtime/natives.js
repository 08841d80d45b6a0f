(() => {
  "use strict";
  const { apply } = Reflect;
  const { then } = Promise.prototype;
  return {
    watch(promise, settled) {
      apply(then, promise, [settled, settled]);
    },
    promiseResolve(value) {
      return Promise.resolve(value);
    },
    stub(host, call) {
      return new Proxy(host, {
        get(target, name) {
          if (typeof name === "symbol" || name in target) {
            const value = target[name];
            return typeof value === "function" ? value.bind(target) : value;
          }
          if (name === "then") return undefined;
          return (...args) => call(target, name, args);
        },
      });
    },
  };
})()
