import type { DescEnum, ScalarType } from '@bufbuild/protobuf';
import type { FieldRules } from '#gen/validate/validate_pb.js';
import { enumRules, numericRules, RANGES } from './number-rules.ts';
import { bytesRules, stringRules } from './text-rules.ts';
import { all, type Check, must } from './violation.ts';

/** The check of one scalar or enum value; undefined when anything goes. */
export function elementCheck(
  of: { readonly scalar?: ScalarType | undefined; readonly enum?: DescEnum | undefined },
  rules: FieldRules | undefined,
): Check | undefined {
  const type = rules?.type;
  if (of.enum !== undefined) return enumRules(type?.case === 'enum' ? type.value : undefined, of.enum);
  return all([of.scalar === undefined ? undefined : RANGES[of.scalar], scalarRules(type)]);
}

function scalarRules(type: FieldRules['type'] | undefined): Check | undefined {
  if (type === undefined) return undefined;
  switch (type.case) {
    case 'string':
      return stringRules(type.value);
    case 'bytes':
      return bytesRules(type.value);
    case 'bool': {
      const wanted = type.value.const;
      return Object.hasOwn(type.value, 'const') ? must<boolean>(`must be ${wanted}`, (value) => value === wanted) : undefined;
    }
    case undefined:
    case 'enum':
    case 'repeated':
    case 'map':
    case 'any':
    case 'duration':
    case 'timestamp':
      return undefined;
    default:
      return numericRules(type.value);
  }
}
