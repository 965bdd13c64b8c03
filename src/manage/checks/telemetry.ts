// What proxies told and was not kept, and services that do not pass on what ties their calls together.
import type { ObjectView } from '../../api/index.ts';
import type { Check, Found } from './check.ts';

const STORE: ObjectView = { kind: 'Telemetry', namespace: '', name: 'store' };

const WORDS: Readonly<Record<string, string>> = {
  tooMany: 'over the budget of their proxy',
  tooLarge: 'too large',
  unreadable: 'unreadable',
  behind: 'while too many waited',
  notStored: 'not stored',
  unknown: 'of no known metric',
  undelivered: 'dropped by proxies or on their way here',
};

const lossText = (lost: object): string =>
  Object.entries(lost)
    .filter((each): each is [string, number] => typeof each[1] === 'number' && each[1] > 0)
    .map(([why, count]) => `${count} ${WORDS[why] ?? why}`)
    .join(', ');

export const nothingLost: Check = {
  id: 'nothing-lost',
  section: 'telemetry',
  words: 'nothing that proxies told was lost',
  look: ({ kept }) =>
    kept.flatMap(({ what, lost }): readonly Found[] => {
      const said = lossText(lost);
      return said === ''
        ? []
        : [{ code: 'WEFT2384', object: STORE, which: what, words: `${what} were lost since the control plane started: ${said}`, next: 'weft status -v' }];
    }),
};

export const collectorsTake: Check = {
  id: 'collectors-take',
  section: 'telemetry',
  words: 'collectors take what they are sent',
  look: ({ collectors = [] }) =>
    collectors.length === 0
      ? 'no collector is named'
      : collectors.flatMap(({ signal, endpoint, lost, trouble }): readonly Found[] => {
          if (lost === 0 && trouble === '') return [];
          const said = [...(trouble === '' ? [] : [trouble]), ...(lost === 0 ? [] : [`${lost} lost`])].join(', ');
          return [
            {
              code: 'WEFT2385',
              object: STORE,
              which: signal,
              words: `${signal} for ${endpoint || 'the collector'}: ${said}`,
              next: 'weft get mesh default -o yaml',
            },
          ];
        }),
};

export const propagationWhole: Check = {
  id: 'propagation-whole',
  section: 'telemetry',
  words: 'every service passes on what ties its calls together',
  look: ({ broken }) =>
    broken === undefined
      ? 'no traces are kept here'
      : broken.map(({ service, calls, propagated }) => {
          const [namespace = '', name = ''] = service.split('/');
          return {
            code: 'WEFT2383',
            object: { kind: 'Service', namespace, name },
            words: `${service} passed on the trace headers in ${propagated} of ${calls} calls`,
            next: `weft traces --service ${service}`,
          };
        }),
};
