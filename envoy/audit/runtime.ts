import { type Finding, reportAt } from './finding.ts';
import { type JsonObject, listAt, objectAt, secondsAt, textAt } from './json.ts';

const gracefulClose = 'envoy.reloadable_features.ext_proc_graceful_grpc_close';
/** An exchange would have to be the only one on its worker for this long. */
const enoughCacheSeconds = 86_400;

/**
 * With graceful close a Process stream outlives its filter. Envoy's cache drops the gRPC client behind it after 50 s without a
 * new stream, and the trailers of proc-service hit freed memory: docs/adr/0007.
 * @param runtime the answer to `/runtime`; without it the static layers count, of which the last one wins
 */
export function auditRuntime(bootstrap: JsonObject, runtime: unknown, findings: Finding[]): void {
  const layers = listAt(bootstrap, 'layered_runtime', 'layers').map((layer) => objectAt(layer, 'static_layer'));
  const live = textAt(objectAt(runtime, 'entries')[gracefulClose], 'final_value');
  const values =
    live === '' ? layers.map((layer) => layer[gracefulClose]).filter((value) => value !== undefined) : [live];
  if (String(values.at(-1)).toLowerCase() !== 'true') return;
  const cached = secondsAt(bootstrap, 'grpc_async_client_manager_config', 'max_cached_entry_idle_duration') ?? 0;
  if (cached >= enoughCacheSeconds) return;
  reportAt(findings, 'layered_runtime')(
    'graceful_close',
    `${gracefulClose} is true: Envoy crashes at the end of a call that outlasts its cache of gRPC clients (50 s by default)`,
    `remove it from layered_runtime, or set grpc_async_client_manager_config.max_cached_entry_idle_duration to a day or more`,
  );
}
