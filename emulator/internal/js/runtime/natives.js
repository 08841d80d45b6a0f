(() => {
  "use strict";
  const { apply, ownKeys, get, has, getOwnPropertyDescriptor } = Reflect;
  const { then } = Promise.prototype;

  // Base classes set ctx and env and nothing else (rule 2.1). ctx must be a
  // value that fits, which type names.
  const base = (name, tag, type, fits) => tagged(name, tag, {
    [name]: class {
      constructor() {
        const ctx = arguments[0];
        if (!fits(ctx)) throw new TypeError(`Failed to construct '${tag}': constructor parameter 1 is not of type '${type}'.`);
        this.ctx = ctx;
        this.env = arguments[1];
      }
    },
  });

  const isObject = (v) => typeof v === "object" && v !== null || typeof v === "function";
  const { toString } = Object.prototype;
  const isState = (v) => isObject(v) && apply(toString, v, []) === "[object DurableObjectState]";

  const tagged = (name, tag, { [name]: base }) => {
    Object.defineProperty(base.prototype, Symbol.toStringTag, { value: tag, configurable: true });
    return base;
  };

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
      DurableObject: base("DurableObject", "DurableObjectBase", "DurableObjectState", isState),
      WorkerEntrypoint: base("WorkerEntrypoint", "WorkerEntrypoint", "JsObject", isObject),
      WorkflowEntrypoint: base("WorkflowEntrypoint", "WorkflowEntrypoint", "JsObject", isObject),
      RpcTarget: native.rpc.RpcTarget,
      RpcStub: native.rpc.RpcStub,
      RpcPromise: native.rpc.RpcPromise,
      RpcProperty: native.rpc.RpcProperty,
      ServiceStub: native.rpc.ServiceStub,
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
    // describe is how V8 shows a thrown value that is no error.
    describe(value) {
      if (typeof value === "object" && value !== null || typeof value === "function") {
        if (typeof value === "function") return Function.prototype.toString.call(value);
        return `#<${Object.getPrototypeOf(value)?.constructor?.name || "Object"}>`;
      }
      return String(value);
    },
    // A member of ctx.exports is what it stands for, and a function as well.
    loopback(target, withProps, object) {
      const bound = new Map();
      return new Proxy(function () {}, {
        get(_, name) {
          const value = get(target, name, target);
          if (typeof value !== "function" || !object && name !== "fetch" && name !== "connect") return value;
          if (!bound.has(name)) bound.set(name, value.bind(target));
          return bound.get(name);
        },
        has: (_, name) => has(target, name),
        getPrototypeOf: () => Reflect.getPrototypeOf(target),
        apply: (_, self, args) => withProps(...args),
      });
    },
    unsupported(text) {
      const refuse = () => { throw new Error(text); };
      return new Proxy(() => {}, {
        get: (_, name) => (typeof name === "symbol" || name === "then" || name === "toJSON" ? undefined : refuse()),
        set: refuse, deleteProperty: refuse, apply: refuse, construct: refuse,
      });
    },
  };
})()
