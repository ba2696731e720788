import {
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  GraphQLError,
  type GraphQLErrorExtensions,
  type GraphQLInterfaceType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isObjectType,
  isInterfaceType,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
} from 'graphql';

/** In how many subgraphs a field can be asked for: `Type.field`, or `Type` for all of its fields of which nothing is said. */
export type Subgraphs = ReadonlyMap<string, number>;

/** Reads from a supergraph where its fields are. */
export function readSubgraphs(supergraphSdl: string): Subgraphs {
  const counts = new Map<string, number>();
  for (const type of parse(supergraphSdl, { noLocation: true }).definitions) {
    if (type.kind !== Kind.OBJECT_TYPE_DEFINITION && type.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    const joined = new Set(type.directives?.filter(({ name }) => name.value === 'join__type').map(({ arguments: given }) => textOf(given?.[0]?.value)));
    counts.set(type.name.value, Math.max(1, joined.size));
    for (const field of type.fields ?? []) {
      const places = field.directives?.filter(({ name }) => name.value === 'join__field').length ?? 0;
      if (places > 0) counts.set(`${type.name.value}.${field.name.value}`, places);
    }
  }
  return counts;
}

const textOf = (value: unknown): string => (typeof value === 'object' && value !== null && 'value' in value ? String(value.value) : '');

const placesOf = (subgraphs: Subgraphs, type: string, field: string): number => subgraphs.get(`${type}.${field}`) ?? subgraphs.get(type) ?? 1;

const LOGARITHM_OF_TOO_MANY = Math.log(1e9);

/**
 * In how many ways the planner may have to look for what an operation asks, estimated without it: each field in each of
 * its subgraphs, and below an interface or a union for each type that may stand there.
 */
export function planningWays(
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  schema: GraphQLSchema,
  subgraphs: Subgraphs,
): number {
  let ways = 0;

  function walk({ selections }: SelectionSetNode, parent: GraphQLCompositeType, times: number): void {
    const many = isAbstractType(parent) ? times * Math.max(1, schema.getPossibleTypes(parent).length) : times;
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[selection.name.value] : undefined;
        if (!field) continue;
        const type = getNamedType(field.type);
        ways += many * placesOf(subgraphs, parent.name, field.name);
        if (isInterfaceType(parent)) ways += combinations(parent, field.name, isCompositeType(type), times);
        if (selection.selectionSet && isCompositeType(type)) walk(selection.selectionSet, type, many);
        continue;
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
      const condition = fragment?.typeCondition ? schema.getType(fragment.typeCondition.name.value) : parent;
      if (fragment && isCompositeType(condition)) walk(fragment.selectionSet, condition, times);
    }
  }

  /**
   * Where a field of an interface cannot be had from the interface itself, the planner takes each type by itself, and all
   * combinations of the subgraphs that these can be had from.
   */
  function combinations(parent: GraphQLInterfaceType, name: string, isComposite: boolean, times: number): number {
    const isEverywhere = placesOf(subgraphs, parent.name, name) >= (subgraphs.get(parent.name) ?? 1);
    if (!isComposite && isEverywhere) return 0;
    const choices = schema.getPossibleTypes(parent).map((type) => placesOf(subgraphs, type.name, name));
    const logarithm = times * choices.reduce((sum, places) => sum + Math.log(places), 0);
    return logarithm === 0 ? 0 : Math.round(Math.exp(Math.min(logarithm, LOGARITHM_OF_TOO_MANY)));
  }

  const root = schema.getRootType(operation.operation);
  if (root) walk(operation.selectionSet, root, 1);
  return ways;
}

/** What the planner itself may try; it would go on for minutes where many subgraphs share much. */
export const PLANNER_LIMITS = { maxEvaluatedPlans: 100, pathsLimit: 1_000 };

/** Whether the planner gave up because of these limits. */
export const isPlanningRefusal = (error: unknown): boolean =>
  error instanceof Error && /^(Too many options generated|Number of non-local selections exceeds)/.test(error.message);

/** Of an operation that takes too much to plan. */
export class PlanningRefusal extends GraphQLError {
  /** What was spent on finding that out, in milliseconds of a processor. */
  readonly spentMs: number;

  constructor(message: string, extensions: GraphQLErrorExtensions, spentMs = 0) {
    super(message, { extensions: { code: 'BAD_USER_INPUT', ...extensions } });
    this.spentMs = spentMs;
  }
}
