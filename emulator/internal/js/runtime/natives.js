(() => {
  "use strict";
  const { apply, ownKeys, get, has, getOwnPropertyDescriptor } = Reflect;
  const { then } = Promise.prototype;

  // Base classes set ctx and env and nothing else (rule 2.1).
  const base = (name) => ({
    [name]: class {
      constructor(ctx, env) {
        this.ctx = ctx;
        this.env = env;
      }
    },
  })[name];

  // A view of an object that withEnv and withExports may replace for a while.
  // Its own properties are those of the object it stands for.
  const view = (current) => new Proxy({}, {
    get: (_, name) => get(current(), name),
    has: (_, name) => has(current(), name),
    ownKeys: () => ownKeys(current()),
    getOwnPropertyDescriptor(_, name) {
      const d = getOwnPropertyDescriptor(current(), name);
      if (d) d.configurable = true;
      return d;
    },
    set(_, name, value) {
      current()[name] = value;
      return true;
    },
  });

  const workers = (native) => {
    let env = native.env, exports = native.exports;
    const during = (newEnv, newExports, fn) => {
      const before = [env, exports];
      [env, exports] = [newEnv, newExports];
      try {
        return fn();
      } finally {
        [env, exports] = before;
      }
    };
    return {
      DurableObject: base("DurableObject"),
      WorkerEntrypoint: base("WorkerEntrypoint"),
      WorkflowEntrypoint: base("WorkflowEntrypoint"),
      RpcTarget: class RpcTarget {},
      env: view(() => env),
      exports: view(() => exports),
      waitUntil: native.waitUntil,
      withEnv: (newEnv, fn) => during(newEnv, exports, fn),
      withExports: (newExports, fn) => during(env, newExports, fn),
      withEnvAndExports: (newEnv, newExports, fn) => during(newEnv, newExports, fn),
      cache: {},
      tracing: {},
      abortIsolate: native.abortIsolate,
    };
  };

  return {
    workers,
    watch(promise, settled) {
      apply(then, promise, [settled, settled]);
    },
    promiseResolve(value) {
      return Promise.resolve(value);
    },
    unsupported(text) {
      const refuse = () => { throw new Error(text); };
      return new Proxy(() => {}, {
        get: (_, name) => (typeof name === "symbol" || name === "then" || name === "toJSON" ? undefined : refuse()),
        set: refuse, deleteProperty: refuse, apply: refuse, construct: refuse,
      });
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
