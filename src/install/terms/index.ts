// Terms: what is installed, as data with holes. See term.ts.
export { evaluate, type Filling } from './evaluate.ts';
export type { Names } from './expression.ts';
export { template } from './template.ts';
export {
  type Choice,
  type Condition,
  choose,
  each,
  either,
  filled,
  given,
  type Hole,
  is,
  joined,
  listed,
  not,
  number,
  optional,
  over,
  some,
  type Term,
  type Text,
  text,
  VERSION,
  value,
} from './term.ts';
