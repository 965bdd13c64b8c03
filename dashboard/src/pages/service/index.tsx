// One service: how it does, who calls it and whom it calls, what runs it, what holds at it and why, and which way a request would take.
import type { ReactNode } from 'react';
import { useDocuments } from '../../api/documents.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Go } from '../../parts/link.tsx';
import './service.css';
import { useAddress } from '../../state/use-address.ts';
import { Golden } from './golden.tsx';
import { Instances } from './instances.tsx';
import { Neighbours } from './neighbours.tsx';
import { Objectives } from './objectives.tsx';
import { Policies } from './policies.tsx';
import { Routes } from './routes.tsx';
import { Secured } from './secured.tsx';

export function Page(): ReactNode {
  const { params } = useAddress();
  const service = { namespace: params['namespace'] ?? '', name: params['name'] ?? '' };
  const key = `${service.namespace}/${service.name}`;
  const known = useDocuments('v1', 'services', service.namespace);
  const outside = useDocuments('weft.dev/v1alpha1', 'externalservices', service.namespace);
  const declared = [known, outside].flatMap(({ data }) => data?.items ?? []).some(({ metadata }) => metadata.name === service.name);
  if (known.data !== undefined && (outside.data !== undefined || outside.isError) && !declared)
    return (
      <div className="page">
        <EmptyState title={`There is no service ${key}`} command={`weft get services -n ${service.namespace}`}>
          No document declares it, or it was deleted. What it was asked is still told:{' '}
          <Go to="/traces" search={{ service: key }} className="link">
            its traces
          </Go>
          ,{' '}
          <Go to="/services" className="link">
            all services
          </Go>
          .
        </EmptyState>
      </div>
    );
  return (
    <div className="page service" key={key}>
      <nav className="toolbar" aria-label="More of this service">
        <Go to="/traces" search={{ service: key }} className="button">
          Traces
        </Go>
        <Go to="/traces" search={{ service: key, status: 'failed' }} className="button">
          Traces of failures
        </Go>
        <Go to="/live" search={{ service: key }} className="button">
          Live
        </Go>
      </nav>
      <Golden service={key} />
      <Objectives service={key} />
      <Neighbours service={key} />
      <Secured service={key} />
      <Instances {...service} />
      <Routes {...service} />
      <Policies service={key} />
    </div>
  );
}
