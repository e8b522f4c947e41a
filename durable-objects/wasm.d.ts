// A WebAssembly module as an import: compiled when the Worker is uploaded, since an isolate may not compile at run time.

declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
