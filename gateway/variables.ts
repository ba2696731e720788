import { GraphQLError } from 'graphql';
import { exceeded, type Limits } from './limits.ts';

/** What no graph should be made to walk through or take for a number; null where the variables are fit to be coerced. */
export function unfitVariables(variables: Readonly<Record<string, unknown>>, limits: Limits): GraphQLError | null {
  let values = 0;
  let infinite: string | null = null;
  const walk = (value: unknown, name: string): void => {
    values += 1;
    if (typeof value === 'number' && !Number.isFinite(value)) infinite ??= name;
    if (typeof value !== 'object' || value === null) return;
    for (const inner of Array.isArray(value) ? value : Object.values(value)) walk(inner, name);
  };
  for (const [name, value] of Object.entries(variables)) walk(value, name);
  if (values > limits.values) return exceeded(limits, 'values', values);
  if (infinite === null) return null;
  return new GraphQLError(`Variable "$${infinite}" holds a number that is too large for any type.`, { extensions: { code: 'BAD_USER_INPUT' } });
}
