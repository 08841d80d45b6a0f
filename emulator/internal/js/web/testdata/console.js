//// levels
for(const k of ['log','info','debug','warn','error']) console[k](k,1)
//// formats
console.log('%s %d %i %f %j %o %O %c %%','a','42.5','42.5','1.5',{a:1},{b:[1]},{c:1},'css','rest',1); console.log('%s',{a:1},'%s',Symbol('x')); console.log('%s %s','a'); console.log('%d',{},'%i'); console.log('%x %s','h'); console.log('a%sb',12n); console.log('%d',12n); console.log('%s',-0); console.log({a:1},'%s','x'); console.log('%s',null,undefined,()=>1,class Q{},new Date(0),[1,'a',{b:{c:{}}}]); console.log('100%','x'); console.log('%')
//// primitives
console.log(1,-0,'s',true,null,undefined,12n,Symbol('q'),()=>1,class Z{},function foo(){},async()=>1,function* g(){},NaN)
//// objects
console.log({a:1,b:'x',c:[1,2,{d:{e:{f:{}}}}]},[1,,3],new Map([[1,{a:2}]]),new Set(['x']),new Date(0),/x/g,new Date(NaN)); const o={a:1}; o.self=o; console.log(o); console.log({get a(){return 1},set b(v){},get c(){return 1},set c(v){}}); console.log({[Symbol('k')]:1,'a b':2,3:4}); console.log(Object.create(null),[[[[1]]]],{u:undefined})
//// classes
class A{x=1;#p=2;get g(){return 1}} console.log(new A,Object.create(null),new (class B extends A{}),[new A],new (class extends Map{})([[1,2]]),new (class C extends Array{})(3),Object.create({}),new (class{}))
//// binary
console.log(new Uint8Array([1,2]),new ArrayBuffer(3),new Float64Array(2),new DataView(new ArrayBuffer(2)),new BigInt64Array(1))
//// boxes and others
console.log(Object('s'),Object(1),Object(5n),Object(false),Promise.resolve(1),new Promise(()=>{}),new WeakMap,new WeakSet,new Proxy({a:1},{}),globalThis===self,Symbol.iterator,[1].values(),(function(){return arguments})(1))
//// long
console.log(Array.from({length:120},(_, i)=>i)); console.log({s:'x'.repeat(100),t:'y'.repeat(80)}); console.log(['a'.repeat(30),'b'.repeat(30),'c'.repeat(30)]); console.log(new Map(Array.from({length:5},(_,i)=>[i,'value '+i.toString().repeat(20)]))); console.log(Array.from({length:30},(_,i)=>'item'+i))
//// strings
console.log('a\nb',['a\nb',"it's",'q"q'],{k:'v"'},['\u{1F600}','\x00','\ud800']); console.log(); console.log(''); console.log(' ')
//// custom inspection
console.log({[Symbol.for('nodejs.util.inspect.custom')](){return 'CUSTOM'}},{inspect(){return 'x'}},{toString(){return 'ts'}},{toJSON(){return 1}})
//// objects of the platform
console.log(new URL('http://a/b?c=1#d')); console.log(new URLSearchParams('a=1&b=2'),new Blob(['x']),new AbortController().signal,new TextEncoder); console.log(new FormData)
//// errors without a stack
const e=new TypeError('t'); e.stack='TypeError: t'; console.log(e); const f=new Error('own',{cause:'why'}); f.stack='Error: own'; f.code=5; console.log(f,[f]); const g=new RangeError(''); g.stack='RangeError'; console.log(g); console.log(Object.assign(new AggregateError([1,2],'many'),{stack:'AggregateError: many'}))
//// node table
console.table([{a:1,b:2},{a:3}]); console.table([[1,2],[3,4]]); console.table(5); console.table([{a:1,b:2}],['b']); console.table({x:{y:1},z:{y:'s'}}); console.table(['p','q']); console.table(new Map([['k',{v:1}]])); console.table(new Set([1])); console.table([{a:{b:{c:1}}},1]); console.table([])
//// node groups
console.group('G',1); console.log('in\nline2'); console.group(); console.info({a:1}); console.groupEnd(); console.log('back'); console.groupEnd(); console.groupEnd(); console.groupCollapsed('C'); console.log('c'); console.groupEnd(); console.log('out')
//// node counts
console.count(); console.count(); console.count('x'); console.countReset(); console.count(); console.count(undefined); console.count(null)
//// node assert
console.assert(true,'no'); console.assert(false); console.assert(false,'msg %s','x'); console.assert(false,{a:1}); console.assert(0,'a','b')
//// node dir
console.dir({a:{b:{c:{d:1}}}}); console.dir({a:{b:{c:{d:1}}}},{depth:0}); console.dirxml({a:1},2); console.dir('s')
