import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './tokens/tokens.css';
import './tokens/base.css';
import './parts/parts.css';
import './frame/frame.css';
import { ApiError } from './api/client.ts';
import { queryClient } from './api/live.ts';
import { signInByLink } from './api/session.ts';
import { SignIn } from './frame/sign-in.tsx';
import { SignedIn } from './frame/signed-in.tsx';
import { router } from './router.tsx';
import { applyTheme, readTheme } from './state/theme.ts';

applyTheme(readTheme());
// Canvases are drawn with colours of the moment.
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => dispatchEvent(new Event('weft-theme')));
const root = createRoot(document.getElementById('root') ?? document.body);

async function start(): Promise<void> {
  try {
    await signInByLink();
  } catch (cause) {
    return root.render(<SignIn words={cause instanceof ApiError ? cause.message : String(cause)} />);
  }
  root.render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <SignedIn>
          <RouterProvider router={router} />
        </SignedIn>
      </QueryClientProvider>
    </StrictMode>,
  );
}

void start();
