// What is loaded late of the package `yaml`. It is CommonJS: imported late by itself it has, in one file with others, no names but `default`.
export { parse, stringify } from 'yaml';
