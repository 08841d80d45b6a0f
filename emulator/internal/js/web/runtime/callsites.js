// The objects that Error.prepareStackTrace gets, as far as the engine knows what
// they tell.
(function (native, use) {
  'use strict';
  class CallSite {
    #s;
    constructor(name, file, line, column) { this.#s = { name, file, line, column }; }
    getThis() { return undefined; }
    getTypeName() { return this.#s.name.includes('.') ? this.#s.name.slice(0, this.#s.name.lastIndexOf('.')) : null; }
    getFunction() { return undefined; }
    getFunctionName() { return this.#s.name === '' ? null : this.#s.name; }
    getMethodName() { return null; }
    getFileName() { return this.#s.file === '' ? null : this.#s.file; }
    getLineNumber() { return this.#s.line || null; }
    getColumnNumber() { return this.#s.column || null; }
    getEvalOrigin() { return undefined; }
    isToplevel() { return true; }
    isEval() { return false; }
    isNative() { return false; }
    isConstructor() { return false; }
    isAsync() { return false; }
    isPromiseAll() { return false; }
    getPromiseIndex() { return null; }
    getScriptNameOrSourceURL() { return this.getFileName(); }
    getScriptHash() { return ''; }
    getEnclosingLineNumber() { return this.getLineNumber(); }
    getEnclosingColumnNumber() { return this.getColumnNumber(); }
    getPosition() { return 0; }
    toString() {
      const { name, file, line, column } = this.#s;
      const place = file === '' ? '<anonymous>' : line ? `${file}:${line}:${column}` : file;
      return name === '' ? place : `${name} (${place})`;
    }
  }
  return { CallSite };
})
