// One service: how it does, who calls it and whom it calls, what runs it, what holds at it and why, and which way a request would take.
import type { ReactNode } from 'react';
import { Go } from '../../parts/link.tsx';
import './service.css';
import { useAddress } from '../../state/use-address.ts';
import { Golden } from './golden.tsx';
import { Instances } from './instances.tsx';
import { Neighbours } from './neighbours.tsx';
import { Objectives } from './objectives.tsx';
import { Policies } from './policies.tsx';
import { Routes } from './routes.tsx';

export function Page(): ReactNode {
  const { params } = useAddress();
  const service = { namespace: params['namespace'] ?? '', name: params['name'] ?? '' };
  const key = `${service.namespace}/${service.name}`;
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
      <Instances {...service} />
      <Routes {...service} />
      <Policies service={key} />
    </div>
  );
}
