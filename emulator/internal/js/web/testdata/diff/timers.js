//// arguments
return [await outcome(()=>setTimeout()),await outcome(()=>setTimeout(5,1)),await outcome(()=>setTimeout('x',1)),await outcome(()=>setTimeout(()=>{},Symbol('x'))),await outcome(()=>setTimeout(()=>{},5n)),await outcome(()=>setInterval()),await outcome(()=>clearTimeout()),await outcome(()=>clearInterval()),await outcome(()=>clearTimeout(Symbol('x'))),await outcome(()=>queueMicrotask()),await outcome(()=>queueMicrotask(5))]
//// numbers
const f=()=>{}; const a=setTimeout(f), ids=[setTimeout(f,-5),setTimeout(f,NaN),setTimeout(f,'7'),setTimeout(f,null),setTimeout(f,{}),setTimeout(f,1e12),setTimeout(f,Infinity),setInterval(f,1e9)]; for (const id of ids) clearTimeout(id); return [typeof a, ids.map((id)=>id-a)]
//// clearing nothing
return [await outcome(()=>clearTimeout(null)),await outcome(()=>clearTimeout('zzz')),await outcome(()=>clearTimeout({})),await outcome(()=>clearTimeout(9999)),await outcome(()=>clearTimeout(undefined)),await outcome(()=>clearTimeout(-1)),await outcome(()=>clearTimeout(0.5))]
//// what a callback gets
return [await new Promise((r)=>setTimeout((...a)=>r(a),1,'a',2)), await new Promise((r)=>setTimeout(function(){'use strict'; r(this===globalThis)}))]
//// interval
return await new Promise((r)=>{let n=0; const id=setInterval((x)=>{ if(++n===3){ clearInterval(id); r([n,x]) } },1,'arg')})
//// cleared
return await new Promise((r)=>{ const a=setTimeout(()=>r('fired'),1), b=setInterval(()=>r('fired'),1), c=setTimeout(()=>r('fired'),1); clearInterval(a); clearTimeout(b); clearTimeout(String(c)); setTimeout(()=>r('cleared'),20) })
//// microtasks come first
return await new Promise((r)=>{const l=[]; setTimeout(()=>{l.push('timer'); r(l)}); queueMicrotask((...a)=>l.push('microtask',a.length)); l.push('now')})
//// wait
return [await scheduler.wait(1), await outcome(()=>scheduler.wait()), await scheduler.wait(-1), await scheduler.wait('x'), await outcome(()=>scheduler.wait(1,5)), await outcome(()=>scheduler.wait(1,{signal:5})), await scheduler.wait(1,null), await scheduler.wait(1,{}), await scheduler.wait(1,{signal:new AbortController().signal}), await outcome(()=>scheduler.wait(1n)), scheduler.wait(1,5).catch(()=>{}) instanceof Promise].map((v)=>v===undefined?'undefined':v)
//// wait that is aborted
const ac=new AbortController(); const p=outcome(()=>scheduler.wait(1e6,{signal:ac.signal})); ac.abort(); return [await p, await outcome(()=>scheduler.wait(1,{signal:AbortSignal.abort('why')}))]
//// looks
return [String(scheduler), scheduler.constructor.name, Object.getOwnPropertyNames(Object.getPrototypeOf(scheduler)), await outcome(()=>new scheduler.constructor()), ['setTimeout','clearTimeout','setInterval','clearInterval','queueMicrotask'].map((n)=>globalThis[n].name+globalThis[n].length)]
