//// names and lengths
return [setTimeout,clearTimeout,setInterval,clearInterval,queueMicrotask,structuredClone,atob,btoa,reportError].map(f=>f.name+':'+f.length)
//// tags
return [navigator,performance,scheduler,Cloudflare,console].map(o=>Object.prototype.toString.call(o)).concat(origin,typeof setImmediate,typeof global,typeof process,typeof Buffer,typeof window,self===globalThis)
//// timer numbers
const a=setTimeout(()=>{},1),b=setInterval(()=>{},1),c=setTimeout(()=>{},1); clearInterval(b); clearTimeout(a); clearInterval(c); return [typeof a,b-a,c-b]
//// timer arguments
return [await new Promise(r=>setTimeout((...a)=>r(a),0,1,'b')), await new Promise(r=>setTimeout(function(){r([this===globalThis,arguments.length])},0)), await new Promise(r=>setTimeout(r,NaN)), await new Promise(r=>setTimeout(r,-5)), await new Promise(r=>setTimeout(r,'5')), await new Promise(r=>setTimeout(r,undefined,7)), await new Promise(r=>setTimeout(r,null,8)), await new Promise(r=>setTimeout(r,{},9))]
//// timer refusals
return [await outcome(()=>setTimeout('x=1',0)),await outcome(()=>setTimeout()),await outcome(()=>setTimeout(null)),await outcome(()=>setInterval({},1)),await outcome(()=>setTimeout(()=>{},Symbol())),await outcome(()=>setTimeout(()=>{},5n)),await outcome(()=>clearTimeout()),await outcome(()=>clearInterval()),await outcome(()=>clearTimeout(5n)),await outcome(()=>clearTimeout(Symbol())),clearTimeout(undefined),clearTimeout(99999),clearTimeout('x'),clearTimeout({}),clearInterval(NaN),clearTimeout(null)]
//// timer order
const l=[]; await new Promise(r=>{setTimeout(()=>l.push('t100'),100);setTimeout(()=>{l.push('t0');Promise.resolve().then(()=>l.push('m0'))},0);setTimeout(()=>l.push('t30'),30);queueMicrotask(()=>l.push('micro'));setTimeout(r,200)}); return l
//// interval
const l=[]; await new Promise(r=>{let n=0; const id=setInterval((x)=>{l.push(x+n); if(++n===3){clearInterval(id);r()}},2,'i')}); return l
//// cleared in the callback of another
const l=[]; await new Promise(r=>{ let b; setTimeout(()=>clearTimeout(b),5); b=setTimeout(()=>l.push('no'),60); setTimeout(r,120)}); return l
//// nested timers
const l=[]; await new Promise(r=>setTimeout(()=>{l.push(1);setTimeout(()=>{l.push(2);r()},0)},0)); return l
//// queueMicrotask
const l=[]; queueMicrotask(()=>l.push('a')); Promise.resolve().then(()=>l.push('b')); l.push('sync'); await new Promise(r=>setTimeout(r,1)); return [l,await outcome(()=>queueMicrotask()),await outcome(()=>queueMicrotask(5)),queueMicrotask(()=>1)]
//// scheduler.wait
return [await scheduler.wait(1),await scheduler.wait(-1),await scheduler.wait('x'),await outcome(()=>scheduler.wait()),await outcome(()=>scheduler.wait(1,5)),await outcome(()=>scheduler.wait(1,{signal:5})),await scheduler.wait(1,{}),await scheduler.wait(1,null),Object.getOwnPropertyNames(Object.getPrototypeOf(scheduler))]
//// scheduler.wait and its signal
const c=new AbortController(); const p=scheduler.wait(500,{signal:c.signal}); c.abort('why'); const d=new AbortController(); const q=scheduler.wait(500,{signal:d.signal}); d.abort(); return [await outcome(()=>p),await outcome(()=>q),await outcome(()=>scheduler.wait(5,{signal:AbortSignal.abort('x')})),await outcome(()=>scheduler.wait(5,{signal:AbortSignal.abort(new RangeError('r'))})),await scheduler.wait(1,{signal:new AbortController().signal})]
//// performance
const o=[]; for(const k in performance) o.push(k); return [o.sort(),performance.timeOrigin,Math.abs(performance.now()-Date.now())<2000,typeof performance.mark]
//// navigator
const o={}; for(const k in navigator) o[k]=typeof navigator[k]==='function'?'fn':navigator[k]; const keys=Object.keys(o).sort(); return [keys,keys.map(k=>o[k]),await outcome(()=>new Navigator()),navigator instanceof Navigator,Object.getOwnPropertyNames(Navigator.prototype),await outcome(()=>navigator.sendBeacon())]
//// atob
return [atob('aGk='),atob(' a G k '),atob('aGk'),atob(''),atob('/+8='),atob(null),atob('YQ\n==\t'),atob('YR=='),await outcome(()=>atob('a')),await outcome(()=>atob('*')),await outcome(()=>atob()),await outcome(()=>atob('aGk==')),await outcome(()=>atob('-_8=')),await outcome(()=>atob('YQ==YQ==')),await outcome(()=>atob('YQ=')),await outcome(()=>atob('=')),await outcome(()=>atob('€')),await outcome(()=>atob(undefined)),await outcome(()=>atob('aGk\u00a0'))]
//// btoa
return [btoa('hi'),btoa(''),btoa('\xff\xfe'),btoa(5),btoa(null),btoa(undefined),await outcome(()=>btoa('€')),await outcome(()=>btoa()),await outcome(()=>btoa(Symbol())),btoa(atob('AAECA/8=')),btoa({toString(){return 'o'}}),await outcome(()=>btoa('\ud800'))]
//// structuredClone
const b=new ArrayBuffer(8); const c=structuredClone({b,d:new Date(5),m:new Map([[1,new Set([2])]]),u:new Uint8Array(b,2,3),e:Object.assign(new RangeError('r',{cause:1}),{x:1})},{transfer:[b]}); return [b.byteLength,c.b.byteLength,c.d,c.m,c.u.length,c.u.buffer===c.b,c.e,c.e instanceof RangeError]
//// structuredClone refusals
return [await outcome(()=>structuredClone()),structuredClone(undefined),structuredClone(1,null),structuredClone(1,{}),await outcome(()=>structuredClone(1,5)),await outcome(()=>structuredClone(1,{transfer:5})),await outcome(()=>structuredClone(1,{transfer:'ab'})),await outcome(()=>structuredClone(1,{transfer:[{}]})),await outcome(()=>structuredClone(()=>1)),await outcome(()=>structuredClone(Symbol('s'))),await outcome(()=>structuredClone(Promise.resolve())),await outcome(()=>structuredClone(new AbortController())),await outcome(()=>structuredClone(new Event('x'))),await outcome(()=>structuredClone(new EventTarget())),await outcome(()=>structuredClone(navigator)),await outcome(()=>structuredClone({get a(){throw new TypeError('g')}}))]
//// structuredClone of a DOMException
const e=new DOMException('m','AbortError'); const c=structuredClone(e); return [c,c instanceof DOMException,c.code,c.stack===e.stack,Object.getOwnPropertyNames(c)]
//// reportError
const l=[]; const f=(e)=>{l.push(e.type,e.message,e.error instanceof Error?e.error.message:e.error,typeof e.filename,e.lineno>0,e.constructor.name,e.cancelable);e.preventDefault()}; addEventListener('error',f); reportError(new Error('rep')); reportError(5); removeEventListener('error',f); return [l,await outcome(()=>reportError())]
//// code from strings
return [await outcome(()=>eval('1+1')),await outcome(()=>(0,eval)('1')),await outcome(()=>new Function('return 1')),await outcome(()=>Function('return 1')),await outcome(()=>new (async()=>{}).constructor('return 1')),await outcome(()=>new (function*(){}).constructor('return 1')),await outcome(()=>(()=>{}).constructor('1')),(()=>{}) instanceof Function,Function.prototype.constructor===Function,(()=>1).constructor===Function,Function.name,Function.length,eval.name,typeof eval]
//// stacks
function outer(){ return new Error('m').stack } const e=new TypeError('t'); const o={}; Error.captureStackTrace(o); class E extends Error{constructor(m){super(m);this.name='E'}} const late=new E('q'); late.name='Q2'; return [outer().split('\n')[0],/^    at outer \(/.test(outer().split('\n')[1]),e.stack.split('\n')[0],/^    at /.test(e.stack.split('\n')[1]),o.stack.split('\n')[0],Object.keys(o),new Error().stack.split('\n')[0],new E('q').stack.split('\n')[0],late.stack.split('\n')[0],Error.stackTraceLimit,typeof Error.captureStackTrace,new Error('multi\nline').stack.split('\n')[1]]
//// captureStackTrace above a function
function inner(){ const o={}; Error.captureStackTrace(o,inner); return o.stack } function caller(){ return inner() } return [/at caller/.test(caller().split('\n')[1]),await outcome(()=>Error.captureStackTrace(5))]
//// stackTraceLimit
function deep(n){ return n?deep(n-1):new Error('l').stack } Error.stackTraceLimit=2; const a=deep(5).split('\n').length; Error.stackTraceLimit=0; const b=deep(5).split('\n').length; Error.stackTraceLimit=10; return [a,b,deep(30).split('\n').length]
//// prepareStackTrace
Error.prepareStackTrace=(e,s)=>[e.message,Array.isArray(s),s[0].getFunctionName(),typeof s[0].getFileName(),typeof s[0].getLineNumber(),typeof s[0].getColumnNumber(),s[0].isNative(),s[0].isEval()]; function named(){return new Error('p')} const s=named().stack; Error.prepareStackTrace=undefined; return [s,typeof new Error('x').stack]
//// structuredClone of objects of the platform
const h=structuredClone(new Headers([['a','b'],['content-type','x/y'],['set-cookie','1'],['set-cookie','2']])); const b=structuredClone(new Blob(['abc'],{type:'text/plain'})); const r=structuredClone(new Request('http://x/p?q',{method:'PUT',headers:{a:'b'},redirect:'manual'})); const s=structuredClone(new Response(null,{status:204,headers:{c:'d'}})); return [[...h],h.getSetCookie(),b.size,b.type,await b.text(),r.url,r.method,[...r.headers],r.redirect,r instanceof Request,s.status,[...s.headers],s instanceof Response,structuredClone({h:[h,h]}).h[0] instanceof Headers]
//// structuredClone refuses objects of the platform
return [await outcome(()=>structuredClone(new URL('http://x/'))),await outcome(()=>structuredClone(new ReadableStream())),await outcome(()=>structuredClone(new TransformStream())),await outcome(()=>structuredClone(new WritableStream())),await outcome(()=>structuredClone(new Response('x'))),await outcome(()=>structuredClone(new Request('http://x/',{method:'POST',body:'x'}))),await outcome(()=>structuredClone(AbortSignal.abort())),await outcome(()=>structuredClone(new FormData())),await outcome(()=>structuredClone(new File(['x'],'n'))),await outcome(()=>structuredClone(crypto)),await outcome(()=>structuredClone(new TextDecoder())),await outcome(()=>structuredClone(new URLSearchParams()))]
//// the global scope
return [Object.prototype.toString.call(globalThis),String(globalThis),globalThis.constructor.name,globalThis instanceof ServiceWorkerGlobalScope,globalThis instanceof WorkerGlobalScope,globalThis instanceof EventTarget,Object.keys(globalThis).filter(k=>!['caches','show','outcome'].includes(k)).sort(),await outcome(()=>new ServiceWorkerGlobalScope()),await outcome(()=>new WorkerGlobalScope()),typeof window,Object.getPrototypeOf(ServiceWorkerGlobalScope.prototype)===WorkerGlobalScope.prototype,'addEventListener' in globalThis]
//// stacks of subclasses
class Base extends Error{constructor(m){super(m);this.name='Base'}} class Mine extends Base{constructor(m){super(m)}} function thrower(){ throw new Mine('x') } try{ thrower() }catch(e){ const l=e.stack.split('\n'); return [l[0],l[1].replace(/\(.*/,'')] }
