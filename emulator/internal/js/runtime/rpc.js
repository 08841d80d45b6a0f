// Stubs as JavaScript sees them: objects whose members are calls to make. What
// travels, and where to, is said in Go: native.
(native) => {
  "use strict";
  const { apply, get, setPrototypeOf, getPrototypeOf, defineProperty } = Reflect;
  const { hasOwn } = Object;
  const objectPrototype = Object.prototype;
  const { then } = Promise.prototype;

  for (const name of ["dispose", "asyncDispose"]) {
    if (!(name in Symbol)) defineProperty(Symbol, name, { value: Symbol(`Symbol.${name}`) });
  }
  const { dispose, toStringTag } = Symbol;

  const illegal = (name) => ({ [name]: function () { throw new TypeError("Illegal constructor"); } })[name];

  // platform makes the prototype of a class of the runtime's, whose methods are
  // enumerable.
  const platform = (ctor, tag, methods, parent = objectPrototype) => {
    const proto = Object.create(parent);
    for (const key of Reflect.ownKeys(methods)) {
      defineProperty(proto, key, { value: methods[key], writable: true, configurable: true, enumerable: typeof key === "string" });
    }
    defineProperty(proto, "constructor", { value: ctor, writable: true, configurable: true });
    defineProperty(proto, toStringTag, { value: tag, configurable: true });
    return proto;
  };

  // Names that are array indices are no members of a stub.
  const isIndex = (name) => {
    const c = name.charCodeAt(0);
    return c >= 48 && c <= 57 && String(name >>> 0) === name && name !== "4294967295";
  };

  // Callable things are proxies of a function without properties; the handler is
  // what the proxy stands for, and only code with the secret gets at it.
  const secret = Symbol("what a stub stands for");
  const hollow = (proto) => {
    const f = function () {}.bind(); // a constructor without a prototype of its own
    delete f.name;
    delete f.length;
    setPrototypeOf(f, proto);
    return f;
  };
  const of = (proxy, kind) => {
    const handler = proxy?.[secret];
    if (!(handler instanceof kind)) throw new TypeError("Illegal invocation");
    return handler;
  };

  // Handlers have no constructor above their own: calls make several of them.
  const handler = (kind, more) => {
    setPrototypeOf(kind.prototype, callable);
    for (const name in more) kind.prototype[name] = more[name];
    return kind;
  };

  const callable = {
    get(target, name) {
      if (typeof name === "symbol") return name === secret ? this : target[name];
      if (name in target) return target[name];
      return isIndex(name) ? undefined : this.member(name);
    },
    has: (target, name) => typeof name === "string" && !isIndex(name) || name in target,
    set: () => true,
    defineProperty: () => true,
    deleteProperty: () => true,
    preventExtensions: () => false,
    setPrototypeOf: () => false,
    apply(_, self, args) {
      return this.call(args, self);
    },
    construct(_, args) {
      return this.call(args);
    },
  };

  // property makes a member of a stub, or, if late, of the result of a call.
  const property = (root, path, late) => new Proxy(propertyTarget, new Property(root, path, late));

  // Stub is a received function or RpcTarget; host is what Go knows it by.
  const Stub = handler(class {
    constructor(host) {
      this.host = host;
    }
    member(name) {
      return name === "then" ? undefined : property(this.host, name, false);
    }
    call(args) {
      return start(this.host, undefined, args, false);
    }
  });

  let resolveOf, rejectOf; // of the promise that was made last
  const grab = (resolve, reject) => {
    resolveOf = resolve;
    rejectOf = reject;
  };
  const wrongThen = (name) => new TypeError(`Failed to execute 'then' on '${name}': parameter 1 is not of type 'Function'.`);

  // Pending is the result of a call, which may still be on its way. Nobody has
  // to handle it unless somebody waits.
  const Pending = handler(class {
    get(target, name) {
      return name === "then" ? (onFulfilled, onRejected) => this.then(onFulfilled, onRejected) : callable.get.call(this, target, name);
    }
    member(name) {
      return property(this, name, true);
    }
    call(args) {
      return start(this, undefined, args, true);
    }
    then(onFulfilled, onRejected) {
      if (typeof onFulfilled !== "function") throw wrongThen("JsRpcPromise");
      if (this.state !== 0) return apply(then, this.state === 1 ? Promise.resolve(this.value) : Promise.reject(this.value), [onFulfilled, onRejected]);
      const promise = new Promise(grab);
      const reaction = { onFulfilled, onRejected, resolve: resolveOf, reject: rejectOf, next: undefined };
      resolveOf = rejectOf = undefined;
      if (this.first === undefined) this.first = reaction;
      else {
        let last = this.first;
        while (last.next !== undefined) last = last.next;
        last.next = reaction;
      }
      return promise;
    }
    // settle is called by Go when nothing else runs.
    settle(value, state) {
      if (this.disposed && state === 1) value?.[dispose]?.();
      this.state = state;
      this.value = value;
      for (let r = this.first; r !== undefined; r = r.next) react(r, value, state);
      this.first = undefined;
    }
  }, {
    id: 0, // by which Go knows the call, until it is settled
    state: 0, // 1: fulfilled, 2: rejected
    value: undefined,
    first: undefined, // of those who wait
    disposed: false,
  });

  // react is what a promise does for one who waits.
  const react = (r, value, state) => {
    const on = state === 1 ? r.onFulfilled : r.onRejected;
    if (typeof on !== "function") {
      (state === 1 ? r.resolve : r.reject)(value);
      return;
    }
    try {
      value = on(value);
    } catch (e) {
      r.reject(e);
      return;
    }
    r.resolve(value);
  };

  // Property is a member that is not called or read yet: a path from a stub or
  // from the result of a call.
  const Property = handler(class {
    constructor(root, path, late) {
      this.root = root;
      this.path = path;
      this.late = late;
    }
    member(name) {
      return property(this.root, typeof this.path === "string" ? [this.path, name] : [...this.path, name], this.late);
    }
    call(args, self) {
      // JSON.stringify does not see members of stubs.
      if (this.path === "toJSON" && args.length === 1 && typeof args[0] === "string") return typeof self === "function" ? undefined : { ...self };
      return start(this.root, this.path, args, this.late);
    }
    then(onFulfilled, onRejected) {
      if (typeof onFulfilled !== "function") throw wrongThen("JsRpcProperty");
      return of(start(this.root, this.path, undefined, this.late), Pending).then(onFulfilled, onRejected);
    }
  });

  // start makes a call, or reads a property if there are no arguments.
  const start = (root, path, args, late) => {
    const pending = new Pending();
    try {
      pending.id = native.start(late ? source(root) : root, path, args, pending);
    } catch (e) {
      pending.settle(e, 2);
    }
    return new Proxy(pendingTarget, pending);
  };

  // source is what calls on a result go to: the call itself while it is on its
  // way, then the value.
  const source = (p) => {
    if (p.disposed) throw new Error("RPC promise used after being disposed.");
    if (p.state === 0) return p.id;
    if (p.state === 2) throw p.value;
    const { value } = p;
    if (typeof value === "function" && value[secret] instanceof Stub) return value[secret].host;
    if (value === null || typeof value !== "object" && typeof value !== "function") throw new TypeError("Can't pipeline on RPC that did not return an object.");
    return native.local(value);
  };

  const same = (value) => value;
  const promiseMethods = (kind) => ({
    then(onFulfilled, onRejected) {
      return of(this, kind).then(onFulfilled, onRejected);
    },
    catch(onRejected) {
      return of(this, kind).then(same, onRejected);
    },
    finally(onFinally) {
      return of(this, kind).then(same).finally(onFinally);
    },
  });

  const RpcPromise = illegal("RpcPromise"), RpcProperty = illegal("RpcProperty");
  const pendingTarget = hollow(platform(RpcPromise, "JsRpcPromise", {
    ...promiseMethods(Pending),
    [dispose]() {
      const p = of(this, Pending);
      if (p.state === 1) p.value?.[dispose]?.();
      p.disposed = true;
    },
  }));
  const propertyTarget = hollow(platform(RpcProperty, "JsRpcProperty", promiseMethods(Property)));
  RpcPromise.prototype = getPrototypeOf(pendingTarget);
  RpcProperty.prototype = getPrototypeOf(propertyTarget);

  function RpcStub(value) {
    if (new.target === undefined) throw new TypeError("Failed to construct 'JsRpcStub': Please use the 'new' operator, this object constructor cannot be called as a function.");
    if (value === null || typeof value !== "object" && typeof value !== "function") {
      throw new TypeError("Failed to construct 'JsRpcStub': constructor parameter 1 is not of type 'JsObject'.");
    }
    return stub(native.own(value));
  }
  const stubTarget = hollow(platform(RpcStub, "JsRpcStub", {
    dup() {
      return stub(native.dup(of(this, Stub).host));
    },
    [dispose]() {
      native.dispose(of(this, Stub).host);
    },
  }));
  RpcStub.prototype = getPrototypeOf(stubTarget);
  const stub = (host) => new Proxy(stubTarget, new Stub(host));

  class RpcTarget {}
  defineProperty(RpcTarget.prototype, toStringTag, { value: "JsRpcTarget", configurable: true });

  // Stubs of objects and of services are plain objects whose prototype is wild:
  // every name that is no member of their own is a member of what they reach.
  const wild = {
    get(target, name, receiver) {
      if (typeof name === "symbol" || name in fetcher || hasOwn(target, name)) return get(target, name, receiver);
      if (!native.rpc || name === "then" || isIndex(name)) return undefined;
      return property(receiver, name, false);
    },
    has: (target, name) => native.rpc && typeof name === "string" && !isIndex(name) || name in fetcher || hasOwn(target, name),
  };
  const ServiceStub = illegal("ServiceStub"), DurableObject = illegal("DurableObject");
  const fetcher = platform(ServiceStub, "Fetcher", {
    fetch(...args) {
      try {
        return native.fetch(this, args);
      } catch (e) {
        return Promise.reject(e);
      }
    },
    connect(...args) {
      return native.connect(this, args);
    },
  });
  ServiceStub.prototype = new Proxy(fetcher, wild);
  DurableObject.prototype = new Proxy(platform(DurableObject, "DurableObject", {}, ServiceStub.prototype), wild);

  // What calls may reach in a value: only own members of plain objects and
  // functions, only those of the class of anything else (rules 10.3, 10.4, 10.22).
  const missing = (name) => new TypeError(`The RPC receiver does not implement the method "${name}".`);
  const reserved = (name) => new TypeError(`'${name}' is a reserved method and cannot be called over RPC.`);
  const targetNames = { __proto__: null, dup: true, constructor: true };
  const entryNames = { __proto__: targetNames, fetch: true, connect: true, alarm: true, webSocketMessage: true, webSocketClose: true, webSocketError: true };
  const entry = 0, own = 1, inherited = 2; // how a value is looked into

  const inherits = (value, proto) => {
    for (let p = getPrototypeOf(value); p !== null; p = getPrototypeOf(p)) if (p === proto) return true;
    return false;
  };

  const member = (value, how, name, reservedNames) => {
    if (reservedNames[name]) throw reserved(name);
    if (how === own) {
      if (!hasOwn(value, name)) throw missing(name);
      return value[name];
    }
    if (hasOwn(value, name)) throw missing(name);
    const found = value[name];
    if (found === objectPrototype[name]) throw missing(name);
    return found;
  };

  // find gives the member that a call names, and what it is a member of.
  const find = (value, how, path) => {
    const names = how === entry ? entryNames : targetNames;
    if (typeof path === "string") return member(value, how, path, names);
    let inStub = false;
    for (const name of path.slice(0, -1)) {
      value = member(value, how, name, names);
      if (value === null || typeof value !== "object" && typeof value !== "function") throw missing(name);
      if (getPrototypeOf(value) === objectPrototype) how = own;
      else if (inherits(value, RpcTarget.prototype)) how = inherited;
      else if (isStub(value) || inStub && value[secret] instanceof Property) [how, inStub] = [inherited, true];
      else if (isFunction(value)) how = own;
      else throw missing(name);
    }
    return [member(value, how, path[path.length - 1], names), value];
  };

  const isStub = (value) => typeof value === "function" && value[secret] instanceof Stub || inherits(value, ServiceStub.prototype);
  const isFunction = (value) => typeof value === "function" && !(value[secret] instanceof Property) && !(value[secret] instanceof Pending);

  return {
    RpcStub, RpcPromise, RpcProperty, RpcTarget, ServiceStub,
    fetcher: ServiceStub.prototype, object: DurableObject.prototype,
    stub, find,
    settle: (pending, value, state) => pending.settle(value, state),
    // reveal tells Go what a function is: what a stub stands for, the name of a
    // class that cannot be sent, or nothing.
    reveal(value) {
      const handler = value[secret];
      if (handler instanceof Stub) return handler.host;
      if (handler instanceof Pending) return "RpcPromise";
      if (handler instanceof Property) return "RpcProperty";
    },
    // how tells in which way a stub made of a value looks into it; undefined
    // if none can be made.
    how(value) {
      if (getPrototypeOf(value) === objectPrototype) return own;
      if (inherits(value, RpcTarget.prototype)) return inherited;
      if (isFunction(value)) return own;
    },
    // result prepares a value to be sent as a result: the disposer of a plain
    // object stays behind, and is called when nobody holds the result any more.
    disposer(value) {
      const fn = value[dispose];
      delete value[dispose];
      if (typeof fn === "function") return fn;
    },
    disposerOf(value) {
      const fn = value[dispose];
      if (typeof fn === "function") return fn;
    },
    // disposable gives a received result its disposer.
    disposable(value, fn) {
      defineProperty(value, dispose, { value: fn, writable: true, configurable: true, enumerable: false });
    },
    isTarget: (value) => inherits(value, RpcTarget.prototype),
    className: (value) => getPrototypeOf(value)?.constructor?.name || "Object",
    // headed gives an error that came from elsewhere a stack without frames.
    headed(error) {
      if (!error.stack) defineProperty(error, "stack", { value: String(error), writable: true, configurable: true, enumerable: false });
      return error;
    },
  };
}
