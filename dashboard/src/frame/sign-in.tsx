import type { ReactNode } from 'react';
import { Command } from '../parts/command.tsx';

/** What who is not signed in sees: why, and the one command that helps. */
export function SignIn({ words }: { readonly words: string }): ReactNode {
  return (
    <main className="sign-in">
      <h1>Weft</h1>
      <p>{words}</p>
      <p className="soft">Run this where you use the command line. It makes a link that signs this browser in, once, with what you may do there.</p>
      <Command text="weft dashboard" />
    </main>
  );
}
