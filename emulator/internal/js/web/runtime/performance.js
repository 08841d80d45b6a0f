// performance: two members, and under Node compatibility marks and measures.
(function (native, use) {
  'use strict';
  const { platform, enabled } = use('core');

  class Performance {
    get timeOrigin() { return 0; }
    now() { return native.now(); }
  }
  const Public = platform(Performance, { illegalConstructor: true });
  if (enabled('nodejs_compat', 'no_nodejs_compat', '') || enabled('nodejs_compat_v2', 'no_nodejs_compat_v2', '')) {
    const { marks } = use('marks');
    for (const name in marks) Object.defineProperty(Performance.prototype, name, { value: marks[name], writable: true, enumerable: true, configurable: true });
  }
  return { performance: Object.create(Public.prototype) };
})
