export type { ResultColumn, ResultValue } from "./column.ts";
export { createCsvTransform, csvLine, type CsvOptions, type CsvTransform } from "./csv.ts";
export { createJsonTransform } from "./json.ts";
export type { ResponseOptions, ResponseTransform } from "./transform.ts";
