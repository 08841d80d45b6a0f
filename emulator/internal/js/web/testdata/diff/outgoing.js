//// get
const r=await fetch('http://h.test/a/../b?q=é#frag'); return [r.status,r.url,r.redirected,r.type,r.ok,r.headers.get('x-method'),r.headers.get('x-url'),await r.text(),r.bodyUsed]
//// post bodies
const out=[]; for (const body of ['é','',new Uint8Array([65,66]),new URLSearchParams({a:'b c'}),new Blob(['x'],{type:'a/b'}),null,undefined]) { const r=await fetch('http://h.test/',{method:'POST',body}); out.push([r.headers.get('x-method'),r.headers.get('x-got-content-type'),r.headers.get('x-got-content-length'),await r.text()]) } return out.map((x)=>show(x))
//// stream length unknown
const r=await fetch('http://h.test/',{method:'POST',body:new ReadableStream({start(c){c.enqueue(new Uint8Array([65]));c.close()}})}); return [r.headers.get('x-got-content-length'),await r.text()]
//// stream length known
const {readable,writable}=new FixedLengthStream(2); const w=writable.getWriter(); w.write(new Uint8Array([65,66])); w.close(); const r=await fetch('http://h.test/',{method:'POST',body:readable}); return [r.headers.get('x-got-content-length'),await r.text()]
//// headers
const r=await fetch('http://h.test/',{headers:{'X-A':'1','x-b':'2, 3','Accept':'a/b','User-Agent':'me'}}); return [...r.headers].filter(([k])=>k.startsWith('x-got'))
//// many values
const h=new Headers(); h.append('x-m','1'); h.append('X-M','2'); const r=await fetch('http://h.test/',{headers:h}); return r.headers.get('x-got-x-m')
//// set-cookie
const r=await fetch('http://h.test/?h=Set-Cookie:a%3D1&h=set-cookie:b%3D2&h=X-Y:z'); return [r.headers.getSetCookie(),r.headers.get('x-y'),r.headers.get('set-cookie')]
//// immutable
const r=await fetch('http://h.test/'); const c=new Response(r.body,r); c.headers.set('x','y'); return [await outcome(()=>r.headers.set('a','b')),await outcome(()=>r.headers.delete('a')),await outcome(()=>r.headers.append('a','b')),c.headers.get('x'),c.status,c.url,await c.text(),r.bodyUsed]
//// statuses
const out=[]; for (const s of [200,201,204,205,304,400,404,500,599,299]) { const r=await fetch('http://h.test/?status='+s); out.push([r.status,r.ok,r.body===null,await r.text()]) } return out.map((x)=>show(x))
//// head
const r=await fetch('http://h.test/',{method:'HEAD'}); return [r.status,r.headers.get('x-method'),await r.text()]
//// redirects
const out=[]; for (const s of [301,302,303,307,308,300,304]) for (const m of ['GET','POST','PUT']) { const r=await fetch('http://h.test/?status='+s+'&h=location:/next',{method:m,body:m==='GET'?undefined:'body',headers:{'x-k':'v'}}); out.push([s,m,r.status,r.url,r.redirected,r.headers.get('x-method'),r.headers.get('x-got-content-type'),await r.text()]) } return out.map((x)=>show(x)).join('\n')
//// redirect manual
const r=await fetch('http://h.test/?status=302&h=location:/next',{redirect:'manual'}); return [r.status,r.headers.get('location'),r.redirected,r.url,r.type]
//// redirect elsewhere
const r=await fetch('http://h.test/?status=302&h=location:http://other.test/y%23f',{headers:{authorization:'a'}}); return [r.url,r.headers.get('x-url')]
//// redirect errors
return [await outcome(()=>fetch('http://h.test/?status=302&h=location:http://[')),await outcome(()=>fetch('http://h.test/?status=307&h=location:/x',{method:'POST',body:new Blob(['a']).stream()})),await outcome(async()=>(await fetch('http://h.test/?status=303&h=location:/x',{method:'POST',body:new Blob(['a']).stream()})).status)]
//// redirect loop
return [await outcome(()=>fetch('http://h.test/?status=302&h=location:%3Fstatus%3D302%26h%3Dlocation:%253Fx'))].map(x=>typeof x==='string'?x:[x.status,x.url])
//// errors
return [await outcome(()=>fetch()),await outcome(()=>fetch('/x')),await outcome(()=>fetch('ftp://x/')),await outcome(()=>fetch('http://h.test/',5)),await outcome(()=>fetch('http://h.test/',{method:'GET',body:'a'})),await outcome(()=>fetch({})),await outcome(()=>fetch('http://h.test/',{signal:AbortSignal.abort()})),await outcome(()=>fetch('http://h.test/',{signal:AbortSignal.abort(5)})),fetch.length,fetch.name,fetch() instanceof Promise].map((x)=>x)
//// request object
const q=new Request('http://h.test/r',{method:'POST',body:'abc',headers:{'x-a':'1'}}); const r=await fetch(q,{headers:{'x-b':'2'}}); return [r.headers.get('x-got-x-a'),r.headers.get('x-got-x-b'),r.headers.get('x-method'),await r.text(),q.bodyUsed,await outcome(()=>fetch(q))]
//// url object and string object
return [(await fetch(new URL('http://h.test/u'))).headers.get('x-url'),(await fetch(new String('http://h.test/s'))).headers.get('x-url')]
//// request as init
const r=await fetch('http://h.test/other',new Request('http://h.test/first',{method:'PUT',body:'b',headers:{'x-a':'1'}})); return [r.headers.get('x-url'),r.headers.get('x-method'),r.headers.get('x-got-x-a'),await r.text()]
//// clone fetched
const r=await fetch('http://h.test/?body=twice'); const c=r.clone(); return [await r.text(),await c.text(),c.url,c.headers.get('x-method')]
//// json
return (await fetch('http://h.test/?body=%7B%22a%22:[1,%22b%22]%7D')).json()
//// readers
const r=await fetch('http://h.test/?body=abcdef'); const rd=r.body.getReader({mode:'byob'}); const a=await rd.read(new Uint8Array(4)); rd.releaseLock(); return [a, await new Response(r.body).text().catch(e=>show(e)), r.bodyUsed]
//// cancel fetched
const r=await fetch('http://h.test/?body=abcdef'); await r.body.cancel('x'); return [r.bodyUsed,await outcome(()=>r.text())]
//// tee fetched
const r=await fetch('http://h.test/?body=abcdef'); const [a,b]=r.body.tee(); return [await new Response(a).text(),await new Response(b).text()]
//// pipe fetched
const r=await fetch('http://h.test/?body=abcdef'); const {readable,writable}=new IdentityTransformStream(); const p=r.body.pipeTo(writable); return [await new Response(readable).text(),await p]
//// form
const r=await fetch('http://h.test/?body=a%3D1%26b%3D2&h=content-type:application/x-www-form-urlencoded'); return [...(await r.formData())]
//// blob
const b=await (await fetch('http://h.test/?body=xyz&h=content-type:text/html')).blob(); return [b.type,b.size,await b.text()]
//// chunked without length
const r=await fetch('http://h.test/?chunked&body=abc'); return [r.headers.get('content-length'),await r.text()]
//// abort after done
const c=new AbortController(); const r=await fetch('http://h.test/',{signal:c.signal}); const t=await r.text(); c.abort(); return [t,c.signal.aborted]
//// data urls
const out=[]; for (const u of ['data:text/plain,hi','data:,a%20b','data:text/html;charset=utf-8;base64,aGk=','data:;base64,aGk','data:;base64,@@','data:text/plain','data:image/png;x=y,%ff','DATA:a/b,c#d','data:a b,c','data:text/plain; charset = x ,y']) { try { const r=await fetch(u); out.push([r.status,r.statusText,r.url,r.headers.get('content-type'),[...r.headers].length,await r.bytes()]) } catch(e) { out.push(e) } } return out.map((x)=>show(x)).join('\n')
//// data url methods
return [await outcome(async()=>(await fetch('data:,a',{method:'POST',body:'x'})).status),await outcome(async()=>(await fetch('data:,a',{method:'HEAD'})).text())]
