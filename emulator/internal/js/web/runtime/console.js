// console: text as Node prints it, which is how the runtime prints what it does
// print.
(function (native, use) {
  'use strict';
  let indent = '';
  const counts = new Map();
  const times = new Map();

  // format makes one text of what a method is called with. Plain strings, which
  // are nearly all that is printed, need no inspect.
  function format(args) {
    if (args.every((v) => typeof v === 'string') && (args.length < 2 || !args[0].includes('%'))) return args.join(' ');
    return use('inspect.gen').format(...args);
  }
  const inspect = (v, options) => use('inspect.gen').inspect(v, options);

  function print(level, text) {
    if (indent !== '') text = indent + text.replaceAll('\n', `\n${indent}`);
    native.print(level, text);
  }
  const label = (v) => (v === undefined ? 'default' : `${v}`);

  // duration is a time in milliseconds as Node shows it.
  function duration(ms) {
    const two = (n) => `${n}`.padStart(2, '0');
    if (ms >= 3600000) return `${Math.floor(ms / 3600000)}:${two(Math.floor(ms / 60000) % 60)}:${two(Math.floor(ms / 1000) % 60)} (h:mm:ss)`;
    if (ms >= 60000) return `${Math.floor(ms / 60000)}:${(ms / 1000 % 60).toFixed(3).padStart(6, '0')} (m:ss.mmm)`;
    if (ms >= 1000) return `${(ms / 1000).toFixed(3)}s`;
    return `${+ms.toFixed(3)}ms`;
  }
  function elapsed(name, method) {
    const start = times.get(name);
    if (start === undefined) print('warn', `Warning: No such label '${name}' for console.${method}()`);
    return start === undefined ? undefined : duration(native.now() - start);
  }

  // box draws a table of texts.
  function box(head, rows) {
    const { getStringWidth } = use('inspect.gen');
    const widths = head.map((h, n) => Math.max(getStringWidth(h), ...rows.map((r) => getStringWidth(r[n]))) + 2);
    const line = (left, middle, right) => left + widths.map((w) => '─'.repeat(w)).join(middle) + right;
    const row = (cells) => `│${cells.map((c, n) => ` ${c}${' '.repeat(widths[n] - getStringWidth(c) - 1)}`).join('│')}│`;
    return [line('┌', '┬', '┐'), row(head), line('├', '┼', '┤'), ...rows.map(row), line('└', '┴', '┘')].join('\n');
  }
  const isObject = (v) => (typeof v === 'object' && v !== null) || typeof v === 'function';
  const cell = (v) => inspect(v, { maxArrayLength: 3, breakLength: Infinity, depth: isObject(v) && !Array.isArray(v) && Object.keys(v).length > 2 ? -1 : 0 });

  function table(data, columns) {
    if (!isObject(data)) {
      print('info', format([data]));
      return;
    }
    let index = '(index)';
    let entries;
    if (data instanceof Map) {
      index = '(iteration index)';
      const rows = [...data].map(([k, v], n) => [`${n}`, cell(k), cell(v)]);
      print('info', box([index, 'Key', 'Values'], rows));
      return;
    }
    if (data instanceof Set) {
      index = '(iteration index)';
      entries = [...data].map((v, n) => [`${n}`, v]);
    } else {
      entries = Object.keys(data).map((k) => [k, data[k]]);
    }
    const names = columns === undefined ? [] : [...columns];
    let values = false;
    for (const [, v] of entries) {
      if (!isObject(v)) values = true;
      else if (columns === undefined) for (const k of Object.keys(v)) if (!names.includes(k)) names.push(k);
    }
    const rows = entries.map(([k, v]) => [
      k,
      ...names.map((name) => (isObject(v) && Object.hasOwn(v, name) ? cell(v[name]) : '')),
      ...(values ? [isObject(v) ? '' : cell(v)] : []),
    ]);
    print('info', box([index, ...names, ...(values ? ['Values'] : [])], rows));
  }

  function trace(args) {
    const holder = { name: 'Trace', message: args.length === 0 ? '' : format(args) };
    const head = holder.message === '' ? 'Trace' : `Trace: ${holder.message}`;
    return `${head}${native.stack()}`;
  }

  const methods = {
    debug(...args) { print('debug', format(args)); },
    error(...args) { print('error', format(args)); },
    info(...args) { print('info', format(args)); },
    log(...args) { print('info', format(args)); },
    warn(...args) { print('warn', format(args)); },
    dir(value, options) { print('info', inspect(value, { customInspect: false, ...options })); },
    dirxml(...args) { print('info', format(args)); },
    table,
    trace(...args) { print('error', trace(args)); },
    group(...args) {
      if (args.length > 0) print('info', format(args));
      indent += '  ';
    },
    groupCollapsed(...args) { methods.group(...args); },
    groupEnd() { indent = indent.slice(2); },
    clear() {},
    count(name) {
      name = label(name);
      const n = (counts.get(name) ?? 0) + 1;
      counts.set(name, n);
      print('info', `${name}: ${n}`);
    },
    countReset(name) {
      name = label(name);
      if (!counts.delete(name)) print('warn', `Warning: Count for '${name}' does not exist`);
    },
    assert(condition, ...args) {
      if (condition) return;
      if (typeof args[0] === 'string') args[0] = `Assertion failed: ${args[0]}`;
      else args.unshift('Assertion failed');
      print('error', format(args));
    },
    profile() {},
    profileEnd() {},
    time(name) {
      name = label(name);
      if (times.has(name)) print('warn', `Warning: Label '${name}' already exists for console.time()`);
      else times.set(name, native.now());
    },
    timeLog(name, ...args) {
      name = label(name);
      const time = elapsed(name, 'timeLog');
      if (time !== undefined) print('info', args.length > 0 ? `${name}: ${time} ${format(args)}` : `${name}: ${time}`);
    },
    timeEnd(name) {
      name = label(name);
      const time = elapsed(name, 'timeEnd');
      times.delete(name);
      if (time !== undefined) print('info', `${name}: ${time}`);
    },
    timeStamp() {},
    context() { return console; },
  };
  const console = {};
  for (const name in methods) {
    Object.defineProperty(methods[name], 'length', { value: 0 });
    console[name] = methods[name];
  }
  Object.defineProperty(console, Symbol.toStringTag, { value: 'console', configurable: true });
  return { console };
})
