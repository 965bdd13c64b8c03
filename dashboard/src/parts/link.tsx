import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { carried, type Search } from '../state/address.ts';
import { useAddress } from '../state/use-address.ts';

export interface GoProps {
  /** A path of pages/list.ts, filled in. */
  readonly to: string;
  readonly search?: Search;
  readonly className?: string;
  readonly children: ReactNode;
  readonly label?: string;
}

/** A link to another page, which keeps scope and time. */
export function Go({ to, search, className, children, label }: GoProps): ReactNode {
  const address = useAddress();
  const props = { to, search: { ...carried(address.search), ...search } } as unknown as Parameters<typeof Link>[0];
  return (
    <Link {...props} className={className ?? ''} aria-label={label}>
      {children}
    </Link>
  );
}

/** `namespace/name` as a link to its page. */
export function ServiceLink({ service }: { readonly service: string }): ReactNode {
  const [namespace = '', name] = service.split('/');
  if (name === undefined) return <span className="soft">{service}</span>;
  return (
    <Go to={`/services/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`} className="link">
      <span className="faint">{namespace}/</span>
      {name}
    </Go>
  );
}
