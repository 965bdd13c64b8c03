// Where `weft` begins when it runs from sources. Node keeps what it compiled in its cache: TypeScript without types, and V8's code; the
// second start takes less than half as long. (The package has a launcher of its own, see scripts/build.ts.)
import { enableCompileCache } from 'node:module';

enableCompileCache();
await import('./command-line.ts');
