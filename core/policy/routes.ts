import { compareSpecificity, fillTemplate, matchesPath, type PathPattern, parsePathPattern } from './path-pattern.ts';
import type { Api, Endpoint, EndpointFacts, RequestFacts } from './policy.ts';

export interface Route {
  readonly endpoint: Endpoint;
  readonly facts: EndpointFacts;
}
export type Router = (request: RequestFacts) => Route | undefined;

interface Candidate {
  readonly pattern: PathPattern;
  /** Endpoints that share the pattern, by method. */
  readonly byMethod: Map<string, Route>;
}

/**
 * A host that names a port goes before the same host without one; then the most specific path wins; then the method must be
 * one of its endpoint's. A method that the winning path does not have is no endpoint: it never falls through to a wider path.
 */
export function createRouter(endpoints: readonly Endpoint[]): Router {
  const hosts = new Map<string, Candidate[]>();
  for (const endpoint of endpoints) addTo(hosts, endpoint);
  for (const candidates of hosts.values()) candidates.sort((a, b) => compareSpecificity(a.pattern, b.pattern));

  return (request) => {
    const segments = request.path.slice(1).split('/');
    const hit =
      (request.port === undefined ? undefined : find(hosts.get(`${request.host}:${request.port}`), segments)) ??
      find(hosts.get(request.host), segments);
    const route = hit?.byMethod.get(request.method);
    return route && fill(route, segments);
  };
}

function addTo(hosts: Map<string, Candidate[]>, endpoint: Endpoint): void {
  const pattern = parsePathPattern(endpoint.match.path);
  if (!pattern.ok) throw new Error(`endpoint ${endpoint.name}: ${pattern.error}`);
  const candidates = hosts.get(endpoint.match.host) ?? [];
  hosts.set(endpoint.match.host, candidates);
  const same = candidates.find((known) => samePattern(known.pattern, pattern.value));
  const candidate = same ?? { pattern: pattern.value, byMethod: new Map<string, Route>() };
  if (!same) candidates.push(candidate);
  const route = { endpoint, facts: factsOf(endpoint, endpoint.model.name) };
  for (const method of endpoint.match.methods) candidate.byMethod.set(method, route);
}

function samePattern(a: PathPattern, b: PathPattern): boolean {
  if (compareSpecificity(a, b) !== 0) return false;
  return a.every((part, index) => {
    const other = b[index];
    return part.kind !== 'literal' || (other?.kind === 'literal' && other.text === part.text);
  });
}

function find(candidates: readonly Candidate[] | undefined, segments: readonly string[]): Candidate | undefined {
  return candidates?.find((candidate) => matchesPath(candidate.pattern, segments));
}

function fill(route: Route, segments: readonly string[]): Route {
  const name = route.endpoint.model.name;
  if (!name.includes('{')) return route;
  const named = verbApis.has(route.endpoint.api) ? segments.map(withoutVerb) : segments;
  return { endpoint: route.endpoint, facts: factsOf(route.endpoint, fillTemplate(name, named)) };
}

/** APIs that write the operation behind the model: `/models/NAME:generateContent`. */
const verbApis: ReadonlySet<Api> = new Set(['gemini']);
const withoutVerb = (segment: string): string => segment.replace(/:[A-Za-z]+$/, '');

function factsOf(endpoint: Endpoint, modelName: string): EndpointFacts {
  const { version = '', tier = '', owner = '' } = endpoint.model;
  return { name: endpoint.name, api: endpoint.api, model: { name: modelName, version, tier, owner } };
}
