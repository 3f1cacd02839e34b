import { renameSync, writeFileSync } from 'node:fs';

/** Where each process has its probes and metrics, kept in a file that Prometheus reads again by itself (`file_sd_configs`). */
export class ScrapeTargets {
  readonly file: string;
  readonly #addresses = new Map<
    string,
    { readonly service: string; readonly replica: string; readonly address: string }
  >();

  constructor(file: string) {
    this.file = file;
  }

  /** A restart has another port: the one of before may be somebody else's by then. */
  set(service: string, replica: string, address: string): void {
    this.#addresses.set(`${service}-${replica}`, { service, replica, address });
    const groups = [...this.#addresses.values()].map(({ address: target, ...labels }) => ({
      targets: [target],
      labels,
    }));
    // Whole or not at all, as somebody may be reading it.
    writeFileSync(`${this.file}.new`, `${JSON.stringify(groups, null, 2)}\n`);
    renameSync(`${this.file}.new`, this.file);
  }

  /** Base URLs by `<service>-<replica>`. */
  urls(): ReadonlyMap<string, string> {
    return new Map([...this.#addresses].map(([name, { address }]) => [name, `http://${address}`]));
  }
}
