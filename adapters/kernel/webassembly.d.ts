/** What is used of WebAssembly: the types of Node have nothing of it. Exports are those of table-walk.wat. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module);
    readonly exports: {
      readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
      readonly walk: (
        left: number,
        a: number,
        b: number,
        c: number,
        d: number,
        e: number,
        f: number,
        states: number,
      ) => number;
    };
  }
}
