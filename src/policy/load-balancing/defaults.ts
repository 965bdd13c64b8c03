import { builtIn } from '../read.ts';

export const LOAD_BALANCING_DEFAULTS = [
  builtIn({
    // Least of two requests in flight: adapts to slow endpoints without being told.
    algorithm: 'LeastRequest',
    leastRequest: { choiceCount: 2, activeRequestBias: 1 },
    ringHash: { minimumSize: 1024, maximumSize: 8_388_608, function: 'XXHash' },
    maglev: { tableSize: 65_537 },
    clientSideWeighted: { blackoutPeriod: '10s', weightExpiration: '3m', updatePeriod: '1s', errorPenalty: 1, metrics: [] },
    // Where somebody asks for hashing and says no more, a caller stays with its endpoint.
    hashOn: [{ source: true }],
    boundedLoadPercent: 0,
    slowStart: { window: '0s', aggression: 1, minimumWeightPercent: 10 },
    session: { type: 'None', name: 'weft-session', path: '/', ttl: '0s', strict: false },
    // Zones are said with every endpoint and matter to nobody until somebody wants that.
    locality: { mode: 'None', nearest: 'Zone', failover: [], spillOverBelowPercent: 70 },
    // Endpoints that are draining or ejected never get requests, however many of them there are.
    panicThresholdPercent: 0,
  }),
];
