// Expressions of the Common Expression Language as Envoy wants them: parsed (cel.expr.Expr).
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { CelExprSchema } from '../messages.ts';

export type Expression = MessageInitShape<typeof CelExprSchema>;

export function text(value: string): Expression {
  return { exprKind: { case: 'constExpr', value: { constantKind: { case: 'stringValue', value } } } };
}

export function integer(value: number): Expression {
  return { exprKind: { case: 'constExpr', value: { constantKind: { case: 'int64Value', value: BigInt(value) } } } };
}

export function double(value: number): Expression {
  return { exprKind: { case: 'constExpr', value: { constantKind: { case: 'doubleValue', value } } } };
}

export function identifier(name: string): Expression {
  return { exprKind: { case: 'identExpr', value: { name } } };
}

/** `operand.field` */
export function field(operand: Expression, name: string): Expression {
  return { exprKind: { case: 'selectExpr', value: { operand, field: name } } };
}

/** Operators have names as well: `_<_`, `_?_:_`. */
export function call(name: string, args: Expression[]): Expression {
  return { exprKind: { case: 'callExpr', value: { function: name, args } } };
}

/** `target.name(…)` */
export function method(target: Expression, name: string, args: Expression[]): Expression {
  return { exprKind: { case: 'callExpr', value: { target, function: name, args } } };
}
