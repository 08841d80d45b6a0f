// Marks and measures, which Node compatibility adds to performance.
(function (native, use) {
  'use strict';
  const { illegal, isObject, platform } = use('core');
  const { DOMException } = use('events').internal;

  class PerformanceEntry {
    #s;
    constructor(entryType, name, startTime, duration, detail) { this.#s = { name, entryType, startTime, duration, detail }; }
    static of(v) {
      if (!isObject(v) || !(#s in v)) throw illegal();
      return v.#s;
    }
    get name() { return PerformanceEntry.of(this).name; }
    get entryType() { return PerformanceEntry.of(this).entryType; }
    get startTime() { return PerformanceEntry.of(this).startTime; }
    get duration() { return PerformanceEntry.of(this).duration; }
    toJSON() {
      const { name, entryType, startTime, duration } = PerformanceEntry.of(this);
      return { name, entryType, startTime, duration };
    }
  }
  class PerformanceMark extends PerformanceEntry {
    constructor(name, options) {
      const { startTime = native.now(), detail = null } = options ?? {};
      super('mark', `${name}`, +startTime, 0, detail);
    }
    get detail() { return PerformanceEntry.of(this).detail; }
  }
  class PerformanceMeasure extends PerformanceEntry {
    get detail() { return PerformanceEntry.of(this).detail; }
  }

  let entries = [];
  const clear = (type, name) => {
    entries = entries.filter((e) => e.entryType !== type || (name !== undefined && e.name !== `${name}`));
  };
  // time is that of a mark, or a number.
  function time(mark) {
    if (typeof mark === 'number') return mark;
    const found = entries.findLast((e) => e.entryType === 'mark' && e.name === `${mark}`);
    if (found === undefined) throw new DOMException(`The mark '${mark}' does not exist.`, 'SyntaxError');
    return found.startTime;
  }

  const marks = {
    mark(name, options) {
      const entry = new PerformanceMark(name, options);
      entries.push(entry);
      return entry;
    },
    measure(name, from, to) {
      const o = isObject(from) ? from : { start: from, end: to };
      let start = o.start === undefined ? 0 : time(o.start);
      let end = o.end === undefined ? native.now() : time(o.end);
      if (o.duration !== undefined) {
        if (o.start === undefined && o.end !== undefined) start = end - o.duration;
        else end = start + o.duration;
      }
      const entry = new PerformanceMeasure('measure', `${name}`, start, end - start, o.detail ?? null);
      entries.push(entry);
      return entry;
    },
    getEntries: () => entries.slice().sort((a, b) => a.startTime - b.startTime),
    getEntriesByName: (name, type) => marks.getEntries().filter((e) => e.name === `${name}` && (type === undefined || e.entryType === type)),
    getEntriesByType: (type) => marks.getEntries().filter((e) => e.entryType === type),
    clearMarks(name) { clear('mark', name); },
    clearMeasures(name) { clear('measure', name); },
    toJSON: () => ({ timeOrigin: 0 }),
  };

  return {
    PerformanceEntry: platform(PerformanceEntry, { illegalConstructor: true }), PerformanceMark: platform(PerformanceMark),
    PerformanceMeasure: platform(PerformanceMeasure, { illegalConstructor: true }), marks,
  };
})
