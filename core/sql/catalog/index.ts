export { type Answer, answers } from "./answers/index.ts";
export { CatalogCache, MAX_CATALOG_BYTES } from "./cache.ts";
export type * from "./catalog.ts";
export { type Inquiry, inquiry } from "./inquiry/index.ts";
