import { useQuery } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext } from 'react';
import { ApiError } from '../api/client.ts';
import { type Who, whoAmI } from '../api/session.ts';
import { SignIn } from './sign-in.tsx';

const WhoContext = createContext<Who>({ user: '', groups: [], by: '' });

/** Who is signed in; below SignedIn alone. */
export const useWho = (): Who => useContext(WhoContext);

/** Shows its children to who is signed in, and to everybody else how to become it. */
export function SignedIn({ children }: { readonly children: ReactNode }): ReactNode {
  const { data, error } = useQuery({ queryKey: ['who'], queryFn: ({ signal }) => whoAmI(signal), refetchInterval: 30_000 });
  if (error instanceof ApiError && error.status === 401) return <SignIn words="You are not signed in here." />;
  if (data === undefined && error !== null) return <SignIn words={`${error.message}. Is it running? Signing in may help afterwards.`} />;
  return data === undefined ? null : <WhoContext value={data}>{children}</WhoContext>;
}
