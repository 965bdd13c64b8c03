declare const brand: unique symbol;

/** A string that went through its one parser. `Brand<string, 'SpiffeId'>` cannot be mixed up with a plain string. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
