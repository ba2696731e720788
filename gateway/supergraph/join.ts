import {
  type ConstArgumentNode,
  type ConstDirectiveNode,
  type ConstValueNode,
  type DefinitionNode,
  type EnumTypeDefinitionNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  type SelectionSetNode,
  type TypeNode,
} from 'graphql';

/** A definition with fields, of a parsed supergraph. */
export type FieldedNode = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

export const isFielded = (node: DefinitionNode): node is FieldedNode =>
  node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.INTERFACE_TYPE_DEFINITION;

export const isGraphEnum = (node: DefinitionNode): node is EnumTypeDefinitionNode =>
  node.kind === Kind.ENUM_TYPE_DEFINITION && node.name.value === 'join__Graph';

/** The directive's argument as text: the content of a string, the name of an enum value, `true` or `false`. */
export function argumentText({ arguments: given = [] }: ConstDirectiveNode, name: string): string | null {
  const value = given.find((argument) => argument.name.value === name)?.value;
  if (value?.kind === Kind.STRING || value?.kind === Kind.ENUM) return value.value;
  return value?.kind === Kind.BOOLEAN ? String(value.value) : null;
}

/** The directive with an argument set, or taken away. */
export function withArgument(directive: ConstDirectiveNode, name: string, value: ConstValueNode | null): ConstDirectiveNode {
  const others = (directive.arguments ?? []).filter((argument) => argument.name.value !== name);
  const set: ConstArgumentNode[] = value === null ? [] : [{ kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: name }, value }];
  return { ...directive, arguments: [...others, ...set] };
}

export const enumValue = (value: string): ConstValueNode => ({ kind: Kind.ENUM, value });
export const stringValue = (value: string): ConstValueNode => ({ kind: Kind.STRING, value });
export const booleanValue = (value: boolean): ConstValueNode => ({ kind: Kind.BOOLEAN, value });

export const directive = (name: string, values: Readonly<Record<string, ConstValueNode>>): ConstDirectiveNode =>
  Object.entries(values).reduce<ConstDirectiveNode>((made, [argument, value]) => withArgument(made, argument, value), {
    kind: Kind.DIRECTIVE,
    name: { kind: Kind.NAME, value: name },
  });

export const directivesNamed = (node: { readonly directives?: readonly ConstDirectiveNode[] | undefined }, name: string): readonly ConstDirectiveNode[] =>
  (node.directives ?? []).filter((one) => one.name.value === name);

export const fieldNamed = ({ fields = [] }: FieldedNode, name: string): FieldDefinitionNode | undefined => fields.find((field) => field.name.value === name);

export const namedType = (type: TypeNode): string => (type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type));

/** The selections of a field set, such as `size { width } tags(first: 2)`, with or without braces around it. */
export function fieldSetOf(text: string): SelectionSetNode {
  const [definition] = parse(text.trimStart().startsWith('{') ? text : `{ ${text} }`, { noLocation: true }).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error(`the supergraph requires what is no field set: ${text}`);
  return definition.selectionSet;
}
