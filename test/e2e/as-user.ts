// The walk-through for an ordinary user, started by walkthrough.test.ts as that user: `as-user.ts CAPTURE`. Prints what the commands
// printed, and ends with 0 when the two processes reached each other.
import { TestMesh } from '../kit/test-mesh.ts';

const capture = process.argv[2] ?? 'auto';
const server = `require('http').createServer((q,r)=>r.end('checkout says hello to '+q.headers['x-forwarded-client-cert'])).listen(8080)`;
const client = `setTimeout(async()=>{for(let i=0;i<100;i++){try{const a=await fetch('http://checkout.default.mesh/');const t=await a.text();if(a.status===200){console.log('answer '+t);break}}catch(e){}await new Promise(d=>setTimeout(d,100))}},0);setInterval(()=>{},1e9)`;

await using mesh = TestMesh.open();
await mesh.up();
const forced = capture === 'auto' ? [] : ['--capture', capture];
const checkout = mesh.weft(['run', '--service', 'checkout', '--port', '8080', ...forced, '--', process.execPath, '-e', server]);
const web = mesh.weft(['run', '--service', 'web', ...forced, '--', process.execPath, '-e', client]);
const patience = new Promise<undefined>((done) => setTimeout(done, 60_000, undefined).unref());
const found = await Promise.race([web.printed(/answer (.*)/), patience]);
console.log(`${found === undefined ? 'no answer in 60 s\n' : ''}${checkout.words()}\n${web.words()}`);
process.exitCode = found?.[1]?.includes('URI=spiffe://example.mesh/ns/default/sa/web') === true ? 0 : 1;
