/** Envoy's configuration with some of its text replaced; each piece must be there, or the test would test nothing. */
export function replacing(...changes: readonly (readonly [text: string, by: string])[]): (config: object) => object {
  return (config) => {
    let json = JSON.stringify(config);
    for (const [text, by] of changes) {
      if (!json.includes(text)) throw new Error(`Envoy's configuration has no ${text}`);
      json = json.replaceAll(text, by);
    }
    return JSON.parse(json);
  };
}
