//// locked errors
const r=()=>new ReadableStream({start(c){c.enqueue('a');c.enqueue('b');c.close()}}); const out=[]; for(const f of [()=>{const s=r();s.getReader();return s.getReader()},()=>{const s=r();s.getReader();return s.tee()},()=>{const s=r();s.getReader();return s.cancel()},()=>{const s=r();s.getReader();return s.pipeTo(new WritableStream())},()=>{const s=r();s.getReader();return s.pipeThrough(new TransformStream())},()=>{const s=r();const w=new WritableStream();w.getWriter();return s.pipeTo(w)},()=>{const s=r();const w=new WritableStream();w.getWriter();return w.getWriter()},()=>{const w=new WritableStream();w.getWriter();return w.close()},()=>{const w=new WritableStream();w.getWriter();return w.abort()},()=>r().getReader({mode:'byob'}),()=>r().getReader({mode:'x'}),()=>new ReadableStream({type:'x'}),()=>new ReadableStream({start:5}),()=>new ReadableStream(5),()=>new ReadableStream(null),()=>new WritableStream(5),()=>new WritableStream({type:'bytes'}),()=>new TransformStream({readableType:'bytes'}),()=>new ReadableStream({},{highWaterMark:-1}),()=>new ReadableStream({},{highWaterMark:NaN}),()=>new ReadableStream({},{size:5}),()=>new ReadableStream({type:'bytes'},{size(){return 1}}),()=>new ReadableStreamDefaultReader(5),()=>new ReadableStreamBYOBReader(r()),()=>r().pipeTo(5),()=>r().pipeThrough(5),()=>r().pipeThrough({})]) out.push(await outcome(f)); return out.map(x=>typeof x==='string'?x:show(x)).join('\n')
//// reader basics
const s=new ReadableStream({start(c){c.enqueue('a');c.enqueue('b');c.close()}}); const rd=s.getReader(); const out=[s.locked]; out.push(await rd.read(),await rd.read(),await rd.read(),await rd.read(),await rd.closed); rd.releaseLock(); out.push(s.locked, await outcome(()=>rd.read()), await outcome(()=>rd.closed), await outcome(()=>rd.cancel()), rd.releaseLock()); return out
//// release with pending read
const s=new ReadableStream({}); const rd=s.getReader(); const p=outcome(()=>rd.read()); rd.releaseLock(); return [await p, s.locked]
//// controller errors
const out=[]; let c; const s=new ReadableStream({start(x){c=x}}); out.push(c.desiredSize); c.enqueue(1); out.push(c.desiredSize); c.close(); out.push(c.desiredSize, await outcome(()=>c.enqueue(2)), await outcome(()=>c.close()), c.error(new Error('late'))); return [out, Object.prototype.toString.call(c)]
//// errored
const s=new ReadableStream({start(c){c.error(new RangeError('q'))}}); const rd=s.getReader(); return [await outcome(()=>rd.read()), await outcome(()=>rd.closed), await outcome(()=>rd.cancel()), await outcome(()=>new Response(new ReadableStream({start(c){c.error(new RangeError('q'))}})).text())]
//// cancel
const out=[]; const s=new ReadableStream({cancel(r){out.push('cancel',r)}}); out.push(await s.cancel('why')); const rd=s.getReader(); out.push(await rd.read()); return out
//// pull order
const out=[]; let n=0; const s=new ReadableStream({pull(c){out.push('pull'+n); c.enqueue(n++); if(n===3)c.close()}}); const rd=s.getReader(); for(;;){const {done,value}=await rd.read(); if(done)break; out.push(value)} return out
//// async iteration
const out=[]; for await (const x of new ReadableStream({start(c){c.enqueue(1);c.enqueue(2);c.close()}})) out.push(x); const s=new ReadableStream({start(c){c.enqueue(1);c.enqueue(2)},cancel(r){out.push('cancelled',r)}}); for await (const x of s){out.push(x);break} out.push(s.locked); const q=new ReadableStream({start(c){c.enqueue(1);c.enqueue(2);c.close()}}); for await (const x of q.values({preventCancel:true})){break} out.push(q.locked, (await q.getReader().read()).value); return out
//// from
const out=[]; for await (const x of ReadableStream.from([1,2])) out.push(x); for await (const x of ReadableStream.from((async function*(){yield 'a';yield 'b'})())) out.push(x); out.push(await outcome(()=>ReadableStream.from(5)),await outcome(()=>ReadableStream.from())); return out
//// tee
const [a,b]=new ReadableStream({start(c){c.enqueue('x');c.enqueue('y');c.close()}}).tee(); const ra=a.getReader(), rb=b.getReader(); return [await ra.read(),await rb.read(),await ra.read(),await ra.read(),await rb.read(),await rb.read()]
//// tee bytes
const [a,b]=new Response('abc').body.tee(); return [await new Response(a).text(), await new Response(b).text()]
//// writable
const out=[]; const w=new WritableStream({start(c){out.push('start',typeof c.signal,Object.prototype.toString.call(c))},write(x,c){out.push('w',x)},close(){out.push('close')},abort(r){out.push('abort',r)}}); const wr=w.getWriter(); out.push(wr.desiredSize, w.locked); await wr.ready; await wr.write('a'); await wr.write('b'); await wr.close(); out.push(await wr.closed, await outcome(()=>wr.write('c')), await outcome(()=>wr.close()), wr.desiredSize); wr.releaseLock(); out.push(await outcome(()=>wr.write('d')), await outcome(()=>wr.closed),await outcome(()=>wr.desiredSize)); return out
//// writable abort
const out=[]; const w=new WritableStream({abort(r){out.push('abort',r)}}); const wr=w.getWriter(); out.push(await wr.abort('z'), await outcome(()=>wr.closed), await outcome(()=>wr.write(1)), await outcome(()=>wr.ready)); return out
//// writable error
const out=[]; const w=new WritableStream({write(){throw new Error('bad')}}); const wr=w.getWriter(); wr.closed.catch(()=>{}); out.push(await outcome(()=>wr.write(1)), await outcome(()=>wr.write(2)), await outcome(()=>wr.close())); return out
//// transform
const t=new TransformStream({transform(x,c){c.enqueue(x*2)},flush(c){c.enqueue('end')}}); const w=t.writable.getWriter(); w.write(1); w.write(2); w.close(); const out=[]; for await(const x of t.readable) out.push(x); return out
//// transform identity default
const t=new TransformStream(); const w=t.writable.getWriter(); w.write({a:1}); w.close(); return await t.readable.getReader().read()
//// transform terminate error
const out=[]; const t=new TransformStream({transform(x,c){c.terminate()}}); const w=t.writable.getWriter(); const r=t.readable.getReader(); const p=outcome(()=>w.write(1)); out.push(await r.read()); out.push(await p, await outcome(()=>w.write(2))); const t2=new TransformStream({transform(){throw new Error('tx')}}); const w2=t2.writable.getWriter(); w2.closed.catch(()=>{}); const r2=t2.readable.getReader(); const p2=outcome(()=>r2.read()); out.push(await outcome(()=>w2.write(1)), await p2); return out
//// pipe through
const r=new ReadableStream({start(c){c.enqueue('a');c.enqueue('b');c.close()}}); const out=[]; for await(const x of r.pipeThrough(new TransformStream({transform(x,c){c.enqueue(x+x)}}))) out.push(x); return [out,r.locked]
//// pipe to
const out=[]; const r=new ReadableStream({start(c){c.enqueue('a');c.close()}}); const w=new WritableStream({write(x){out.push(x)},close(){out.push('closed')}}); out.push(await r.pipeTo(w), r.locked, w.locked); return out
//// pipe to prevent
const out=[]; const r=new ReadableStream({start(c){c.enqueue('a');c.close()}}); const w=new WritableStream({write(x){out.push(x)},close(){out.push('closed')}}); await r.pipeTo(w,{preventClose:true}); const wr=w.getWriter(); await wr.write('more'); await wr.close(); return out
//// pipe to errors
const out=[]; const bad=new ReadableStream({start(c){c.error(new Error('src'))}}); const w=new WritableStream({abort(r){out.push('abort',show(r))}}); out.push(await outcome(()=>bad.pipeTo(w))); const r=new ReadableStream({start(c){c.enqueue(1)},cancel(x){out.push('cancel',show(x))}}); const w2=new WritableStream({write(){throw new Error('dst')}}); out.push(await outcome(()=>r.pipeTo(w2))); return out
//// bytes stream
const s=new ReadableStream({type:'bytes',pull(c){const v=c.byobRequest?.view; if(v){v[0]=7;c.byobRequest.respond(1)} else {c.enqueue(new Uint8Array([9]));}}}); const rd=s.getReader({mode:'byob'}); const a=await rd.read(new Uint8Array(4)); rd.releaseLock(); const d=s.getReader(); return [a, a.value.buffer.byteLength, await d.read()]
//// byob bad
const s=()=>new ReadableStream({type:'bytes'}); const out=[]; for(const f of [()=>s().getReader({mode:'byob'}).read(),()=>s().getReader({mode:'byob'}).read(5),()=>s().getReader({mode:'byob'}).read(new Uint8Array(0)),()=>s().getReader({mode:'byob'}).read(new Uint8Array(2),{min:3}),()=>s().getReader({mode:'byob'}).read(new Uint8Array(2),{min:0})]) out.push(await outcome(f)); return out
//// byob min
let n=0; const s=new ReadableStream({type:'bytes',pull(c){c.enqueue(new Uint8Array([++n]))}}); const rd=s.getReader({mode:'byob'}); return [await rd.read(new Uint8Array(3),{min:3}), await rd.readAtLeast(2,new Uint8Array(4))]
//// native body byob
const rd=new Response('hello').body.getReader({mode:'byob'}); return [await rd.read(new Uint8Array(3)), await rd.read(new Uint8Array(3)), await rd.read(new Uint8Array(3))]
//// native body read
const b=new Response('hello').body; const rd=b.getReader(); const x=await rd.read(); return [x, Object.prototype.toString.call(x.value), await rd.read(), await rd.closed]
//// identity
const {readable,writable}=new IdentityTransformStream(); const w=writable.getWriter(); const p=w.write(new Uint8Array([1,2])); const r=readable.getReader(); const a=await r.read(); await p; const c=w.close(); const e=await r.read(); await c; return [a,e,await outcome(()=>w.write(new Uint8Array([1])))]
//// identity string
const {readable,writable}=new IdentityTransformStream(); const w=writable.getWriter(); const p=outcome(()=>w.write('str')); const r=readable.getReader(); return [await r.read(),await p,await outcome(()=>w.write(5))]
//// fixed
const out=[]; { const {readable,writable}=new FixedLengthStream(3); const w=writable.getWriter(); w.write(new Uint8Array([97,98,99])); w.close(); out.push(await new Response(readable).text()) } { const {readable,writable}=new FixedLengthStream(3); const w=writable.getWriter(); const t=outcome(()=>new Response(readable).text()); out.push(await outcome(()=>w.write(new Uint8Array([97,98,99,100]))), await t) } { const {readable,writable}=new FixedLengthStream(3); const w=writable.getWriter(); const t=outcome(()=>new Response(readable).text()); w.write(new Uint8Array([97,98])); out.push(await outcome(()=>w.close()), await t) } out.push(await outcome(()=>new FixedLengthStream()),await outcome(()=>new FixedLengthStream(-1)),await outcome(()=>new FixedLengthStream('x')),await outcome(()=>new FixedLengthStream(5n).readable)); return out
//// body from js stream with strings
return [await outcome(()=>new Response(new ReadableStream({start(c){c.enqueue('abc');c.close()}})).text()), await outcome(()=>new Response(new ReadableStream({start(c){c.enqueue(5);c.close()}})).text()), await outcome(()=>new Response(new ReadableStream({start(c){c.enqueue(new ArrayBuffer(2));c.close()}})).arrayBuffer()), await outcome(()=>new Response(new ReadableStream({start(c){c.enqueue(new Uint16Array([1,2]));c.close()}})).bytes())]
//// strategies
const b=new ByteLengthQueuingStrategy({highWaterMark:5}), c=new CountQueuingStrategy({highWaterMark:7}); return [b.highWaterMark,c.highWaterMark,b.size(new Uint8Array(3)),c.size('x'),await outcome(()=>new CountQueuingStrategy()),c.size.length,new ReadableStream({start(q){q.enqueue(1)}},c).locked]
//// compression
const out={}; for(const f of ['gzip','deflate','deflate-raw']){ const z=await new Response(new Response('hello hello hello').body.pipeThrough(new CompressionStream(f))).arrayBuffer(); out[f]=await new Response(new Response(z).body.pipeThrough(new DecompressionStream(f))).text()} out.bad=await outcome(()=>new CompressionStream('zz')); out.badd=await outcome(()=>new DecompressionStream('zz')); out.none=await outcome(()=>new CompressionStream()); out.garbage=await outcome(()=>new Response(new Response('garbage').body.pipeThrough(new DecompressionStream('gzip'))).text()); return out
//// stream own keys
const s=new ReadableStream(); return [Object.keys(s),Object.keys(new WritableStream()),Object.keys(new TransformStream()),Object.keys(s.getReader()),JSON.stringify(s),Object.keys(new AbortController()),Object.keys(new Response('x').body)]
//// byob at least
const out=[]; const s=new ReadableStream({type:'bytes',pull(c){ const r=c.byobRequest; if(r){out.push(r.atLeast,r.view.byteLength); r.respond(1)} else c.enqueue(new Uint8Array(1)) }}); const rd=s.getReader({mode:'byob'}); await rd.read(new Uint8Array(4)); await rd.readAtLeast(3,new Uint8Array(5)); rd.releaseLock(); const d=s.getReader(); await d.read(); return out
//// byob enqueue larger
const s=new ReadableStream({type:'bytes',pull(c){c.enqueue(new Uint8Array([1,2,3,4,5]))}}); const rd=s.getReader({mode:'byob'}); return [await rd.read(new Uint8Array(2)),await rd.read(new Uint8Array(2)),await rd.read(new Uint16Array(2))]
//// byob cancel and closed
const out=[]; const s=new ReadableStream({type:'bytes',cancel(r){out.push('cancel',r)}}); const rd=s.getReader({mode:'byob'}); out.push(await rd.cancel('x'),await rd.closed,await rd.read(new Uint8Array(2))); return out
//// byob close with pending
let c; const s=new ReadableStream({type:'bytes',start(x){c=x}}); const rd=s.getReader({mode:'byob'}); const p=rd.read(new Uint8Array(2)); c.close(); c.byobRequest?.respond(0); return [await p]
//// bytes controller errors
const out=[]; let c; new ReadableStream({type:'bytes',start(x){c=x}}); for(const f of [()=>c.enqueue(5),()=>c.enqueue(new Uint8Array(0)),()=>c.enqueue('a'),()=>c.desiredSize,()=>c.byobRequest,()=>c.close(),()=>c.enqueue(new Uint8Array(1)),()=>c.close()]) out.push(await outcome(f)); return out
//// enqueue detaches
let c; const s=new ReadableStream({type:'bytes',start(x){c=x}}); const u=new Uint8Array([1,2]); c.enqueue(u); return [u.byteLength]
//// read view detaches
const rd=new Response('abc').body.getReader({mode:'byob'}); const u=new Uint8Array(8); const r=await rd.read(u); return [u.byteLength,r.value.byteLength,r.value.buffer.byteLength]
//// desired size and backpressure
const out=[]; let c; const s=new ReadableStream({start(x){c=x}},{highWaterMark:3,size:(x)=>x}); out.push(c.desiredSize); c.enqueue(2); out.push(c.desiredSize); c.enqueue(5); out.push(c.desiredSize); const r=s.getReader(); await r.read(); out.push(c.desiredSize); const w=new WritableStream({write(){return new Promise(()=>{})}},{highWaterMark:2}).getWriter(); w.write(1); w.write(2); out.push(w.desiredSize); return out
//// start error and pull error
const out=[]; out.push(await outcome(()=>new ReadableStream({start(){throw new RangeError('s')}}))); out.push(await outcome(()=>new ReadableStream({pull(){throw new RangeError('p')}}).getReader().read())); out.push(await outcome(()=>new ReadableStream({async start(){throw new RangeError('as')}}).getReader().read())); out.push(await outcome(()=>new ReadableStream({cancel(){throw new RangeError('c')}}).cancel())); return out
//// writer methods
const out=[]; const w=new WritableStream({}); const wr=new WritableStreamDefaultWriter(w); out.push(w.locked, await outcome(()=>wr.ready), wr.desiredSize, await outcome(()=>wr.close()), await outcome(()=>wr.abort('x')), wr.desiredSize); const w2=new WritableStream({close(){throw new Error('cl')}}).getWriter(); w2.closed.catch(()=>{}); out.push(await outcome(()=>w2.close()), await outcome(()=>w2.closed), await outcome(()=>new WritableStream().close()), await outcome(()=>new WritableStream().abort('y'))); return out
//// controller error of writable
const out=[]; let c; const w=new WritableStream({start(x){c=x}}).getWriter(); w.closed.catch(()=>{}); c.error(new Error('ce')); out.push(await outcome(()=>w.write(1)), await outcome(()=>w.closed), c.signal instanceof AbortSignal); return out
//// transform writable abort and readable cancel
const out=[]; const t=new TransformStream({cancel(r){out.push('tcancel',r)}}); t.readable.cancel('rc'); await new Promise(r=>queueMicrotask(r)); out.push(await outcome(()=>t.writable.getWriter().write(1))); const t2=new TransformStream(); const rd=t2.readable.getReader(); const p=outcome(()=>rd.read()); await t2.writable.abort('wa'); out.push(await p); return out
//// body stream identity
const r=new Response('x'); const s=r.body; return [s===r.body, new Response(s).body===s, r.bodyUsed, await new Response(s).text().catch(e=>show(e))]
//// response from used stream
const s=new Blob(['abc']).stream(); const r=new Response(s); const t=await r.text(); return [t, s.locked, r.bodyUsed, await outcome(()=>new Response(s)), await outcome(()=>s.getReader())]
//// cancel body
const r=new Response('abc'); await r.body.cancel(); return [r.bodyUsed, await outcome(()=>r.text())]
//// tee of body and clone
const r=new Response('abc'); const [a,b]=r.body.tee(); return [r.bodyUsed, r.body.locked, await new Response(a).text(), await new Response(b).text(), await outcome(()=>r.text())]
//// identity pipe of text
const {readable,writable}=new IdentityTransformStream(); const p=new Response('piped').body.pipeTo(writable); return [await new Response(readable).text(), await p]
//// transform over body
return await new Response(new Response('abc').body.pipeThrough(new TransformStream({transform(c,k){k.enqueue(c.map(x=>x-32))}}))).text()
//// iterate body
const out=[]; for await (const c of new Response('abc').body) out.push(c); return out
//// close then error of identity reader cancel
const {readable,writable}=new IdentityTransformStream(); const w=writable.getWriter(); const p=outcome(()=>w.write(new Uint8Array([1]))); await readable.cancel(new Error('gone')); return [await p, await outcome(()=>w.write(new Uint8Array([2])))]
//// start that throws
const out=[]; out.push(await outcome(()=>new WritableStream({start(){throw new RangeError('ws')}}).getWriter().write(1)), await outcome(()=>new TransformStream({start(){throw new RangeError('ts')}}).readable.getReader().read())); const t={start(c){out.push(this===t,typeof c.enqueue)},pull(){out.push(this===t)}}; new ReadableStream(t); await null; await null; return out
//// text streams
const enc=new TextEncoderStream(); const w=enc.writable.getWriter(); w.write('h\ud83d'); w.write('\ude00'); w.write(5); w.close(); const out=[]; for await(const x of enc.readable) out.push(x); const dec=new TextDecoderStream(); const w2=dec.writable.getWriter(); w2.write(new Uint8Array([0xe2,0x82])); w2.write(new Uint8Array([0xac,65])); w2.close(); const o2=[]; for await(const x of dec.readable) o2.push(x); return [out,o2,enc.encoding,dec.encoding,dec.fatal,dec.ignoreBOM,await outcome(()=>new TextDecoderStream('latin1').encoding),await outcome(()=>new TextDecoderStream('zz')),Object.prototype.toString.call(enc),enc instanceof TransformStream]
//// text decoder stream fatal
const dec=new TextDecoderStream('utf-8',{fatal:true}); const w=dec.writable.getWriter(); const r=dec.readable.getReader(); const p=outcome(()=>w.write(new Uint8Array([0xff]))); return [await outcome(()=>r.read()), await p]
