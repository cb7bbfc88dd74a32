// The condition of a rule while it is edited: a tree of groups and tests, each with a key of its own, so that moving and removing
// keeps the fields of the others. Pure.
import { named } from '../format';
import type { AssetKind, RuleConditionInput } from '../gql/graphql';
import { text } from '../text';

export type TestKind = 'assetKind' | 'awsAccount' | 'region' | 'organizationalUnit' | 'name' | 'nameContains' | 'hasTag' | 'anyTag' | 'allTags' | 'tagContains';
export interface TestNode { key: number; type: 'test'; test: TestKind; negated: boolean; values: string[] }
export interface GroupNode { key: number; type: 'group'; mode: 'allOf' | 'anyOf'; negated: boolean; children: Node[] }
export type Node = TestNode | GroupNode;

let next = 0;
const key = () => (next += 1);
export const newTest = (test: TestKind = 'anyTag'): TestNode => ({ key: key(), type: 'test', test, negated: false, values: [] });
export const newGroup = (children: Node[] = [newTest()], mode: GroupNode['mode'] = 'allOf'): GroupNode => ({ key: key(), type: 'group', mode, negated: false, children });

const KINDS: Record<AssetKind, true> = { EBS_VOLUME: true, EC2_INSTANCE: true };
const isKind = (value: string): value is AssetKind => value in KINDS;

/** `key=value`; a value may hold more equals signs. */
export function pair(tag: string): { key: string; value: string } {
  const at = tag.indexOf('=');
  return at < 0 ? { key: tag, value: '' } : { key: tag.slice(0, at), value: tag.slice(at + 1) };
}

function testInput({ test, values }: TestNode): RuleConditionInput {
  const [first = ''] = values;
  switch (test) {
    case 'assetKind': return { assetKind: values.filter(isKind) };
    case 'awsAccount': return { awsAccount: values };
    case 'region': return { region: values };
    case 'organizationalUnit': return { organizationalUnit: values };
    case 'name': return { name: values };
    case 'nameContains': return { nameContains: first };
    case 'hasTag': return { hasTag: first };
    case 'anyTag': return { anyTag: values.map(pair) };
    case 'allTags': return { allTags: values.map(pair) };
    case 'tagContains': return { tagContains: pair(first) };
  }
}

/** The tree as the server takes it. */
export function inputOf(node: Node): RuleConditionInput {
  const inner: RuleConditionInput = node.type === 'test' ? testInput(node) : node.mode === 'allOf' ? { allOf: node.children.map(inputOf) } : { anyOf: node.children.map(inputOf) };
  return node.negated ? { not: inner } : inner;
}

/** Whether every test has a value and every group a test. */
export function isWhole(node: Node): boolean {
  if (node.type === 'group') return node.children.length > 0 && node.children.every(isWhole);
  if (node.test === 'tagContains') { const { key: name, value } = pair(node.values[0] ?? ''); return name !== '' && value !== ''; }
  return node.values.some((value) => value.trim() !== '');
}

const TESTS: readonly TestKind[] = ['assetKind', 'awsAccount', 'region', 'organizationalUnit', 'name', 'nameContains', 'hasTag', 'anyTag', 'allTags', 'tagContains'];
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value != null && !Array.isArray(value);

function valueOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(valueOf);
  if (isRecord(value) && typeof value.key === 'string') return [`${value.key}=${typeof value.value === 'string' ? value.value : ''}`];
  return [];
}

/** The tree of a condition as the server exports it; null where it is none that this editor knows. */
export function treeOf(condition: unknown): Node | null {
  if (!isRecord(condition)) return null;
  const set = Object.entries(condition).filter(([, value]) => value != null);
  const [entry] = set;
  if (entry == null || set.length !== 1) return null;
  const [name, value] = entry;
  if (name === 'not') {
    const inner = treeOf(value);
    return inner == null ? null : { ...inner, negated: !inner.negated };
  }
  if (name === 'allOf' || name === 'anyOf') {
    const children = Array.isArray(value) ? value.map(treeOf) : [];
    return children.some((child) => child == null) ? null : newGroup(children.filter((child) => child != null), name);
  }
  const test = TESTS.find((one) => one === name);
  return test == null ? null : { ...newTest(test), values: valueOf(value) };
}

/** The test of a condition, as the server exports it, that a path leads to: `allOf.0.awsAccount`; null where it leads to none. */
export function testAt(condition: unknown, path: readonly string[]): Node | null {
  const last = path.at(-1);
  const value = path.reduce((inner, step) => (Array.isArray(inner) ? (inner as unknown[])[Number(step)] : isRecord(inner) ? inner[step] : null), condition);
  return last == null || value == null ? null : treeOf({ [last]: value });
}

/** Problems of a condition by the node that they are about: the deepest whose path the problem's path begins with. Paths are those of
 * `inputOf`: `allOf.0.not.anyTag`. */
export function faultsOf(root: Node, problems: readonly { path: readonly string[]; message: string }[]): ReadonlyMap<number, string> {
  const places: { key: number; path: string[] }[] = [];
  const walk = (node: Node, before: string[]) => {
    places.push({ key: node.key, path: before });
    const own = [...before, ...(node.negated ? ['not'] : []), node.type === 'test' ? node.test : node.mode];
    if (node.type === 'group') node.children.forEach((child, place) => { walk(child, [...own, String(place)]); });
  };
  walk(root, []);
  const faults = new Map<number, string>();
  for (const { path, message } of problems) {
    const deepest = places.filter((place) => place.path.every((step, index) => step === path[index])).reduce((best, place) => (place.path.length >= best.path.length ? place : best));
    faults.set(deepest.key, [faults.get(deepest.key), message].filter((one) => one != null).join(' '));
  }
  return faults;
}

/** Identifiers of the accounts that a condition names. */
export function accountsOf(node: Node): string[] {
  if (node.type === 'group') return node.children.flatMap(accountsOf);
  return node.test === 'awsAccount' ? node.values : [];
}

/** The condition in words; `nameOf` turns identifiers into names. */
export function say(node: Node, nameOf: (value: string) => string): string {
  const says = text.rules.says;
  const inner = node.type === 'test'
    ? says.test(text.rules.tests[node.test], node.values.length === 0 ? '…' : node.values.map(node.test === 'assetKind' ? named : nameOf).join(node.test === 'allTags' ? ', ' : says.or))
    : node.children.length === 0 ? says.none : says[node.mode === 'allOf' ? 'all' : 'any'](node.children.map((child) => (child.type === 'group' && !child.negated ? says.group(say(child, nameOf)) : say(child, nameOf))));
  return node.negated ? says.not(inner) : inner;
}

/** The same tree with this node changed, or without it. */
export function replace(node: Node, target: number, change: (found: Node) => Node | null): Node | null {
  if (node.key === target) return change(node);
  if (node.type === 'test') return node;
  return { ...node, children: node.children.map((child) => replace(child, target, change)).filter((child) => child != null) };
}
