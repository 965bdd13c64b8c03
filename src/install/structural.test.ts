import { describe, expect, test } from 'vitest';
import { structural } from './structural.ts';

const KEEP = { 'x-kubernetes-preserve-unknown-fields': true };

describe('a structural schema', () => {
  test('keeps what it does not know, so that somebody can name it', () => {
    expect(structural({ type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false })).toEqual({
      type: 'object',
      properties: { a: { type: 'string' } },
      ...KEEP,
    });
  });

  test('a map, a list, any JSON', () => {
    expect(structural({ type: 'object', additionalProperties: { type: 'string' } })).toEqual({ type: 'object', additionalProperties: { type: 'string' } });
    expect(structural({ type: 'array', items: {} })).toEqual({ type: 'array', items: KEEP });
    expect(structural({ allOf: [{ $ref: '#/definitions/x' }] })).toEqual(KEEP);
  });

  test('a number or a name', () => {
    expect(structural({ anyOf: [{ type: 'integer' }, { type: 'string', maxLength: 3 }] })).toEqual({ 'x-kubernetes-int-or-string': true });
  });

  test('alternatives of objects: all their fields, and a rule for what one of them requires', () => {
    const one = { type: 'object', properties: { mode: { type: 'string', enum: ['one'] }, a: { type: 'string' } }, required: ['mode', 'a'] };
    const two = { type: 'object', properties: { mode: { type: 'string', enum: ['two'] }, b: { type: 'integer', minimum: 1 } }, required: ['mode'] };
    expect(structural({ oneOf: [one, two] })).toEqual({
      type: 'object',
      properties: { mode: { type: 'string', enum: ['one', 'two'] }, a: { type: 'string' }, b: { type: 'integer', minimum: 1, format: 'int64' } },
      required: ['mode'],
      'x-kubernetes-validations': [{ rule: "!(self.mode in ['one']) || has(self.a)", message: "a is required where mode is 'one'" }],
      ...KEEP,
    });
  });

  test('defaults are not written into documents, and patterns that Go cannot read are left to the webhook', () => {
    expect(structural({ type: 'string', default: 'x', pattern: '(?!a)b' })).toEqual({ type: 'string' });
    expect(structural({ type: 'integer', minimum: -Number.MAX_SAFE_INTEGER, maximum: 5 })).toEqual({ type: 'integer', maximum: 5, format: 'int64' });
  });
});
