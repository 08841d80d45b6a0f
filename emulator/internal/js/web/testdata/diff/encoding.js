//// TextDecoder
const TD=(l,b,o,p)=>new TextDecoder(l,o).decode(new Uint8Array(b),p); return [TD('utf-8',[0xef,0xbb,0xbf,65]),TD('utf-8',[0xef,0xbb,0xbf,65],{ignoreBOM:true}).length,TD('utf8',[0xff,65]),TD('utf-16le',[65,0]),TD('utf-16be',[0,65]),TD('utf-16le',[0xff,0xfe,65,0]),TD('latin1',[0x80,0xe9]),TD('shift_jis',[0x82,0xa0]),TD('gbk',[0xc4,0xe3]),TD('windows-1251',[0xef]),TD('euc-kr',[0xb0,0xa1]),TD('big5',[0xa4,0xa4]),TD('iso-8859-2',[0xb1]),TD('koi8-r',[0xc1]),TD('macintosh',[0x80]),TD('gb18030',[0x81,0x30,0x81,0x30]),TD('euc-jp',[0xa4,0xa2]),TD('iso-2022-jp',[0x1b,0x24,0x42,0x24,0x22])]
//// TextDecoder properties
const d=new TextDecoder('latin1',{fatal:true}); return [d.encoding,d.fatal,d.ignoreBOM,Object.keys(d),Object.getOwnPropertyNames(TextDecoder.prototype).sort(),new TextDecoder().encoding,new TextDecoder('UTF-16').encoding,new TextDecoder('utf-16be').encoding,new TextDecoder('iso-8859-8-i').encoding,new TextDecoder(' utf8 ').encoding,new TextDecoder(undefined).encoding,new TextDecoder('ascii').encoding,new TextDecoder('x-user-defined').encoding,new TextDecoder('sjis').encoding]
//// TextDecoder refusals
return [await outcome(()=>new TextDecoder('foo')),await outcome(()=>new TextDecoder(null)),await outcome(()=>new TextDecoder('utf-8',5)),await outcome(()=>TextDecoder()),await outcome(()=>new TextDecoder('replacement')),await outcome(()=>new TextDecoder().decode('x')),await outcome(()=>new TextDecoder().decode(5)),await outcome(()=>new TextDecoder().decode([65])),await outcome(()=>new TextDecoder().decode(new Uint8Array(1),5)),await outcome(()=>TextDecoder.prototype.encoding)]
//// fatal
const F=(l,b)=>outcome(()=>new TextDecoder(l,{fatal:true}).decode(new Uint8Array(b))); return [await F('utf-8',[0xff]),await F('utf-8',[0xe2,0x82]),await F('utf-16le',[0,0xd8]),await F('utf-16le',[65]),await F('latin1',[0x81]),await F('shift_jis',[0x81]),await F('utf-8',[65])]
//// what decode takes
return [new TextDecoder().decode(),new TextDecoder().decode(undefined),new TextDecoder().decode(new ArrayBuffer(1)).length,new TextDecoder().decode(new DataView(new ArrayBuffer(1))).length,new TextDecoder().decode(new Uint16Array([0x4241]))]
//// streaming
const d=new TextDecoder(); return [d.decode(new Uint8Array([0xe2,0x82]),{stream:true}),d.decode(new Uint8Array([0xac]),{stream:true}),d.decode(new Uint8Array([0xe2])),d.decode(new Uint8Array([65])),d.decode(new Uint8Array([0xef,0xbb]),{stream:true}),d.decode(new Uint8Array([0xbf,66]),{stream:true}),d.decode(),d.decode(new Uint8Array([0xf0,0x9f]),{stream:true}),d.decode(new Uint8Array([0x98,0x80,67])),d.decode(new Uint8Array([0xf0,0x9f]),{stream:true}),d.decode(new Uint8Array([68]))]
//// streaming UTF-16
const d=new TextDecoder('utf-16le'); return [d.decode(new Uint8Array([65]),{stream:true}),d.decode(new Uint8Array([0,0x3d]),{stream:true}),d.decode(new Uint8Array([0xd8,0,0xde]),{stream:true}),d.decode(new Uint8Array([7]))]
//// streaming of a legacy encoding
const d=new TextDecoder('shift_jis'); return [d.decode(new Uint8Array([0x82]),{stream:true}),d.decode(new Uint8Array([0xa0,65]),{stream:true}),d.decode()]
//// malformed UTF-8
return [[0xf0,0x9f],[0xe0,0x80],[0xed,0xa0,0x80],[0xf4,0x90,0x80,0x80],[0xc0,0x80],[65,0xf0,0x9f,0x98,66],[0xfe,0xff],[0xe2,0x28,0xa1]].map(b=>new TextDecoder().decode(new Uint8Array(b)))
//// malformed UTF-16
return [[0,0xd8],[0,0xdc],[0x3d,0xd8,65,0],[65]].map(b=>new TextDecoder('utf-16le').decode(new Uint8Array(b)))
//// a byte order mark once per stream
const d=new TextDecoder(); return [d.decode(new Uint8Array([0xef,0xbb,0xbf,65])),d.decode(new Uint8Array([0xef,0xbb,0xbf,66])),d.decode(new Uint8Array([67]),{stream:true}),d.decode(new Uint8Array([0xef,0xbb,0xbf])).length]
//// TextEncoder
const e=new TextEncoder(); const u=new Uint8Array(5); return [e.encode('é€😀\ud800'),e.encode(),e.encode(undefined),e.encode(null),e.encode(12),e.encoding,e.encodeInto('a€é',u),u,e.encodeInto('😀',new Uint8Array(3)),Object.getOwnPropertyNames(TextEncoder.prototype).sort(),e.encode('').length,e.encodeInto('😀a',new Uint8Array(9)),e.encodeInto('\ud800',new Uint8Array(3))]
//// TextEncoder refusals
return [await outcome(()=>new TextEncoder().encodeInto('a')),await outcome(()=>new TextEncoder().encodeInto('a',new ArrayBuffer(2))),await outcome(()=>new TextEncoder().encodeInto('a',new Int8Array(2))),await outcome(()=>new TextEncoder().encode(Symbol())),await outcome(()=>TextEncoder()),await outcome(()=>TextEncoder.prototype.encode.call({}))]
//// TextEncoderStream
const s=new TextEncoderStream(); const w=s.writable.getWriter(); w.write('é'); w.write('\ud83d'); w.write('\ude00'); w.write(5); w.write('\ud800'); w.close(); const r=[]; for await(const x of s.readable) r.push(x); return [r,s.encoding,Object.prototype.toString.call(s)]
//// TextDecoderStream
const s=new TextDecoderStream('utf-8',{fatal:false}); const w=s.writable.getWriter(); w.write(new Uint8Array([0xc3])); w.write(new Uint8Array([0xa9,65])); w.write(new Uint8Array([0xc3])); w.close(); const r=[]; for await(const x of s.readable) r.push(x); return [r.join('|'),s.encoding,s.fatal,s.ignoreBOM,Object.prototype.toString.call(s)]
//// TextDecoderStream fatal
return [await outcome(async()=>{const s=new TextDecoderStream('utf-8',{fatal:true});const w=s.writable.getWriter();w.write(new Uint8Array([0xff])).catch(()=>{});w.close().catch(()=>{});for await(const x of s.readable);}),await outcome(()=>new TextDecoderStream('foo'))]
