import { type GraphQLNamedType, type GraphQLSchema, isAbstractType, isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql';
import type { CostSheet, ListSize } from './sheet.ts';

/** A hundred objects of a schema cost what one of the data does: they come from memory. */
export const INTROSPECTED_WEIGHT = 0.01;

const INTROSPECTION_TYPES = ['__Schema', '__Type', '__Field', '__InputValue', '__EnumValue', '__Directive'];

/** A cost sheet that also knows how large the schema itself is: on the average, for whole schemas are what is asked for. */
export function withIntrospection({ weights, listSizes }: CostSheet, schema: GraphQLSchema): CostSheet {
  const types = Object.values(schema.getTypeMap());
  const averageOf = (sizes: readonly number[], among: number) => constant(sizes.reduce((sum, size) => sum + size, 0) / Math.max(1, among));
  const fields = types.flatMap((type) => (isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : []));
  const perType = (sizeOf: (type: GraphQLNamedType) => number) => averageOf(types.map(sizeOf), types.length);
  const directives = schema.getDirectives();
  return {
    weights: new Map([...weights, ...INTROSPECTION_TYPES.map((name) => [name, INTROSPECTED_WEIGHT] as const)]),
    listSizes: new Map([
      ...listSizes,
      ['__Schema.types', constant(types.length)],
      ['__Schema.directives', constant(directives.length)],
      ['__Type.fields', perType((type) => (isObjectType(type) || isInterfaceType(type) ? Object.keys(type.getFields()).length : 0))],
      ['__Type.inputFields', perType((type) => (isInputObjectType(type) ? Object.keys(type.getFields()).length : 0))],
      ['__Type.interfaces', perType((type) => (isObjectType(type) || isInterfaceType(type) ? type.getInterfaces().length : 0))],
      ['__Type.possibleTypes', perType((type) => (isAbstractType(type) ? schema.getPossibleTypes(type).length : 0))],
      ['__Type.enumValues', perType((type) => (isEnumType(type) ? type.getValues().length : 0))],
      [
        '__Field.args',
        averageOf(
          fields.map(({ args }) => args.length),
          fields.length,
        ),
      ],
      [
        '__Directive.args',
        averageOf(
          directives.map(({ args }) => args.length),
          directives.length,
        ),
      ],
    ]),
  };
}

const constant = (assumedSize: number): ListSize => ({ assumedSize, slicingArguments: [], sizedFields: [], requiresOneSlicingArgument: false });
